//! The rows of a table at one time. A copy costs next to nothing, so that a list is read from a copy
//! while the table changes.
//!
//! Rows are in chunks. If a copy of the table has the chunk of a row, a change of the row copies this
//! chunk, and no other. A chunk is dropped with its last row.

use std::sync::Arc;

use crate::store::stored::{Slot, Stored};

const CHUNK: usize = 256;

/// All rows.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot<R> {
    /// The number of changes so far.
    pub(crate) version: u64,
    /// The number of rows.
    pub(crate) len: usize,
    chunks: Arc<Vec<Chunk<R>>>,
}

/// The rows of consecutive slots.
#[derive(Clone, Debug)]
struct Chunk<R> {
    /// The version of the table that changed it last.
    version: u64,
    /// The number of rows.
    len: usize,
    slots: Arc<Vec<Option<Arc<Stored<R>>>>>,
}

impl<R: Clone> Snapshot<R> {
    pub(crate) fn new() -> Self {
        Self {
            version: 0,
            len: 0,
            chunks: Arc::default(),
        }
    }

    /// Inserts or replaces a row.
    pub(crate) fn insert(&mut self, mut stored: Stored<R>) {
        stored.version = self.version + 1;
        self.set(stored.slot, Some(Arc::new(stored)));
    }

    pub(crate) fn remove(&mut self, slot: Slot) -> Option<Arc<Stored<R>>> {
        self.set(slot, None)
    }

    fn set(&mut self, slot: Slot, stored: Option<Arc<Stored<R>>>) -> Option<Arc<Stored<R>>> {
        let (index, at) = position(slot);
        let chunks = Arc::make_mut(&mut self.chunks);
        while chunks.len() <= index {
            chunks.push(Chunk {
                version: 0,
                len: 0,
                slots: Arc::default(),
            });
        }
        let chunk = chunks.get_mut(index)?;
        let slots = Arc::make_mut(&mut chunk.slots);
        slots.resize(slots.len().max(at + 1), None);
        let added = usize::from(stored.is_some());
        let previous = std::mem::replace(slots.get_mut(at)?, stored);
        let removed = usize::from(previous.is_some());
        self.version += 1;
        chunk.version = self.version;
        self.len = self.len + added - removed;
        chunk.len = chunk.len + added - removed;
        if chunk.len == 0 {
            chunk.slots = Arc::default();
        }
        previous
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Arc<Stored<R>>> {
        let (chunk, at) = position(slot);
        self.chunks.get(chunk)?.slots.get(at)?.as_ref()
    }

    /// The rows from this offset on, in the order of insertion.
    pub(crate) fn iter(&self, mut offset: usize) -> impl Iterator<Item = &Arc<Stored<R>>> {
        let mut chunks = self.chunks.as_slice();
        while let [first, rest @ ..] = chunks
            && first.len <= offset
        {
            offset -= first.len;
            chunks = rest;
        }
        let slots = chunks.iter().flat_map(|chunk| chunk.slots.iter());
        slots.flatten().skip(offset)
    }

    /// The rows that were inserted or changed after this version.
    pub(crate) fn changed(&self, since: u64) -> impl Iterator<Item = &Stored<R>> {
        let chunks = self.chunks.iter();
        let slots = chunks
            .filter(move |chunk| chunk.version > since)
            .flat_map(|chunk| chunk.slots.iter());
        let rows = slots.flatten().map(AsRef::as_ref);
        rows.filter(move |stored| stored.version > since)
    }

    /// Whether the row that a slot had in this version is still there, unchanged.
    pub(crate) fn is_unchanged(&self, slot: Slot, since: u64) -> bool {
        let chunk = self.chunks.get(position(slot).0);
        chunk.is_some_and(|chunk| chunk.version <= since)
            || self.get(slot).is_some_and(|stored| stored.version <= since)
    }
}

/// The chunk of a slot, and its index there.
fn position(slot: Slot) -> (usize, usize) {
    (slot as usize / CHUNK, slot as usize % CHUNK)
}
