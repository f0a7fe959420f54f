//! Lists of misbehaving servers: each stream ends soon, with the right items or an error.

use partner_api::prelude::*;
use partner_api::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::support::lists::{ListServer, PageRequest, id, items, page_of};

/// The items of a stream, and the error that ended it.
async fn read_all(
    server: &ListServer,
    concurrency: usize,
) -> (Vec<types::ClientAccount>, Option<Error>) {
    read_all_by(server, 10, concurrency).await
}

async fn read_all_by(
    server: &ListServer,
    limit: u32,
    concurrency: usize,
) -> (Vec<types::ClientAccount>, Option<Error>) {
    let client = server.client();
    let list = client.list_clients().partner_id("xPA").limit(limit);
    let mut items = list.stream().concurrency(concurrency);
    let mut came = Vec::new();
    loop {
        match items.try_next().await {
            Ok(Some(account)) => came.push(account),
            Ok(None) => return (came, None),
            Err(error) => {
                assert!(items.try_next().await.unwrap().is_none(), "it goes on");
                return (came, Some(error));
            }
        }
    }
}

fn numbers(came: &[types::ClientAccount]) -> Vec<usize> {
    let number = |account| id(account).trim_end_matches("CL").parse().unwrap();
    came.iter().map(number).collect()
}

#[track_caller]
fn assert_unsettled(error: Option<Error>) {
    let error = error.expect("an error");
    assert!(matches!(error.kind(), ErrorKind::ListUnstable), "{error:?}");
    assert_eq!(error.label(), "list_unstable");
    assert_eq!(error.operation(), Some("list_clients"));
}

#[track_caller]
fn assert_incomplete(error: Option<Error>, visible: u64) {
    let error = error.expect("an error");
    assert_eq!(error.label(), "list_incomplete");
    let ErrorKind::ListIncomplete { given, total, .. } = *error.kind() else {
        panic!("{error:?}")
    };
    assert!(given == visible && given < total, "{error}");
}

/// A list of this many items in pages of at most `cap`; `head` alters the correct metadata.
async fn list(length: usize, cap: usize, head: fn(Value) -> Value) -> ListServer {
    let items = items(0..length);
    ListServer::new(move |request| {
        let page = page_of(&items, request, cap);
        let limit = request.limit.unwrap_or(20).min(cap);
        let mut body =
            head(json!({"total": items.len(), "limit": limit, "offset": request.offset}));
        body["clients"] = page.into();
        body
    })
    .await
}

const LENGTHS: [usize; 6] = [0, 1, 10, 11, 20, 95];

#[tokio::test]
async fn totals_that_are_too_small_or_missing_lose_nothing() {
    let lies: [fn(Value) -> Value; 7] = [
        |head| head,
        |head| json!({"limit": head["limit"], "total": 0}),
        |head| json!({"limit": head["limit"], "total": 1.min(head["total"].as_u64().unwrap())}),
        |head| json!({"limit": head["limit"], "total": head["total"].as_u64().unwrap() / 2}),
        |head| json!({"limit": head["limit"], "total": -1}),
        |head| json!({"limit": head["limit"], "total": null}),
        |_| json!({}),
    ];
    for (nth, lie) in lies.into_iter().enumerate() {
        for length in LENGTHS {
            for concurrency in [1, 7] {
                let server = list(length, 10, lie).await;
                let (came, error) = read_all(&server, concurrency).await;
                let case = format!("lie {nth}, {length} items, {concurrency} concurrent");
                assert!(error.is_none(), "{case}: {error:?}");
                assert_eq!(numbers(&came), Vec::from_iter(0..length), "{case}");
                let requests = server.requests().len();
                // The prefetched requests beyond the end, and one more.
                let most = length / 9 + 3 + 2 * concurrency;
                assert!(requests <= most, "{case}: {requests} requests");
            }
        }
    }
}

#[tokio::test]
async fn totals_that_are_too_large_end_incomplete_after_everything() {
    let lies: [fn(Value) -> Value; 3] = [
        |head| json!({"limit": head["limit"], "total": head["total"].as_u64().unwrap() + 1}),
        |head| json!({"limit": head["limit"], "total": head["total"].as_u64().unwrap() * 9 + 5}),
        |head| json!({"limit": head["limit"], "total": u64::from(u32::MAX) + 7}),
    ];
    for (nth, lie) in lies.into_iter().enumerate() {
        for length in [0, 1, 10, 95] {
            for concurrency in [1, 7] {
                let server = list(length, 10, lie).await;
                let (came, error) = read_all(&server, concurrency).await;
                let case = format!("lie {nth}, {length} items, concurrency {concurrency}");
                assert_eq!(numbers(&came), Vec::from_iter(0..length), "{case}");
                assert_incomplete(error, length as u64);
            }
        }
    }
}

#[tokio::test]
async fn an_undocumented_page_cap_loses_nothing() {
    let heads: [fn(Value) -> Value; 2] = [|head| json!({"total": head["total"]}), |_| json!({})];
    for head in heads {
        for length in LENGTHS {
            let server = list(length, 7, head).await;
            let (came, error) = read_all_by(&server, 50, 4).await;
            assert!(error.is_none(), "{length}: {error:?}");
            assert_eq!(numbers(&came), Vec::from_iter(0..length));
            assert!(server.requests().len() <= length / 6 + 6);
        }
    }
}

#[tokio::test]
async fn a_page_cap_of_one_loses_nothing() {
    let server = list(5, 1, |head| head).await;
    let (came, error) = read_all(&server, 3).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&came), [0, 1, 2, 3, 4]);
    assert!(server.requests().len() <= 9, "{:?}", server.requests());
}

#[tokio::test]
async fn pages_larger_than_requested_lose_nothing() {
    let items = items(0..95);
    let server = ListServer::new(move |request| {
        let more = PageRequest {
            limit: request.limit.map(|limit| limit * 3),
            ..request
        };
        json!({"total": 95, "clients": page_of(&items, more, 100)})
    })
    .await;
    let (came, error) = read_all(&server, 2).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&came), Vec::from_iter(0..95));
    assert!(server.requests().len() <= 8);
}

#[tokio::test]
async fn a_server_that_ignores_the_limit_loses_nothing() {
    let all = items(0..95);
    let server = ListServer::new(
        move |request| json!({"total": 95, "clients": all.get(request.offset..).unwrap_or_default()}),
    )
    .await;
    let (came, error) = read_all(&server, 4).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&came), Vec::from_iter(0..95));
    assert!(server.requests().len() <= 6);
}

#[tokio::test]
async fn a_server_that_ignores_the_offset_ends_unstable_and_repeats_no_item() {
    for total in [json!(95), json!(10), json!(0), json!(null)] {
        for concurrency in [1, 8] {
            let (items, total) = (items(0..10), total.clone());
            let server =
                ListServer::new(move |_| json!({"total": total, "clients": items.clone()})).await;
            let (came, error) = read_all(&server, concurrency).await;
            assert_eq!(numbers(&came), Vec::from_iter(0..10));
            assert_unsettled(error);
            assert!(server.requests().len() < 100 + concurrency * 64);
        }
    }
}

#[tokio::test]
async fn a_page_that_repeats_forever_ends_unstable() {
    let items = items(0..95);
    let server = ListServer::new(move |request| {
        let offset = request.offset.min(30);
        json!({"total": 95, "clients": page_of(&items, PageRequest { offset, ..request }, 10)})
    })
    .await;
    let (came, error) = read_all(&server, 1).await;
    assert_eq!(numbers(&came), Vec::from_iter(0..40));
    assert_unsettled(error);
    assert!(server.requests().len() < 100);
}

#[tokio::test]
async fn an_empty_page_in_the_middle_is_fetched_again() {
    for concurrency in [1, 2, 6] {
        let items = items(0..95);
        let had = std::sync::atomic::AtomicBool::new(false);
        let server = ListServer::new(move |request| {
            let empty =
                request.offset > 40 && !had.swap(true, std::sync::atomic::Ordering::Relaxed);
            let page = if empty {
                Vec::new()
            } else {
                page_of(&items, request, 10)
            };
            json!({"total": 95, "clients": page})
        })
        .await;
        let (came, error) = read_all(&server, concurrency).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(numbers(&came), Vec::from_iter(0..95));
        assert!(server.requests().len() < 40, "{}", server.requests().len());
    }
}

#[tokio::test]
async fn pages_that_stay_empty_from_the_middle_on_end_incomplete() {
    let items = items(0..95);
    let server = ListServer::new(move |request| {
        let page = match request.offset {
            0..40 => page_of(&items, request, 10),
            _ => Vec::new(),
        };
        json!({"total": 95, "clients": page})
    })
    .await;
    let (came, error) = read_all(&server, 1).await;
    let came = numbers(&came);
    assert_eq!(came, Vec::from_iter(0..came.len()));
    assert!(came.len() >= 40);
    assert_incomplete(error, came.len() as u64);
    assert!(server.requests().len() < 200);
}

#[tokio::test]
async fn short_pages_in_the_middle_lose_nothing() {
    let items = items(0..95);
    let server = ListServer::new(move |request| {
        let cap = if request.offset > 30 { 4 } else { 10 };
        json!({"total": 95, "clients": page_of(&items, request, cap)})
    })
    .await;
    let (came, error) = read_all(&server, 1).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&came), Vec::from_iter(0..95));
    assert!(server.requests().len() < 40);
}

#[tokio::test]
async fn items_without_ids_come_once_each() {
    let nameless: [fn(usize) -> Value; 2] = [
        |number| json!({"name": format!("n{number}")}),
        |number| json!({"id": null, "name": format!("n{number}")}),
    ];
    for item in nameless {
        for concurrency in [1, 5] {
            let items: Vec<_> = (0..55).map(item).collect();
            let server = ListServer::new(
                move |request| json!({"total": 55, "clients": page_of(&items, request, 10)}),
            )
            .await;
            let (came, error) = read_all(&server, concurrency).await;
            assert!(error.is_none(), "{error:?}");
            let names: Vec<_> = came.into_iter().map(|it| it.name.unwrap()).collect();
            let wanted: Vec<_> = (0..55).map(|number| format!("n{number}")).collect();
            assert_eq!(names, wanted);
        }
    }
}

#[tokio::test]
async fn identical_items_end_complete_or_unstable() {
    for item in [
        json!({}),
        json!({"id": "sameCL"}),
        json!({"id": null, "name": "n"}),
    ] {
        for concurrency in [1, 5] {
            let items = vec![item.clone(); 55];
            let server = ListServer::new(
                move |request| json!({"total": 55, "clients": page_of(&items, request, 10)}),
            )
            .await;
            let (came, error) = read_all(&server, concurrency).await;
            match error {
                None => assert_eq!(came.len(), 55, "{item}"),
                error => assert_unsettled(error),
            }
            assert!(server.requests().len() < 100);
        }
    }
}

#[tokio::test]
async fn an_id_that_two_items_share_hides_neither() {
    for (first, second) in [(3, 4), (9, 10), (8, 17), (10, 54)] {
        let mut all = items(0..55);
        all[second] = all[first].clone();
        let server = ListServer::new(
            move |request| json!({"total": 55, "clients": page_of(&all, request, 10)}),
        )
        .await;
        let (came, error) = read_all(&server, 2).await;
        assert!(error.is_none(), "{first} {second}: {error:?}");
        let mut came = numbers(&came);
        came.sort_unstable();
        came.dedup();
        let wanted: Vec<_> = (0..55).filter(|number| *number != second).collect();
        assert_eq!(came, wanted, "{first} {second}");
        assert!(server.requests().len() < 20);
    }
}

#[tokio::test]
async fn items_generated_without_end_end_unstable() {
    let server = ListServer::new(
        |request| json!({"total": 20, "clients": items(request.offset..request.offset + 1000)}),
    )
    .await;
    let (came, error) = read_all_by(&server, 1000, 1).await;
    assert_eq!(numbers(&came), Vec::from_iter(0..came.len()));
    assert_unsettled(error);
    assert!(server.requests().len() < 150, "{}", server.requests().len());
}
