//! Lists that change while they are read.

use std::collections::HashSet;

use super::*;

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
fn a_list_that_grows_as_fast_as_it_is_read_ends_with_an_error() {
    let mut scan = Scan::new(0, true);
    let mut items = 0..;
    let end = (0..1_000_000).find_map(|_| {
        let first = scan.returned.last().copied();
        let keys = first.into_iter().chain(items.by_ref().take(9));
        let snapshot = Snapshot {
            offset: scan.next(),
            requested: Some(10),
            limit: None,
            total: Some(50 + scan.returned.count),
            keys: keys.collect(),
            nulls: Vec::new(),
        };
        scan.take(&snapshot).err()
    });
    assert_eq!(end, Some(ScanError::Unstable));
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
fn a_list_that_does_not_change_needs_the_fewest_fetches() {
    let mut fetches = 0;
    let mut list = list(1, 100, 10);
    let mut scan = Scan::new(0, true);
    loop {
        fetches += 1;
        let snapshot = list.snapshot(scan.next(), 10);
        let end = Then::End;
        if matches!(scan.take(&snapshot), Ok(Step::Accept { then, .. }) if then == end) {
            break;
        }
    }
    // Ten items, then nine new ones per page: the eleventh page is full, so one more is requested.
    assert_eq!(fetches, 12);
}
