//! Decides which items of a list are new while it is read page by page and changes.
//!
//! Offsets shift when earlier items are added or removed; ids do not. So each page is requested to
//! start with the item that was returned last, and the items after it are the next ones, because a
//! page is a consistent view of the sorted list. If that item is missing, the scan steps back and
//! searches for the latest item that was returned before.
//!
//! There is no I/O, so that the rules can be tested by themselves.

mod effort;
mod gap;
mod new_items;
mod place;
mod probe;
mod returned;
mod search;

use std::ops::ControlFlow;

use self::effort::{Effort, Seen};
use self::returned::Returned;
use self::search::Search;
use super::snapshot::Snapshot;

pub(crate) use self::place::Place;

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

/// Why a list cannot be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// The list changes faster than it can be read.
    Unstable,
    /// It is not certain where a resumed scan continues.
    Changed,
}

/// The new items of a page.
struct New {
    items: Vec<usize>,
    /// The index of the item that was returned last, if it is on the page.
    last_returned: Option<usize>,
}

/// Reads a list from a start to its end.
#[derive(Debug)]
pub(crate) struct Scan {
    /// Whether items have ids. Without ids there are only offsets.
    keyed: bool,
    /// How many items are before the first one of this scan: skipped, or returned by an earlier scan.
    before: u64,
    /// The offset of the next page, which should start with the item that was returned last.
    next: u32,
    /// The size of a page, and the largest one so far.
    size: u32,
    largest_size: u32,
    total: Option<u64>,
    returned: Returned,
    /// The offset of the item that was returned last.
    last: u32,
    /// Looks for the items that an earlier scan returned last.
    search: Option<Search>,
    /// Whether any item was returned, also by an earlier scan.
    has_started: bool,
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

impl Scan {
    pub(crate) fn new(start: u32, keyed: bool) -> Self {
        Self {
            keyed,
            before: start.into(),
            next: start,
            size: 0,
            largest_size: 0,
            total: None,
            returned: Returned::new(),
            last: start,
            search: None,
            has_started: false,
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
        if let Some(search) = self.search.as_mut().filter(|_| !keyed) {
            search.set_unstable();
        }
    }

    /// The offset of the next page.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// The expected offset of the page after the one at `offset`, if the list continues there.
    pub(crate) fn after(&self, offset: u32) -> Option<u32> {
        if self.search.is_some() {
            return None;
        }
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
        let (passed, total) = (self.passed(), self.total?);
        (self.has_hidden && passed < total).then_some((passed, total))
    }

    /// How many items were returned, with those before the first one of this scan.
    pub(crate) fn passed(&self) -> u64 {
        self.before.saturating_add(self.returned.count)
    }

    /// Whether the list ended before all of its places were searched, so that visible items may be
    /// missing, too.
    pub(crate) fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// The offset of the next new item, if the list does not change until then.
    pub(crate) fn next_offset(&self) -> u32 {
        if self.search.is_some() {
            return self.last.saturating_add(1);
        }
        let is_returned = self.gap_start.is_none() && self.overlaps();
        let is_returned = is_returned && self.returned.last().is_some();
        self.next.saturating_add(u32::from(is_returned))
    }

    /// Decides which items of a page are new, and how to continue.
    pub(crate) fn take(&mut self, snapshot: &Snapshot) -> Result<Step, ScanError> {
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
        let new = match self.search.take() {
            Some(search) => match self.find_last_returned(search, snapshot)? {
                ControlFlow::Continue(new) => new,
                ControlFlow::Break(step) => return Ok(step),
            },
            None => match self.new_items(snapshot) {
                Some(new) => new,
                None => return self.lost(snapshot),
            },
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

    /// Accepts the new items of a page and moves on to the next one.
    fn accept(&mut self, snapshot: &Snapshot, new: New) -> Result<Step, ScanError> {
        let New {
            items,
            last_returned,
        } = new;
        let (places, expected) = (snapshot.places(), self.next_offset());
        let is_idle = items.is_empty();
        self.back = 0;
        self.has_hidden |= !snapshot.nulls.is_empty();
        self.returned.add(snapshot, &items);
        if let Some(last) = items.last() {
            self.last = snapshot.position(*last);
            self.has_started = true;
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
        let ends_with_last = self.keyed && snapshot.keys.last() == self.returned.last();
        if ends_with_last && !self.has_hidden && has_room && snapshot.has_more() {
            self.short = Some(snapshot.clone());
        }
        Ok(Step::Accept { items, then })
    }

    /// Whether pages start with the item that was returned last. A page of one item has no room for
    /// that.
    fn overlaps(&self) -> bool {
        self.keyed && self.size > 1
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
    fn progress(&mut self, has_new: bool) -> Result<(), ScanError> {
        let seen = self.seen();
        self.effort.read(has_new, seen);
        match self.returned.has_too_many_displaced() || self.effort.gives_up(seen) {
            true => Err(ScanError::Unstable),
            false => Ok(()),
        }
    }

    fn seen(&self) -> Seen {
        Seen {
            total: self.total,
            page_size: self.size,
            returned: self.returned.count,
        }
    }
}

#[cfg(test)]
mod tests;
