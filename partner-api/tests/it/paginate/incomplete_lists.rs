//! A stream ends without an error only if the total is reached; otherwise it reports what is missing.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use partner_api::prelude::*;
use partner_api::{Error, ErrorKind, ItemStream};
use serde_json::{Value, json};

use crate::support::lists::{ListServer, PageRequest, id, items, page_of};

const CONCURRENCIES: [usize; 2] = [1, 16];

/// How a server hides an item.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hidden {
    /// The page is selected first, and then lacks the item.
    Filtered,
    /// The item is null.
    Null,
}

/// A list of 100 items of which some are hidden, with or without the limit of each page.
async fn hiding(hidden: Range<usize>, how: Hidden, announces: bool) -> ListServer {
    let all = items(0..100);
    ListServer::new(move |request| {
        let page = page_of(&all, request, 10).into_iter().zip(request.offset..);
        let shown: Vec<_> = match how {
            Hidden::Filtered => page
                .filter(|(_, number)| !hidden.contains(number))
                .map(|(item, _)| item)
                .collect(),
            Hidden::Null => page
                .map(|(item, number)| match hidden.contains(&number) {
                    true => Value::Null,
                    false => item,
                })
                .collect(),
        };
        let limit = announces.then_some(10);
        json!({"total": 100, "limit": limit, "count": shown.len(), "clients": shown})
    })
    .await
}

fn clients(server: &ListServer, concurrency: usize) -> ItemStream<types::ClientAccount> {
    let list = server
        .client()
        .list_clients()
        .partner_id("xPA")
        .limit(10)
        .stream();
    list.concurrency(concurrency)
}

/// The numbers of the items that came, and the error that ended the stream.
async fn read(mut items: ItemStream<types::ClientAccount>) -> (Vec<usize>, Option<Error>) {
    let mut came = Vec::new();
    loop {
        match items.try_next().await {
            Ok(Some(account)) => {
                let id = id(&account);
                came.push(id.trim_end_matches("CL").parse().unwrap());
            }
            Ok(None) => return (came, None),
            Err(error) => {
                assert!(items.try_next().await.unwrap().is_none(), "it goes on");
                return (came, Some(error));
            }
        }
    }
}

#[track_caller]
fn assert_incomplete(error: Option<Error>, visible: usize, listed: u64) {
    let error = error.expect("an error");
    let ErrorKind::ListIncomplete { given, total, .. } = *error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!((given, total), (visible as u64, listed), "{error}");
    assert_eq!(error.operation(), Some("list_clients"));
}

#[tokio::test]
async fn hidden_items_are_an_error_after_every_visible_item() {
    for hidden in [20..40, 19..28, 0..20, 90..100, 5..6, 0..99, 99..100, 0..100] {
        for how in [Hidden::Filtered, Hidden::Null] {
            for announces in [true, false] {
                for concurrency in CONCURRENCIES {
                    let server = hiding(hidden.clone(), how, announces).await;
                    let (came, error) = read(clients(&server, concurrency)).await;
                    let case = format!("{hidden:?} {how:?} {announces} {concurrency}");
                    let visible: Vec<_> = (0..100).filter(|it| !hidden.contains(it)).collect();
                    assert_eq!(came, visible, "{case}");
                    assert_incomplete(error, visible.len(), 100);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_caller_can_allow_hidden_items() {
    for how in [Hidden::Filtered, Hidden::Null] {
        for concurrency in CONCURRENCIES {
            let server = hiding(20..40, how, true).await;
            let items = clients(&server, concurrency).allow_incomplete();
            let (came, error) = read(items).await;
            assert!(error.is_none(), "{error:?}");
            assert_eq!(came, Vec::from_iter((0..20).chain(40..100)));

            let list = server
                .client()
                .list_clients()
                .partner_id("xPA")
                .limit(10)
                .pages();
            let pages: Vec<_> = list.allow_incomplete().try_collect().await.unwrap();
            assert_eq!(pages.iter().map(|page| page.items.len()).sum::<usize>(), 80);
        }
    }
}

#[tokio::test]
async fn a_page_stream_ends_incomplete_too() {
    let server = hiding(20..40, Hidden::Filtered, true).await;
    let mut pages = server
        .client()
        .list_clients()
        .partner_id("xPA")
        .limit(10)
        .pages();
    let mut came = 0;
    let error = loop {
        match pages.try_next().await {
            Ok(page) => came += page.unwrap().items.len(),
            Err(error) => break error,
        }
    };
    assert_eq!(came, 80);
    let text = error.to_string();
    assert!(text.contains("80 of 100 items"), "{text}");
    assert!(text.contains("allow_incomplete"), "{text}");
    assert!(pages.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_list_that_starts_after_hidden_items_is_complete() {
    let server = hiding(20..40, Hidden::Filtered, true).await;
    let (came, error) = read(clients(&server, 2).start_at(40)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(came, Vec::from_iter(40..100));
}

#[tokio::test]
async fn one_empty_first_page_is_not_the_end() {
    for concurrency in CONCURRENCIES {
        let (all, requests) = (items(0..100), AtomicUsize::new(0));
        let server = ListServer::new(move |request| {
            let shown = match requests.fetch_add(1, Ordering::Relaxed) {
                0 => Vec::new(),
                _ => page_of(&all, request, 10),
            };
            json!({"total": 100, "limit": 10, "clients": shown})
        })
        .await;
        let (came, error) = read(clients(&server, concurrency)).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(came, Vec::from_iter(0..100));
    }
}

#[tokio::test]
async fn a_response_without_its_list_is_an_error() {
    for body in [
        json!({"message": "maintenance"}),
        json!({"meta": {"success": false, "http_code": 503}}),
        json!({"total": 5, "count": 5}),
        json!({}),
    ] {
        for concurrency in CONCURRENCIES {
            let sent = body.clone();
            let server = ListServer::new(move |_| sent.clone()).await;
            let (came, error) = read(clients(&server, concurrency)).await;
            assert!(came.is_empty());
            assert_undecodable(&error.expect("an error"), "missing field `clients`");
            assert_eq!(server.requests().len(), 1, "{body}");

            let call = server.client();
            let error = call.list_clients().partner_id("xPA").send().await;
            assert_undecodable(&error.unwrap_err(), "missing field `clients`");
        }
    }
}

#[tokio::test]
async fn a_response_without_its_list_in_the_middle_is_an_error() {
    let all = items(0..100);
    let server = ListServer::new(move |request| match request.offset {
        0..40 => json!({"total": 100, "limit": 10, "clients": page_of(&all, request, 10)}),
        _ => json!({"message": "maintenance"}),
    })
    .await;
    let (came, error) = read(clients(&server, 4)).await;
    assert_eq!(came, Vec::from_iter(0..46));
    assert_undecodable(&error.unwrap(), "missing field `clients`");
}

#[track_caller]
fn assert_undecodable(error: &Error, reason: &str) {
    let ErrorKind::Decode { problem, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert!(problem.contains(reason), "{problem}");
    assert_eq!(error.status().unwrap(), 200);
}

#[tokio::test]
async fn a_null_list_is_empty_only_if_its_total_is_zero() {
    let server = ListServer::new(|_| json!({"total": 0, "clients": null})).await;
    let (came, error) = read(clients(&server, 2)).await;
    assert!(came.is_empty() && error.is_none(), "{error:?}");

    let server = ListServer::new(|_| json!({"clients": null})).await;
    let (_, error) = read(clients(&server, 2)).await;
    assert_undecodable(&error.unwrap(), "found null, expected a list or a total");

    let server = ListServer::new(|_| json!({"total": 3, "limit": 10, "clients": null})).await;
    let (came, error) = read(clients(&server, 2)).await;
    assert!(came.is_empty());
    assert_incomplete(error, 0, 3);

    // A single page is returned as the server sent it.
    for total in [json!(0), json!(3), json!(null)] {
        let body = json!({"total": total, "clients": null});
        let server = ListServer::new(move |_| body.clone()).await;
        let page = server
            .client()
            .list_clients()
            .partner_id("xPA")
            .send()
            .await;
        assert!(page.unwrap().clients.is_empty());
    }
}

#[tokio::test]
async fn a_total_of_a_million_without_items_ends_after_a_bounded_number_of_requests() {
    for limit in [json!(null), json!(10)] {
        for concurrency in CONCURRENCIES {
            let sent = json!({"total": 1_000_000, "limit": limit, "clients": []});
            let server = ListServer::new(move |_| sent.clone()).await;
            let (came, error) = read(clients(&server, concurrency)).await;
            assert!(came.is_empty());
            assert_incomplete(error, 0, 1_000_000);
            assert!(server.requests().len() < 300, "{}", server.requests().len());
        }
    }
}

/// The items of a list after this many requests.
type Length = fn(usize) -> Range<usize>;

/// A list whose length depends on the number of requests so far.
async fn changing(length: Length) -> ListServer {
    let requests = AtomicUsize::new(0);
    ListServer::new(move |request| {
        let now = items(length(requests.fetch_add(1, Ordering::Relaxed)));
        json!({"total": now.len(), "limit": 10, "clients": page_of(&now, request, 10)})
    })
    .await
}

#[tokio::test]
async fn a_list_that_becomes_shorter_or_longer_is_complete() {
    let lengths: [(Length, Range<usize>); 4] = [
        // The last pages are removed.
        (|requests| 0..if requests < 4 { 100 } else { 55 }, 0..55),
        // Everything but the items already read is removed.
        (|requests| 0..if requests < 4 { 100 } else { 20 }, 0..20),
        // The list grows at the end.
        (|requests| 100..200 + requests, 100..200),
        // The list grows at the front, so that it has more items than are returned.
        (|requests| 100 - requests.min(99)..200, 100..200),
    ];
    for (nth, (length, throughout)) in lengths.into_iter().enumerate() {
        for concurrency in CONCURRENCIES {
            let server = changing(length).await;
            let (came, error) = read(clients(&server, concurrency)).await;
            assert!(error.is_none(), "{nth}, {concurrency}: {error:?}");
            let of_those: Vec<_> = came
                .iter()
                .copied()
                .filter(|it| throughout.contains(it))
                .collect();
            assert_eq!(
                of_those,
                Vec::from_iter(throughout.clone()),
                "{nth}, {concurrency}"
            );
        }
    }
}

#[tokio::test]
async fn a_regular_list_costs_no_extra_request() {
    let all = items(0..100);
    let server = ListServer::new(
        move |request: PageRequest| json!({"total": 100, "limit": 10, "clients": page_of(&all, request, 10)}),
    )
    .await;
    let (came, error) = read(clients(&server, 1)).await;
    assert!(error.is_none() && came.len() == 100, "{error:?}");
    // Ten items, then nine new items per page; the eleventh page ends with the last item and is full.
    assert_eq!(server.requests().len(), 12);
}
