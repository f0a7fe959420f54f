//! Finds out where a resumed scan continues.
//!
//! Nothing is returned before that is certain. In a list that is sorted by id, any of the items that
//! were returned last shows it. They are searched for in both directions from the place where the last
//! one was, because there may be more or fewer items before it now. In any other list, items may have
//! moved, so the last ones have to be where they were.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::super::snapshot::Snapshot;
use super::new_items::first_size;
use super::place::Place;
use super::{New, Scan, ScanError, Step};

/// How many of the last returned items the first page should start with.
const OVERLAP: u32 = 8;

/// The most pages that are searched.
const MAX_PAGES: u32 = 64;

/// A search for the items that were returned last.
#[derive(Debug)]
pub(super) struct Search {
    /// Whether the order of the list cannot change.
    is_stable: bool,
    /// How many items are searched for: the last of the recent ones.
    last: usize,
    /// The offset of the last item when it was returned.
    origin: u32,
    /// The total at that time.
    total: Option<u64>,
    /// Whether the page of the last item had room for more.
    is_short: bool,
    /// The offsets from which and to which the list was searched.
    searched: Option<(u32, u32)>,
    /// Whether the list ends there.
    is_at_end: bool,
    /// The size of a page, as far as it is known.
    size: u32,
    pages: u32,
}

/// What a page shows about the last returned items.
enum Found {
    /// The latest of them has this index.
    Latest(usize),
    /// The search continues at this offset.
    Elsewhere(u32),
    /// None of them is in the list.
    Nowhere,
    /// They are not where or in the order they were, or too far away.
    Moved,
}

impl Search {
    pub(super) fn new(place: &Place, is_stable: bool) -> Self {
        Self {
            is_stable,
            last: place.recent.len(),
            origin: place.offset,
            total: place.total,
            is_short: place.is_short,
            searched: None,
            is_at_end: false,
            size: 0,
            pages: 0,
        }
    }

    /// Expects that the order of the list has changed.
    pub(super) fn set_unstable(&mut self) {
        self.is_stable = false;
    }

    /// The offset of the first page.
    pub(super) fn first_offset(&self) -> u32 {
        self.origin.saturating_sub(OVERLAP)
    }

    /// Looks for the items, the latest of which is last, in any place of the list.
    fn look_anywhere(&mut self, returned: &[u64], snapshot: &Snapshot) -> Found {
        let ages: HashMap<u64, usize> = returned.iter().copied().zip(0..).collect();
        let mut latest = None;
        for (index, key) in snapshot.keys.iter().enumerate() {
            if let Some(age) = ages.get(key) {
                if latest.is_some_and(|(_, before)| before >= *age) {
                    return Found::Moved;
                }
                latest = Some((index, *age));
            }
        }
        match latest {
            Some((index, _)) => Found::Latest(index),
            None => self.elsewhere(snapshot),
        }
    }

    /// Where to search after a page that has none of the items: beyond the nearer end of what was
    /// searched.
    fn elsewhere(&mut self, snapshot: &Snapshot) -> Found {
        let places = snapshot.places();
        if self.size == 0 {
            let room = snapshot.room().and_then(|room| u32::try_from(room).ok());
            self.size = places.max(room.unwrap_or_default()).max(2);
        }
        // The list may have become shorter than what was searched.
        let listed = snapshot.total.and_then(|total| u32::try_from(total).ok());
        let listed = |offset: u32| offset.min(listed.unwrap_or(u32::MAX));
        let (from, to) = (listed(snapshot.offset), listed(snapshot.end()));
        let (low, high) = self.searched.unwrap_or((from, from));
        let (low, high) = (listed(low), listed(high));
        if places > 0 && to < low {
            // Pages are smaller than they should be, so that some places were left out.
            self.size = places.max(2);
            return Found::Elsewhere(low.saturating_sub(self.size - 1));
        }
        let (low, high) = (low.min(from), high.max(to));
        self.searched = Some((low, high));
        self.is_at_end |= to == high && snapshot.is_at_end();
        let is_nearer = high.saturating_sub(self.origin) <= self.origin.saturating_sub(low);
        if self.pages >= MAX_PAGES {
            Found::Moved
        } else if !self.is_at_end && (low == 0 || is_nearer) {
            Found::Elsewhere(high.saturating_sub(u32::from(places > 1)))
        } else if low == 0 {
            Found::Nowhere
        } else {
            Found::Elsewhere(low.saturating_sub(self.size - 1))
        }
    }

    /// Looks for the items exactly where they were.
    fn look_in_place(&self, returned: &[u64], snapshot: &Snapshot) -> Found {
        let has_shrunk = match (self.total, snapshot.total) {
            (Some(before), Some(now)) => now < before,
            _ => false,
        };
        let mut items = 0..snapshot.keys.len();
        let Some(last) = items.find(|item| snapshot.position(*item) == self.origin) else {
            // A small page may end before the last item.
            let ends_before = snapshot.places() > 0 && snapshot.end() <= self.origin;
            return match ends_before && self.pages == 1 {
                true => Found::Elsewhere(self.origin.saturating_sub(snapshot.places() - 1)),
                false => Found::Moved,
            };
        };
        let on_page = snapshot.keys[..=last].iter().rev();
        let mut pairs = on_page.zip(returned.iter().rev());
        match !has_shrunk && pairs.all(|(now, before)| now == before) {
            true => Found::Latest(last),
            false => Found::Moved,
        }
    }
}

impl Scan {
    /// Continues where an earlier scan was. `is_sorted_by_id` means that the order cannot change.
    pub(crate) fn resume(place: &Place, keyed: bool, is_sorted_by_id: bool) -> Self {
        let mut scan = Self::new(place.offset, keyed);
        scan.before = place.passed;
        scan.total = place.total;
        scan.has_hidden = place.has_hidden;
        scan.has_started = place.has_started;
        if place.has_started {
            let search = Search::new(place, keyed && is_sorted_by_id);
            scan.next = search.first_offset();
            scan.returned.continue_from(&place.recent, &place.displaced);
            scan.search = Some(search);
        }
        scan
    }

    /// The items of a page after the last returned ones; or how the search for these continues.
    pub(super) fn find_last_returned(
        &mut self,
        mut search: Search,
        snapshot: &Snapshot,
    ) -> Result<ControlFlow<Step, New>, ScanError> {
        self.effort.fetched();
        let is_blank = snapshot.keys.is_empty() && snapshot.has_more();
        if is_blank && self.recheck_once(snapshot) {
            self.search = Some(search);
            return Ok(ControlFlow::Break(Step::Recheck));
        }
        search.pages += 1;
        let returned = self.returned.recent.make_contiguous();
        let returned = &returned[returned.len().saturating_sub(search.last)..];
        let found = match search.is_stable {
            _ if returned.is_empty() => Found::Moved,
            true => search.look_anywhere(returned, snapshot),
            false => search.look_in_place(returned, snapshot),
        };
        match found {
            Found::Latest(found) => self.continue_after(found, &search, snapshot),
            Found::Elsewhere(offset) => {
                self.next = offset;
                self.search = Some(search);
                Ok(ControlFlow::Break(Step::Refetch(offset)))
            }
            Found::Nowhere if self.passed() == search.last as u64 => {
                // All items that were ever returned are known, and all of them were removed.
                self.returned.displace_all();
                self.next = 0;
                Ok(ControlFlow::Break(Step::Refetch(0)))
            }
            Found::Nowhere | Found::Moved => {
                self.search = Some(search);
                Err(ScanError::Changed)
            }
        }
    }

    /// Continues after the latest returned item, which has this index on a page.
    fn continue_after(
        &mut self,
        found: usize,
        search: &Search,
        snapshot: &Snapshot,
    ) -> Result<ControlFlow<Step, New>, ScanError> {
        self.size = first_size(snapshot);
        let is_last = self.returned.last() == snapshot.keys.get(found);
        // On a page with room for more, it can be further on because of items that are not shown.
        self.has_hidden |= search.is_short
            && is_last
            && snapshot.position(found) > search.origin
            && snapshot.total == search.total;
        let mut items: Vec<usize> = (found + 1..snapshot.keys.len()).collect();
        if self.keyed {
            self.returned.latest_on(snapshot);
            let new = self.returned.not_returned(snapshot, found + 1);
            if !search.is_stable && new != items {
                return Err(ScanError::Changed);
            }
            items = new;
        }
        Ok(ControlFlow::Continue(New {
            items,
            last_returned: Some(found).filter(|_| is_last),
        }))
    }
}
