//! Walks through lists that change, hide items, and lie.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

/// A list that changes between looks, sorted by its keys.
struct List {
    rows: Vec<u64>,
    cap: usize,
    total: Option<fn(u64) -> u64>,
    /// Whether a page says how many items it may have.
    announces: bool,
    /// Whether it says the number that was requested, though it may have fewer.
    overstates: bool,
    /// Items that count and are not shown.
    hidden: HashSet<u64>,
    /// Whether null stands in place of these.
    nulls: bool,
    /// How many pages of a hundred are empty for no reason.
    blips: u32,
    random: fastrand::Rng,
}

impl List {
    fn look(&mut self, offset: u32, asked: u32) -> Look {
        let limit = self.cap.min(asked as usize);
        let page = self.rows.iter().skip(offset as usize).take(limit);
        let is_shown = |row: &&u64| !self.hidden.contains(*row);
        let mut keys: Vec<u64> = page.clone().filter(is_shown).copied().collect();
        let places = (0..).zip(page).filter(|(_, row)| !is_shown(row));
        let mut nulls: Vec<u32> = places.map(|(place, _)| place).collect();
        if !self.nulls {
            nulls.clear();
        }
        if self.random.u32(0..100) < self.blips {
            keys.clear();
            nulls.clear();
        }
        Look {
            offset,
            asked: Some(asked),
            limit: match self.overstates {
                true => Some(asked.into()),
                false => self.announces.then_some(limit as u64),
            },
            total: self.total.map(|lie| lie(self.rows.len() as u64)),
            keys,
            nulls,
        }
    }

    fn hide(&mut self, random: &mut fastrand::Rng) {
        let share = random.f64() * 0.5;
        for row in &self.rows {
            if random.f64() < share {
                self.hidden.insert(*row);
            }
        }
        // In runs, too, and at either end.
        for _ in 0..random.usize(0..3) {
            let from = random.usize(0..=self.rows.len());
            let run = self.rows.iter().skip(from).take(random.usize(0..40));
            self.hidden.extend(run);
        }
    }

    fn visible(&self) -> Vec<u64> {
        let rows = self.rows.iter().copied();
        rows.filter(|row| !self.hidden.contains(row)).collect()
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

/// What was given, whether the end says that items are missing, and after how many looks.
#[derive(Debug, PartialEq)]
struct Walked {
    given: Vec<u64>,
    missing: Option<(u64, u64)>,
    looks: usize,
}

/// Walks with so many pages ahead; each was looked at when it was asked for.
fn walk(list: &mut List, ahead: usize, asked: u32, most: usize) -> Result<Walked, Unsettled> {
    let mut walk = Walk::new(0, true);
    let mut given = Vec::new();
    let mut window: VecDeque<Look> = VecDeque::new();
    let asked = asked.max(2);
    for looks in 1..100_000 {
        let mut next = match window.back() {
            Some(last) => walk.after(last.offset),
            None => Some(walk.next()),
        };
        while let (true, Some(offset)) = (window.len() < ahead, next) {
            window.push_back(list.look(offset, asked));
            list.change(most);
            next = walk.after(offset);
        }
        let look = window.pop_front().unwrap();
        let mut at_once = |offset| {
            window.push_front(list.look(offset, asked));
            list.change(most);
        };
        match walk.take(&look)? {
            Step::Recheck => at_once(look.offset),
            Step::Again(_) => window.clear(),
            Step::Give { rows, then } => {
                given.extend(rows.iter().map(|row| look.keys[*row]));
                match then {
                    Then::GoOn => {}
                    Then::Probe(offset) => at_once(offset),
                    Then::End => {
                        let missing = walk.missing();
                        return Ok(Walked {
                            given,
                            missing,
                            looks,
                        });
                    }
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
        let asked = choice.u32(2..40);
        let mut list = list(seed, length, cap);
        (list.announces, list.nulls) = (choice.bool(), choice.bool());
        list.overstates = choice.bool();
        if choice.bool() {
            list.hide(&mut choice);
        }
        let visible = list.visible();
        let missing = (visible.len() < list.rows.len())
            .then_some((visible.len() as u64, list.rows.len() as u64));
        let walked = walk(&mut list, ahead, asked, 0).unwrap();
        if list.overstates && walked.given.is_empty() && walked.missing.is_some() {
            // Nothing showed how many items a page really has, and the error says so.
            continue;
        }
        assert_eq!(walked.given, visible, "seed {seed}");
        assert_eq!(walked.missing, missing, "seed {seed}");
        let bound = 256 + 2 * length;
        assert!(walked.looks <= bound, "seed {seed}: {}", walked.looks);
    }
}

#[test]
fn pages_that_are_empty_for_no_reason_lose_nothing_quietly() {
    for seed in 0..5_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..200);
        let (cap, ahead) = (choice.usize(2..30), choice.usize(1..=16));
        let asked = choice.u32(2..40);
        let mut list = list(seed, length, cap);
        list.announces = choice.bool();
        list.blips = choice.u32(1..30);
        let walked = walk(&mut list, ahead, asked, 0).unwrap();
        match walked.missing {
            None => assert_eq!(walked.given, list.rows, "seed {seed}"),
            Some((given, total)) => {
                assert_eq!(given, walked.given.len() as u64, "seed {seed}");
                assert_eq!(total, list.rows.len() as u64, "seed {seed}");
            }
        }
        assert!(walked.given.is_sorted(), "seed {seed}");
    }
}

#[test]
fn a_list_that_hides_items_and_changes_gives_none_twice_and_loses_none_quietly() {
    for seed in 0..5_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(30..200);
        let (cap, ahead) = (choice.usize(6..30), choice.usize(1..=16));
        let asked = choice.u32(6..40);
        let mut list = list(seed, length, cap);
        (list.announces, list.nulls) = (choice.bool(), choice.bool());
        list.overstates = choice.bool();
        list.hide(&mut choice);
        let before: HashSet<u64> = list.visible().into_iter().collect();
        let Ok(walked) = walk(&mut list, ahead, asked, 2) else {
            continue;
        };
        let once: HashSet<u64> = walked.given.iter().copied().collect();
        assert_eq!(once.len(), walked.given.len(), "seed {seed}");
        let mut throughout = list.visible().into_iter();
        let lost = throughout.any(|row| before.contains(&row) && !once.contains(&row));
        assert!(!lost || walked.missing.is_some(), "seed {seed}");
    }
}

#[test]
fn a_total_of_a_million_with_nothing_visible_ends_soon() {
    for announces in [true, false] {
        let mut list = list(1, 0, 100);
        list.total = Some(|_| 1_000_000);
        list.announces = announces;
        let walked = walk(&mut list, 1, 100, 0).unwrap();
        assert_eq!(
            (walked.given.len(), walked.missing),
            (0, Some((0, 1_000_000)))
        );
        assert!(walked.looks < 300, "{}", walked.looks);
    }
}

#[test]
fn a_row_that_is_there_throughout_comes_once_and_in_order() {
    for seed in 0..5_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..200);
        let (cap, ahead) = (choice.usize(2..30), choice.usize(1..=16));
        let (asked, most) = (choice.u32(1..40), choice.usize(0..6));
        let mut list = list(seed, length, cap);
        list.announces = choice.bool();
        if choice.bool() {
            list.total = None;
        }
        let before: HashSet<u64> = list.rows.iter().copied().collect();
        let Ok(walked) = walk(&mut list, ahead, asked, most) else {
            assert!(
                cap.min(asked as usize) < 5 && most > 1,
                "seed {seed} is not that quick: cap {cap} asked {asked} most {most} ahead {ahead} length {length}"
            );
            continue;
        };
        let given = walked.given;
        assert_eq!(walked.missing, None, "seed {seed}");
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
            let walked = walk(&mut list, ahead, 10, 0).unwrap();
            assert_eq!(walked.given, list.rows);
            // Only one that is too large says that something is missing.
            let (given, total) = (length as u64, lie(length as u64));
            let missing = (given < total).then_some((given, total));
            assert_eq!(walked.missing, missing);
        }
    }
}

#[test]
fn a_list_that_does_not_change_takes_as_few_looks_as_it_can() {
    let mut looks = 0;
    let mut list = list(1, 100, 10);
    let mut walk = Walk::new(0, true);
    loop {
        looks += 1;
        let look = list.look(walk.next(), 10);
        let end = Then::End;
        if matches!(walk.take(&look), Ok(Step::Give { then, .. }) if then == end) {
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
            nulls: Vec::new(),
        };
        let mut walk = Walk::new(0, keyed);
        let mut given = 0;
        let end = (0..1000).find_map(|_| {
            let look = Look {
                offset: walk.next(),
                ..page.clone()
            };
            match walk.take(&look) {
                Ok(Step::Give { rows, then }) => {
                    given += rows.len();
                    (then == Then::End).then_some(Ok(()))
                }
                Ok(_) => None,
                Err(unsettled) => Some(Err(unsettled)),
            }
        });
        assert_eq!((end, given), (Some(Err(Unsettled)), 10));
    }
}

#[test]
fn a_list_that_grows_as_fast_as_it_is_read_ends_the_walk() {
    let mut walk = Walk::new(0, true);
    let mut rows = 0..;
    let end = (0..1_000_000).find_map(|_| {
        let first = walk.ring.back().copied();
        let keys = first.into_iter().chain(rows.by_ref().take(9));
        let look = Look {
            offset: walk.next(),
            asked: Some(10),
            limit: None,
            total: Some(50 + walk.given),
            keys: keys.collect(),
            nulls: Vec::new(),
        };
        walk.take(&look).err()
    });
    assert_eq!(end, Some(Unsettled));
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
            nulls: Vec::new(),
        };
        walk.take(&look).err()
    });
    assert_eq!(end, Some(Unsettled));
}

#[test]
fn an_empty_response_to_a_probe_is_requested_again_and_no_proof_of_a_complete_list() {
    for empty in 0..=2 {
        let mut list = list(1, 12, 10);
        list.hidden.insert(list.rows[3]);
        let mut walk = Walk::new(0, true);
        let (mut offset, mut probes, mut given) = (0, 0, 0);
        loop {
            let mut look = list.look(offset, 10);
            if (1..=empty).contains(&probes) {
                look.keys.clear();
            }
            let Ok(Step::Give { rows, then }) = walk.take(&look) else {
                panic!("{empty} empty");
            };
            given += rows.len();
            offset = match then {
                Then::GoOn => walk.next(),
                Then::Probe(offset) => {
                    probes += 1;
                    offset
                }
                Then::End => break,
            };
        }
        assert!(probes > empty.min(1), "{probes} after {empty} empty");
        assert_eq!((given, walk.missing()), (11, Some((11, 12))));
    }
}

#[test]
fn a_total_that_the_first_page_omits_makes_no_long_list_endless() {
    let mut list = list(1, 120_000, 1_000);
    let mut walk = Walk::new(0, true);
    let mut given = 0;
    loop {
        let mut look = list.look(walk.next(), 1_000);
        if look.offset == 0 {
            look.total = None;
        }
        match walk.take(&look) {
            Ok(Step::Give { rows, then }) => {
                given += rows.len();
                if then == Then::End {
                    break;
                }
            }
            other => panic!("{other:?} after {given}"),
        }
    }
    assert_eq!((given, walk.missing()), (120_000, None));
}

#[test]
fn totals_that_change_at_random_end_the_walk_and_give_no_item_twice() {
    static LOOKS: AtomicU64 = AtomicU64::new(0);
    for seed in 0..1_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..200);
        let (cap, ahead) = (choice.usize(2..30), choice.usize(1..=16));
        let asked = choice.u32(2..40);
        let mut list = list(seed, length, cap);
        (list.announces, list.nulls) = (choice.bool(), choice.bool());
        list.overstates = choice.bool();
        list.hide(&mut choice);
        list.total = Some(|total| {
            let look = LOOKS.fetch_add(1, Ordering::Relaxed);
            let mut random = fastrand::Rng::with_seed(look);
            match random.u32(0..4) {
                0 => 0,
                1 => total,
                2 => total * random.u64(0..100),
                _ => 1_000_000,
            }
        });
        if let Ok(walked) = walk(&mut list, ahead, asked, 0) {
            let once: HashSet<u64> = walked.given.iter().copied().collect();
            assert_eq!(once.len(), walked.given.len(), "seed {seed}");
        }
    }
}
