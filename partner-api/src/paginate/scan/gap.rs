//! Skips places of a list that the server counts and does not show.

use super::super::snapshot::Snapshot;
use super::{Scan, ScanError, Step, Then};

/// How many times an empty first page is requested again if the list should have items.
const FIRST_PAGE_CHECKS: u32 = 3;

impl Scan {
    /// Skips a page that has nothing new, although it should have.
    pub(super) fn skip_gap(&mut self, snapshot: &Snapshot) -> Result<Step, ScanError> {
        if snapshot.offset > self.next {
            return Ok(Step::Refetch(self.next));
        }
        // An empty start is more likely a list that is not ready than a gap.
        let is_start = self.returned.count == 0 && !self.has_hidden && snapshot.keys.is_empty();
        let max = if is_start { FIRST_PAGE_CHECKS } else { 1 };
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
    fn after_gap(&mut self, end: u32) -> Result<Then, ScanError> {
        self.returned.in_order = false;
        self.effort.fetched();
        let is_slow = self.effort.is_slow(self.seen());
        if self.total.is_none() && is_slow {
            return Err(ScanError::Unstable);
        }
        let has_more = self.total.is_none_or(|total| total > end.into());
        self.gave_up = has_more && is_slow;
        // A total that counts only visible items is reached further on.
        let is_reached = self.total.is_some_and(|total| total <= self.passed());
        let is_over = self.gave_up || (!has_more && (is_reached || is_slow));
        Ok(Then::end_if(is_over))
    }

    /// The offset to continue at instead of using a page after a gap, if any.
    pub(super) fn offset_before(
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

    /// The number of places of a page, as far as the server has shown it. The requested number may be
    /// larger.
    pub(super) fn page_size(&self, snapshot: &Snapshot) -> u32 {
        let announced = match self.overstates {
            true => 1,
            false => snapshot.announced().max(1),
        };
        announced.max(self.largest_size)
    }
}
