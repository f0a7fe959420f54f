//! Tests of the lists of `lists.json`, which `it/other_apis.rs` runs in a copy of the crate.

#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, Mutex};

use httpmock::{HttpMockResponse, MockServer};
use partner_api::mock::MockServerExt as _;
use partner_api::prelude::*;
use serde_json::{Value, json};

/// A server with a list, and the targets of the requests it received.
struct Server {
    server: MockServer,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server that returns the requested part of the list in the shape that `response` gives it.
    fn with(rows: Vec<Value>, response: fn(usize, &[Value]) -> Value) -> Self {
        let server = MockServer::start();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        server.mock(|when, then| {
            when.any_request();
            then.respond_with(move |request| {
                let target = request.uri().path_and_query().unwrap().to_string();
                record.lock().unwrap().push(target);
                let number = |name: &str| -> usize {
                    let query = request.query_params();
                    let found = query.iter().find(|(key, _)| key == name);
                    found.map_or(0, |(_, value)| value.parse().unwrap())
                };
                let from = number("offset").min(rows.len());
                let to = (from + number("limit")).min(rows.len());
                HttpMockResponse::builder()
                    .status(200)
                    .header("content-type", "application/json")
                    .body(response(rows.len(), &rows[from..to]).to_string())
                    .build()
            });
        });
        Self { server, seen }
    }

    fn client(&self) -> Client {
        Client::with_api_key("key")
            .base_url(self.server.base_url())
            .build()
            .unwrap()
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn items_under_another_name_with_numeric_ids_are_read_with_an_overlap() {
    let rows = (0..12).map(|id| json!({"id": id})).collect();
    let server = Server::with(rows, |total, rows| json!({"total": total, "entries": rows}));
    let client = server.client();
    let list = client.list_invoices().paid(true).limit(5);
    let came: Vec<_> = list.stream().concurrency(1).try_collect().await.unwrap();
    let came: Vec<_> = came.iter().map(|invoice| invoice.id.unwrap()).collect();
    assert_eq!(came, Vec::from_iter(0..12));
    let query = |offset| format!("/invoices?limit=5&offset={offset}&paid=true");
    assert_eq!(server.seen(), [query(0), query(4), query(8)]);
}

#[tokio::test]
async fn a_page_in_an_envelope_is_read() {
    let rows = (0..12).map(|id| json!({"id": format!("c{id}")})).collect();
    let server = Server::with(rows, |total, rows| {
        let page = json!({"total": total, "limit": 5, "items": rows});
        json!({"meta": {"trace": "t"}, "status_code": 200, "data": page})
    });
    let client = server.client();
    let list = client.list_cards().owner("o").limit(5);
    let pages: Vec<_> = list.pages().try_collect().await.unwrap();
    let came = pages.iter().flat_map(|page| &page.items);
    let came: Vec<_> = came
        .map(|card| card.id.clone().unwrap().to_string())
        .collect();
    let wanted: Vec<_> = (0..12).map(|id| format!("c{id}")).collect();
    assert_eq!(came, wanted);
    assert!(pages.iter().all(|page| page.total == Some(12)));

    let without = Server::with(Vec::new(), |_, _| json!({"status_code": 200, "data": null}));
    let client = without.client();
    let mut list = client.list_cards().owner("o").limit(5).stream();
    let error = list.try_next().await.unwrap_err();
    assert!(
        matches!(error.kind(), partner_api::ErrorKind::Decode { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn items_without_an_id_are_read_by_offset() {
    let rows = (0..12)
        .map(|line| json!({"text": line.to_string()}))
        .collect();
    let server = Server::with(rows, |total, rows| json!({"total": total, "lines": rows}));
    let client = server.client();
    let list = client.list_log_lines().limit(5);
    let came: Vec<_> = list.stream().concurrency(1).try_collect().await.unwrap();
    let came: Vec<_> = came.iter().map(|line| line.text.clone().unwrap()).collect();
    let wanted: Vec<_> = (0..12).map(|line| line.to_string()).collect();
    assert_eq!(came, wanted);
    let query = |offset| format!("/log?limit=5&offset={offset}");
    assert_eq!(server.seen(), [query(0), query(5), query(10)]);
}

#[tokio::test]
async fn a_typed_mock_responds_with_any_page_whatever_its_shape() {
    let server = MockServer::start();
    let invoices: Vec<types::Invoice> = (0..12)
        .map(|id| serde_json::from_value(json!({"id": id})).unwrap())
        .collect();
    let cards: Vec<types::Card> = (0..12)
        .map(|id| serde_json::from_value(json!({"id": format!("c{id}")})).unwrap())
        .collect();
    server.list_invoices(|_, then| drop(then.items(invoices.clone())));
    server.list_cards(|when, then| {
        when.owner("o");
        then.items(cards.clone());
    });
    server.list_log_lines(|_, then| drop(then.error(503, "No logs")));
    let client = Client::with_api_key("key")
        .base_url(server.base_url())
        .retry_policy(partner_api::RetryPolicy::none())
        .build()
        .unwrap();
    let walk = client.list_invoices().limit(5).stream();
    let came: Vec<_> = walk.try_collect().await.unwrap();
    assert_eq!(came, invoices);
    let walk = client.list_cards().owner("o").limit(5).stream();
    let came: Vec<_> = walk.try_collect().await.unwrap();
    assert_eq!(came, cards);
    let error = client.list_log_lines().limit(5).send().await.unwrap_err();
    assert!(error.to_string().contains("No logs"), "{error}");
}
