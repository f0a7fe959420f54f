//! The values of one field as small numbers, to filter by.

use std::collections::HashMap;

/// What a filter asks of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Text(String),
    Null,
    /// A list or an object, which no field is.
    Nothing,
}

/// The code of a row that is gone.
pub(crate) const GONE: u32 = u32::MAX;
const NULL: u32 = 0;

/// The values of one field as numbers.
#[derive(Debug, Default)]
pub(crate) struct Column {
    /// One for each slot of the table.
    pub(crate) codes: Vec<u32>,
    values: HashMap<Box<str>, u32>,
}

impl Column {
    /// The code of a value, which gets one if it has none.
    pub(crate) fn code(&mut self, value: Option<&str>) -> u32 {
        let Some(value) = value else { return NULL };
        if let Some(code) = self.values.get(value) {
            return *code;
        }
        let code = u32::try_from(self.values.len() + 1).unwrap_or(GONE - 1);
        self.values.insert(value.into(), code);
        code
    }

    /// The code that a filter looks for; `None` when no row has the value.
    pub(crate) fn wanted(&self, wanted: &Wanted) -> Option<u32> {
        match wanted {
            Wanted::Text(text) => self.values.get(text.as_str()).copied(),
            Wanted::Null => Some(NULL),
            Wanted::Nothing => None,
        }
    }
}
