//! One page of a list, as a cursor compares it with other pages.

/// One page as the server returned it, with a key for each item.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// Where the page starts in the list.
    pub(crate) offset: u32,
    /// The requested number of items.
    pub(crate) requested: Option<u32>,
    /// The number of items of a page, according to the server.
    pub(crate) limit: Option<u64>,
    /// The number of items of the list, according to the server.
    pub(crate) total: Option<u64>,
    /// A key of each item, equal for equal ids.
    pub(crate) keys: Vec<u64>,
    /// The places of the page that have null instead of an item, ascending.
    pub(crate) nulls: Vec<u32>,
}

impl Snapshot {
    /// The number of places of the list that the page covers.
    pub(super) fn places(&self) -> u32 {
        u32::try_from(self.keys.len() + self.nulls.len()).unwrap_or(u32::MAX)
    }

    /// The offset after the page.
    pub(super) fn end(&self) -> u32 {
        self.offset.saturating_add(self.places())
    }

    /// The offset of an item of the page.
    pub(super) fn position(&self, item: usize) -> u32 {
        let mut place = u32::try_from(item).unwrap_or(u32::MAX);
        for null in &self.nulls {
            if *null > place {
                break;
            }
            place += 1;
        }
        self.offset.saturating_add(place)
    }

    /// The offset of the last item of the page.
    pub(super) fn last_position(&self) -> Option<u32> {
        Some(self.position(self.keys.len().checked_sub(1)?))
    }

    /// The offsets of items of the page. Their indices ascend.
    pub(crate) fn positions(&self, items: &[usize]) -> Vec<u32> {
        let mut nulls = self.nulls.iter().peekable();
        let mut skipped = 0;
        let position = |item: &usize| {
            let item = u32::try_from(*item).unwrap_or(u32::MAX);
            while nulls
                .next_if(|null| **null <= item.saturating_add(skipped))
                .is_some()
            {
                skipped += 1;
            }
            self.offset.saturating_add(item).saturating_add(skipped)
        };
        items.iter().map(position).collect()
    }

    /// Whether the list continues after the page, according to the server.
    pub(super) fn has_more(&self) -> bool {
        self.total.is_some_and(|total| total > self.end().into())
    }

    /// Whether the list ends with the page, as far as the server shows it.
    pub(super) fn is_at_end(&self) -> bool {
        self.places() == 0 || self.total.is_some_and(|total| total <= self.end().into())
    }

    /// The number of items that fit on the page, if the server reports a limit; else 0.
    pub(super) fn announced(&self) -> u32 {
        let announced = self
            .limit
            .filter(|limit| *limit > 0)
            .and_then(|_| self.room());
        announced
            .and_then(|room| u32::try_from(room).ok())
            .unwrap_or(0)
    }

    /// The number of items that fit on the page, as far as it is known.
    pub(super) fn room(&self) -> Option<u64> {
        let limit = self.limit.filter(|limit| *limit > 0);
        let room = [self.requested.map(u64::from), limit];
        room.into_iter().flatten().min()
    }
}
