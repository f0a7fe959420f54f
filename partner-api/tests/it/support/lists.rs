//! What the tests of walks share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use partner_api::prelude::*;
use partner_api::{ItemStream, RetryPolicy};
use partner_hub::Hub;
use serde_json::{Value, json};

/// A client of the hub that repeats at once, and often enough for any fault by chance.
pub fn client(hub: &Hub) -> Client {
    Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .retry_policy(quick())
        .build()
        .expect("a client")
}

/// Many repetitions, without a wait to speak of.
pub fn quick() -> RetryPolicy {
    let moment = Duration::from_millis(1);
    RetryPolicy::max(20).backoff(moment, moment)
}

/// The clients of the first partner, by id.
pub fn clients(client: &Client, hub: &Hub) -> ItemStream<types::ClientAccount> {
    client.list_clients().partner_id(hub.partner_id()).stream()
}

pub fn id(account: &types::ClientAccount) -> String {
    account.id.as_deref().expect("an id").to_owned()
}

pub fn ids(accounts: &[types::ClientAccount]) -> Vec<String> {
    accounts.iter().map(id).collect()
}

/// The ids of the hub's clients now, in order.
pub fn sorted_ids(hub: &Hub) -> Vec<String> {
    let mut ids = hub.client_ids(hub.partner_id());
    ids.sort_unstable();
    ids
}

/// What was asked of a [`ListServer`].
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub limit: Option<usize>,
    pub offset: usize,
}

/// A server whose lists are as the test says, right or wrong.
pub struct ListServer {
    server: MockServer,
    key: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl ListServer {
    /// More requests than this are refused, so that nothing is endless.
    const MOST: usize = 600;

    pub async fn new(answer: impl Fn(Asked) -> Value + Send + Sync + 'static) -> Self {
        static SERVERS: AtomicU64 = AtomicU64::new(0);
        // Mock servers are used again: what was sent to the one before is not counted.
        let key = format!("key-{}", SERVERS.fetch_add(1, Ordering::Relaxed));
        let server = MockServer::start_async().await;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (record, own_key) = (Arc::clone(&asked), key.clone());
        server
            .mock_async(|when, then| {
                when.header("x-api-key", own_key);
                then.respond_with(move |request| {
                    let number = |name| parameter(request, name)?.parse().ok();
                    let asked = Asked {
                        limit: number("limit"),
                        offset: number("offset").unwrap_or(0),
                    };
                    let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
                    record.push(asked);
                    let (status, body) = match record.len() <= Self::MOST {
                        true => (200, answer(asked)),
                        false => (400, json!({"meta": {"developer_message": "endless"}})),
                    };
                    HttpMockResponse::builder()
                        .status(status)
                        .header("content-type", "application/json")
                        .body(body.to_string())
                        .build()
                });
            })
            .await;
        Self { server, key, asked }
    }

    pub fn client(&self) -> Client {
        Client::with_api_key(self.key.as_str())
            .base_url(self.server.base_url())
            .retry_policy(RetryPolicy::none())
            .build()
            .expect("a client")
    }

    /// What it was asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

fn parameter(request: &HttpMockRequest, name: &str) -> Option<String> {
    let query = request.query_params();
    let found = query.into_iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value)
}

/// Clients with these numbers as their ids.
pub fn rows(numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers
        .map(|number| json!({"id": format!("{number:04}CL")}))
        .collect()
}

/// The rows that were asked for, at most `cap` of them.
pub fn part(rows: &[Value], asked: Asked, cap: usize) -> Vec<Value> {
    let most = asked.limit.unwrap_or(20).min(cap);
    rows.iter().skip(asked.offset).take(most).cloned().collect()
}
