//! Lists that no page documents.

use std::collections::{BTreeSet, HashSet};

use fastrand::Rng;
use partner_api::prelude::*;
use partner_api::reqwest::header::{HeaderName, HeaderValue};
use partner_api::{CallOptions, Cursor, ErrorKind, RequestBuilder};
use partner_hub::Hub;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::lists::{ListServer, PageRequest, client, items, page_of, sorted_ids};
use crate::support::mock_api::MockApi;

const CLIENTS: &str = "/api/v2/partners/{partner_id}/clients";

fn clients<'a>(client: &'a Client, hub: &Hub) -> RequestBuilder<'a> {
    let request = client.request(Method::GET, CLIENTS);
    let request = request.path("partner_id", hub.partner_id());
    request.query("sort", "id")
}

fn channels(client: &Client) -> RequestBuilder<'_> {
    let request = client.request(Method::GET, "/partners/{partner_id}/channels");
    request.path("partner_id", "abcPA")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_that_exist_throughout_come_once_and_in_order() {
    for concurrency in [1, 3, 8] {
        let hub = Hub::builder().clients(1000).anomaly_rate(0.0).start().await;
        let hub = hub.unwrap();
        let client = client(&hub);
        let before = sorted_ids(&hub);
        let mut random = Rng::with_seed(concurrency as u64);
        let request = clients(&client, &hub).query("limit", 50);
        let mut stream = request.list::<Value>("clients").stream();
        stream = stream.concurrency(concurrency);
        let mut came = Vec::new();
        while let Some(account) = stream.try_next().await.unwrap() {
            came.push(account["id"].as_str().unwrap().to_owned());
            match random.u32(0..20) {
                0 => drop(hub.insert_client(types::ClientAccount::default())),
                1 => {
                    let ids = hub.client_ids(hub.partner_id());
                    hub.remove_client(&ids[random.usize(..ids.len())]);
                }
                _ => {}
            }
        }
        let now: HashSet<_> = sorted_ids(&hub).into_iter().collect();
        let throughout: Vec<_> = before.iter().filter(|id| now.contains(*id)).collect();
        let wanted: HashSet<_> = throughout.iter().copied().collect();
        let of_those: Vec<_> = came.iter().filter(|id| wanted.contains(id)).collect();
        assert!(throughout.len() > 900);
        assert_eq!(of_those, throughout, "concurrency {concurrency}");
        assert_eq!(came.iter().collect::<HashSet<_>>().len(), came.len());
    }
}

#[tokio::test]
async fn the_ids_of_a_response_count_for_any_type() {
    #[derive(Debug, Deserialize)]
    struct Named {
        name: String,
    }

    // All items are equal for this type, and an item is removed from the start after each page.
    let all: Vec<Value> = (0..40)
        .map(|id| json!({"id": id, "name": "same"}))
        .collect();
    let pages = std::sync::atomic::AtomicUsize::new(0);
    let server = ListServer::new(move |request| {
        let removed = pages.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let all = &all[removed.min(10)..];
        json!({"items": page_of(all, request, 10), "total": all.len()})
    })
    .await;
    let client = server.client();
    let list = channels(&client).list::<Named>("items");
    let names: Vec<Named> = list.stream().concurrency(1).try_collect().await.unwrap();
    assert_eq!(names.len(), 40);
    assert!(names.iter().all(|item| item.name == "same"));
}

#[tokio::test]
async fn items_without_ids_are_read_by_their_offsets() {
    for item in [
        json!({"currency": "EUR"}),
        json!("EUR"),
        json!(7),
        json!({"id": null}),
        json!([1]),
    ] {
        let mut all = vec![item; 25];
        // Only equal pages count as a list that repeats.
        (all[10], all[20]) = (json!("b"), json!("c"));
        let expected = all.clone();
        let server = ListServer::new(
            move |request| json!({"balances": page_of(&all, request, 10), "total": all.len()}),
        )
        .await;
        let client = server.client();
        let request = channels(&client).query("limit", 10);
        let stream = request.list::<Value>("balances").stream();
        let given: Vec<_> = stream.try_collect().await.unwrap();
        assert_eq!(given, expected);
        // Pages that are fetched concurrently arrive in any order.
        let offsets: BTreeSet<_> = server.requests().iter().map(|it| it.offset).collect();
        assert_eq!(offsets, [0, 10, 20].into(), "without an overlap");
    }
}

#[tokio::test]
async fn a_short_page_of_items_without_ids_loses_nothing() {
    let all: Vec<Value> = (0..40).map(|number| json!({"total": number})).collect();
    let expected = all.clone();
    for concurrency in [1, 4] {
        let all = all.clone();
        let server = ListServer::new(move |request: PageRequest| {
            let cap = if request.offset == 10 { 7 } else { 10 };
            json!({"balances": page_of(&all, request, cap), "total": all.len()})
        })
        .await;
        let client = server.client();
        let stream = channels(&client).list::<Value>("balances").stream();
        let stream = stream.concurrency(concurrency);
        let given: Vec<_> = stream.try_collect().await.unwrap();
        assert_eq!(given, expected, "concurrency {concurrency}");
    }
}

#[tokio::test]
async fn limit_and_offset_of_the_query_are_those_of_the_pages() {
    let all = items(0..30);
    let server = ListServer::new(move |request| {
        json!({"partner_channels": page_of(&all, request, 100), "total": 30, "count": 7})
    })
    .await;
    let client = server.client();
    let request = channels(&client).query("limit", 10).query("offset", 5);
    let mut pages = request.list::<Value>("partner_channels").pages();
    let first = pages.try_next().await.unwrap().unwrap();
    assert_eq!((first.items.len(), first.offset), (10, 5));
    assert_eq!((first.total, first.next_offset), (Some(30), 15));
    let rest: Vec<_> = pages.try_collect().await.unwrap();
    let rest: usize = rest.iter().map(|page| page.items.len()).sum();
    assert_eq!(rest, 15);
    assert!(server.requests().iter().all(|it| it.limit == Some(10)));
}

#[tokio::test]
async fn every_page_has_the_arguments_of_the_request() {
    let pages = [(0, 2), (1, 2), (2, 1)]
        .map(|(from, count)| json!({"partner_channels": items(from..from + count), "total": 3}));
    let api = MockApi::each(&pages).await;
    let client = api.client();
    let request = channels(&client)
        .query("filters", json!({"status": "running"}))
        .query("limit", 2)
        .header("x-tag", "a");
    let stream = request.list::<Value>("partner_channels").stream();
    let given: Vec<_> = stream.concurrency(1).try_collect().await.unwrap();
    assert_eq!(given, items(0..3));
    let requests = api.requests();
    for (request, offset) in requests.iter().zip(["0", "1", "2"]) {
        let mut expected = api
            .expected("GET", "/partners/abcPA/channels")
            .query("filters", r#"{"status":"running"}"#)
            .query("limit", "2")
            .query("offset", offset);
        expected.headers.push(("x-tag".into(), "a".into()));
        assert_eq!(*request, expected);
    }
}

#[tokio::test]
async fn a_list_can_be_read_with_another_method() {
    let page = json!({"items": items(0..2), "total": 2, "limit": 10});
    let api = MockApi::json(200, &page).await;
    let client = api.client();
    let search = client
        .request(Method::POST, "/search")
        .json(json!({"q": "x"}));
    let list = search
        .idempotent(true)
        .list::<types::ClientAccount>("items");
    let given: Vec<_> = list.stream().try_collect().await.unwrap();
    assert_eq!(given.len(), 2);
    let request = &api.requests()[0];
    assert_eq!(
        (&*request.method, &request.body),
        ("POST", &Some(json!({"q": "x"})))
    );
}

#[tokio::test]
async fn a_response_without_the_list_is_an_error_that_names_it() {
    let api = MockApi::json(200, &json!({"channels": [], "total": 0})).await;
    let client = api.client();
    let mut stream = channels(&client).list::<Value>("partner_channels").stream();
    let error = stream.try_next().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Decode { .. }),
        "{error:?}"
    );
    let name = "GET /partners/{partner_id}/channels";
    assert_eq!(error.operation(), Some(name));
    let expected = "missing field `partner_channels`";
    assert!(error.to_string().contains(expected), "{error}");

    let page = json!({"partner_channels": [{"id": "a"}, {"id": 5}], "total": 2});
    let api = MockApi::json(200, &page).await;
    let client = api.client();
    #[derive(Debug, Deserialize)]
    struct Strict {
        #[allow(dead_code, reason = "only deserialised")]
        id: u8,
    }
    let mut stream = channels(&client)
        .list::<Strict>("partner_channels")
        .stream();
    let error = stream.try_next().await.unwrap_err().to_string();
    assert!(error.contains("at `partner_channels[0].id`"), "{error}");
}

#[tokio::test]
async fn options_of_a_stream_are_added_to_those_of_the_request() {
    let page = json!({"items": items(0..2), "total": 2, "limit": 10});
    let api = MockApi::json(200, &page).await;
    let client = api.client();
    let name = HeaderName::from_static("x-stream");
    let options = CallOptions::new().header(name, HeaderValue::from_static("b"));
    let request = client
        .request(Method::POST, "/search")
        .header("x-request", "a");
    let list = request.idempotent(true).list::<Value>("items");
    let given: Vec<_> = list.stream().options(options).try_collect().await.unwrap();
    assert_eq!(given.len(), 2);
    let headers = &api.requests()[0].headers;
    assert!(headers.contains(&("x-request".into(), "a".into())));
    assert!(headers.contains(&("x-stream".into(), "b".into())));
}

#[tokio::test]
async fn a_list_is_resumed_after_it_has_changed() {
    let hub = Hub::builder().clients(95).anomaly_rate(0.0);
    let hub = hub.page_size(20, 20).start().await.unwrap();
    let client = client(&hub);
    let before = sorted_ids(&hub);
    let pages = || clients(&client, &hub).list::<Value>("clients").pages();
    let id = |account: &Value| account["id"].as_str().unwrap().to_owned();

    let mut reading = pages();
    let mut came = Vec::new();
    let first = reading.try_next().await.unwrap().unwrap();
    came.extend(first.items.iter().map(id));
    let cursor = serde_json::to_string(&first.cursor()).unwrap();
    drop(reading);
    for removed in [2, 3, 19] {
        assert!(hub.remove_client(&before[removed]));
    }
    let cursor: Cursor = serde_json::from_str(&cursor).unwrap();
    let rest: Vec<_> = pages().resume(cursor.clone()).try_collect().await.unwrap();
    came.extend(rest.iter().flat_map(|page| page.items.iter().map(id)));
    assert_eq!(came, before);

    let other = clients(&client, &hub).query("q", "x");
    let error = other.list::<Value>("clients").pages().resume(cursor);
    let error = error.try_collect::<Vec<_>>().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("cursor: is of a list with other filters"),
        "{error}"
    );
}
