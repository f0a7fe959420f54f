//! Which rows a list has, and in which order.

use std::cmp::Ordering;

use crate::store::rows::Row;
use crate::store::snapshot::Snapshot;
use crate::store::stored::{Slot, Stored};

/// The value that a filter looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    String(String),
    Null,
    /// An array or an object, which no field can be.
    Unmatchable,
}

/// A field to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SortKey {
    /// The index of the field in [`Row::FIELDS`].
    pub(crate) field: usize,
    pub(crate) descending: bool,
}

/// Filters, search term and order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// Indexes into [`Row::FIELDS`].
    pub(crate) filters: Vec<(usize, Wanted)>,
    /// In lower case.
    pub(crate) q: Option<String>,
    pub(crate) sort: Vec<SortKey>,
}

impl Query {
    /// Whether it finds all rows in the order of insertion.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The id that it looks for, if it finds one row at most.
    pub(crate) fn id<R: Row>(&self) -> Option<&str> {
        self.filters
            .iter()
            .find_map(|(field, wanted)| match (R::FIELDS.get(*field)?.0, wanted) {
                ("id", Wanted::String(id)) => Some(id.as_str()),
                _ => None,
            })
    }

    pub(crate) fn matches<R: Row>(&self, stored: &Stored<R>) -> bool {
        let filters = self.filters.iter().all(|(field, wanted)| match wanted {
            Wanted::String(wanted) => stored.value(*field) == Some(wanted),
            Wanted::Null => stored.value(*field).is_none(),
            Wanted::Unmatchable => false,
        });
        let contains = |term: &String| {
            let mut values = (0..R::FIELDS.len()).filter_map(|field| stored.value(field));
            values.any(|value| value.to_lowercase().contains(term))
        };
        filters && self.q.as_ref().is_none_or(contains)
    }

    /// A number that is less for a row if [`Self::compare`] is, or the same. To compare numbers is much
    /// faster than to read two rows.
    fn prefix<R: Row>(&self, stored: &Stored<R>) -> u128 {
        let Some(key) = self.sort.first() else {
            return 0;
        };
        let mut prefix = [0; 16];
        let value = stored.value(key.field).unwrap_or_default();
        for (byte, value) in prefix.iter_mut().zip(value.bytes()) {
            *byte = value;
        }
        let prefix = u128::from_be_bytes(prefix);
        if key.descending { !prefix } else { prefix }
    }

    /// Null sorts first; equal rows stay in the order of insertion.
    fn compare<R: Row>(&self, left: &Stored<R>, right: &Stored<R>) -> Ordering {
        let by_keys = self.sort.iter().map(|key| {
            let ordering = left.value(key.field).cmp(&right.value(key.field));
            if key.descending {
                ordering.reverse()
            } else {
                ordering
            }
        });
        let decisive = by_keys.into_iter().find(|ordering| ordering.is_ne());
        decisive.unwrap_or_else(|| left.slot.cmp(&right.slot))
    }
}

/// The rows that a query finds, in its order.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// The version of the table that it shows.
    version: u64,
    slots: Vec<Slot>,
}

impl View {
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// How many changes of the table it does not show yet.
    pub(crate) fn behind<R: Row>(&self, rows: &Snapshot<R>) -> u64 {
        rows.version - self.version
    }

    /// Removes the rows that were changed or removed since the last call, and merges those that were
    /// changed or inserted. For a new view, that is every row.
    pub(crate) fn refresh<R: Row>(&mut self, query: &Query, rows: &Snapshot<R>) {
        let since = self.version;
        if since == rows.version {
            return;
        }
        let mut changed: Vec<(u128, &Stored<R>)> = rows
            .changed(since)
            .filter(|stored| query.matches(stored))
            .map(|stored| (query.prefix(stored), stored))
            .collect();
        changed.sort_unstable_by(|(left_prefix, left), (right_prefix, right)| {
            let by_prefix = left_prefix.cmp(right_prefix);
            by_prefix.then_with(|| query.compare(left, right))
        });

        self.slots.retain(|slot| rows.is_unchanged(*slot, since));
        let mut merged = Vec::with_capacity(self.slots.len() + changed.len());
        let mut rest = self.slots.as_slice();
        for (_, stored) in changed {
            let is_before = |slot: &Slot| {
                let other = rows.get(*slot);
                other.is_some_and(|other| query.compare(other, stored).is_lt())
            };
            let (before, after) = rest.split_at(rest.partition_point(is_before));
            merged.extend_from_slice(before);
            merged.push(stored.slot);
            rest = after;
        }
        merged.extend_from_slice(rest);
        *self = Self {
            version: rows.version,
            slots: merged,
        };
    }
}
