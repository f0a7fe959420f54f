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
    /// How many items were asked for.
    pub(crate) asked: Option<u32>,
    /// How many items the server says a page has.
    pub(crate) limit: Option<u64>,
    /// How many items the server says the list has.
    pub(crate) total: Option<u64>,
    /// A key of each item, equal for equal ids.
    pub(crate) keys: Vec<u64>,
    /// Which places on the page have null instead of an item, ascending.
    pub(crate) nulls: Vec<u32>,
}

impl Look {
    /// How many places of the list the page has.
    fn places(&self) -> u32 {
        u32::try_from(self.keys.len() + self.nulls.len()).unwrap_or(u32::MAX)
    }

    /// The offset behind the page.
    fn end(&self) -> u32 {
        self.offset.saturating_add(self.places())
    }

    /// The offset of an item of the page.
    fn position(&self, item: usize) -> u32 {
        let mut place = u32::try_from(item).unwrap_or(u32::MAX);
        for null in &self.nulls {
            if *null > place {
                break;
            }
            place += 1;
        }
        self.offset.saturating_add(place)
    }

    /// The offsets of items of the page, whose indices ascend.
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

    /// Whether the server says that the list goes on behind the page.
    fn has_more(&self) -> bool {
        self.total.is_some_and(|total| total > self.end().into())
    }

    /// How many items the page can have, if the server says it, or 0.
    fn announced(&self) -> u32 {
        let announced = self
            .limit
            .filter(|limit| *limit > 0)
            .and_then(|_| self.room());
        announced
            .and_then(|room| u32::try_from(room).ok())
            .unwrap_or(0)
    }

    /// How many items the page has room for, as far as that is known.
    fn room(&self) -> Option<u64> {
        let limit = self.limit.filter(|limit| *limit > 0);
        let room = [self.asked.map(u64::from), limit];
        room.into_iter().flatten().min()
    }
}

/// What to make of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Give these items, by their index.
    Give { rows: Vec<usize>, then: Then },
    /// Discard the page and request it once more; those fetched ahead stay.
    Recheck,
    /// Discard the page and those fetched ahead, and ask at this offset.
    Again(u32),
}

/// How the walk goes on behind a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    /// Look at this offset first; nothing is given from there.
    Probe(u32),
    End,
}

/// The list changes faster than it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsettled;

/// Places of the list at which nothing was visible.
#[derive(Clone, Copy, Debug)]
struct Gap {
    from: u32,
    /// The most places stepped over at a time.
    step: u32,
    /// Where the page begins because of which they are searched again.
    again: Option<u32>,
}

/// A walk through a list.
#[derive(Debug)]
pub(crate) struct Walk {
    /// Whether rows have ids. Without, there are only offsets.
    keyed: bool,
    start: u32,
    /// Where the next page begins, if it is to begin with the row given last.
    next: u32,
    /// How many rows a page has, and the most that one had.
    size: u32,
    most: u32,
    total: Option<u64>,
    given: u64,
    /// The rows given last, in the order of the list.
    ring: VecDeque<u64>,
    /// Whether they certainly are in that order: each page began with the row given last.
    in_order: bool,
    /// Rows that were given and are not where they were expected: gone, or further on.
    doubtful: HashSet<u64>,
    /// How far the last step went back.
    back: u32,
    /// The server counts items that it does not show.
    hides: bool,
    /// Its pages have fewer items than it says.
    overstates: bool,
    /// The list ended before every place of it was searched.
    gave_up: bool,
    /// The places before `next` at which nothing was visible, so that no page can begin with the last
    /// item.
    gap: Option<Gap>,
    /// The page that was requested again, and how many times.
    rechecked: Option<(u32, u32)>,
    /// The page before, if it could have had more items.
    short: Option<Look>,
    /// Pages that are compared with what they are when requested once more, the first one last, and
    /// whether nothing comes behind.
    probes: Vec<Look>,
    is_at_end: bool,
    /// How many pages were looked at, and how long the list was at first.
    looks: u64,
    total_at_first: Option<u64>,
    /// Pages without a new row since the last one with one, and how long the list was then.
    idle: u32,
    total_then: u64,
}

impl Walk {
    /// How many of the rows given last are known.
    const RING: usize = 10_000;
    /// How many pages in a row may have nothing new.
    const IDLE: u64 = 64;
    /// How many times a first page is requested again that is empty and should not be.
    const FIRST_CHECKS: u32 = 3;
    /// The most pages of a list that is searched to its end however little of it is visible.
    const SEARCHED: u64 = 4096;

    pub(crate) fn new(start: u32, keyed: bool) -> Self {
        Self {
            keyed,
            start,
            next: start,
            size: 0,
            most: 0,
            total: None,
            given: 0,
            ring: VecDeque::new(),
            in_order: true,
            doubtful: HashSet::new(),
            back: 0,
            hides: false,
            overstates: false,
            gave_up: false,
            gap: None,
            rechecked: None,
            short: None,
            probes: Vec::new(),
            is_at_end: false,
            looks: 0,
            total_at_first: None,
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

    /// How many items are accounted for, and how many the list has, if the server was seen to count
    /// items that it does not show.
    ///
    /// That fewer were given than the total says is no proof by itself: in a list that changes,
    /// items that were added before the last one given count, too.
    pub(crate) fn missing(&self) -> Option<(u64, u64)> {
        let (given, total) = (u64::from(self.start) + self.given, self.total?);
        (self.hides && given < total).then_some((given, total))
    }

    /// Whether the list ended before every place of it was searched, so that visible items may be
    /// missing, too.
    pub(crate) fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// Where a walk that starts anew would go on, if the list does not change meanwhile.
    pub(crate) fn resume_point(&self) -> u32 {
        let is_given = self.gap.is_none() && !self.ring.is_empty() && self.overlaps();
        self.next.saturating_add(u32::from(is_given))
    }

    /// Decides what is new on a page.
    pub(crate) fn take(&mut self, look: &Look) -> Result<Step, Unsettled> {
        let total = std::mem::replace(&mut self.total, look.total);
        if let Some(before) = self.probes.pop() {
            let (rows, then) = (Vec::new(), self.compare(before, look));
            return Ok(Step::Give { rows, then });
        }
        if !look.nulls.is_empty() && !self.hides && self.is_first_check(look) {
            return Ok(Step::Recheck);
        }
        let places = look.places();
        let (expected, mut found_at) = (self.resume_point(), None);
        let rows = if let Some(gap) = self.gap {
            if look.offset > self.next {
                return Ok(Step::Again(self.next));
            }
            if let Some(next) = self.search_again(gap, look, total) {
                self.looks += 1;
                self.next = next;
                return Ok(Step::Again(next));
            }
            self.unseen_rows(look, 0)
        } else if self.ring.is_empty() {
            // One item may be what is visible of a larger page.
            self.size = match places {
                1 => look.announced().clamp(1, 2),
                places => places,
            };
            let rows = 0..look.keys.len();
            rows.filter(|row| !self.doubtful.contains(&look.keys[*row]))
                .collect()
        } else if !self.overlaps() {
            self.in_order = false;
            found_at = look
                .keys
                .iter()
                .position(|key| self.ring.back() == Some(key));
            self.unknown_rows(look)
        } else {
            match self.last_given(look) {
                Some((found, is_newest)) => {
                    found_at = Some(found).filter(|_| is_newest);
                    self.new_rows(look, found, is_newest)
                }
                None if look.keys.is_empty() && look.has_more() => Vec::new(),
                None => return self.lost(look),
            }
        };
        let is_idle = rows.is_empty();
        let is_gap = match look.nulls.is_empty() {
            true => look.has_more() && places < self.page_size(look),
            false => look.has_more() || look.total.is_none(),
        };
        // A page can begin with the last item of this one.
        let goes_on = self.overlaps()
            && look
                .keys
                .len()
                .checked_sub(1)
                .is_some_and(|last| look.position(last) > look.offset);
        if is_idle && is_gap && !goes_on {
            return self.gap(look);
        }
        self.back = 0;
        self.hides |= !look.nulls.is_empty();
        for row in &rows {
            self.remember(look.keys[*row]);
        }
        let is_last = self.is_last(look, is_idle);
        if places > 1 && !is_last {
            self.size = places;
        }
        self.most = self.most.max(places);
        let before = self.short.take();
        let has_moved = found_at.is_some_and(|found| look.position(found) >= expected);
        self.gap = None;
        self.next = match look.keys.len().checked_sub(1) {
            Some(last) if self.overlaps() => look.position(last),
            _ if self.overlaps() => look.end().saturating_sub(1),
            _ => look.end(),
        };
        self.progress(!is_idle)?;
        let then = match before.filter(|before| has_moved && before.total == look.total) {
            // Either items came before the last one given, and as many went behind it, or some are
            // not shown. These are not shown again.
            Some(before) if !self.hides => {
                let offset = before.offset;
                self.probes = vec![look.clone(), before];
                self.is_at_end = is_last;
                Then::Probe(offset)
            }
            _ => end_if(is_last),
        };
        let has_room = look.room().is_none_or(|room| u64::from(places) < room);
        let ends_with_last = self.keyed && look.keys.last() == self.ring.back();
        if ends_with_last && !self.hides && has_room && look.has_more() {
            self.short = Some(look.clone());
        }
        Ok(Step::Give { rows, then })
    }

    /// Compares a page with what it was: if neither has changed, items are not shown.
    fn compare(&mut self, before: Look, look: &Look) -> Then {
        self.looks += 1;
        if look.keys.is_empty() && !before.keys.is_empty() && look.has_more() {
            // An empty page proves nothing, unless it is empty again.
            if self.is_first_check(look) {
                self.probes.push(before);
                return Then::Probe(look.offset);
            }
            self.hides = true;
            self.probes.clear();
        } else if before.keys != look.keys || before.total != look.total {
            self.probes.clear();
        } else if let Some(next) = self.probes.last() {
            return Then::Probe(next.offset);
        } else {
            self.hides = true;
        }
        end_if(self.is_at_end)
    }

    /// Notes that a page is requested once more, unless it was.
    fn is_first_check(&mut self, look: &Look) -> bool {
        self.is_check(look, 1)
    }

    /// Notes that a page is requested once more, unless it was so many times.
    fn is_check(&mut self, look: &Look, most: u32) -> bool {
        let before = match self.rechecked {
            Some((offset, times)) if offset == look.offset => times,
            _ => 0,
        };
        if before >= most {
            return false;
        }
        self.rechecked = Some((look.offset, before + 1));
        self.looks += 1;
        true
    }

    /// How many places a page has, as far as the server has shown. What was asked for may be more.
    fn page_size(&self, look: &Look) -> u32 {
        let announced = match self.overstates {
            true => 1,
            false => look.announced().max(1),
        };
        announced.max(self.most)
    }

    /// Nothing new is visible on a page that should have more: the walk steps over it.
    fn gap(&mut self, look: &Look) -> Result<Step, Unsettled> {
        if look.offset > self.next {
            return Ok(Step::Again(self.next));
        }
        // A list that begins with nothing is more likely one that is not ready.
        let is_start = self.given == 0 && !self.hides && look.keys.is_empty();
        let most = if is_start { Self::FIRST_CHECKS } else { 1 };
        if (look.keys.is_empty() || !self.hides) && self.is_check(look, most) {
            return Ok(Step::Recheck);
        }
        self.most = self.most.max(look.places());
        let gap = self.gap.unwrap_or(Gap {
            from: self.next,
            step: self.page_size(look),
            again: None,
        });
        let step = match gap.again {
            Some(_) => gap.step,
            None => self.page_size(look),
        };
        let behind = look.offset.saturating_add(step);
        if look.offset < self.next && behind <= self.next {
            return Ok(Step::Again(self.next));
        }
        self.hides = true;
        if behind == self.next {
            // No offset is further on.
            self.gave_up = true;
            let (rows, then) = (Vec::new(), Then::End);
            return Ok(Step::Give { rows, then });
        }
        self.next = behind;
        self.size = step;
        self.gap = Some(Gap {
            step: gap.step.max(step),
            ..gap
        });
        self.in_order = false;
        self.looks += 1;
        if self.total.is_none() && self.is_slow() {
            return Err(Unsettled);
        }
        let has_more = self.total.is_none_or(|total| total > behind.into());
        self.gave_up = has_more && self.is_slow();
        // A total that counts visible items only is reached further on.
        let accounted = u64::from(self.start).saturating_add(self.given);
        let is_reached = self.total.is_some_and(|total| total <= accounted);
        let is_over = self.gave_up || (!has_more && (is_reached || self.is_slow()));
        let (rows, then) = (Vec::new(), end_if(is_over));
        Ok(Step::Give { rows, then })
    }

    /// Where to go on if the page behind a gap shows that visible items may have been stepped over.
    fn search_again(&mut self, gap: Gap, look: &Look, total: Option<u64>) -> Option<u32> {
        let shrunk = match (total, look.total) {
            (Some(before), Some(now)) => before.saturating_sub(now),
            _ => 0,
        };
        if shrunk > 0 && look.offset == self.next {
            // Items that were behind the gap may be before this page now.
            let back = u32::try_from(shrunk).unwrap_or(u32::MAX);
            let next = self.next.saturating_sub(back).max(gap.from);
            return Some(next).filter(|next| *next < self.next);
        }
        if let Some(before) = gap.again {
            self.overstates |= look.offset < before && look.places() > 0;
            return None;
        }
        let most = self.most.max(look.places());
        let is_going_on = look.places() == 0 && look.has_more();
        if is_going_on || most == 0 || most >= gap.step {
            return None;
        }
        let is_affordable = u64::from((self.next - gap.from) / most) <= Self::SEARCHED;
        is_affordable.then(|| {
            // A page may have fewer items than the server says: there were places between.
            (self.most, self.size) = (most, most);
            self.gap = Some(Gap {
                step: most,
                again: Some(look.offset),
                ..gap
            });
            gap.from
        })
    }

    /// Whether pages begin with the row given last. One row has no room for that.
    fn overlaps(&self) -> bool {
        self.keyed && self.size > 1
    }

    /// Where the latest of the rows that were given is on a page, and whether it is the last one.
    fn last_given(&mut self, look: &Look) -> Option<(usize, bool)> {
        let first = look.keys.first()?;
        if self.ring.back() == Some(first) {
            return Some((0, true));
        }
        let at: HashMap<u64, usize> = look.keys.iter().copied().zip(0..).collect();
        let newest = self.ring.iter().rposition(|key| at.contains_key(key))?;
        self.doubtful.extend(self.ring.range(newest + 1..));
        Some((at[&self.ring[newest]], newest + 1 == self.ring.len()))
    }

    /// The rows behind the latest row that was given.
    fn new_rows(&self, look: &Look, found: usize, is_newest: bool) -> Vec<usize> {
        if found == 0 && is_newest && self.in_order {
            let rows = 1..look.keys.len();
            return match self.doubtful.is_empty() {
                true => rows.collect(),
                false => rows
                    .filter(|row| !self.doubtful.contains(&look.keys[*row]))
                    .collect(),
            };
        }
        self.unseen_rows(look, found + 1)
    }

    /// The rows from an index on that were not given.
    fn unseen_rows(&self, look: &Look, from: usize) -> Vec<usize> {
        let known: HashSet<u64> = self.ring.iter().copied().collect();
        let is_new = |row: &usize| {
            let key = &look.keys[*row];
            !known.contains(key) && !self.doubtful.contains(key)
        };
        (from..look.keys.len()).filter(is_new).collect()
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
                let (rows, then) = (Vec::new(), Then::End);
                return Ok(Step::Give { rows, then });
            }
            return self.take(look);
        }
        self.progress(false)?;
        self.short = None;
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
    fn is_last(&self, look: &Look, is_idle: bool) -> bool {
        let length = u64::from(look.places());
        let is_short = length < u64::from(self.size);
        length == 0
            || match look.total {
                Some(_) if look.has_more() => false,
                Some(_) if is_idle && !look.nulls.is_empty() => true,
                // The total may be too small, so it ends a list only where the page had room.
                Some(total) if u64::from(look.end()) == total => {
                    look.room().map_or(is_short, |room| length < room)
                }
                // No total, or one that was passed: the end is where nothing new comes.
                _ => is_short && is_idle,
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
        // It grows as fast as it is read, or is made up as it is read.
        let is_endless = self.total.is_some_and(|total| {
            let first = *self.total_at_first.get_or_insert(total);
            let most = first.saturating_mul(2);
            self.given > most.saturating_add(10 * Self::RING as u64)
        });
        self.looks += 1;
        let is_forgetful = self.doubtful.len() > 4 * Self::RING;
        if is_stuck || is_endless || self.is_slow() || is_forgetful {
            return Err(Unsettled);
        }
        Ok(())
    }

    /// Whether most of the looks find nothing new. Two for each page of the list are no waste: each
    /// may be empty, and is requested once more. But a total can be absurd.
    fn is_slow(&self) -> bool {
        let size = u64::from(self.size.max(2) - 1);
        let pages = self.total.unwrap_or_default() / size;
        let search = match pages <= Self::SEARCHED {
            true => 2 * pages,
            false => 0,
        };
        self.looks > 4 * Self::IDLE + search + 16 * (self.given / size)
    }
}

fn end_if(is_last: bool) -> Then {
    match is_last {
        true => Then::End,
        false => Then::GoOn,
    }
}

#[cfg(test)]
mod tests;
