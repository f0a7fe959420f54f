//! Contradictions between fragments.

use serde_json::Value;
use similar::TextDiff;

use crate::document::pointer;
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
    /// Where else the other value was published.
    pub others: Vec<Origin>,
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

    /// What differs, without what is the same.
    pub(super) fn difference(&self) -> String {
        let mut found = String::new();
        differences(Some(&self.kept), Some(&self.other), "", &mut found);
        found
    }
}

fn differences(one: Option<&Value>, other: Option<&Value>, at: &str, found: &mut String) {
    match (one, other) {
        (one, other) if one == other => {}
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let added = other.keys().filter(|name| !one.contains_key(*name));
            for name in one.keys().chain(added) {
                let at = pointer::join(at, name);
                differences(one.get(name), other.get(name), &at, found);
            }
        }
        (one, other) => {
            let text = |value: Option<&Value>| value.map(Value::to_string).unwrap_or_default();
            *found += &format!("{at}\n{}\n{}\n", text(one), text(other));
        }
    }
}
