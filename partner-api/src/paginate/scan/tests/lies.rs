//! Servers with wrong totals, and with pages that repeat or never end.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

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
        let mut scan = Scan::new(0, keyed);
        let mut returned = 0;
        let end = (0..1000).find_map(|_| {
            let snapshot = Snapshot {
                offset: scan.next(),
                ..page.clone()
            };
            match scan.take(&snapshot) {
                Ok(Step::Accept { items, then }) => {
                    returned += items.len();
                    (then == Then::End).then_some(Ok(()))
                }
                Ok(_) => None,
                Err(unstable) => Some(Err(unstable)),
            }
        });
        assert_eq!((end, returned), (Some(Err(ScanError::Unstable)), 10));
    }
}

#[test]
fn items_that_the_server_makes_up_end_with_an_error() {
    let mut scan = Scan::new(0, true);
    let mut items = 0..;
    let end = (0..100_000).find_map(|_| {
        let snapshot = Snapshot {
            offset: scan.next(),
            requested: Some(10),
            limit: None,
            total: Some(50),
            keys: scan
                .returned
                .last()
                .copied()
                .into_iter()
                .chain(items.by_ref().take(9))
                .collect(),
            nulls: Vec::new(),
        };
        scan.take(&snapshot).err()
    });
    assert_eq!(end, Some(ScanError::Unstable));
}

#[test]
fn a_long_list_is_read_if_the_first_page_omits_the_total() {
    let mut list = list(1, 120_000, 1_000);
    let mut scan = Scan::new(0, true);
    let mut returned = 0;
    loop {
        let mut snapshot = list.snapshot(scan.next(), 1_000);
        if snapshot.offset == 0 {
            snapshot.total = None;
        }
        match scan.take(&snapshot) {
            Ok(Step::Accept { items, then }) => {
                returned += items.len();
                if then == Then::End {
                    break;
                }
            }
            other => panic!("{other:?} after {returned}"),
        }
    }
    assert_eq!((returned, scan.missing()), (120_000, None));
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
