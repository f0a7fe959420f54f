//! Decides which items of a list are new while it is read page by page and changes.
//!
//! Offsets shift when earlier items are added or removed; ids do not. So each page is requested to
//! start with the item that was returned last, and the items after it are the next ones, because a
//! page is a consistent view of the sorted list. If that item is missing, the cursor steps back and
//! searches for the latest item that was returned before.
//!
//! There is no I/O, so that the rules can be tested by themselves.

mod effort;

use std::collections::{HashMap, HashSet, VecDeque};

use self::effort::{Effort, Seen};
use super::snapshot::Snapshot;

/// What to do with a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Return these items, by their index on the page.
    Accept { items: Vec<usize>, then: Then },
    /// Discard the page and request it again. Prefetched pages stay.
    Recheck,
    /// Discard the page and the prefetched ones, and continue at this offset.
    Refetch(u32),
}

/// How to continue after a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Continue,
    /// Request this offset first. No item of that page is returned.
    Probe(u32),
    End,
}

impl Then {
    fn end_if(is_last: bool) -> Self {
        match is_last {
            true => Self::End,
            false => Self::Continue,
        }
    }
}

/// The list changes faster than it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unstable;

/// The new items of a page.
struct New {
    items: Vec<usize>,
    /// The index of the item that was returned last, if it is on the page.
    last_returned: Option<usize>,
}

/// The position in a list.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// Whether items have ids. Without ids there are only offsets.
    keyed: bool,
    start: u32,
    /// The offset of the next page, which should start with the item that was returned last.
    next: u32,
    /// The size of a page, and the largest one so far.
    size: u32,
    largest_size: u32,
    total: Option<u64>,
    returned: u64,
    /// The items that were returned last, in the order of the list.
    recent: VecDeque<u64>,
    /// Whether this order is certain: each page started with the item that was returned last.
    in_order: bool,
    /// Items that were returned and are not where they were expected: removed, or further on.
    displaced: HashSet<u64>,
    /// How far the last step went back.
    back: u32,
    /// The server counts items that it does not return.
    has_hidden: bool,
    /// Pages have fewer items than the server reports as their limit.
    overstates: bool,
    /// The list ended before all of its places were searched.
    gave_up: bool,
    /// The last accepted page had nothing new.
    advanced: bool,
    /// Where the gap before `next` starts: nothing was visible from there on, so that no page can start
    /// with the last item.
    gap_start: Option<u32>,
    /// The offset of the page that was requested again, and how many times.
    rechecked: Option<(u32, u32)>,
    /// The page before, if it had room for more items.
    short: Option<Snapshot>,
    /// Pages that are compared with a new request of them, the first one last.
    probes: Vec<Snapshot>,
    /// Whether the list ends after the probes.
    is_at_end: bool,
    effort: Effort,
}

impl Cursor {
    /// How many of the last returned items are remembered.
    const RECENT: usize = 10_000;
    /// How many displaced items are remembered before the list is given up.
    const MAX_DISPLACED: usize = 4 * Self::RECENT;
    /// How many times an empty first page is requested again if the list should have items.
    const FIRST_PAGE_CHECKS: u32 = 3;

    pub(crate) fn new(start: u32, keyed: bool) -> Self {
        Self {
            keyed,
            start,
            next: start,
            size: 0,
            largest_size: 0,
            total: None,
            returned: 0,
            recent: VecDeque::new(),
            in_order: true,
            displaced: HashSet::new(),
            back: 0,
            has_hidden: false,
            overstates: false,
            gave_up: false,
            advanced: false,
            gap_start: None,
            rechecked: None,
            short: None,
            probes: Vec::new(),
            is_at_end: false,
            effort: Effort::default(),
        }
    }

    /// Sets whether items have ids, before any page was accepted.
    pub(crate) fn set_keyed(&mut self, keyed: bool) {
        self.keyed = keyed;
    }

    /// The offset of the next page.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// The expected offset of the page after the one at `offset`, if the list continues there.
    pub(crate) fn after(&self, offset: u32) -> Option<u32> {
        let step = if self.overlaps() {
            self.size - 1
        } else {
            self.size
        };
        let after = offset.checked_add(step).filter(|_| step > 0)?;
        let overlap = u64::from(self.overlaps());
        (u64::from(after) + overlap < self.total?).then_some(after)
    }

    /// The total of the list, according to the latest page.
    pub(crate) fn total(&self) -> Option<u64> {
        self.total
    }

    /// How many items are accounted for and the total of the list, if the server counts items that it
    /// does not return.
    ///
    /// Fewer items than the total are no proof: in a list that changes, the total also counts items
    /// that were added before the last returned one.
    pub(crate) fn missing(&self) -> Option<(u64, u64)> {
        let (returned, total) = (u64::from(self.start) + self.returned, self.total?);
        (self.has_hidden && returned < total).then_some((returned, total))
    }

    /// Whether the list ended before all of its places were searched, so that visible items may be
    /// missing, too.
    pub(crate) fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// The offset at which a new cursor would continue, if the list does not change until then.
    pub(crate) fn resume_point(&self) -> u32 {
        let is_returned = self.gap_start.is_none() && !self.recent.is_empty() && self.overlaps();
        self.next.saturating_add(u32::from(is_returned))
    }

    /// Decides which items of a page are new, and how to continue.
    pub(crate) fn take(&mut self, snapshot: &Snapshot) -> Result<Step, Unstable> {
        let last_total = std::mem::replace(&mut self.total, snapshot.total);
        if let Some(before) = self.probes.pop() {
            let (items, then) = (Vec::new(), self.compare(before, snapshot));
            return Ok(Step::Accept { items, then });
        }
        if !snapshot.nulls.is_empty() && !self.has_hidden && self.recheck_once(snapshot) {
            return Ok(Step::Recheck);
        }
        // Null stands for a hidden item, so a page with nulls is small only if all pages are.
        self.overstates |= !snapshot.nulls.is_empty()
            && snapshot.has_more()
            && snapshot.places() < snapshot.announced();
        if let Some(start) = self.gap_start
            && let Some(next) = self.offset_before(start, snapshot, last_total)
        {
            return Ok(Step::Refetch(next));
        }
        let Some(new) = self.new_items(snapshot) else {
            return self.lost(snapshot);
        };
        let is_gap = match snapshot.nulls.is_empty() {
            true => snapshot.has_more() && snapshot.places() < self.page_size(snapshot),
            false => snapshot.has_more() || snapshot.total.is_none(),
        };
        // The next page can start with the last item of this one. If that has nothing new either, it
        // is a gap.
        let advances = self.overlaps()
            && !self.advanced
            && snapshot
                .last_position()
                .is_some_and(|last| last > snapshot.offset);
        if new.items.is_empty() && is_gap && !advances {
            return self.skip_gap(snapshot);
        }
        self.advanced = new.items.is_empty();
        self.accept(snapshot, new)
    }

    /// The new items of a page; `None` if the page does not follow the one before: no item of it was
    /// returned before, although one should have been.
    fn new_items(&mut self, snapshot: &Snapshot) -> Option<New> {
        let items = if self.gap_start.is_some() {
            self.not_returned(snapshot, 0)
        } else if self.recent.is_empty() {
            // A single item may be the visible one of a larger page.
            self.size = match snapshot.places() {
                1 => snapshot.announced().clamp(1, 2),
                places => places,
            };
            let items = 0..snapshot.keys.len();
            items
                .filter(|item| !self.displaced.contains(&snapshot.keys[*item]))
                .collect()
        } else if !self.overlaps() {
            if !self.keyed && snapshot.offset != self.next {
                // The page before had fewer items than expected when this one was prefetched.
                return None;
            }
            self.in_order = false;
            let mut keys = snapshot.keys.iter();
            let last_returned = keys.position(|key| self.recent.back() == Some(key));
            let items = self.without_overlap(snapshot);
            return Some(New {
                items,
                last_returned,
            });
        } else {
            match self.latest_returned(snapshot) {
                Some((found, is_last)) => {
                    return Some(New {
                        items: self.items_after(snapshot, found, is_last),
                        last_returned: Some(found).filter(|_| is_last),
                    });
                }
                None if snapshot.keys.is_empty() && snapshot.has_more() => Vec::new(),
                None => return None,
            }
        };
        Some(New {
            items,
            last_returned: None,
        })
    }

    /// Accepts the new items of a page and moves on to the next one.
    fn accept(&mut self, snapshot: &Snapshot, new: New) -> Result<Step, Unstable> {
        let New {
            items,
            last_returned,
        } = new;
        let (places, expected) = (snapshot.places(), self.resume_point());
        let is_idle = items.is_empty();
        self.back = 0;
        self.has_hidden |= !snapshot.nulls.is_empty();
        for item in &items {
            self.remember(snapshot.keys[*item]);
        }
        let is_last = self.is_last(snapshot, is_idle);
        if places > 1 && !is_last {
            self.size = places;
        }
        self.largest_size = self.largest_size.max(places);
        let before = self.short.take();
        let has_moved = last_returned.is_some_and(|found| snapshot.position(found) >= expected);
        self.gap_start = None;
        self.next = match snapshot.last_position() {
            Some(last) if self.overlaps() => last,
            _ if self.overlaps() => snapshot.end().saturating_sub(1),
            _ => snapshot.end(),
        };
        self.progress(!is_idle)?;
        let then = match before.filter(|before| has_moved && before.total == snapshot.total) {
            // Either items were added before the last returned one and as many were removed after it,
            // or some are hidden. Hidden items are hidden in the next request, too.
            Some(before) if !self.has_hidden => {
                let offset = before.offset;
                self.probes = vec![snapshot.clone(), before];
                self.is_at_end = is_last;
                Then::Probe(offset)
            }
            _ => Then::end_if(is_last),
        };
        let has_room = snapshot.room().is_none_or(|room| u64::from(places) < room);
        let ends_with_last = self.keyed && snapshot.keys.last() == self.recent.back();
        if ends_with_last && !self.has_hidden && has_room && snapshot.has_more() {
            self.short = Some(snapshot.clone());
        }
        Ok(Step::Accept { items, then })
    }

    /// Compares a page with a new request of it. If neither the page nor the total has changed, the
    /// server hides items.
    fn compare(&mut self, before: Snapshot, snapshot: &Snapshot) -> Then {
        self.effort.fetched();
        if snapshot.keys.is_empty() && !before.keys.is_empty() && snapshot.has_more() {
            // An empty page proves nothing, unless it is empty again.
            if self.recheck_once(snapshot) {
                self.probes.push(before);
                return Then::Probe(snapshot.offset);
            }
            self.has_hidden = true;
            self.probes.clear();
        } else if before.keys != snapshot.keys || before.total != snapshot.total {
            self.probes.clear();
        } else if let Some(next) = self.probes.last() {
            return Then::Probe(next.offset);
        } else {
            self.has_hidden = true;
        }
        Then::end_if(self.is_at_end)
    }

    /// Whether to request a page again: only if it was not requested again before.
    fn recheck_once(&mut self, snapshot: &Snapshot) -> bool {
        self.recheck(snapshot, 1)
    }

    /// Whether to request a page again: only if it was requested again less than `max` times.
    fn recheck(&mut self, snapshot: &Snapshot, max: u32) -> bool {
        let before = match self.rechecked {
            Some((offset, times)) if offset == snapshot.offset => times,
            _ => 0,
        };
        if before >= max {
            return false;
        }
        self.rechecked = Some((snapshot.offset, before + 1));
        self.effort.fetched();
        true
    }

    /// The number of places of a page, as far as the server has shown it. The requested number may be
    /// larger.
    fn page_size(&self, snapshot: &Snapshot) -> u32 {
        let announced = match self.overstates {
            true => 1,
            false => snapshot.announced().max(1),
        };
        announced.max(self.largest_size)
    }

    /// Skips a page that has nothing new, although it should have.
    fn skip_gap(&mut self, snapshot: &Snapshot) -> Result<Step, Unstable> {
        if snapshot.offset > self.next {
            return Ok(Step::Refetch(self.next));
        }
        // An empty start is more likely a list that is not ready than a gap.
        let is_start = self.returned == 0 && !self.has_hidden && snapshot.keys.is_empty();
        let max = if is_start { Self::FIRST_PAGE_CHECKS } else { 1 };
        if (snapshot.keys.is_empty() || !self.has_hidden) && self.recheck(snapshot, max) {
            return Ok(Step::Recheck);
        }
        self.largest_size = self.largest_size.max(snapshot.places());
        let step = self.page_size(snapshot);
        let after = snapshot.offset.saturating_add(step);
        if snapshot.offset < self.next && after <= self.next {
            return Ok(Step::Refetch(self.next));
        }
        self.has_hidden = true;
        let mut then = Then::End;
        if after == self.next {
            // There is no higher offset.
            self.gave_up = true;
        } else {
            self.gap_start.get_or_insert(self.next);
            let prefetched_size = std::mem::replace(&mut self.size, step);
            self.next = after;
            then = self.after_gap(after)?;
            if then == Then::Continue && prefetched_size < step {
                // The prefetched pages are in this gap, too.
                return Ok(Step::Refetch(after));
            }
        }
        let items = Vec::new();
        Ok(Step::Accept { items, then })
    }

    /// How to continue after a gap that ends at this offset.
    fn after_gap(&mut self, end: u32) -> Result<Then, Unstable> {
        self.in_order = false;
        self.effort.fetched();
        let is_slow = self.effort.is_slow(self.seen());
        if self.total.is_none() && is_slow {
            return Err(Unstable);
        }
        let has_more = self.total.is_none_or(|total| total > end.into());
        self.gave_up = has_more && is_slow;
        // A total that counts only visible items is reached further on.
        let accounted = u64::from(self.start).saturating_add(self.returned);
        let is_reached = self.total.is_some_and(|total| total <= accounted);
        let is_over = self.gave_up || (!has_more && (is_reached || is_slow));
        Ok(Then::end_if(is_over))
    }

    /// The offset to continue at instead of using a page after a gap, if any.
    fn offset_before(
        &mut self,
        gap_start: u32,
        snapshot: &Snapshot,
        last_total: Option<u64>,
    ) -> Option<u32> {
        if snapshot.offset > self.next {
            return Some(self.next);
        }
        let shrunk = match (last_total, snapshot.total) {
            (Some(before), Some(now)) => before.saturating_sub(now),
            _ => 0,
        };
        if shrunk == 0 || gap_start == self.next {
            return None;
        }
        // Items that were after the gap may be before this page now.
        let back = u32::try_from(shrunk).unwrap_or(u32::MAX);
        self.next = self.next.saturating_sub(back).max(gap_start);
        self.effort.fetched();
        Some(self.next)
    }

    /// Whether pages start with the item that was returned last. A page of one item has no room for
    /// that.
    fn overlaps(&self) -> bool {
        self.keyed && self.size > 1
    }

    /// The index of the latest returned item that is on a page, and whether it is the last returned
    /// one.
    fn latest_returned(&mut self, snapshot: &Snapshot) -> Option<(usize, bool)> {
        let first = snapshot.keys.first()?;
        if self.recent.back() == Some(first) {
            return Some((0, true));
        }
        let at: HashMap<u64, usize> = snapshot.keys.iter().copied().zip(0..).collect();
        let latest = self.recent.iter().rposition(|key| at.contains_key(key))?;
        self.displaced.extend(self.recent.range(latest + 1..));
        Some((at[&self.recent[latest]], latest + 1 == self.recent.len()))
    }

    /// The new items after the latest returned one.
    fn items_after(&self, snapshot: &Snapshot, found: usize, is_last: bool) -> Vec<usize> {
        if found == 0 && is_last && self.in_order {
            let items = 1..snapshot.keys.len();
            return match self.displaced.is_empty() {
                true => items.collect(),
                false => items
                    .filter(|item| !self.displaced.contains(&snapshot.keys[*item]))
                    .collect(),
            };
        }
        self.not_returned(snapshot, found + 1)
    }

    /// The items from an index on that were not returned before.
    fn not_returned(&self, snapshot: &Snapshot, from: usize) -> Vec<usize> {
        let returned: HashSet<u64> = self.recent.iter().copied().collect();
        let is_new = |item: &usize| {
            let key = &snapshot.keys[*item];
            !returned.contains(key) && !self.displaced.contains(key)
        };
        (from..snapshot.keys.len()).filter(is_new).collect()
    }

    /// The new items of a page that cannot overlap with the page before.
    fn without_overlap(&self, snapshot: &Snapshot) -> Vec<usize> {
        let items = 0..snapshot.keys.len();
        if self.keyed {
            let is_new = |key| !self.recent.contains(key) && !self.displaced.contains(key);
            return items.filter(|item| is_new(&snapshot.keys[*item])).collect();
        }
        // Without ids, only a whole page that repeats is recognised.
        let last_page = self.recent.len().saturating_sub(snapshot.keys.len());
        match self.recent.range(last_page..).eq(&snapshot.keys) {
            true => Vec::new(),
            false => items.collect(),
        }
    }

    /// None of the recent items is on the page: steps back, further each time.
    fn lost(&mut self, snapshot: &Snapshot) -> Result<Step, Unstable> {
        if snapshot.offset != self.next {
            // The page was prefetched before the list changed.
            return Ok(Step::Refetch(self.next));
        }
        if snapshot.offset == 0 {
            let is_complete = self.start == 0 && self.returned <= Self::RECENT as u64;
            if !is_complete {
                return Err(Unstable);
            }
            // All of them were removed, or are further on than this page.
            self.displaced.extend(self.recent.drain(..));
            if snapshot.keys.is_empty() {
                let (items, then) = (Vec::new(), Then::End);
                return Ok(Step::Accept { items, then });
            }
            return self.take(snapshot);
        }
        self.progress(false)?;
        self.short = None;
        let listed = self.total.and_then(|total| u32::try_from(total).ok());
        let from = snapshot.offset.min(listed.unwrap_or(u32::MAX));
        self.back = self.back.saturating_mul(2).max(self.size - 1);
        self.next = from.saturating_sub(self.back);
        Ok(Step::Refetch(self.next))
    }

    fn remember(&mut self, key: u64) {
        if self.recent.len() == Self::RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(key);
        self.returned += 1;
    }

    /// Whether the list ends with this page.
    fn is_last(&self, snapshot: &Snapshot, is_idle: bool) -> bool {
        let length = u64::from(snapshot.places());
        let is_short = length < u64::from(self.size);
        length == 0
            || match snapshot.total {
                Some(_) if snapshot.has_more() => false,
                Some(_) if is_idle && !snapshot.nulls.is_empty() => true,
                // The total may be too small, so it ends a list only if the page has room for more.
                Some(total) if u64::from(snapshot.end()) == total => {
                    snapshot.room().map_or(is_short, |room| length < room)
                }
                // Without a total, or after it, the list ends where nothing new follows.
                _ => is_short && is_idle,
            }
    }

    /// Records whether a page had new items, and gives up a list that cannot be read to its end.
    fn progress(&mut self, has_new: bool) -> Result<(), Unstable> {
        let seen = self.seen();
        self.effort.read(has_new, seen);
        let has_too_many_displaced = self.displaced.len() > Self::MAX_DISPLACED;
        match has_too_many_displaced || self.effort.gives_up(seen) {
            true => Err(Unstable),
            false => Ok(()),
        }
    }

    fn seen(&self) -> Seen {
        Seen {
            total: self.total,
            page_size: self.size,
            returned: self.returned,
        }
    }
}

#[cfg(test)]
mod tests;
