//! Clients and servers for the tests of logins and credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, Error, ErrorKind, RetryPolicy};
use partner_hub::{Fault, Hub, HubBuilder, RecordedRequest};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinHandle;

pub const USERNAME: &str = "owner@shop.example";
/// It must not appear in any output.
pub const PASSWORD: &str = "pa55-w0rd\"s3cret";

/// Waits until no other test has a thousand concurrent calls: both ends of each connection are
/// files of this process.
pub async fn crowd() -> MutexGuard<'static, ()> {
    static CROWD: Mutex<()> = Mutex::const_new(());
    let files = rlimit::increase_nofile_limit(4_096).unwrap();
    assert!(files >= 2_500, "only {files} files can be open");
    CROWD.lock().await
}

pub fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// An emulator with few clients and no anomalies.
pub fn plain() -> HubBuilder {
    Hub::builder().clients(5).anomaly_rate(0.0)
}

/// A login of the emulator's user, with a short backoff.
pub fn login(hub: &Hub) -> ClientBuilder {
    Client::with_login(hub.username(), hub.password())
        .base_url(hub.url())
        .retry_policy(quick())
}

/// Three retries with a short backoff.
pub fn quick() -> RetryPolicy {
    RetryPolicy::max(3).backoff(millis(1), millis(5))
}

/// An idempotent call.
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

/// The call that is not idempotent.
pub async fn approve(client: &Client, hub: &Hub, id: &str) -> Result<(), Error> {
    let call = client.approve_partner_change_request();
    let call = call.partner_id(hub.partner_id()).pcr_id(id);
    call.send().await.map(drop)
}

/// A new change request.
pub fn change_request(hub: &Hub) -> String {
    let request = types::PartnerChangeRequest {
        source_client_id: Some(hub.client_ids(hub.partner_id()).remove(0).into()),
        target_partner_id: Some(hub.partner_id().into()),
        is_full_migration: Some(true),
        ..Default::default()
    };
    hub.insert_change_request(request).unwrap()
}

/// The status of a change request in the emulator.
pub fn status_of(hub: &Hub, id: &str) -> Option<String> {
    let mut requests = hub.change_requests(hub.partner_id()).into_iter();
    let request = requests.find(|request| request.id.as_ref().map(|it| it.as_str()) == Some(id))?;
    Some(request.status?.to_string())
}

/// An idempotent call in its own task.
pub fn spawn_get(client: &Client, hub: &Hub) -> JoinHandle<Result<(), Error>> {
    let (client, partner) = (client.clone(), hub.partner_id().to_owned());
    tokio::spawn(async move {
        let call = client.get_partner().partner_id(partner);
        call.send().await.map(drop)
    })
}

/// Sends this many concurrent calls, and returns the errors of those that failed.
pub async fn failures_of(client: &Client, hub: &Hub, calls: usize) -> Vec<Error> {
    let calls: Vec<_> = (0..calls).map(|_| spawn_get(client, hub)).collect();
    let mut failures = Vec::new();
    for call in calls {
        failures.extend(call.await.unwrap().err());
    }
    failures
}

/// The number of 401s that the emulator has sent.
pub fn rejections(hub: &Hub) -> usize {
    let requests = hub.requests().into_iter();
    let rejected = requests.filter(|request| request.status == Some(401));
    rejected.count()
}

/// Logs in as an unrelated process would, which revokes our token.
pub async fn log_in_elsewhere(hub: &Hub) {
    get(&login(hub).build().unwrap(), hub).await.unwrap();
}

/// Delays the response by this many milliseconds.
pub fn slow(ms: u64) -> Fault {
    Fault::Latency { ms, jitter_ms: 0 }
}

/// Waits until a condition holds, for as long as a slow machine may need.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(millis(2)).await;
    }
}

/// Advances the clock of the client and the emulator, on a runtime of one thread. No request may
/// be in flight.
pub async fn later(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

/// A response with this status and body.
pub fn response(status: u16, content_type: &str, body: impl Into<String>) -> HttpMockResponse {
    HttpMockResponse::builder()
        .status(status)
        .header("content-type", content_type)
        .body(body.into())
        .build()
}

pub fn json(status: u16, body: &Value) -> HttpMockResponse {
    response(status, "application/json", body.to_string())
}

/// A server with scripted responses, to logins and to everything else.
pub struct Scripted {
    server: MockServer,
    logins: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
}

impl Scripted {
    /// `respond_to_login` gets the number of earlier logins. Every call succeeds, whatever its token.
    pub async fn logins(
        respond_to_login: impl Fn(usize) -> HttpMockResponse + Send + Sync + 'static,
    ) -> Self {
        let partner = serde_json::json!({"id": "Kq3vTzPA"});
        Self::new(
            move |nth, _| respond_to_login(nth),
            move |_| json(200, &partner),
        )
        .await
    }

    pub async fn new(
        respond_to_login: impl Fn(usize, &HttpMockRequest) -> HttpMockResponse + Send + Sync + 'static,
        respond_to_call: impl Fn(&HttpMockRequest) -> HttpMockResponse + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start_async().await;
        let (logins, calls) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted_logins, counted_calls) = (Arc::clone(&logins), Arc::clone(&calls));
        server
            .mock_async(|when, then| {
                when.any_request();
                then.respond_with(move |request| {
                    if request.uri().path().ends_with("/api/v2/token") {
                        respond_to_login(counted_logins.fetch_add(1, Ordering::SeqCst), request)
                    } else {
                        counted_calls.fetch_add(1, Ordering::SeqCst);
                        respond_to_call(request)
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

    /// The number of logins so far.
    pub fn login_count(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }

    /// The number of other requests so far.
    pub fn call_count(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// The source of a call's error: the error of its login.
#[track_caller]
pub fn cause(error: &Error) -> &Error {
    match error.kind() {
        ErrorKind::Login(login) => login,
        other => panic!("not a failed login: {other:?}"),
    }
}

/// A response to a login.
pub fn granted(token: &Value, expires_in: Option<Value>) -> HttpMockResponse {
    let mut body = json!({"access_token": token, "token_type": "Bearer"});
    if let (Some(body), Some(expires_in)) = (body.as_object_mut(), expires_in) {
        body.insert("expires_in".to_owned(), expires_in);
    }
    json(200, &body)
}

pub const HOUR: Duration = Duration::from_secs(3600);

pub async fn hourly() -> Hub {
    plain().token_lifetime(HOUR).start().await.unwrap()
}

pub fn is_login(request: &RecordedRequest) -> bool {
    request.operation.as_deref() == Some("token")
}
