//! Where a scan is in a list, so that a later one can continue there.

use super::Scan;
use super::returned::KEPT;

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The offset of the item that was returned last, or of the start if none was.
    pub(crate) offset: u32,
    /// How many items were returned or skipped.
    pub(crate) passed: u64,
    /// The total of the list, which some servers report only once.
    pub(crate) total: Option<u64>,
    /// Whether the server counts items that it does not return.
    pub(crate) has_hidden: bool,
    /// Whether the last page had room for more items.
    pub(crate) is_short: bool,
    /// Whether any item was returned.
    pub(crate) has_started: bool,
    /// The items that were returned last, in the order of the list.
    pub(crate) recent: Vec<u64>,
    /// Returned items that may be further on.
    pub(crate) displaced: Vec<u64>,
}

impl Place {
    /// Whether a scan can be there.
    pub(crate) fn is_possible(&self) -> bool {
        let most = self.recent.len().max(self.displaced.len());
        most <= KEPT && self.recent.len() as u64 <= self.passed
    }
}

impl Scan {
    /// Where the scan is. If the caller has not read all returned items yet, `unread` is their number
    /// and `offset` that of the last one that was read.
    pub(crate) fn place(&self, unread: usize, offset: Option<u32>) -> Place {
        // Without any, a later scan cannot be certain.
        let (recent, displaced) = self.returned.kept(unread).unwrap_or_default();
        Place {
            offset: offset.unwrap_or(self.last),
            passed: self.passed().saturating_sub(unread as u64),
            total: self.total,
            // What a probe is about to show counts as shown.
            has_hidden: self.has_hidden || !self.probes.is_empty(),
            is_short: self.short.is_some(),
            has_started: self.has_started,
            recent,
            displaced,
        }
    }
}
