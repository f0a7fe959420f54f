//! Decides which items of a page are new.

use super::super::snapshot::Snapshot;
use super::returned::RECENT;
use super::{New, Scan, ScanError, Step, Then};

impl Scan {
    /// The new items of a page; `None` if the page does not follow the one before: no item of it was
    /// returned before, although one should have been.
    pub(super) fn new_items(&mut self, snapshot: &Snapshot) -> Option<New> {
        let items = if self.gap_start.is_some() {
            self.returned.not_returned(snapshot, 0)
        } else if self.returned.last().is_none() {
            self.size = first_size(snapshot);
            self.returned.not_returned(snapshot, 0)
        } else if !self.keyed && snapshot.offset != self.next {
            // The page before had fewer items than expected when this one was prefetched.
            return None;
        } else if !self.overlaps() {
            return Some(self.without_overlap(snapshot));
        } else {
            match self.returned.latest_on(snapshot) {
                Some((found, is_last)) => {
                    return Some(New {
                        items: self.returned.items_after(snapshot, found, is_last),
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

    /// The new items of a page that cannot overlap with the page before.
    fn without_overlap(&mut self, snapshot: &Snapshot) -> New {
        self.returned.in_order = false;
        let mut keys = snapshot.keys.iter();
        New {
            last_returned: keys.position(|key| self.returned.last() == Some(key)),
            items: match self.keyed {
                true => self.returned.not_returned(snapshot, 0),
                false => self.returned.unless_repeated(snapshot),
            },
        }
    }

    /// None of the recent items is on the page: steps back, further each time.
    pub(super) fn lost(&mut self, snapshot: &Snapshot) -> Result<Step, ScanError> {
        if snapshot.offset != self.next {
            // The page was prefetched before the list changed.
            return Ok(Step::Refetch(self.next));
        }
        if snapshot.offset == 0 {
            let is_complete = self.before == 0 && self.returned.count <= RECENT as u64;
            if !is_complete {
                return Err(ScanError::Unstable);
            }
            // All of them were removed, or are further on than this page.
            self.returned.displace_all();
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
}

/// The size of a page, according to the first one. A single item may be the visible one of a larger
/// page.
pub(super) fn first_size(snapshot: &Snapshot) -> u32 {
    match snapshot.places() {
        1 => snapshot.announced().clamp(1, 2),
        places => places,
    }
}
