//! Which rows of a list are new, when it is read page by page and changes meanwhile.
//!
//! Offsets shift when earlier rows come or go; ids do not. So each page is asked to begin with the
//! row that was given last, and what stands behind that row is what comes next, since a page is one
//! consistent look at the sorted list. Where the row is missing, the latest of the rows given before
//! takes its place: it is looked for further back.
//!
//! No I/O here, so that the rules can be tested by themselves.

use std::collections::{HashMap, HashSet, VecDeque};

/// One page as the server gave it.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Where it begins in the list.
    pub(crate) offset: u32,
    /// How many rows were asked for.
    pub(crate) asked: Option<u32>,
    /// How many rows the server says a page has.
    pub(crate) limit: Option<u64>,
    /// How many rows the server says the list has.
    pub(crate) total: Option<u64>,
    /// A key of each row, equal for equal ids.
    pub(crate) keys: Vec<u64>,
}

/// What to make of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Give these rows, by their index.
    Give {
        rows: Vec<usize>,
        /// Nothing comes behind them.
        is_last: bool,
    },
    /// Throw away the page and those fetched ahead, and ask at this offset.
    Again(u32),
}

/// The list changes faster than it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsettled;

/// A walk through a list.
#[derive(Debug)]
pub(crate) struct Walk {
    /// Whether rows have ids. Without, there are only offsets.
    keyed: bool,
    start: u32,
    /// Where the next page begins, if it is to begin with the row given last.
    next: u32,
    /// How many rows a page has.
    size: u32,
    total: Option<u64>,
    given: u64,
    /// The rows given last, in the order of the list.
    ring: VecDeque<u64>,
    /// Rows that were given and are not where they were expected: gone, or further on.
    doubtful: HashSet<u64>,
    /// How far the last step went back.
    back: u32,
    /// Pages without a new row since the last one with one, and how long the list was then.
    idle: u32,
    total_then: u64,
}

impl Walk {
    /// How many of the rows given last are known.
    const RING: usize = 10_000;
    /// How many pages in a row may have nothing new.
    const IDLE: u64 = 64;

    pub(crate) fn new(start: u32, keyed: bool) -> Self {
        Self {
            keyed,
            start,
            next: start,
            size: 0,
            total: None,
            given: 0,
            ring: VecDeque::new(),
            doubtful: HashSet::new(),
            back: 0,
            idle: 0,
            total_then: 0,
        }
    }

    /// Where the next page begins.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// Where the page behind the one at `offset` will begin, if the list has rows there.
    pub(crate) fn after(&self, offset: u32) -> Option<u32> {
        let step = if self.overlaps() {
            self.size - 1
        } else {
            self.size
        };
        let after = offset.checked_add(step).filter(|_| step > 0)?;
        let overlap = u64::from(self.overlaps());
        (u64::from(after) + overlap < self.total?).then_some(after)
    }

    /// How many rows the list has by the latest page.
    pub(crate) fn total(&self) -> Option<u64> {
        self.total
    }

    /// How many rows were given.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    /// Where a walk that starts anew would go on, if the list does not change meanwhile.
    pub(crate) fn resume_point(&self) -> u32 {
        self.next + u32::from(!self.ring.is_empty() && self.overlaps())
    }

    /// Decides what is new on a page.
    pub(crate) fn take(&mut self, look: &Look) -> Result<Step, Unsettled> {
        self.total = look.total;
        let length = u32::try_from(look.keys.len()).unwrap_or(u32::MAX);
        let rows = if self.ring.is_empty() {
            self.size = length;
            let rows = 0..look.keys.len();
            rows.filter(|row| !self.doubtful.contains(&look.keys[*row]))
                .collect()
        } else if !self.overlaps() {
            self.unknown_rows(look)
        } else {
            match self.new_rows(look) {
                Some(rows) => rows,
                None => return self.lost(look),
            }
        };
        self.back = 0;
        for row in &rows {
            self.remember(look.keys[*row]);
        }
        let end = look.offset.saturating_add(length);
        let is_last = self.is_last(look, end, rows.is_empty());
        if length > 1 && !is_last {
            self.size = length;
        }
        self.next = if self.overlaps() {
            end.saturating_sub(1)
        } else {
            end
        };
        self.progress(!rows.is_empty())?;
        Ok(Step::Give { rows, is_last })
    }

    /// Whether pages begin with the row given last. One row has no room for that.
    fn overlaps(&self) -> bool {
        self.keyed && self.size > 1
    }

    /// The rows behind the latest row that was given; none when there is no such row.
    fn new_rows(&mut self, look: &Look) -> Option<Vec<usize>> {
        let first = look.keys.first()?;
        if self.ring.back() == Some(first) {
            let rows = 1..look.keys.len();
            return Some(match self.doubtful.is_empty() {
                true => rows.collect(),
                false => rows
                    .filter(|row| !self.doubtful.contains(&look.keys[*row]))
                    .collect(),
            });
        }
        let at: HashMap<u64, usize> = look.keys.iter().copied().zip(0..).collect();
        let newest = self.ring.iter().rposition(|key| at.contains_key(key))?;
        let found = at[&self.ring[newest]];
        self.doubtful.extend(self.ring.range(newest + 1..));
        let known: HashSet<u64> = self.ring.iter().copied().collect();
        let is_new = |row: &usize| {
            let key = &look.keys[*row];
            !known.contains(key) && !self.doubtful.contains(key)
        };
        Some((found + 1..look.keys.len()).filter(is_new).collect())
    }

    /// The rows of a page that cannot overlap: all, unless it was given before.
    fn unknown_rows(&self, look: &Look) -> Vec<usize> {
        let rows = 0..look.keys.len();
        if self.keyed {
            return rows
                .filter(|row| !self.ring.contains(&look.keys[*row]))
                .collect();
        }
        let given = self.ring.len().saturating_sub(look.keys.len());
        match self.ring.range(given..).eq(&look.keys) {
            true => Vec::new(),
            false => rows.collect(),
        }
    }

    /// None of the rows given last is on the page.
    fn lost(&mut self, look: &Look) -> Result<Step, Unsettled> {
        if look.offset != self.next {
            // It was fetched ahead, for a list that was another then.
            return Ok(Step::Again(self.next));
        }
        if look.offset == 0 {
            let is_complete = self.start == 0 && self.given <= Self::RING as u64;
            if !is_complete {
                return Err(Unsettled);
            }
            // All of them are gone, or further on than this page.
            self.doubtful.extend(self.ring.drain(..));
            if look.keys.is_empty() {
                return Ok(Step::Give {
                    rows: Vec::new(),
                    is_last: true,
                });
            }
            return self.take(look);
        }
        self.progress(false)?;
        let listed = self.total.and_then(|total| u32::try_from(total).ok());
        let from = look.offset.min(listed.unwrap_or(u32::MAX));
        self.back = self.back.saturating_mul(2).max(self.size - 1);
        self.next = from.saturating_sub(self.back);
        Ok(Step::Again(self.next))
    }

    fn remember(&mut self, key: u64) {
        if self.ring.len() == Self::RING {
            self.ring.pop_front();
        }
        self.ring.push_back(key);
        self.given += 1;
    }

    /// Whether nothing comes behind a page.
    fn is_last(&self, look: &Look, end: u32, is_idle: bool) -> bool {
        let length = look.keys.len() as u64;
        let is_short = length < u64::from(self.size);
        let room = [
            look.asked.map(u64::from),
            look.limit.filter(|limit| *limit > 0),
        ];
        let room = room.into_iter().flatten().min();
        // The total may lie, so it ends a list only where the page had room for more.
        length == 0
            || match look.total {
                Some(total) if u64::from(end) >= total => {
                    room.map_or(is_short, |room| length < room)
                }
                Some(_) => is_short && is_idle,
                None => is_short,
            }
    }

    /// Notes whether there was something new, so that a walk that gets nowhere ends.
    fn progress(&mut self, has_new: bool) -> Result<(), Unsettled> {
        let total = self.total.unwrap_or_default();
        if has_new {
            (self.idle, self.total_then) = (0, total);
        } else {
            self.idle += 1;
        }
        let size = u64::from(self.size.max(2) - 1);
        let more = total.saturating_sub(self.total_then) / size;
        let is_stuck = u64::from(self.idle) > Self::IDLE.saturating_add(more.min(Self::IDLE * 64));
        // A list that is given several times over is made up as it is read.
        let listed = self.total.map(|total| total.max(self.total_then));
        let is_endless = listed.is_some_and(|total| {
            self.given
                > total
                    .saturating_mul(2)
                    .saturating_add(10 * Self::RING as u64)
        });
        let is_forgetful = self.doubtful.len() > 4 * Self::RING;
        if is_stuck || is_endless || is_forgetful {
            return Err(Unsettled);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list that changes between looks, sorted by its keys.
    struct List {
        rows: Vec<u64>,
        cap: usize,
        total: Option<fn(u64) -> u64>,
        random: fastrand::Rng,
    }

    impl List {
        fn look(&self, offset: u32, asked: u32) -> Look {
            let rows = self.rows.iter().skip(offset as usize);
            let rows = rows.take(self.cap.min(asked as usize));
            Look {
                offset,
                asked: Some(asked),
                limit: None,
                total: self.total.map(|lie| lie(self.rows.len() as u64)),
                keys: rows.copied().collect(),
            }
        }

        fn change(&mut self, most: usize) {
            for _ in 0..self.random.usize(0..=most) {
                if self.random.bool() && !self.rows.is_empty() {
                    self.rows.remove(self.random.usize(0..self.rows.len()));
                } else {
                    let row = self.random.u64(..);
                    if let Err(at) = self.rows.binary_search(&row) {
                        self.rows.insert(at, row);
                    }
                }
            }
        }
    }

    /// Walks with so many pages ahead; each was looked at when it was asked for.
    fn walk(list: &mut List, ahead: usize, asked: u32, most: usize) -> Result<Vec<u64>, Unsettled> {
        let mut walk = Walk::new(0, true);
        let mut given = Vec::new();
        let mut window: VecDeque<Look> = VecDeque::new();
        for _ in 0..100_000 {
            let mut next = match window.back() {
                Some(last) => walk.after(last.offset),
                None => Some(walk.next()),
            };
            while let (true, Some(offset)) = (window.len() < ahead, next) {
                window.push_back(list.look(offset, asked.max(2)));
                list.change(most);
                next = walk.after(offset);
            }
            let look = window.pop_front().unwrap();
            match walk.take(&look)? {
                Step::Again(_) => window.clear(),
                Step::Give { rows, is_last } => {
                    given.extend(rows.iter().map(|row| look.keys[*row]));
                    if is_last {
                        return Ok(given);
                    }
                }
            }
        }
        panic!("the walk does not end");
    }

    fn list(seed: u64, length: usize, cap: usize) -> List {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut rows: Vec<u64> = (0..length).map(|_| random.u64(..)).collect();
        rows.sort_unstable();
        rows.dedup();
        List {
            rows,
            cap,
            total: Some(|total| total),
            random,
        }
    }

    #[test]
    fn a_row_that_is_there_throughout_comes_once_and_in_order() {
        for seed in 0..6_000 {
            let mut choice = fastrand::Rng::with_seed(seed);
            let length = choice.usize(0..200);
            let (cap, ahead) = (choice.usize(2..30), choice.usize(1..=16));
            let (asked, most) = (choice.u32(1..40), choice.usize(0..6));
            let mut list = list(seed, length, cap);
            if choice.bool() {
                list.total = None;
            }
            let before: HashSet<u64> = list.rows.iter().copied().collect();
            let Ok(given) = walk(&mut list, ahead, asked, most) else {
                println!(
                    "UNSETTLED {seed} len {length} cap {cap} ahead {ahead} asked {asked} most {most}"
                );
                continue;
            };
            // What was removed and came again is another row: random keys do not.
            let throughout: Vec<u64> = list
                .rows
                .iter()
                .copied()
                .filter(|row| before.contains(row))
                .collect();
            let of_those: Vec<u64> = given
                .iter()
                .copied()
                .filter(|row| throughout.binary_search(row).is_ok())
                .collect();
            assert_eq!(of_those, throughout, "seed {seed}");
            let mut once = given.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), given.len(), "seed {seed}");
        }
    }

    #[test]
    fn totals_that_lie_lose_nothing() {
        let lies: [fn(u64) -> u64; 5] = [
            |_| 0,
            |_| 1,
            |total| total / 2,
            |total| total * 7 + 3,
            |_| u64::MAX,
        ];
        for lie in lies {
            for (length, ahead) in [(0, 1), (1, 4), (50, 1), (95, 8), (100, 16), (1000, 3)] {
                let mut list = list(1, length, 10);
                list.total = Some(lie);
                let rows = list.rows.clone();
                assert_eq!(walk(&mut list, ahead, 10, 0), Ok(rows));
            }
        }
    }

    #[test]
    fn a_list_that_does_not_change_takes_as_few_looks_as_it_can() {
        let mut looks = 0;
        let list = list(1, 100, 10);
        let mut walk = Walk::new(0, true);
        loop {
            looks += 1;
            let look = list.look(walk.next(), 10);
            if let Ok(Step::Give { is_last: true, .. }) = walk.take(&look) {
                break;
            }
        }
        // Ten rows, then nine new ones a page: the eleventh page is full, so one more is asked for.
        assert_eq!(looks, 12);
    }

    #[test]
    fn a_page_that_is_repeated_ends_the_walk() {
        for keyed in [true, false] {
            let page = Look {
                offset: 0,
                asked: Some(10),
                limit: Some(10),
                total: Some(100),
                keys: (0..10).collect(),
            };
            let mut walk = Walk::new(0, keyed);
            let mut given = 0;
            let end = (0..1000).find_map(|_| {
                let look = Look {
                    offset: walk.next(),
                    ..page.clone()
                };
                match walk.take(&look) {
                    Ok(Step::Give { rows, is_last }) => {
                        given += rows.len();
                        is_last.then_some(Ok(()))
                    }
                    Ok(Step::Again(_)) => None,
                    Err(unsettled) => Some(Err(unsettled)),
                }
            });
            assert_eq!((end, given), (Some(Err(Unsettled)), 10));
        }
    }

    #[test]
    fn rows_made_up_as_they_are_read_end_the_walk() {
        let mut walk = Walk::new(0, true);
        let mut rows = 0..;
        let end = (0..100_000).find_map(|_| {
            let look = Look {
                offset: walk.next(),
                asked: Some(10),
                limit: None,
                total: Some(50),
                keys: walk
                    .ring
                    .back()
                    .copied()
                    .into_iter()
                    .chain(rows.by_ref().take(9))
                    .collect(),
            };
            walk.take(&look).err()
        });
        assert_eq!(end, Some(Unsettled));
    }
}
