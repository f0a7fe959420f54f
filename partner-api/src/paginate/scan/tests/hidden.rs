//! Lists that hide items.

use super::*;

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
fn an_empty_response_to_a_probe_is_requested_again_and_proves_nothing() {
    for empty in 0..=2 {
        let mut list = list(1, 12, 10);
        list.hidden.insert(list.items[3]);
        let mut scan = Scan::new(0, true);
        let (mut offset, mut probes, mut returned) = (0, 0, 0);
        loop {
            let mut snapshot = list.snapshot(offset, 10);
            if (1..=empty).contains(&probes) {
                snapshot.keys.clear();
            }
            let Ok(Step::Accept { items, then }) = scan.take(&snapshot) else {
                panic!("{empty} empty");
            };
            returned += items.len();
            offset = match then {
                Then::Continue => scan.next(),
                Then::Probe(offset) => {
                    probes += 1;
                    offset
                }
                Then::End => break,
            };
        }
        assert!(probes > empty.min(1), "{probes} after {empty} empty");
        assert_eq!((returned, scan.missing()), (11, Some((11, 12))));
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
