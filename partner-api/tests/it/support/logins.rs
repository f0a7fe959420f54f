//! What the tests of logins and credentials share: the emulated hub, one that answers logins as it
//! is told, and a clock that moves on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, Error, RetryPolicy};
use partner_hub::{Fault, Hub, HubBuilder};
use serde_json::Value;
use tokio::task::JoinHandle;

pub const USERNAME: &str = "owner@shop.example";
/// No output may have it.
pub const PASSWORD: &str = "pa55-w0rd\"s3cret";

pub fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A hub with few clients and nothing odd.
pub fn plain() -> HubBuilder {
    Hub::builder().clients(5).anomaly_rate(0.0)
}

/// A login of the hub's user; nothing waits long before it is repeated.
pub fn login(hub: &Hub) -> ClientBuilder {
    Client::with_login(hub.username(), hub.password())
        .base_url(hub.url())
        .retry_policy(quick())
}

/// Three repetitions, a moment after each other.
pub fn quick() -> RetryPolicy {
    RetryPolicy::max(3).backoff(millis(1), millis(5))
}

/// Any call that is safe to send twice.
pub async fn get(client: &Client, hub: &Hub) -> Result<(), Error> {
    get_with(client, hub, CallOptions::new()).await
}

pub async fn get_with(client: &Client, hub: &Hub, options: CallOptions) -> Result<(), Error> {
    let call = client.get_partner().partner_id(hub.partner_id());
    call.send_with(options).await.map(drop)
}

pub async fn get_partner(client: &Client, partner_id: &str) -> Result<(), Error> {
    let call = client.get_partner().partner_id(partner_id);
    call.send().await.map(drop)
}

/// The call that is never sent twice.
pub async fn approve(client: &Client, hub: &Hub, id: &str) -> Result<(), Error> {
    let call = client.approve_partner_change_request();
    let call = call.partner_id(hub.partner_id()).pcr_id(id);
    call.send().await.map(drop)
}

/// A change request that waits for its approval.
pub fn change_request(hub: &Hub) -> String {
    let request = types::PartnerChangeRequest {
        source_client_id: Some(hub.client_ids(hub.partner_id()).remove(0).into()),
        target_partner_id: Some(hub.partner_id().into()),
        is_full_migration: Some(true),
        ..Default::default()
    };
    hub.insert_change_request(request).unwrap()
}

/// The status of a change request, as the hub has it.
pub fn status_of(hub: &Hub, id: &str) -> Option<String> {
    let mut requests = hub.change_requests(hub.partner_id()).into_iter();
    let request = requests.find(|request| request.id.as_deref() == Some(id))?;
    Some(request.status?.to_string())
}

/// Any call, in a task of its own.
pub fn spawn_get(client: &Client, hub: &Hub) -> JoinHandle<Result<(), Error>> {
    let (client, partner) = (client.clone(), hub.partner_id().to_owned());
    tokio::spawn(async move {
        let call = client.get_partner().partner_id(partner);
        call.send().await.map(drop)
    })
}

/// Sends the same call so many times at once, and returns the errors of those that failed.
pub async fn failures_of(client: &Client, hub: &Hub, calls: usize) -> Vec<Error> {
    let calls: Vec<_> = (0..calls).map(|_| spawn_get(client, hub)).collect();
    let mut failures = Vec::new();
    for call in calls {
        failures.extend(call.await.unwrap().err());
    }
    failures
}

/// Logs in as another process would that knows nothing of this one: its token ends ours.
pub async fn log_in_elsewhere(hub: &Hub) {
    get(&login(hub).build().unwrap(), hub).await.unwrap();
}

/// The answer comes so many milliseconds later.
pub fn slow(ms: u64) -> Fault {
    Fault::Latency { ms, jitter_ms: 0 }
}

/// Waits until something is so, for as long as a slow machine may need.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(millis(2)).await;
    }
}

/// Moves the clock of the client and the hub; nothing may be under way. On a runtime of one thread.
pub async fn later(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

/// An answer of this status with this body.
pub fn answer(status: u16, content_type: &str, body: impl Into<String>) -> HttpMockResponse {
    HttpMockResponse::builder()
        .status(status)
        .header("content-type", content_type)
        .body(body.into())
        .build()
}

pub fn json(status: u16, body: &Value) -> HttpMockResponse {
    answer(status, "application/json", body.to_string())
}

/// A hub whose answers are told, to logins and to everything else.
pub struct Scripted {
    server: MockServer,
    logins: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
}

impl Scripted {
    /// `answer_login` is told how many logins there were before. Every call is answered, whatever
    /// token it has.
    pub async fn logins(
        answer_login: impl Fn(usize) -> HttpMockResponse + Send + Sync + 'static,
    ) -> Self {
        let partner = serde_json::json!({"id": "Kq3vTzPA"});
        Self::new(
            move |nth, _| answer_login(nth),
            move |_| json(200, &partner),
        )
        .await
    }

    pub async fn new(
        answer_login: impl Fn(usize, &HttpMockRequest) -> HttpMockResponse + Send + Sync + 'static,
        answer_call: impl Fn(&HttpMockRequest) -> HttpMockResponse + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start_async().await;
        let (logins, calls) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted_logins, counted_calls) = (Arc::clone(&logins), Arc::clone(&calls));
        server
            .mock_async(|when, then| {
                when.any_request();
                then.respond_with(move |request| {
                    if request.uri().path().ends_with("/api/v2/token") {
                        answer_login(counted_logins.fetch_add(1, Ordering::SeqCst), request)
                    } else {
                        counted_calls.fetch_add(1, Ordering::SeqCst);
                        answer_call(request)
                    }
                });
            })
            .await;
        Self {
            server,
            logins,
            calls,
        }
    }

    pub fn url(&self) -> String {
        self.server.base_url()
    }

    /// A client that logs in there and sends each request once.
    pub fn login(&self) -> ClientBuilder {
        Client::with_login(USERNAME, PASSWORD)
            .base_url(self.url())
            .retry_policy(RetryPolicy::none())
    }

    pub fn client(&self) -> Client {
        self.login().build().unwrap()
    }

    /// How many logins there were.
    pub fn login_count(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }

    /// How many other requests there were.
    pub fn call_count(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Any call to a hub that is told its answers.
pub async fn fetch(client: &Client) -> Result<(), Error> {
    let call = client.get_partner().partner_id("Kq3vTzPA");
    call.send().await.map(drop)
}

/// An error and all that caused it, as a program may print it.
pub fn all_of(error: &Error) -> String {
    let mut text = format!("{error:?}\n{error:#?}\n{:?}", error.meta());
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        text += &format!("\n{error}\n{error:#}\n{error:?}");
        cause = error.source();
    }
    text
}
