//! Lists of which the server does not show every item: each visible item is given, or an error says
//! that some may be missing.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::lists::{Asked, ListServer, id, part, rows};
use partner_api::prelude::*;
use partner_api::{Error, ErrorKind, ItemStream};
use serde_json::{Value, json};

fn clients(server: &ListServer, limit: u32) -> ItemStream<types::ClientAccount> {
    let client = server.client();
    let list = client.list_clients().partner_id("xPA").limit(limit);
    list.stream()
}

/// The numbers of the items that were given, and the error that ended the list.
async fn read(mut items: ItemStream<types::ClientAccount>) -> (Vec<usize>, Option<Error>) {
    let mut given = Vec::new();
    loop {
        match items.try_next().await {
            Ok(Some(account)) => {
                let id = id(&account);
                given.push(id.trim_end_matches("CL").parse().unwrap());
            }
            Ok(None) => return (given, None),
            Err(error) => return (given, Some(error)),
        }
    }
}

#[track_caller]
fn assert_incomplete(error: Option<Error>, visible: u64, listed: u64) {
    let error = error.expect("an error");
    let ErrorKind::ListIncomplete { given, total, .. } = *error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!((given, total), (visible, listed), "{error}");
}

/// The part of a page that is not hidden.
fn shown(all: &[Value], asked: Asked, cap: usize, hidden: &Range<usize>) -> Vec<Value> {
    let page = part(all, asked, cap).into_iter().zip(asked.offset..);
    page.filter(|(_, number)| !hidden.contains(number))
        .map(|(item, _)| item)
        .collect()
}

#[tokio::test]
async fn a_list_that_continues_behind_the_last_offset_ends_incomplete() {
    let total = 10_000_000_000_u64;
    for (limit, start) in [(json!(u32::MAX), 0), (json!(null), u32::MAX - 5)] {
        let body = json!({"total": total, "limit": limit, "clients": []});
        let server = ListServer::new(move |_| body.clone()).await;
        let list = server.client().list_clients().partner_id("xPA").stream();
        let (given, error) = read(list.start_at(start)).await;
        assert!(given.is_empty());
        assert_incomplete(error, start.into(), total);
        assert!(server.asked().len() < 50, "{}", server.asked().len());
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_last_offsets_does_not_overflow_them() {
    let all = rows(0..10);
    let server = ListServer::new(move |_| json!({"total": 10, "clients": all})).await;
    let items = clients(&server, 10).start_at(u32::MAX - 3);
    let (given, error) = read(items).await;
    assert_eq!(given, Vec::from_iter(0..10));
    let error = error.expect("an error");
    assert!(matches!(error.kind(), ErrorKind::ListUnstable), "{error:?}");
    assert!(server.asked().len() < 100, "{}", server.asked().len());
}

#[tokio::test]
async fn a_total_that_only_the_first_page_has_counts_for_all() {
    for concurrency in [1, 16] {
        let all = rows(0..100);
        let server = ListServer::new(move |asked| {
            let page = shown(&all, asked, 10, &(20..40));
            match asked.offset {
                0 => json!({"total": 100, "limit": 10, "clients": page}),
                _ => json!({"clients": page}),
            }
        })
        .await;
        let (given, error) = read(clients(&server, 10).concurrency(concurrency)).await;
        assert_eq!(given, Vec::from_iter((0..20).chain(40..100)));
        assert_incomplete(error, 80, 100);
    }
}

#[tokio::test]
async fn every_item_behind_a_long_gap_is_given() {
    for (limit, hidden) in [(10, 0..1500), (10, 50..1500), (100, 0..13_000)] {
        for allows in [true, false] {
            let (length, cap) = (hidden.end + 500, limit as usize);
            let (all, gap) = (rows(0..length), hidden.clone());
            let server = ListServer::new(move |asked| {
                let page = shown(&all, asked, cap, &gap);
                json!({"total": length, "limit": limit, "clients": page})
            })
            .await;
            let mut items = clients(&server, limit);
            if allows {
                items = items.allow_incomplete();
            }
            let (given, error) = read(items).await;
            let visible: Vec<_> = (0..length).filter(|it| !hidden.contains(it)).collect();
            assert_eq!(given, visible, "{limit} {hidden:?} {error:?}");
            match allows {
                true => assert!(error.is_none(), "{error:?}"),
                false => assert_incomplete(error, visible.len() as u64, length as u64),
            }
        }
    }
}

#[tokio::test]
async fn a_search_that_was_given_up_is_an_error_whatever_the_caller_accepts() {
    let server = ListServer::new(|_| json!({"total": 1_000_000, "limit": 10, "clients": []})).await;
    let (given, error) = read(clients(&server, 10).allow_incomplete()).await;
    assert!(given.is_empty());
    assert_incomplete(error, 0, 1_000_000);
    assert!(server.asked().len() < 300, "{}", server.asked().len());
}

#[tokio::test]
async fn a_total_that_counts_only_visible_items_ends_no_list_too_early() {
    for hidden in [0..10, 20..40, 85..95] {
        let (all, gap) = (rows(0..100), hidden.clone());
        let total = 100 - hidden.len();
        let server = ListServer::new(move |asked| {
            let page = shown(&all, asked, 10, &gap);
            json!({"total": total, "limit": 10, "clients": page})
        })
        .await;
        let (given, error) = read(clients(&server, 10)).await;
        let visible: Vec<_> = (0..100).filter(|it| !hidden.contains(it)).collect();
        assert_eq!(given, visible, "{hidden:?}");
        assert!(error.is_none(), "{error:?}");
    }
}

#[tokio::test]
async fn several_first_responses_that_are_empty_are_not_the_end() {
    for empty in 1..=3 {
        for limit in [json!(10), json!(null)] {
            let (all, requests) = (rows(0..100), AtomicUsize::new(0));
            let server = ListServer::new(move |asked| {
                let page = match requests.fetch_add(1, Ordering::Relaxed) < empty {
                    true => Vec::new(),
                    false => part(&all, asked, 10),
                };
                json!({"total": 100, "limit": limit, "clients": page})
            })
            .await;
            let (given, error) = read(clients(&server, 10)).await;
            assert!(error.is_none(), "{empty} empty: {error:?}");
            assert_eq!(given, Vec::from_iter(0..100), "{empty} empty");
        }
    }
}

#[tokio::test]
async fn a_limit_that_is_reported_larger_than_pages_are_hides_nothing_behind_a_gap() {
    for hidden in [5..35, 50..75, 75..100] {
        for concurrency in [1, 8] {
            let (all, gap) = (rows(0..100), hidden.clone());
            let server = ListServer::new(move |asked| {
                let page = shown(&all, asked, 10, &gap);
                json!({"total": 100, "limit": 40, "clients": page})
            })
            .await;
            let (given, error) = read(clients(&server, 40).concurrency(concurrency)).await;
            let visible: Vec<_> = (0..100).filter(|it| !hidden.contains(it)).collect();
            assert_eq!(given, visible, "{hidden:?}");
            assert_incomplete(error, visible.len() as u64, 100);
        }
    }
}
