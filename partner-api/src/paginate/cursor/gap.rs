//! Places of a list at which no item is visible.
//!
//! A cursor skips a gap by the page size that the server reports. If pages have fewer items, it skips
//! visible ones. A small page after the gap is no proof of that, because the gap may reach into it. So
//! the cursor probes another page, which has a known item at its far end if pages are as large as
//! reported. If not, it searches the gap again by a size that a page really had.

use super::effort::can_be_searched;
use crate::paginate::snapshot::Snapshot;

/// The gap before the offset where the cursor continues.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) start: u32,
    /// The most places that were skipped at a time.
    step: u32,
    /// The offset of the page that showed that the gap has to be searched again.
    searched_again: Option<u32>,
    probe: Option<Probe>,
}

/// A page that has a known item at its far end if pages are as large as reported.
#[derive(Clone, Copy, Debug)]
struct Probe {
    offset: u32,
    key: u64,
    /// Whether the item is the last one of the page, not the first one.
    is_at_end: bool,
    /// The offset of the page after the gap, and the largest size of a page so far.
    after_gap: u32,
    largest_size: u32,
}

/// What a page shows of the gap before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// No visible item was skipped, as far as that can be known.
    Complete,
    /// Pages have this many places, so no visible item was skipped.
    LargePages(u32),
    /// Pages have fewer items than the server reports.
    SmallPages,
    /// Search again from this offset, by this size.
    SearchFrom(u32, u32),
    /// The page at this offset shows whether items were skipped.
    Probe(u32),
}

impl Gap {
    pub(super) fn new(start: u32) -> Self {
        Self {
            start,
            step: 0,
            searched_again: None,
            probe: None,
        }
    }

    /// The number of places to skip, if a page has the reported size.
    pub(super) fn step(&mut self, page_size: u32) -> u32 {
        match self.searched_again {
            Some(_) => self.step,
            None => {
                self.step = self.step.max(page_size);
                page_size
            }
        }
    }

    /// Checks the gap by a page after it.
    pub(super) fn check(&mut self, snapshot: &Snapshot, largest_size: u32) -> Finding {
        let largest_size = largest_size.max(snapshot.places());
        let Some(last) = snapshot.keys.last() else {
            let is_end = !snapshot.has_more() && self.searched_again.is_none();
            return match is_end && (1..self.step).contains(&largest_size) {
                true => self.search_again(snapshot.offset, largest_size),
                false => Finding::Complete,
            };
        };
        if let Some(after_gap) = self.searched_again {
            return match snapshot.offset < after_gap {
                true => Finding::SmallPages,
                false => Finding::Complete,
            };
        }
        if largest_size >= self.step {
            return Finding::Complete;
        }
        let is_at_end = !snapshot.has_more();
        let offset = match is_at_end {
            true => snapshot.end().checked_sub(self.step),
            false => snapshot.offset.checked_add(self.step - 1),
        };
        let Some(offset) = offset else {
            return self.search_again(snapshot.offset, largest_size);
        };
        self.probe = Some(Probe {
            offset,
            key: *last,
            is_at_end,
            after_gap: snapshot.offset,
            largest_size,
        });
        Finding::Probe(offset)
    }

    /// Checks the gap by the probed page, if one was requested.
    pub(super) fn take_probe(&mut self, snapshot: &Snapshot) -> Option<Finding> {
        let probe = self.probe.take()?;
        let item = match probe.is_at_end {
            true => snapshot.keys.last(),
            false => {
                let starts_with_item = snapshot.nulls.first() != Some(&0);
                snapshot.keys.first().filter(|_| starts_with_item)
            }
        };
        let has_item = snapshot.offset == probe.offset && item == Some(&probe.key);
        Some(match has_item {
            true => Finding::LargePages(self.step),
            false => self.search_again(probe.after_gap, probe.largest_size),
        })
    }

    /// Searches the gap again, unless that takes too many requests.
    fn search_again(&mut self, after_gap: u32, size: u32) -> Finding {
        let pages = after_gap.saturating_sub(self.start) / size;
        if !can_be_searched(pages.into()) {
            return Finding::LargePages(self.step);
        }
        self.step = size;
        self.searched_again = Some(after_gap);
        Finding::SearchFrom(self.start, size)
    }
}
