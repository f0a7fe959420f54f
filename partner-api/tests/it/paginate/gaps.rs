//! Lists of which the server hides items: each visible item is returned, or an error reports that
//! some may be missing.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use partner_api::prelude::*;
use partner_api::{Error, ErrorKind, ItemStream};
use serde_json::{Value, json};

use crate::support::lists::{ListServer, PageRequest, id, items, page_of};

fn clients(server: &ListServer, limit: u32) -> ItemStream<types::ClientAccount> {
    let client = server.client();
    let list = client.list_clients().partner_id("xPA").limit(limit);
    list.stream()
}

/// The numbers of the items that were returned, and the error that ended the list.
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

/// The items of a page that are not hidden.
fn shown(all: &[Value], request: PageRequest, cap: usize, hidden: &Range<usize>) -> Vec<Value> {
    let page = page_of(all, request, cap).into_iter().zip(request.offset..);
    page.filter(|(_, number)| !hidden.contains(number))
        .map(|(item, _)| item)
        .collect()
}

#[tokio::test]
async fn a_list_that_continues_after_the_last_offset_ends_incomplete() {
    let total = 10_000_000_000_u64;
    for (limit, start) in [(json!(u32::MAX), 0), (json!(null), u32::MAX - 5)] {
        let body = json!({"total": total, "limit": limit, "clients": []});
        let server = ListServer::new(move |_| body.clone()).await;
        let list = server.client().list_clients().partner_id("xPA").stream();
        let (given, error) = read(list.start_at(start)).await;
        assert!(given.is_empty());
        assert_incomplete(error, start.into(), total);
        assert!(server.requests().len() < 50, "{}", server.requests().len());
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_largest_offsets_causes_no_overflow() {
    let all = items(0..10);
    let server = ListServer::new(move |_| json!({"total": 10, "clients": all})).await;
    let items = clients(&server, 10).start_at(u32::MAX - 3);
    let (given, error) = read(items).await;
    assert_eq!(given, Vec::from_iter(0..10));
    let error = error.expect("an error");
    assert!(matches!(error.kind(), ErrorKind::ListUnstable), "{error:?}");
    assert!(server.requests().len() < 100, "{}", server.requests().len());
}

#[tokio::test]
async fn a_total_on_the_first_page_applies_to_all_pages() {
    for concurrency in [1, 16] {
        let all = items(0..100);
        let server = ListServer::new(move |request| {
            let page = shown(&all, request, 10, &(20..40));
            match request.offset {
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
async fn every_item_after_a_long_gap_is_returned() {
    for (limit, hidden) in [(10, 0..1500), (10, 50..1500), (100, 0..13_000)] {
        for allows in [true, false] {
            let (length, cap) = (hidden.end + 500, limit as usize);
            let (all, gap) = (items(0..length), hidden.clone());
            let server = ListServer::new(move |request| {
                let page = shown(&all, request, cap, &gap);
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
async fn an_abandoned_search_is_an_error_even_if_incomplete_lists_are_allowed() {
    let server = ListServer::new(|_| json!({"total": 1_000_000, "limit": 10, "clients": []})).await;
    let (given, error) = read(clients(&server, 10).allow_incomplete()).await;
    assert!(given.is_empty());
    assert_incomplete(error, 0, 1_000_000);
    assert!(server.requests().len() < 300, "{}", server.requests().len());
}

#[tokio::test]
async fn a_total_of_visible_items_only_ends_no_list_early() {
    for hidden in [0..10, 20..40, 85..95] {
        let (all, gap) = (items(0..100), hidden.clone());
        let total = 100 - hidden.len();
        let server = ListServer::new(move |request| {
            let page = shown(&all, request, 10, &gap);
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
async fn empty_first_pages_are_not_the_end() {
    for empty in 1..=3 {
        for limit in [json!(10), json!(null)] {
            let (all, requests) = (items(0..100), AtomicUsize::new(0));
            let server = ListServer::new(move |request| {
                let page = match requests.fetch_add(1, Ordering::Relaxed) < empty {
                    true => Vec::new(),
                    false => page_of(&all, request, 10),
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
async fn nulls_show_that_pages_are_smaller_than_the_reported_limit() {
    for hidden in [5..35, 50..75, 75..100] {
        for concurrency in [1, 8] {
            let (all, gap) = (items(0..100), hidden.clone());
            let server = ListServer::new(move |request| {
                let page = page_of(&all, request, 10).into_iter().zip(request.offset..);
                let page: Vec<_> = page
                    .map(|(item, number)| {
                        if gap.contains(&number) {
                            json!(null)
                        } else {
                            item
                        }
                    })
                    .collect();
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

#[tokio::test]
async fn a_limit_reported_too_large_never_ends_a_list_silently() {
    for hidden in [5..35, 50..75, 75..100] {
        for concurrency in [1, 8] {
            let (all, gap) = (items(0..100), hidden.clone());
            let server = ListServer::new(move |request| {
                let page = shown(&all, request, 10, &gap);
                json!({"total": 100, "limit": 40, "clients": page})
            })
            .await;
            let (given, error) = read(clients(&server, 40).concurrency(concurrency)).await;
            assert!(given.is_sorted_by(|one, next| one < next), "{given:?}");
            assert!(given.iter().all(|it| !hidden.contains(it)), "{given:?}");
            assert_incomplete(error, given.len() as u64, 100);
        }
    }
}
