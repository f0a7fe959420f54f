//! Lists that change between a scan and the one that resumes it.

use super::*;
use crate::paginate::cursor::{Cursor, ListId};

/// The place as another process reads it.
fn stored(place: Place) -> Place {
    let cursor = Cursor {
        list: ListId::unknown(&crate::operation::LOGIN),
        place,
    };
    let json = serde_json::to_string(&cursor).unwrap();
    assert!(json.len() < 800, "{json}");
    let read: Cursor = serde_json::from_str(&json).unwrap();
    assert_eq!(read, cursor);
    read.place
}

/// Reads some pages, and some items of the last one. Returns the items, the place after them, and
/// whether the list has ended.
fn read_some(mut reader: Reader<'_>, random: &mut fastrand::Rng) -> (Vec<u64>, Place, bool) {
    let mut is_at_end = false;
    for _ in 0..random.usize(0..12) {
        match reader.read_page() {
            Ok(true) => {}
            Ok(false) => is_at_end = true,
            Err(_) => break,
        }
        if is_at_end {
            break;
        }
    }
    let page = reader.positions.len();
    let unread = match page > 0 && random.bool() {
        true => random.usize(0..page),
        false => 0,
    };
    let offset = (page > 0).then(|| reader.positions[page - unread - 1]);
    let place = reader.scan.place(unread, offset);
    let mut returned = reader.returned;
    returned.truncate(returned.len() - unread);
    (returned, stored(place), is_at_end && unread == 0)
}

/// Changes a list as a night does: here and there, and sometimes a lot in one place.
fn change_much(list: &mut List, random: &mut fastrand::Rng, around: usize) {
    list.change(random.usize(0..40));
    let any = random.usize(0..=list.items.len());
    let near = around
        .saturating_sub(random.usize(0..40))
        .min(list.items.len());
    let from = *random.choice(&[any, near]).unwrap();
    let to = list.items.len().min(from + random.usize(0..60));
    match random.u32(0..6) {
        0 => drop(list.items.drain(from..to)),
        1 => list.items.truncate(from),
        2 => {
            // Many new items in one place.
            let low = from.checked_sub(1).map_or(0, |before| list.items[before]);
            let high = list.items.get(from).copied().unwrap_or(u64::MAX);
            let new = (0..random.usize(0..150)).map(|_| random.u64(low..=high));
            list.items.extend(new.collect::<Vec<_>>());
            list.items.sort_unstable();
            list.items.dedup();
        }
        3 => list.items.retain(|item| item % 3 == 0),
        _ => {}
    }
}

#[test]
fn a_resumed_scan_loses_and_repeats_nothing_or_reports_a_change() {
    let (mut resumed, mut changed, mut unstable) = (0, 0, 0);
    for seed in 0..12_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..250);
        let (cap, ahead) = (choice.usize(2..40), choice.usize(1..=8));
        let (requested, most) = (choice.u32(1..50), choice.usize(0..3) * choice.usize(0..2));
        let mut list = list(seed, length, cap);
        list.announces = choice.bool();
        if choice.u32(0..4) == 0 {
            list.total = None;
        }
        let before: HashSet<u64> = list.items.iter().copied().collect();
        let mut reader = Reader::new(&mut list, Scan::new(0, true), ahead, requested);
        reader.most = most;
        let (mut returned, mut place, _) = read_some(reader, &mut choice);
        let case = format!("seed {seed}: length {length} cap {cap} ahead {ahead} most {most}");
        let end = loop {
            change_much(&mut list, &mut choice, returned.len());
            let now = list.items.clone();
            let scan = Scan::resume(&place, true, true);
            let mut reader = Reader::new(&mut list, scan, ahead, requested);
            reader.most = most;
            if choice.u32(0..3) == 0 {
                let (more, next, _) = read_some(reader, &mut choice);
                returned.extend(more);
                place = next;
                continue;
            }
            let end = loop {
                match reader.read_page() {
                    Ok(true) => {}
                    Ok(false) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            if end == Err(ScanError::Changed) && most == 0 && reader.fetches < 64 {
                let mut kept = place.recent.iter();
                let is_known = kept.any(|item| now.binary_search(item).is_ok());
                assert!(!is_known, "{case}: resuming was possible");
            }
            returned.extend(reader.returned);
            break end;
        };
        let once: HashSet<u64> = returned.iter().copied().collect();
        assert_eq!(once.len(), returned.len(), "{case}: twice");
        match end {
            Err(ScanError::Changed) => changed += 1,
            Err(ScanError::Unstable) => {
                assert!(most > 0, "{case}: nothing changes while it is read");
                unstable += 1;
            }
            Ok(()) => {
                let items = list.items.iter().copied();
                let throughout: Vec<u64> = items.filter(|item| before.contains(item)).collect();
                let of_those = returned.iter().copied();
                let of_those: Vec<u64> = of_those
                    .filter(|item| throughout.binary_search(item).is_ok())
                    .collect();
                assert_eq!(of_those, throughout, "{case}");
                resumed += 1;
            }
        }
    }
    let counts = format!("{resumed} resumed, {changed} changed, {unstable} unstable");
    assert!(
        resumed > 8_000 && changed > 50 && unstable < 120,
        "{counts}"
    );
}

#[test]
fn a_list_that_did_not_change_is_resumed_with_one_request_more() {
    for seed in 0..2_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..250);
        let (cap, requested) = (choice.usize(12..40), choice.u32(12..50));
        let (keyed, is_by_id) = (choice.bool(), choice.bool());
        let mut list = list(seed, length, cap);
        let whole = {
            let mut reader = Reader::new(&mut list, Scan::new(0, keyed), 1, requested);
            while reader.read_page().unwrap() {}
            reader.fetches
        };
        let reader = Reader::new(&mut list, Scan::new(0, keyed), 1, requested);
        let (mut returned, place, _) = read_some(reader, &mut choice);
        let scan = Scan::resume(&place, keyed, is_by_id);
        let mut reader = Reader::new(&mut list, scan, 1, requested);
        while reader.read_page().unwrap() {}
        assert!(reader.fetches <= whole + 1, "seed {seed}");
        returned.extend(reader.returned);
        assert_eq!(returned, list.items, "seed {seed}");
    }
}

/// One change of a list whose order can change, and whether it is before the place.
fn change_one(items: &mut Vec<u64>, read: usize, random: &mut fastrand::Rng) -> Option<bool> {
    let (before, after) = (0..read, read..items.len());
    match random.u32(0..7) {
        0 => Some(false),
        1 => {
            items.insert(random.usize(0..read), random.u64(..));
            Some(true)
        }
        2 => {
            items.remove(random.usize(before));
            Some(true)
        }
        3 if !after.is_empty() => {
            let moved = items.remove(random.usize(after));
            items.insert(random.usize(before), moved);
            Some(true)
        }
        4 if !after.is_empty() => {
            let moved = items.remove(random.usize(before));
            items.insert(random.usize(after), moved);
            Some(true)
        }
        5 => {
            items.insert(random.usize(read..=items.len()), random.u64(..));
            Some(false)
        }
        6 if read > 1 => {
            items.swap(read - 1, read - 2);
            Some(true)
        }
        _ => None,
    }
}

#[test]
fn a_list_in_another_order_is_resumed_only_if_nothing_changed_before_the_place() {
    let mut resumed = 0;
    for seed in 0..10_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(1..150);
        let (cap, requested) = (choice.usize(2..40), choice.u32(2..50));
        let keyed = choice.bool();
        let mut list = list(seed, length, cap);
        choice.shuffle(&mut list.items);
        let before: HashSet<u64> = list.items.iter().copied().collect();
        let reader = Reader::new(&mut list, Scan::new(0, keyed), 1, requested);
        let (mut returned, place, _) = read_some(reader, &mut choice);
        if returned.is_empty() {
            continue;
        }
        let Some(is_before) = change_one(&mut list.items, returned.len(), &mut choice) else {
            continue;
        };
        let scan = Scan::resume(&place, keyed, false);
        let mut reader = Reader::new(&mut list, scan, choice.usize(1..=8), requested);
        let end = loop {
            match reader.read_page() {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let case = format!("seed {seed}, keyed {keyed}, cap {cap}, requested {requested}");
        if is_before {
            assert_eq!(end, Err(ScanError::Changed), "{case}");
            assert!(reader.returned.is_empty(), "{case}");
            continue;
        }
        assert_eq!(end, Ok(()), "{case}");
        returned.extend(reader.returned);
        assert_eq!(returned, list.items, "{case}");
        assert!(before.iter().all(|item| returned.contains(item)), "{case}");
        resumed += 1;
    }
    assert!(resumed > 2_000, "{resumed}");
}

#[test]
fn hidden_items_are_reported_after_a_resume() {
    for seed in 0..10_000 {
        let mut choice = fastrand::Rng::with_seed(seed);
        let length = choice.usize(0..200);
        let (cap, ahead) = (choice.usize(2..30), choice.usize(1..=8));
        let requested = choice.u32(2..40);
        let mut list = list(seed, length, cap);
        (list.announces, list.nulls) = (choice.bool(), choice.bool());
        list.hide(&mut choice);
        let visible = list.visible();
        let reader = Reader::new(&mut list, Scan::new(0, true), ahead, requested);
        let (mut returned, place, _) = read_some(reader, &mut choice);
        let scan = Scan::resume(&place, true, true);
        let mut reader = Reader::new(&mut list, scan, ahead, requested);
        while reader.read_page().unwrap() {}
        returned.extend(&reader.returned);
        assert_eq!(returned, visible, "seed {seed}");
        let is_missing = visible.len() < reader.list.items.len();
        assert_eq!(reader.scan.missing().is_some(), is_missing, "seed {seed}");
    }
}

#[test]
fn a_scan_is_resumed_at_the_end_of_a_list_that_has_grown() {
    let mut list = list(1, 50, 10);
    let mut reader = Reader::new(&mut list, Scan::new(0, true), 2, 10);
    while reader.read_page().unwrap() {}
    let place = stored(reader.scan.place(0, None));
    assert_eq!((place.offset, place.passed), (49, 50));
    let last = *list.items.last().unwrap();
    list.items.extend([last + 1, last + 2]);
    let mut reader = Reader::new(&mut list, Scan::resume(&place, true, true), 2, 10);
    while reader.read_page().unwrap() {}
    assert_eq!(reader.returned, [last + 1, last + 2]);
}

#[test]
fn pages_that_repeat_or_stay_empty_end_a_resumed_scan() {
    for keys in [Vec::new(), (100..110).collect(), vec![7; 10]] {
        for total in [None, Some(0), Some(100), Some(u64::MAX)] {
            let mut list = list(1, 50, 10);
            let mut reader = Reader::new(&mut list, Scan::new(0, true), 2, 10);
            while reader.returned.len() < 30 {
                reader.read_page().unwrap();
            }
            let place = reader.scan.place(0, None);
            let mut scan = Scan::resume(&place, true, true);
            let end = (0..1_000).find_map(|_| {
                let page = Snapshot {
                    offset: scan.next(),
                    requested: Some(10),
                    limit: Some(10),
                    total,
                    keys: keys.clone(),
                    nulls: Vec::new(),
                };
                scan.take(&page).err()
            });
            assert_eq!(end, Some(ScanError::Changed), "{keys:?} of {total:?}");
            assert_eq!(scan.place(0, None).recent, place.recent);
        }
    }
}
