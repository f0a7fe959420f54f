//! Places of a list at which no item is visible.
//!
//! A cursor skips a gap by the page size that the server reports. If pages have fewer items than that,
//! visible items were skipped. A small page after the gap is no proof, because the gap may extend into
//! that page. So the cursor requests one more page: one with a known item at its far end, if pages are
//! as large as reported. If the item is not there, the gap is searched again, by the size of a real
//! page.

use crate::paginate::snapshot::Snapshot;

/// The gap before the offset at which the cursor continues.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) from: u32,
    /// The most places that were skipped at a time.
    pub(super) step: u32,
    /// The offset of the page that showed that the gap has to be searched again.
    searched_again: Option<u32>,
    test: Option<Test>,
}

/// A test whether pages are as large as the server reports: which item is at the end of a page.
#[derive(Clone, Copy, Debug)]
struct Test {
    offset: u32,
    key: u64,
    is_at_end: bool,
    /// The page after the gap, and its number of places.
    page: u32,
    places: u32,
}

/// What a page shows about the gap before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// No visible item was skipped, as far as is known.
    Nothing,
    /// Pages have fewer items than the server reports.
    SmallPages,
    /// Visible items may be at this offset or after it.
    SearchFrom(u32),
    /// The page at this offset shows whether visible items were skipped.
    Test(u32),
}

impl Gap {
    /// The most pages of a gap that is searched again.
    const MAX_SEARCHED: u32 = 4096;

    pub(super) fn new(from: u32) -> Self {
        Self {
            from,
            step: 0,
            searched_again: None,
            test: None,
        }
    }

    /// How many places to skip if a page has `page_size` of them according to the server.
    pub(super) fn step(&mut self, page_size: u32) -> u32 {
        match self.searched_again {
            Some(_) => self.step,
            None => {
                self.step = self.step.max(page_size);
                page_size
            }
        }
    }

    /// Evaluates a page after the gap. `largest_size` is that of the largest page so far.
    pub(super) fn evaluate(&mut self, snapshot: &Snapshot, largest_size: u32) -> Finding {
        let Some(last) = snapshot.keys.last() else {
            let size = largest_size.max(snapshot.places());
            let is_over = !snapshot.has_more() && self.searched_again.is_none();
            return match is_over && (1..self.step).contains(&size) {
                true => self.search(snapshot.offset, size),
                false => Finding::Nothing,
            };
        };
        if let Some(page) = self.searched_again {
            return match snapshot.offset < page {
                true => Finding::SmallPages,
                false => Finding::Nothing,
            };
        }
        let size = largest_size.max(snapshot.places());
        if size >= self.step {
            return Finding::Nothing;
        }
        let is_at_end = !snapshot.has_more();
        let offset = match is_at_end {
            true => snapshot.end().checked_sub(self.step),
            false => snapshot.offset.checked_add(self.step - 1),
        };
        let Some(offset) = offset else {
            return self.search(snapshot.offset, size);
        };
        self.test = Some(Test {
            offset,
            key: *last,
            is_at_end,
            page: snapshot.offset,
            places: size,
        });
        Finding::Test(offset)
    }

    /// Evaluates the page of a test, if one was requested.
    pub(super) fn evaluate_test(&mut self, snapshot: &Snapshot) -> Option<Finding> {
        let test = self.test.take()?;
        let item = match test.is_at_end {
            true => snapshot.keys.last(),
            false => {
                let first = snapshot.keys.first();
                first.filter(|_| snapshot.nulls.first() != Some(&0))
            }
        };
        let is_proven = snapshot.offset == test.offset && item == Some(&test.key);
        Some(match is_proven {
            true => Finding::Nothing,
            false => self.search(test.page, test.places),
        })
    }

    /// Searches the gap again in steps of `size`, unless that takes too many pages.
    fn search(&mut self, page: u32, size: u32) -> Finding {
        if page.saturating_sub(self.from) / size > Self::MAX_SEARCHED {
            return Finding::Nothing;
        }
        self.step = size;
        self.searched_again = Some(page);
        Finding::SearchFrom(self.from)
    }
}
