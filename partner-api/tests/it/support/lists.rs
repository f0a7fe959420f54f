//! Clients and servers for the tests of lists.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use partner_api::prelude::*;
use partner_api::{ItemStream, RetryPolicy};
use partner_hub::Hub;
use serde_json::{Value, json};

/// A client of the emulator that retries immediately, and often enough for any random fault.
pub fn client(hub: &Hub) -> Client {
    Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .retry_policy(quick())
        .build()
        .expect("a client")
}

/// Many retries with almost no backoff.
pub fn quick() -> RetryPolicy {
    let moment = Duration::from_millis(1);
    RetryPolicy::max(20).backoff(moment, moment)
}

/// The clients of the first partner, by id.
pub fn clients(client: &Client, hub: &Hub) -> ItemStream<types::ClientAccount> {
    client.list_clients().partner_id(hub.partner_id()).stream()
}

pub fn id(account: &types::ClientAccount) -> String {
    account
        .id
        .as_ref()
        .map(|it| it.as_str())
        .expect("an id")
        .to_owned()
}

pub fn ids(accounts: &[types::ClientAccount]) -> Vec<String> {
    accounts.iter().map(id).collect()
}

/// The ids of the emulator's current clients, in order.
pub fn sorted_ids(hub: &Hub) -> Vec<String> {
    let mut ids = hub.client_ids(hub.partner_id());
    ids.sort_unstable();
    ids
}

/// The page that a request to a [`ListServer`] asks for.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    pub limit: Option<usize>,
    pub offset: usize,
}

/// A server whose lists are as the test defines them, correct or not.
pub struct ListServer {
    server: MockServer,
    key: String,
    requests: Arc<Mutex<Vec<PageRequest>>>,
}

impl ListServer {
    /// Further requests are rejected, so that no test is endless.
    const MOST: usize = 600;

    pub async fn new(respond: impl Fn(PageRequest) -> Value + Send + Sync + 'static) -> Self {
        static SERVERS: AtomicU64 = AtomicU64::new(0);
        // Mock servers are reused: requests to the previous one do not count.
        let key = format!("key-{}", SERVERS.fetch_add(1, Ordering::Relaxed));
        let server = MockServer::start_async().await;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (record, own_key) = (Arc::clone(&requests), key.clone());
        server
            .mock_async(|when, then| {
                when.header("x-api-key", own_key);
                then.respond_with(move |request| {
                    let number = |name| parameter(request, name)?.parse().ok();
                    let request = PageRequest {
                        limit: number("limit"),
                        offset: number("offset").unwrap_or(0),
                    };
                    let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
                    record.push(request);
                    let (status, body) = match record.len() <= Self::MOST {
                        true => (200, respond(request)),
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
        Self {
            server,
            key,
            requests,
        }
    }

    pub fn client(&self) -> Client {
        Client::with_api_key(self.key.as_str())
            .base_url(self.server.base_url())
            .retry_policy(RetryPolicy::none())
            .build()
            .expect("a client")
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<PageRequest> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.clone()
    }
}

fn parameter(request: &HttpMockRequest, name: &str) -> Option<String> {
    let query = request.query_params();
    let found = query.into_iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value)
}

/// Clients with these numbers as ids.
pub fn items(numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers
        .map(|number| json!({"id": format!("{number:04}CL")}))
        .collect()
}

/// The requested page of a list, at most `cap` items.
pub fn page_of(items: &[Value], request: PageRequest, cap: usize) -> Vec<Value> {
    let most = request.limit.unwrap_or(20).min(cap);
    items
        .iter()
        .skip(request.offset)
        .take(most)
        .cloned()
        .collect()
}
