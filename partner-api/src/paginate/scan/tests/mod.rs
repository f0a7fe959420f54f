//! Reads lists that change, hide items, and report wrong totals.

mod changes;
mod hidden;
mod lies;
mod resume;

use std::collections::{HashSet, VecDeque};

use super::*;

/// A list that changes between fetches, sorted by its keys.
struct List {
    items: Vec<u64>,
    cap: usize,
    total: Option<fn(u64) -> u64>,
    /// Whether a page reports how many items it may have.
    announces: bool,
    /// Whether that number is the requested one, although the page may have fewer.
    overstates: bool,
    /// Items that are counted and not returned.
    hidden: HashSet<u64>,
    /// Whether null is returned in their place.
    nulls: bool,
    /// The percentage of pages that are empty for no reason.
    blips: u32,
    random: fastrand::Rng,
}

impl List {
    fn snapshot(&mut self, offset: u32, requested: u32) -> Snapshot {
        let limit = self.cap.min(requested as usize);
        let page = self.items.iter().skip(offset as usize).take(limit);
        let is_shown = |item: &&u64| !self.hidden.contains(*item);
        let mut keys: Vec<u64> = page.clone().filter(is_shown).copied().collect();
        let places = (0..).zip(page).filter(|(_, item)| !is_shown(item));
        let mut nulls: Vec<u32> = places.map(|(place, _)| place).collect();
        if !self.nulls {
            nulls.clear();
        }
        if self.random.u32(0..100) < self.blips {
            keys.clear();
            nulls.clear();
        }
        Snapshot {
            offset,
            requested: Some(requested),
            limit: match self.overstates {
                true => Some(requested.into()),
                false => self.announces.then_some(limit as u64),
            },
            total: self.total.map(|lie| lie(self.items.len() as u64)),
            keys,
            nulls,
        }
    }

    fn hide(&mut self, random: &mut fastrand::Rng) {
        let share = random.f64() * 0.5;
        for item in &self.items {
            if random.f64() < share {
                self.hidden.insert(*item);
            }
        }
        // Runs of items, also at the start and the end.
        for _ in 0..random.usize(0..3) {
            let from = random.usize(0..=self.items.len());
            let run = self.items.iter().skip(from).take(random.usize(0..40));
            self.hidden.extend(run);
        }
    }

    fn visible(&self) -> Vec<u64> {
        let items = self.items.iter().copied();
        items.filter(|item| !self.hidden.contains(item)).collect()
    }

    fn change(&mut self, most: usize) {
        for _ in 0..self.random.usize(0..=most) {
            if self.random.bool() && !self.items.is_empty() {
                self.items.remove(self.random.usize(0..self.items.len()));
            } else {
                let item = self.random.u64(..);
                if let Err(at) = self.items.binary_search(&item) {
                    self.items.insert(at, item);
                }
            }
        }
    }
}

/// The returned items, whether the end reports missing ones, and the number of fetches.
#[derive(Debug, PartialEq)]
struct Outcome {
    returned: Vec<u64>,
    missing: Option<(u64, u64)>,
    fetches: usize,
}

/// Reads a list with this many pages ahead. The list changes after each request.
fn read(list: &mut List, ahead: usize, requested: u32, most: usize) -> Result<Outcome, ScanError> {
    let mut reader = Reader::new(list, Scan::new(0, true), ahead, requested);
    reader.most = most;
    while reader.read_page()? {}
    let missing = reader.scan.missing();
    Ok(Outcome {
        returned: reader.returned,
        missing,
        fetches: reader.fetches,
    })
}

/// Reads a list page by page.
struct Reader<'l> {
    list: &'l mut List,
    scan: Scan,
    ahead: usize,
    requested: u32,
    /// How many changes the list has after each request, at most.
    most: usize,
    prefetched: VecDeque<Snapshot>,
    returned: Vec<u64>,
    /// The offset of each item of the last page that was returned.
    positions: Vec<u32>,
    fetches: usize,
}

impl<'l> Reader<'l> {
    fn new(list: &'l mut List, scan: Scan, ahead: usize, requested: u32) -> Self {
        Self {
            list,
            scan,
            ahead,
            requested: requested.max(2),
            most: 0,
            prefetched: VecDeque::new(),
            returned: Vec::new(),
            positions: Vec::new(),
            fetches: 0,
        }
    }

    fn fetch(&mut self, offset: u32) -> Snapshot {
        let snapshot = self.list.snapshot(offset, self.requested);
        self.list.change(self.most);
        snapshot
    }

    /// Reads until there are new items; whether the list continues after them.
    fn read_page(&mut self) -> Result<bool, ScanError> {
        loop {
            self.fetches += 1;
            assert!(self.fetches < 100_000, "the scan does not end");
            let mut next = match self.prefetched.back() {
                Some(last) => self.scan.after(last.offset),
                None => Some(self.scan.next()),
            };
            while let (true, Some(offset)) = (self.prefetched.len() < self.ahead, next) {
                let page = self.fetch(offset);
                self.prefetched.push_back(page);
                next = self.scan.after(offset);
            }
            let snapshot = self.prefetched.pop_front().unwrap();
            let mut has_new = false;
            let then = match self.scan.take(&snapshot)? {
                Step::Recheck => Then::Probe(snapshot.offset),
                Step::Refetch(_) => {
                    self.prefetched.clear();
                    continue;
                }
                Step::Accept { items, then } => {
                    has_new = !items.is_empty();
                    self.positions = snapshot.positions(&items);
                    let keys = items.iter().map(|item| snapshot.keys[*item]);
                    self.returned.extend(keys);
                    then
                }
            };
            match then {
                Then::Continue => {}
                Then::Probe(offset) => {
                    let page = self.fetch(offset);
                    self.prefetched.push_front(page);
                }
                Then::End => return Ok(false),
            }
            if has_new {
                return Ok(true);
            }
        }
    }
}

fn list(seed: u64, length: usize, cap: usize) -> List {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut items: Vec<u64> = (0..length).map(|_| random.u64(..)).collect();
    items.sort_unstable();
    items.dedup();
    List {
        items,
        cap,
        total: Some(|total| total),
        announces: false,
        overstates: false,
        hidden: HashSet::new(),
        nulls: false,
        blips: 0,
        random,
    }
}
