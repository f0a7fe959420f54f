//! Contradictions between fragments.

use serde_json::Value;
use similar::TextDiff;

use crate::document::source_map::Origin;

/// One part of the document that two fragments define differently.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The JSON pointer of the part in the merged document.
    pub pointer: String,
    /// Where the kept value was published.
    pub first: Origin,
    /// Where the other value was published.
    pub second: Origin,
    /// The value that the document has.
    pub kept: Value,
    /// The other value.
    pub other: Value,
}

impl Conflict {
    /// The unified diff of the two values.
    #[must_use]
    pub fn diff(&self) -> String {
        let text = |value| format!("{value:#}\n");
        TextDiff::from_lines(text(&self.kept), text(&self.other))
            .unified_diff()
            .header(&self.first.to_string(), &self.second.to_string())
            .to_string()
    }
}
