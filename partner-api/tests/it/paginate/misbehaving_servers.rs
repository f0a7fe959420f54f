//! Lists of servers that do not behave: each walk ends, soon, with the right rows or an error.

use crate::support::lists::{Asked, ListServer, id, part, rows};
use partner_api::prelude::*;
use partner_api::{Error, ErrorKind};
use serde_json::{Value, json};

/// What came, and with what error it ended.
async fn walk(
    server: &ListServer,
    concurrency: usize,
) -> (Vec<types::ClientAccount>, Option<Error>) {
    walk_of(server, 10, concurrency).await
}

async fn walk_of(
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
    assert_eq!(error.operation(), Some("list_clients"));
}

#[track_caller]
fn assert_incomplete(error: Option<Error>, visible: u64) {
    let error = error.expect("an error");
    let ErrorKind::ListIncomplete { given, total, .. } = *error.kind() else {
        panic!("{error:?}")
    };
    assert!(given == visible && given < total, "{error}");
}

/// A list of so many rows in pages of at most `cap`, whose head is made from an honest one.
async fn list(length: usize, cap: usize, head: fn(Value) -> Value) -> ListServer {
    let rows = rows(0..length);
    ListServer::new(move |asked| {
        let page = part(&rows, asked, cap);
        let limit = asked.limit.unwrap_or(20).min(cap);
        let mut body = head(json!({"total": rows.len(), "limit": limit, "offset": asked.offset}));
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
                let (came, error) = walk(&server, concurrency).await;
                let case = format!("lie {nth}, {length} rows, {concurrency} at once");
                assert!(error.is_none(), "{case}: {error:?}");
                assert_eq!(numbers(&came), Vec::from_iter(0..length), "{case}");
                let asked = server.asked().len();
                // What is asked for ahead, behind the end, and then once more.
                let most = length / 9 + 3 + 2 * concurrency;
                assert!(asked <= most, "{case}: {asked} requests");
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
                let (came, error) = walk(&server, concurrency).await;
                let case = format!("lie {nth}, {length} items, concurrency {concurrency}");
                assert_eq!(numbers(&came), Vec::from_iter(0..length), "{case}");
                assert_incomplete(error, length as u64);
            }
        }
    }
}

#[tokio::test]
async fn a_cap_that_is_not_told_loses_nothing() {
    let heads: [fn(Value) -> Value; 2] = [|head| json!({"total": head["total"]}), |_| json!({})];
    for head in heads {
        for length in LENGTHS {
            let server = list(length, 7, head).await;
            let (came, error) = walk_of(&server, 50, 4).await;
            assert!(error.is_none(), "{length}: {error:?}");
            assert_eq!(numbers(&came), Vec::from_iter(0..length));
            assert!(server.asked().len() <= length / 6 + 6);
        }
    }
}

#[tokio::test]
async fn a_cap_of_one_loses_nothing() {
    let server = list(5, 1, |head| head).await;
    let (came, error) = walk(&server, 3).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&came), [0, 1, 2, 3, 4]);
    assert!(server.asked().len() <= 9, "{:?}", server.asked());
}

#[tokio::test]
async fn pages_bigger_than_asked_lose_nothing() {
    let rows = rows(0..95);
    let server = ListServer::new(move |asked| {
        let more = Asked {
            limit: asked.limit.map(|limit| limit * 3),
            ..asked
        };
        json!({"total": 95, "clients": part(&rows, more, 100)})
    })
    .await;
    let (came, error) = walk(&server, 2).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&came), Vec::from_iter(0..95));
    assert!(server.asked().len() <= 8);
}

#[tokio::test]
async fn a_server_that_gives_all_whatever_the_limit_loses_nothing() {
    let all = rows(0..95);
    let server = ListServer::new(
        move |asked| json!({"total": 95, "clients": all.get(asked.offset..).unwrap_or_default()}),
    )
    .await;
    let (came, error) = walk(&server, 4).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&came), Vec::from_iter(0..95));
    assert!(server.asked().len() <= 6);
}

#[tokio::test]
async fn a_server_that_ignores_the_offset_ends_unsettled_and_gives_no_row_twice() {
    for total in [json!(95), json!(10), json!(0), json!(null)] {
        for concurrency in [1, 8] {
            let (rows, total) = (rows(0..10), total.clone());
            let server =
                ListServer::new(move |_| json!({"total": total, "clients": rows.clone()})).await;
            let (came, error) = walk(&server, concurrency).await;
            assert_eq!(numbers(&came), Vec::from_iter(0..10));
            assert_unsettled(error);
            assert!(server.asked().len() < 100 + concurrency * 64);
        }
    }
}

#[tokio::test]
async fn a_page_that_comes_again_and_again_ends_unsettled() {
    let rows = rows(0..95);
    let server = ListServer::new(move |asked| {
        let offset = asked.offset.min(30);
        json!({"total": 95, "clients": part(&rows, Asked { offset, ..asked }, 10)})
    })
    .await;
    let (came, error) = walk(&server, 1).await;
    assert_eq!(numbers(&came), Vec::from_iter(0..40));
    assert_unsettled(error);
    assert!(server.asked().len() < 100);
}

#[tokio::test]
async fn an_empty_page_in_the_middle_is_asked_for_again() {
    for concurrency in [1, 2, 6] {
        let rows = rows(0..95);
        let had = std::sync::atomic::AtomicBool::new(false);
        let server = ListServer::new(move |asked| {
            let empty = asked.offset > 40 && !had.swap(true, std::sync::atomic::Ordering::Relaxed);
            let page = if empty {
                Vec::new()
            } else {
                part(&rows, asked, 10)
            };
            json!({"total": 95, "clients": page})
        })
        .await;
        let (came, error) = walk(&server, concurrency).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(numbers(&came), Vec::from_iter(0..95));
        assert!(server.asked().len() < 40, "{}", server.asked().len());
    }
}

#[tokio::test]
async fn pages_that_stay_empty_from_the_middle_on_end_incomplete() {
    let rows = rows(0..95);
    let server = ListServer::new(move |asked| {
        let page = match asked.offset {
            0..40 => part(&rows, asked, 10),
            _ => Vec::new(),
        };
        json!({"total": 95, "clients": page})
    })
    .await;
    let (came, error) = walk(&server, 1).await;
    let came = numbers(&came);
    assert_eq!(came, Vec::from_iter(0..came.len()));
    assert!(came.len() >= 40);
    assert_incomplete(error, came.len() as u64);
    assert!(server.asked().len() < 200);
}

#[tokio::test]
async fn short_pages_in_the_middle_lose_nothing() {
    let rows = rows(0..95);
    let server = ListServer::new(move |asked| {
        let cap = if asked.offset > 30 { 4 } else { 10 };
        json!({"total": 95, "clients": part(&rows, asked, cap)})
    })
    .await;
    let (came, error) = walk(&server, 1).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&came), Vec::from_iter(0..95));
    assert!(server.asked().len() < 40);
}

#[tokio::test]
async fn rows_without_ids_come_once_each() {
    let nameless: [fn(usize) -> Value; 2] = [
        |number| json!({"name": format!("n{number}")}),
        |number| json!({"id": null, "name": format!("n{number}")}),
    ];
    for row in nameless {
        for concurrency in [1, 5] {
            let rows: Vec<_> = (0..55).map(row).collect();
            let server = ListServer::new(
                move |asked| json!({"total": 55, "clients": part(&rows, asked, 10)}),
            )
            .await;
            let (came, error) = walk(&server, concurrency).await;
            assert!(error.is_none(), "{error:?}");
            let names: Vec<_> = came.into_iter().map(|it| it.name.unwrap()).collect();
            let wanted: Vec<_> = (0..55).map(|number| format!("n{number}")).collect();
            assert_eq!(names, wanted);
        }
    }
}

#[tokio::test]
async fn rows_that_cannot_be_told_apart_end_with_all_of_them_or_unsettled() {
    for row in [
        json!({}),
        json!({"id": "sameCL"}),
        json!({"id": null, "name": "n"}),
    ] {
        for concurrency in [1, 5] {
            let rows = vec![row.clone(); 55];
            let server = ListServer::new(
                move |asked| json!({"total": 55, "clients": part(&rows, asked, 10)}),
            )
            .await;
            let (came, error) = walk(&server, concurrency).await;
            match error {
                None => assert_eq!(came.len(), 55, "{row}"),
                error => assert_unsettled(error),
            }
            assert!(server.asked().len() < 100);
        }
    }
}

#[tokio::test]
async fn an_id_that_two_rows_share_hides_no_other() {
    for (first, second) in [(3, 4), (9, 10), (8, 17), (10, 54)] {
        let mut all = rows(0..55);
        all[second] = all[first].clone();
        let server =
            ListServer::new(move |asked| json!({"total": 55, "clients": part(&all, asked, 10)}))
                .await;
        let (came, error) = walk(&server, 2).await;
        assert!(error.is_none(), "{first} {second}: {error:?}");
        let mut came = numbers(&came);
        came.sort_unstable();
        came.dedup();
        let wanted: Vec<_> = (0..55).filter(|number| *number != second).collect();
        assert_eq!(came, wanted, "{first} {second}");
        assert!(server.asked().len() < 20);
    }
}

#[tokio::test]
async fn rows_made_up_as_they_are_read_end_unsettled() {
    let server = ListServer::new(
        |asked| json!({"total": 20, "clients": rows(asked.offset..asked.offset + 1000)}),
    )
    .await;
    let (came, error) = walk_of(&server, 1000, 1).await;
    assert_eq!(numbers(&came), Vec::from_iter(0..came.len()));
    assert_unsettled(error);
    assert!(server.asked().len() < 150, "{}", server.asked().len());
}
