//! Defects of the past, each with the correct behaviour.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::reqwest::header::{HeaderName, HeaderValue};
use partner_api::{CallOptions, ErrorKind, RateLimit, RetryPolicy};
use partner_hub::{ErrorBody, Fault, Hub, RetryAfter};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::support::calls::{APPROVAL, Subject, call, fetch, hub, send};
use crate::support::captured::Captured;
use crate::support::raw_server::{Server, Then};

const TINY: Duration = Duration::from_millis(1);
const SHORT: Duration = Duration::from_millis(200);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn client(hub: &Hub) -> partner_api::ClientBuilder {
    Client::with_api_key(hub.api_key()).base_url(hub.url())
}

#[tokio::test]
async fn a_timeout_can_be_unlimited() {
    let hub = hub().await;
    let client = client(&hub)
        .attempt_timeout(Duration::MAX)
        .timeout(Duration::MAX)
        .build()
        .unwrap();
    send(&client, &hub, "get_partner").await.unwrap();
}

#[tokio::test]
async fn the_period_of_a_rate_limit_can_be_unlimited() {
    let hub = hub().await;
    let limit = RateLimit::new(1, Duration::MAX);
    let client = client(&hub).rate_limit(limit).build().unwrap();
    send(&client, &hub, "get_partner").await.unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::ClientThrottled(_)),
        "{error:?}"
    );
}

fn asking(status: u16, seconds: u64) -> Fault {
    Fault::Status {
        status,
        retry_after: Some(RetryAfter::Seconds(seconds)),
        body: ErrorBody::Envelope,
    }
}

#[tokio::test]
async fn no_retry_after_of_a_login_causes_a_storm() {
    let hub = hub().await;
    hub.fault(asking(503, u64::MAX).on("token")).unwrap();
    let client = Client::with_login(hub.username(), hub.password())
        .base_url(hub.url())
        .timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    assert_eq!(hub.count("token"), 1, "{error}");
    assert!(matches!(error.kind(), ErrorKind::Login(_)), "{error:?}");
}

#[tokio::test]
async fn no_retry_after_causes_a_panic() {
    let hub = hub().await;
    hub.fault(asking(429, u64::MAX)).unwrap();
    let client = client(&hub)
        .retry_policy(RetryPolicy::default().max_retry_after(Duration::MAX))
        .build()
        .unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    assert!(error.is_rate_limited(), "{error:?}");
}

/// Starts this many concurrent calls, and returns when each ended, in seconds of a paused clock.
async fn ends(
    builder: partner_api::ClientBuilder,
    hub: &Hub,
    operations: impl IntoIterator<Item = &'static str>,
) -> Vec<(&'static str, u64)> {
    let ends = Arc::new(Mutex::new(Vec::new()));
    let (record, start) = (Arc::clone(&ends), Instant::now());
    let client = builder
        .connect_timeout(DAY)
        .attempt_timeout(DAY)
        .timeout(DAY)
        .on_attempt(move |attempt| {
            let end = (attempt.operation, start.elapsed().as_secs());
            record.lock().unwrap().push(end);
        })
        .build()
        .unwrap();
    let mut calls = JoinSet::new();
    for operation in operations {
        let (client, subject) = (client.clone(), Subject::of(hub));
        calls.spawn(async move { call(&client, &subject, operation, CallOptions::new()).await });
    }
    while let Some(result) = calls.join_next().await {
        result.unwrap().unwrap();
    }
    let ends = ends.lock().unwrap();
    ends.clone()
}

#[track_caller]
fn assert_kept(ends: &[(&str, u64)], operation: Option<&str>, requests: usize, period: u64) {
    let ends: Vec<u64> = ends
        .iter()
        .filter(|(id, _)| operation.is_none_or(|operation| operation == *id))
        .map(|(_, second)| *second)
        .collect();
    for window in ends.windows(requests + 1) {
        let apart = window[requests] - window[0];
        assert!(apart >= period, "{} in {apart} s: {ends:?}", requests + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_holds_after_a_pause() {
    let hub = hub().await;
    hub.fault(asking(429, 50).on("get_partner").times(1))
        .unwrap();
    let limit = RateLimit::new(1, Duration::from_secs(10));
    let calls = ["get_partner"].into_iter().chain(["list_clients"; 9]);
    let ends = ends(client(&hub).rate_limit(limit), &hub, calls).await;
    assert_kept(&ends, None, 1, 10);
}

#[tokio::test(start_paused = true)]
async fn both_rate_limits_hold_together() {
    let hub = hub().await;
    let seconds = Duration::from_secs;
    let builder = client(&hub)
        .rate_limit(RateLimit::new(3, seconds(100)))
        .operation_rate_limit("get_partner", RateLimit::new(1, seconds(10)));
    let calls = ["list_clients"; 3].into_iter().chain(["get_partner"; 3]);
    let ends = ends(builder, &hub, calls).await;
    assert_kept(&ends, Some("get_partner"), 1, 10);
}

#[tokio::test]
async fn a_retry_without_a_slot_returns_the_servers_error() {
    let hub = hub().await;
    hub.fault(Fault::status(503)).unwrap();
    let client = client(&hub)
        .retry_policy(RetryPolicy::default().backoff(TINY, TINY))
        .rate_limit(RateLimit::new(1, Duration::from_secs(3600)))
        .build()
        .unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    assert_eq!(
        error.status().map(|status| status.as_u16()),
        Some(503),
        "{error}"
    );
}

#[tokio::test]
async fn a_stalled_error_body_hides_no_status() {
    let head = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\n{".to_vec();
    let server = Server::start([head], Then::Stall).await;
    let client = Client::with_api_key("key")
        .base_url(server.url())
        .attempt_timeout(SHORT)
        .build()
        .unwrap();
    let call = client.approve_partner_change_request().partner_id("a");
    let error = call.pcr_id("b").send().await.unwrap_err();
    assert_eq!(
        error.status().map(|status| status.as_u16()),
        Some(403),
        "{error}"
    );
    assert!(!error.is_outcome_unknown());
}

#[tokio::test]
async fn an_attempt_ended_by_the_timeout_is_observed() {
    let server = Server::start([], Then::Stall).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let attempts = Arc::clone(&seen);
    let client = Client::with_api_key("key")
        .base_url(server.url())
        .timeout(SHORT)
        .on_attempt(move |attempt| attempts.lock().unwrap().push(attempt.number))
        .build()
        .unwrap();
    let call = client.get_partner().partner_id("a");
    assert_eq!(call.send().await.unwrap_err().attempts(), 1);
    assert_eq!(*seen.lock().unwrap(), [1]);
}

/// The field `error.type` of a call's span.
async fn error_type(client: &Client) -> Option<String> {
    let (captured, _guard) = Captured::start();
    let call = client.get_partner().partner_id("Kq3vTzPA");
    call.send().await.unwrap_err();
    let spans = captured.spans();
    spans[0].field("error.type").map(str::to_owned)
}

#[tokio::test]
async fn a_response_that_cannot_be_decoded_is_traced_as_an_error() {
    let server = Server::sending("200 OK", "no JSON").await;
    let client = Client::with_api_key("key").base_url(server.url());
    let reported = error_type(&client.build().unwrap()).await;
    assert!(reported.is_some());
}

#[tokio::test]
async fn a_response_that_is_too_large_or_breaks_is_not_an_error_of_type_200() {
    let server = Server::sending("200 OK", "[1, 2, 3]").await;
    let client = Client::with_api_key("key").base_url(server.url());
    let reported = error_type(&client.max_response_bytes(3).build().unwrap()).await;
    assert_ne!(reported.as_deref(), Some("200"));
    let server = Server::sending("200 OK\r\ncontent-length: 99", "{").await;
    let client = Client::with_api_key("key").base_url(server.url());
    let reported = error_type(&client.retry_policy(RetryPolicy::none()).build().unwrap()).await;
    assert_ne!(reported.as_deref(), Some("200"));
}

#[tokio::test]
async fn a_request_that_was_not_sent_is_not_a_connection_error() {
    let client = Client::with_credentials(|| async { Err("the vault is closed".into()) });
    let reported = error_type(&client.build().unwrap()).await;
    assert_ne!(reported.as_deref(), Some("connection"));
}

#[test]
fn the_debug_output_of_options_hides_credentials() {
    for name in ["x-api-key", "authorization"] {
        let options = CallOptions::new().header(
            HeaderName::from_static(name),
            HeaderValue::from_static("s3cret"),
        );
        assert!(!format!("{options:?}").contains("s3cret"), "{options:?}");
    }
}

#[tokio::test]
async fn a_redirected_approval_has_an_unknown_outcome() {
    let hub = hub().await;
    let redirect = Fault::Redirect {
        location: "https://example.com".to_owned(),
        status: 303,
    };
    hub.fault(redirect.on(APPROVAL).after_work()).unwrap();
    let client = client(&hub).build().unwrap();
    let subject = Subject::of(&hub);
    let error = call(&client, &subject, APPROVAL, CallOptions::new())
        .await
        .unwrap_err();
    assert!(subject.is_approved(&hub));
    assert!(error.is_outcome_unknown(), "{error}");
}

#[tokio::test]
async fn an_overlong_retry_after_is_not_ignored() {
    let server = Server::sending("503 No\r\nretry-after: 99999999999999999999", "").await;
    let client = Client::with_api_key("key")
        .base_url(server.url())
        .retry_policy(RetryPolicy::default().backoff(TINY, TINY))
        .build()
        .unwrap();
    let error = fetch(&client).await.unwrap_err();
    assert_eq!(server.requests(), 1, "{error}");
}

#[tokio::test]
async fn a_key_sent_back_encoded_is_in_no_error() {
    let body = r#"{"meta": {"developer_message": "No: q83v%2FZe%2Bs3cret%3D%3D"}}"#;
    let server = Server::sending("403 No", body).await;
    let client = Client::with_api_key("q83v/Ze+s3cret==").base_url(server.url());
    let client = client.build().unwrap();
    let error = fetch(&client).await.unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[tokio::test]
async fn a_pause_by_the_server_is_not_reported_as_the_clients_own_limit() {
    let hub = hub().await;
    hub.fault(asking(429, 50).on("get_partner")).unwrap();
    let client = client(&hub)
        .retry_policy(RetryPolicy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    send(&client, &hub, "get_partner").await.unwrap_err();
    let error = send(&client, &hub, "list_clients").await.unwrap_err();
    assert!(
        !error.to_string().contains("client's own rate limit"),
        "{error}"
    );
}

#[tokio::test]
async fn an_ipv6_address_is_traced_without_brackets() {
    let client = Client::with_api_key("key")
        .base_url("http://[::1]:1")
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let (captured, _guard) = Captured::start();
    let call = client.get_partner().partner_id("Kq3vTzPA");
    call.send().await.unwrap_err();
    assert_eq!(captured.spans()[0].field("server.address"), Some("::1"));
}
