//! Requests pages again, to distinguish a server that hides items from a list that changes.

use super::super::snapshot::Snapshot;
use super::{Scan, Then};

impl Scan {
    /// Compares a page with a new request of it. If neither the page nor the total has changed, the
    /// server hides items.
    pub(super) fn compare(&mut self, before: Snapshot, snapshot: &Snapshot) -> Then {
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
    pub(super) fn recheck_once(&mut self, snapshot: &Snapshot) -> bool {
        self.recheck(snapshot, 1)
    }

    /// Whether to request a page again: only if it was requested again less than `max` times.
    pub(super) fn recheck(&mut self, snapshot: &Snapshot, max: u32) -> bool {
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
}
