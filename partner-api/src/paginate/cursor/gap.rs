//! Places of a list at which no item is visible.
//!
//! A walk steps over a gap by the page size that the server reports. If pages have fewer items than
//! that, visible ones were stepped over. A small page behind the gap is no proof, since the gap may
//! reach into it. So another page is looked at: one with a known item at its far end, if pages are as
//! large as reported. Otherwise the gap is searched again, by a size that a page really had.

use super::Look;

/// The gap before the offset where the walk goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) from: u32,
    /// The most places that were stepped over at a time.
    pub(super) step: u32,
    /// The page because of which the gap is searched again.
    again: Option<u32>,
    test: Option<Test>,
}

/// Which item stands where if pages are as large as the server reports.
#[derive(Clone, Copy, Debug)]
struct Test {
    offset: u32,
    key: u64,
    is_at_end: bool,
    /// The page behind the gap, and how many places it has.
    page: u32,
    places: u32,
}

/// What a page shows of the gap before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Visible items were not stepped over, as far as that can be known.
    Nothing,
    /// Pages have fewer items than the server reports.
    SmallPages,
    /// Visible items may be at this offset or behind it.
    From(u32),
    /// The page at this offset shows whether visible items were stepped over.
    Test(u32),
}

impl Gap {
    /// The most pages of a gap that is searched again.
    const SEARCHED: u32 = 4096;

    pub(super) fn new(from: u32) -> Self {
        Self {
            from,
            step: 0,
            again: None,
            test: None,
        }
    }

    /// How many places to step over, if a page is said to have so many.
    pub(super) fn step(&mut self, page_size: u32) -> u32 {
        match self.again {
            Some(_) => self.step,
            None => {
                self.step = self.step.max(page_size);
                page_size
            }
        }
    }

    /// Looks at a page behind the gap. The largest page so far had `most` places.
    pub(super) fn look(&mut self, look: &Look, most: u32) -> Found {
        let Some(last) = look.keys.last() else {
            let most = most.max(look.places());
            let is_over = !look.has_more() && self.again.is_none();
            return match is_over && (1..self.step).contains(&most) {
                true => self.search(look.offset, most),
                false => Found::Nothing,
            };
        };
        if let Some(page) = self.again {
            return match look.offset < page {
                true => Found::SmallPages,
                false => Found::Nothing,
            };
        }
        let most = most.max(look.places());
        if most >= self.step {
            return Found::Nothing;
        }
        let is_at_end = !look.has_more();
        let offset = match is_at_end {
            true => look.end().checked_sub(self.step),
            false => look.offset.checked_add(self.step - 1),
        };
        let Some(offset) = offset else {
            return self.search(look.offset, most);
        };
        self.test = Some(Test {
            offset,
            key: *last,
            is_at_end,
            page: look.offset,
            places: most,
        });
        Found::Test(offset)
    }

    /// Looks at the page that was requested as a test, if one was.
    pub(super) fn look_at_test(&mut self, look: &Look) -> Option<Found> {
        let test = self.test.take()?;
        let item = match test.is_at_end {
            true => look.keys.last(),
            false => look.keys.first().filter(|_| look.nulls.first() != Some(&0)),
        };
        let is_proven = look.offset == test.offset && item == Some(&test.key);
        Some(match is_proven {
            true => Found::Nothing,
            false => self.search(test.page, test.places),
        })
    }

    /// Where the search begins again, with steps of `size`, if it does not take too many.
    fn search(&mut self, page: u32, size: u32) -> Found {
        if page.saturating_sub(self.from) / size > Self::SEARCHED {
            return Found::Nothing;
        }
        self.step = size;
        self.again = Some(page);
        Found::From(self.from)
    }
}
