//! The items of one response that are new.

use std::vec::IntoIter;

/// New items of a list, from one response.
pub(super) struct Batch<T> {
    pub(super) items: IntoIter<T>,
    /// The offset of each item in the list.
    pub(super) positions: Vec<u32>,
    pub(super) total: Option<u64>,
    pub(super) offset: u32,
    pub(super) next_offset: u32,
}

/// The items with these indices, which ascend.
pub(super) fn select<T>(items: Vec<T>, indices: &[usize]) -> IntoIter<T> {
    let from = indices.first().copied().unwrap_or(items.len());
    if items.len() - from == indices.len() {
        let mut items = items.into_iter();
        // Skipped without moving the rest.
        if let Some(last) = from.checked_sub(1) {
            items.nth(last);
        }
        return items;
    }
    let mut wanted = indices.iter().peekable();
    let mut items: Vec<T> = items;
    let mut index = 0;
    items.retain(|_| {
        let is_wanted = wanted.next_if_eq(&&index).is_some();
        index += 1;
        is_wanted
    });
    items.into_iter()
}
