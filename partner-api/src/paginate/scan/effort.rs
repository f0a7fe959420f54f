//! The rules by which a cursor gives up a list that it cannot read to its end.

/// How many pages in a row may have no new item.
const MAX_IDLE: u64 = 64;

/// The most pages of a list that is searched to its end even if hardly any item is visible.
const MAX_SEARCHED: u64 = 4096;

/// How many items more than twice the first total of a list are read.
const MAX_GROWTH: u64 = 100_000;

/// The list as a cursor sees it at the moment.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) total: Option<u64>,
    pub(super) page_size: u32,
    /// How many items were returned.
    pub(super) returned: u64,
}

/// What reading a list has cost so far.
#[derive(Debug, Default)]
pub(super) struct Effort {
    /// The number of pages that were fetched.
    fetches: u64,
    first_total: Option<u64>,
    /// The number of pages in a row without a new item.
    idle: u32,
    /// The total at the last new item.
    total_at_last_item: u64,
}

impl Seen {
    /// How many new items a page can have. Pages overlap by one item.
    fn new_per_page(&self) -> u64 {
        u64::from(self.page_size.max(2) - 1)
    }
}

impl Effort {
    /// Counts a page.
    pub(super) fn fetched(&mut self) {
        self.fetches += 1;
    }

    /// Counts a page, and whether it had new items.
    pub(super) fn read(&mut self, has_new: bool, seen: Seen) {
        if has_new {
            (self.idle, self.total_at_last_item) = (0, seen.total.unwrap_or_default());
        } else {
            self.idle += 1;
        }
        self.first_total = self.first_total.or(seen.total);
        self.fetched();
    }

    /// Whether one of the rules ends the list.
    pub(super) fn gives_up(&self, seen: Seen) -> bool {
        self.is_stuck(seen) || self.is_endless(seen) || self.is_slow(seen)
    }

    /// Too many pages in a row have nothing new. A list that grows while it is read gets more of them.
    fn is_stuck(&self, seen: Seen) -> bool {
        let grown = seen.total.unwrap_or_default();
        let grown = grown.saturating_sub(self.total_at_last_item) / seen.new_per_page();
        u64::from(self.idle) > MAX_IDLE.saturating_add(grown.min(MAX_IDLE * 64))
    }

    /// The list grows as fast as it is read, or the server makes items up.
    fn is_endless(&self, seen: Seen) -> bool {
        let first = seen.total.and(self.first_total);
        first
            .is_some_and(|first| seen.returned > first.saturating_mul(2).saturating_add(MAX_GROWTH))
    }

    /// Most pages have nothing new. Two fetches for each page of the list are allowed, because each
    /// page may be empty and is requested again. But a total can be absurd, so that this holds only
    /// up to a number of pages.
    pub(super) fn is_slow(&self, seen: Seen) -> bool {
        let pages = seen.total.unwrap_or_default() / seen.new_per_page();
        let search = match pages <= MAX_SEARCHED {
            true => 2 * pages,
            false => 0,
        };
        self.fetches > 4 * MAX_IDLE + search + 16 * (seen.returned / seen.new_per_page())
    }
}
