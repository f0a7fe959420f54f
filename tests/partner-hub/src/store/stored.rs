//! What a table stores of a row.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use crate::seed::generator::Generator;
use crate::store::rows::Row;

/// The place of a row in the order of insertion, which no later row gets.
pub(crate) type Slot = u32;

/// The slots whose JSON is kept, about 1 kB each.
const JSON_KEPT: Slot = 200_000;

/// Where a row comes from.
#[derive(Debug)]
pub(crate) enum Source<R> {
    Row(Box<R>),
    /// It is generated whenever it is read, so that it needs little memory before it is changed.
    Generated {
        generator: Generator,
        number: u64,
        generate: fn(Generator, u64) -> R,
    },
}

/// A row in a table. A change replaces it.
#[derive(Debug)]
pub(crate) struct Stored<R> {
    pub(crate) slot: Slot,
    /// The version of the table that inserted or changed it.
    pub(crate) version: u64,
    pub(crate) id: Arc<str>,
    source: Source<R>,
    json: OnceLock<Box<str>>,
    values: OnceLock<Values>,
}

impl<R: Row> Stored<R> {
    pub(crate) fn new(slot: Slot, id: Arc<str>, source: Source<R>) -> Self {
        Self {
            slot,
            version: 0,
            id,
            source,
            json: OnceLock::new(),
            values: OnceLock::new(),
        }
    }

    pub(crate) fn row(&self) -> Cow<'_, R> {
        match &self.source {
            Source::Row(row) => Cow::Borrowed(row),
            Source::Generated {
                generator,
                number,
                generate,
            } => Cow::Owned(generate(*generator, *number)),
        }
    }

    /// The number that the row is generated from, if it is unchanged.
    pub(crate) fn generated(&self) -> Option<u64> {
        match &self.source {
            Source::Row(_) => None,
            Source::Generated { number, .. } => Some(*number),
        }
    }

    /// Its JSON. Most is kept, because a client that reads a list usually reads it again.
    pub(crate) fn json(&self) -> Cow<'_, str> {
        if self.slot >= JSON_KEPT {
            return Cow::Owned(self.row().json());
        }
        Cow::Borrowed(self.json.get_or_init(|| self.row().json().into()))
    }

    /// The value of the field with this index in [`Row::FIELDS`].
    pub(crate) fn value(&self, field: usize) -> Option<&str> {
        let values = || {
            let row = self.row();
            Values::new(R::FIELDS.iter().map(|(_, get)| get(&row)))
        };
        self.values.get_or_init(values).get(field)
    }
}

/// The values of all fields, one after the other.
#[derive(Debug)]
struct Values {
    /// Each value behind a [`MARK`], and nothing for null.
    text: Box<str>,
    ends: Box<[u32]>,
}

const MARK: char = '=';

impl Values {
    fn new<'a>(values: impl Iterator<Item = Option<Cow<'a, str>>>) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for value in values {
            if let Some(value) = value {
                text.push(MARK);
                text.push_str(&value);
            }
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        Self {
            text: text.into(),
            ends: ends.into(),
        }
    }

    fn get(&self, field: usize) -> Option<&str> {
        let start = match field.checked_sub(1) {
            Some(previous) => *self.ends.get(previous)?,
            None => 0,
        };
        let value = start as usize..*self.ends.get(field)? as usize;
        self.text.get(value)?.strip_prefix(MARK)
    }
}
