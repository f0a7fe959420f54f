//! The items that a scan has returned, as far as it remembers them.

use std::collections::{HashMap, HashSet, VecDeque};

use super::super::snapshot::Snapshot;

/// How many of the last returned items are remembered.
pub(super) const RECENT: usize = 10_000;

/// How many of them, and of those that may be further on, are kept for a later scan.
pub(super) const KEPT: usize = 16;

/// How many displaced items are remembered before the list is given up.
const MAX_DISPLACED: usize = 4 * RECENT;

/// The keys of returned items.
#[derive(Debug)]
pub(super) struct Returned {
    /// How many there were.
    pub(super) count: u64,
    /// Those that were returned last, in the order of the list.
    pub(super) recent: VecDeque<u64>,
    /// Whether this order is certain: each page started with the item that was returned last.
    pub(super) in_order: bool,
    /// Items that are not where they were expected: removed, or further on.
    displaced: HashSet<u64>,
    /// Displaced items that no page has shown since; `None` if there were too many.
    unseen: Option<Vec<u64>>,
    /// Whether the latest page showed some of them, among new items.
    is_mixed: bool,
}

impl Returned {
    pub(super) fn new() -> Self {
        Self {
            count: 0,
            recent: VecDeque::new(),
            in_order: true,
            displaced: HashSet::new(),
            unseen: Some(Vec::new()),
            is_mixed: false,
        }
    }

    /// Continues with what another scan has [`kept`](Self::kept).
    pub(super) fn continue_from(&mut self, last: &[u64], displaced: &[u64]) {
        self.recent.extend(displaced);
        self.recent.extend(last);
        for key in displaced {
            self.displace(*key);
        }
    }

    /// Adds the new items of a page.
    pub(super) fn add(&mut self, snapshot: &Snapshot, items: &[usize]) {
        self.count += items.len() as u64;
        let seen = self.take_seen(snapshot);
        self.is_mixed = !seen.is_empty();
        if self.is_mixed {
            // The page shows where displaced items are now: all its returned items are the last ones,
            // in this order.
            let recent: HashSet<u64> = self.recent.iter().copied().collect();
            let is_returned = |(item, key): &(usize, &u64)| {
                recent.contains(key) || seen.contains(key) || items.binary_search(item).is_ok()
            };
            let on_page = snapshot.keys.iter().enumerate().filter(is_returned);
            let on_page: Vec<u64> = on_page.map(|(_, key)| *key).collect();
            let moved: HashSet<u64> = on_page.iter().copied().collect();
            self.recent.retain(|key| !moved.contains(key));
            self.recent.extend(on_page);
        } else {
            let keys = items.iter().map(|item| snapshot.keys[*item]);
            self.recent.extend(keys);
        }
        let excess = self.recent.len().saturating_sub(RECENT);
        self.recent.drain(..excess);
    }

    /// The displaced items that a page shows for the first time.
    fn take_seen(&mut self, snapshot: &Snapshot) -> Vec<u64> {
        let Some(unseen) = self.unseen.as_mut().filter(|unseen| !unseen.is_empty()) else {
            return Vec::new();
        };
        let on_page: HashSet<u64> = snapshot.keys.iter().copied().collect();
        let (seen, rest) = unseen.iter().partition(|key| on_page.contains(key));
        *unseen = rest;
        seen
    }

    pub(super) fn last(&self) -> Option<&u64> {
        self.recent.back()
    }

    /// The index of the latest returned item that is on a page, and whether it is the last returned
    /// one.
    pub(super) fn latest_on(&mut self, snapshot: &Snapshot) -> Option<(usize, bool)> {
        let first = snapshot.keys.first()?;
        if self.last() == Some(first) {
            return Some((0, true));
        }
        let at: HashMap<u64, usize> = snapshot.keys.iter().copied().zip(0..).collect();
        let latest = self.recent.iter().rposition(|key| at.contains_key(key))?;
        for key in latest + 1..self.recent.len() {
            self.displace(self.recent[key]);
        }
        Some((at[&self.recent[latest]], latest + 1 == self.recent.len()))
    }

    /// None of the recent items is where it was expected.
    pub(super) fn displace_all(&mut self) {
        for key in std::mem::take(&mut self.recent) {
            self.displace(key);
        }
    }

    pub(super) fn displace(&mut self, key: u64) {
        if self.displaced.insert(key)
            && let Some(unseen) = &mut self.unseen
        {
            unseen.push(key);
            if unseen.len() > KEPT {
                self.unseen = None;
            }
        }
    }

    /// What a later scan needs: the last items that were returned before the last `unread` ones, in
    /// the order of the list, and those that may be further on. `None` if they are too many to keep, or
    /// their order is not certain.
    pub(super) fn kept(&self, unread: usize) -> Option<(Vec<u64>, Vec<u64>)> {
        let unseen = self.unseen.as_ref()?;
        let recent = self.recent.iter().rev().skip(unread).copied();
        let in_place = recent.filter(|key| !unseen.contains(key));
        let mut last: Vec<u64> = in_place.take(KEPT).collect();
        last.reverse();
        (!self.is_mixed || unread == 0).then(|| (last, unseen.clone()))
    }

    pub(super) fn has_too_many_displaced(&self) -> bool {
        self.displaced.len() > MAX_DISPLACED
    }

    /// The new items after the latest returned one.
    pub(super) fn items_after(
        &self,
        snapshot: &Snapshot,
        found: usize,
        is_last: bool,
    ) -> Vec<usize> {
        if found == 0 && is_last && self.in_order {
            let items = 1..snapshot.keys.len();
            return match self.displaced.is_empty() {
                true => items.collect(),
                false => items
                    .filter(|item| !self.is_displaced(snapshot, *item))
                    .collect(),
            };
        }
        self.not_returned(snapshot, found + 1)
    }

    /// The items from an index on that were not returned before.
    pub(super) fn not_returned(&self, snapshot: &Snapshot, from: usize) -> Vec<usize> {
        let returned: HashSet<u64> = self.recent.iter().copied().collect();
        let is_new = |item: &usize| {
            !returned.contains(&snapshot.keys[*item]) && !self.is_displaced(snapshot, *item)
        };
        (from..snapshot.keys.len()).filter(is_new).collect()
    }

    /// The new items of a page of a list without ids: only a whole page that repeats is recognised.
    pub(super) fn unless_repeated(&self, snapshot: &Snapshot) -> Vec<usize> {
        let last_page = self.recent.len().saturating_sub(snapshot.keys.len());
        match self.recent.range(last_page..).eq(&snapshot.keys) {
            true => Vec::new(),
            false => (0..snapshot.keys.len()).collect(),
        }
    }

    fn is_displaced(&self, snapshot: &Snapshot, item: usize) -> bool {
        self.displaced.contains(&snapshot.keys[item])
    }
}
