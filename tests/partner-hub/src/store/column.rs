//! The values of one field, encoded as integers for filtering.

use std::collections::HashMap;

/// The value that a filter looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    String(String),
    Null,
    /// An array or an object, which no field can be.
    Unmatchable,
}

/// The code of a removed row.
pub(crate) const REMOVED: u32 = u32::MAX;
const NULL: u32 = 0;

/// An integer for each value of one field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    /// The code of each slot of the table.
    pub(crate) codes: Vec<u32>,
    values: HashMap<Box<str>, u32>,
}

impl Column {
    /// The code of a value; a new value gets a new code.
    pub(crate) fn code(&mut self, value: Option<&str>) -> u32 {
        let Some(value) = value else { return NULL };
        if let Some(code) = self.values.get(value) {
            return *code;
        }
        let code = u32::try_from(self.values.len() + 1).unwrap_or(REMOVED - 1);
        self.values.insert(value.into(), code);
        code
    }

    /// The code that a filter looks for, or `None` if no row has the value.
    pub(crate) fn wanted(&self, wanted: &Wanted) -> Option<u32> {
        match wanted {
            Wanted::String(value) => self.values.get(value.as_str()).copied(),
            Wanted::Null => Some(NULL),
            Wanted::Unmatchable => None,
        }
    }
}
