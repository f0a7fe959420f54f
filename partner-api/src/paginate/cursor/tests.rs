//! Reads lists that change, hide items, and report wrong totals.

use std::sync::atomic::{AtomicU64, Ordering};

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
fn read(list: &mut List, ahead: usize, requested: u32, most: usize) -> Result<Outcome, Unstable> {
    let mut cursor = Cursor::new(0, true);
    let mut returned = Vec::new();
    let mut prefetched: VecDeque<Snapshot> = VecDeque::new();
    let requested = requested.max(2);
    for fetches in 1..100_000 {
        let mut next = match prefetched.back() {
            Some(last) => cursor.after(last.offset),
            None => Some(cursor.next()),
        };
        while let (true, Some(offset)) = (prefetched.len() < ahead, next) {
            prefetched.push_back(list.snapshot(offset, requested));
            list.change(most);
            next = cursor.after(offset);
        }
        let snapshot = prefetched.pop_front().unwrap();
        let mut at_once = |offset| {
            prefetched.push_front(list.snapshot(offset, requested));
            list.change(most);
        };
        match cursor.take(&snapshot)? {
            Step::Recheck => at_once(snapshot.offset),
            Step::Refetch(_) => prefetched.clear(),
            Step::Accept { items, then } => {
                returned.extend(items.iter().map(|item| snapshot.keys[*item]));
                match then {
                    Then::Continue => {}
                    Then::Probe(offset) => at_once(offset),
                    Then::End => {
                        let missing = cursor.missing();
                        return Ok(Outcome {
                            returned,
                            missing,
                            fetches,
                        });
                    }
                }
            }
        }
    }
    panic!("the cursor does not end");
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

#[test]
fn every_visible_item_is_given_and_then_the_walk_reports_what_is_hidden() {
    for seed in 0..5_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..200);
        let (cap, ahead) = (choice.usize(2..30), choice.usize(1..=16));
        let requested = choice.u32(2..40);
        let mut list = list(seed, length, cap);
        (list.announces, list.nulls) = (choice.bool(), choice.bool());
        list.overstates = choice.bool();
        if choice.bool() {
            list.hide(&mut choice);
        }
        let visible = list.visible();
        let missing = (visible.len() < list.items.len())
            .then_some((visible.len() as u64, list.items.len() as u64));
        let outcome = read(&mut list, ahead, requested, 0).unwrap();
        if list.overstates && !list.nulls && missing.is_some() {
            // Nothing shows how large a page really is; but the error reports what is missing.
            assert!(outcome.missing.is_some(), "seed {seed}");
            continue;
        }
        assert_eq!(outcome.returned, visible, "seed {seed}");
        assert_eq!(outcome.missing, missing, "seed {seed}");
        let bound = 256 + 2 * length;
        assert!(outcome.fetches <= bound, "seed {seed}: {}", outcome.fetches);
    }
}

#[test]
fn pages_that_are_empty_for_no_reason_lose_no_item_silently() {
    for seed in 0..5_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..200);
        let (cap, ahead) = (choice.usize(2..30), choice.usize(1..=16));
        let requested = choice.u32(2..40);
        let mut list = list(seed, length, cap);
        list.announces = choice.bool();
        list.blips = choice.u32(1..30);
        let outcome = read(&mut list, ahead, requested, 0).unwrap();
        match outcome.missing {
            None => assert_eq!(outcome.returned, list.items, "seed {seed}"),
            Some((returned, total)) => {
                assert_eq!(returned, outcome.returned.len() as u64, "seed {seed}");
                assert_eq!(total, list.items.len() as u64, "seed {seed}");
            }
        }
        assert!(outcome.returned.is_sorted(), "seed {seed}");
    }
}

#[test]
fn a_list_that_hides_items_and_changes_repeats_none_and_loses_none_silently() {
    for seed in 0..5_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(30..200);
        let (cap, ahead) = (choice.usize(6..30), choice.usize(1..=16));
        let requested = choice.u32(6..40);
        let mut list = list(seed, length, cap);
        (list.announces, list.nulls) = (choice.bool(), choice.bool());
        list.overstates = choice.bool();
        list.hide(&mut choice);
        let before: HashSet<u64> = list.visible().into_iter().collect();
        let Ok(outcome) = read(&mut list, ahead, requested, 2) else {
            continue;
        };
        let once: HashSet<u64> = outcome.returned.iter().copied().collect();
        assert_eq!(once.len(), outcome.returned.len(), "seed {seed}");
        let mut throughout = list.visible().into_iter();
        let lost = throughout.any(|item| before.contains(&item) && !once.contains(&item));
        assert!(!lost || outcome.missing.is_some(), "seed {seed}");
    }
}

#[test]
fn a_total_of_a_million_without_visible_items_ends_soon() {
    for announces in [true, false] {
        let mut list = list(1, 0, 100);
        list.total = Some(|_| 1_000_000);
        list.announces = announces;
        let outcome = read(&mut list, 1, 100, 0).unwrap();
        assert_eq!(
            (outcome.returned.len(), outcome.missing),
            (0, Some((0, 1_000_000)))
        );
        assert!(outcome.fetches < 300, "{}", outcome.fetches);
    }
}

#[test]
fn an_item_that_stays_in_the_list_is_returned_once_and_in_order() {
    for seed in 0..5_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..200);
        let (cap, ahead) = (choice.usize(2..30), choice.usize(1..=16));
        let (requested, most) = (choice.u32(1..40), choice.usize(0..6));
        let mut list = list(seed, length, cap);
        list.announces = choice.bool();
        if choice.bool() {
            list.total = None;
        }
        let before: HashSet<u64> = list.items.iter().copied().collect();
        let Ok(outcome) = read(&mut list, ahead, requested, most) else {
            assert!(
                cap.min(requested as usize) < 5 && most > 1,
                "seed {seed} does not change that fast: cap {cap} requested {requested} most {most} ahead {ahead} length {length}"
            );
            continue;
        };
        let returned = outcome.returned;
        assert_eq!(outcome.missing, None, "seed {seed}");
        // Random keys do not repeat, so an item that was removed does not return.
        let throughout: Vec<u64> = list
            .items
            .iter()
            .copied()
            .filter(|item| before.contains(item))
            .collect();
        let of_those: Vec<u64> = returned
            .iter()
            .copied()
            .filter(|item| throughout.binary_search(item).is_ok())
            .collect();
        assert_eq!(of_those, throughout, "seed {seed}");
        let mut once = returned.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), returned.len(), "seed {seed}");
    }
}

#[test]
fn wrong_totals_lose_no_item() {
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
            let outcome = read(&mut list, ahead, 10, 0).unwrap();
            assert_eq!(outcome.returned, list.items);
            // Only a total that is too large reports missing items.
            let (returned, total) = (length as u64, lie(length as u64));
            let missing = (returned < total).then_some((returned, total));
            assert_eq!(outcome.missing, missing);
        }
    }
}

#[test]
fn a_list_that_does_not_change_needs_the_fewest_fetches() {
    let mut fetches = 0;
    let mut list = list(1, 100, 10);
    let mut cursor = Cursor::new(0, true);
    loop {
        fetches += 1;
        let snapshot = list.snapshot(cursor.next(), 10);
        let end = Then::End;
        if matches!(cursor.take(&snapshot), Ok(Step::Accept { then, .. }) if then == end) {
            break;
        }
    }
    // Ten items, then nine new ones per page: the eleventh page is full, so one more is requested.
    assert_eq!(fetches, 12);
}

#[test]
fn a_page_that_repeats_ends_with_an_error() {
    for keyed in [true, false] {
        let page = Snapshot {
            offset: 0,
            requested: Some(10),
            limit: Some(10),
            total: Some(100),
            keys: (0..10).collect(),
            nulls: Vec::new(),
        };
        let mut cursor = Cursor::new(0, keyed);
        let mut returned = 0;
        let end = (0..1000).find_map(|_| {
            let snapshot = Snapshot {
                offset: cursor.next(),
                ..page.clone()
            };
            match cursor.take(&snapshot) {
                Ok(Step::Accept { items, then }) => {
                    returned += items.len();
                    (then == Then::End).then_some(Ok(()))
                }
                Ok(_) => None,
                Err(unstable) => Some(Err(unstable)),
            }
        });
        assert_eq!((end, returned), (Some(Err(Unstable)), 10));
    }
}

#[test]
fn a_list_that_grows_as_fast_as_it_is_read_ends_with_an_error() {
    let mut cursor = Cursor::new(0, true);
    let mut items = 0..;
    let end = (0..1_000_000).find_map(|_| {
        let first = cursor.recent.back().copied();
        let keys = first.into_iter().chain(items.by_ref().take(9));
        let snapshot = Snapshot {
            offset: cursor.next(),
            requested: Some(10),
            limit: None,
            total: Some(50 + cursor.returned),
            keys: keys.collect(),
            nulls: Vec::new(),
        };
        cursor.take(&snapshot).err()
    });
    assert_eq!(end, Some(Unstable));
}

#[test]
fn items_that_the_server_makes_up_end_with_an_error() {
    let mut cursor = Cursor::new(0, true);
    let mut items = 0..;
    let end = (0..100_000).find_map(|_| {
        let snapshot = Snapshot {
            offset: cursor.next(),
            requested: Some(10),
            limit: None,
            total: Some(50),
            keys: cursor
                .recent
                .back()
                .copied()
                .into_iter()
                .chain(items.by_ref().take(9))
                .collect(),
            nulls: Vec::new(),
        };
        cursor.take(&snapshot).err()
    });
    assert_eq!(end, Some(Unstable));
}

#[test]
fn an_empty_response_to_a_probe_is_requested_again_and_proves_nothing() {
    for empty in 0..=2 {
        let mut list = list(1, 12, 10);
        list.hidden.insert(list.items[3]);
        let mut cursor = Cursor::new(0, true);
        let (mut offset, mut probes, mut returned) = (0, 0, 0);
        loop {
            let mut snapshot = list.snapshot(offset, 10);
            if (1..=empty).contains(&probes) {
                snapshot.keys.clear();
            }
            let Ok(Step::Accept { items, then }) = cursor.take(&snapshot) else {
                panic!("{empty} empty");
            };
            returned += items.len();
            offset = match then {
                Then::Continue => cursor.next(),
                Then::Probe(offset) => {
                    probes += 1;
                    offset
                }
                Then::End => break,
            };
        }
        assert!(probes > empty.min(1), "{probes} after {empty} empty");
        assert_eq!((returned, cursor.missing()), (11, Some((11, 12))));
    }
}

#[test]
fn a_long_list_is_read_if_the_first_page_omits_the_total() {
    let mut list = list(1, 120_000, 1_000);
    let mut cursor = Cursor::new(0, true);
    let mut returned = 0;
    loop {
        let mut snapshot = list.snapshot(cursor.next(), 1_000);
        if snapshot.offset == 0 {
            snapshot.total = None;
        }
        match cursor.take(&snapshot) {
            Ok(Step::Accept { items, then }) => {
                returned += items.len();
                if then == Then::End {
                    break;
                }
            }
            other => panic!("{other:?} after {returned}"),
        }
    }
    assert_eq!((returned, cursor.missing()), (120_000, None));
}

#[test]
fn totals_that_change_at_random_end_the_list_and_repeat_no_item() {
    static FETCHES: AtomicU64 = AtomicU64::new(0);
    for seed in 0..1_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..200);
        let (cap, ahead) = (choice.usize(2..30), choice.usize(1..=16));
        let requested = choice.u32(2..40);
        let mut list = list(seed, length, cap);
        (list.announces, list.nulls) = (choice.bool(), choice.bool());
        list.overstates = choice.bool();
        list.hide(&mut choice);
        list.total = Some(|total| {
            let snapshot = FETCHES.fetch_add(1, Ordering::Relaxed);
            let mut random = fastrand::Rng::with_seed(snapshot);
            match random.u32(0..4) {
                0 => 0,
                1 => total,
                2 => total * random.u64(0..100),
                _ => 1_000_000,
            }
        });
        if let Ok(outcome) = read(&mut list, ahead, requested, 0) {
            let once: HashSet<u64> = outcome.returned.iter().copied().collect();
            assert_eq!(once.len(), outcome.returned.len(), "seed {seed}");
        }
    }
}

#[test]
fn a_list_of_which_little_is_visible_is_read_to_its_end() {
    for (total, limit, every) in [
        (20_000, 1_000, 400),
        (10_000, 1_000, 100),
        (10_000, 100, 45),
        (10_000, 100, 250),
        (5_000, 100, 20),
        (3_000, 100, 30),
        (1_000, 50, 60),
    ] {
        for (ahead, nulls) in [(1, false), (2, false), (8, false), (2, true)] {
            let mut list = list(1, total, limit);
            (list.announces, list.nulls) = (true, nulls);
            for (number, item) in list.items.iter().enumerate() {
                if number % every != every / 2 {
                    list.hidden.insert(*item);
                }
            }
            let visible = list.visible();
            let what = format!("1 of {every} of {total} by {limit}, {ahead} ahead, nulls {nulls}");
            let outcome = read(&mut list, ahead, limit as u32, 0).expect(&what);
            assert_eq!(outcome.returned, visible, "{what}");
            assert!(outcome.missing.is_some(), "{what}");
            let pages = total / limit;
            assert!(outcome.fetches <= 5 * pages, "{what}: {}", outcome.fetches);
        }
    }
}
