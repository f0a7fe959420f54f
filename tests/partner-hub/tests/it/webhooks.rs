//! Webhooks: signed events, their faults, redelivery, and their record.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use partner_api::reqwest::Method;
use partner_api::types::{PartnerChangeRequest, PartnerChangeRequestStatus};
use partner_api::webhooks::{Event, WebhookError, Webhooks};
use partner_hub::{Delivery, Fault, Hub, WEBHOOK};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::support::{self, bare, plain, request, send};

const SECRET: &str = "whsec-4711";

/// A receiver of webhooks, which responds to an event with 204.
pub(crate) struct Receiver {
    pub(crate) url: String,
    /// What it received: the result of the verification.
    events: mpsc::UnboundedReceiver<Result<Event, WebhookError>>,
    state: Responses,
}

/// The responses to the next requests; then that of the event.
type Responses = Arc<Mutex<VecDeque<Response>>>;

impl Receiver {
    pub(crate) async fn start() -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let state = Responses::default();
        let app = Router::new()
            .fallback(receive)
            .with_state((sender, state.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks?tenant=7", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, events, state }
    }

    /// Responds like this to the requests after those that have a response already.
    fn respond(&self, response: impl IntoResponse) {
        self.state
            .lock()
            .unwrap()
            .push_back(response.into_response());
    }

    /// The next request, verified.
    async fn next(&mut self) -> Result<Event, WebhookError> {
        let next = tokio::time::timeout(Duration::from_secs(60), self.events.recv());
        next.await.unwrap().unwrap()
    }

    async fn next_id(&mut self) -> String {
        self.next().await.unwrap().id.unwrap()
    }
}

type ReceiverState = (
    mpsc::UnboundedSender<Result<Event, WebhookError>>,
    Responses,
);

async fn receive(
    State((sender, responses)): State<ReceiverState>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    assert_eq!(headers["content-type"], "application/json");
    let webhooks = Webhooks::new([SECRET]).unwrap();
    let event = webhooks.verify(&body, &headers);
    let status = event
        .as_ref()
        .map_or_else(WebhookError::status, |_| StatusCode::NO_CONTENT);
    sender.send(event).unwrap();
    let response = responses.lock().unwrap().pop_front();
    response.unwrap_or_else(|| status.into_response())
}

/// An emulator that sends the first partner's events to this URL.
async fn hub(url: &str) -> Hub {
    let hub = plain().migration_time(MIGRATION).start().await.unwrap();
    hub.set_webhook_secret(SECRET).unwrap();
    assert!(hub.change_partner(hub.partner_id(), |partner| {
        partner.webhook_url = Some(url.to_owned());
    }));
    hub
}

const MIGRATION: Duration = Duration::from_secs(3_600);
/// Longer than the wait before any redelivery.
const BACKOFF: Duration = Duration::from_secs(60);

fn send_event(hub: &Hub, id: &str) {
    let body = json!({"id": id, "event": "channel_ready", "data": {"id": "abcCH"}});
    hub.send_webhook(hub.partner_id(), body.to_string())
        .unwrap();
}

/// The record once this many attempts have ended.
async fn ended(hub: &Hub, count: usize) -> Vec<Delivery> {
    loop {
        let deliveries = hub.deliveries();
        let ended = deliveries.iter().filter(|it| it.duration_ms.is_some());
        if ended.count() >= count {
            return deliveries;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn statuses(deliveries: &[Delivery]) -> Vec<Option<u16>> {
    deliveries.iter().map(|it| it.status).collect()
}

#[tokio::test]
async fn an_approval_and_its_completion_are_events() {
    let mut receiver = Receiver::start().await;
    let hub = plain().migration_time(MIGRATION).start().await.unwrap();
    // As a partner does it, with the API.
    let body = json!({"webhook_url": receiver.url});
    let set = send(request(&hub, Method::PATCH, "").json(&body)).await;
    assert_eq!(set.status, 200);
    hub.set_webhook_secret(SECRET).unwrap();

    let requests = hub.change_requests(hub.partner_id());
    let created = Some(PartnerChangeRequestStatus::Created);
    let created = requests.into_iter().find(|it| it.status == created);
    let id = created.unwrap().id.unwrap();
    let path = format!("/selective_partner_change_requests/{id}/approve");
    assert_eq!(send(request(&hub, Method::POST, &path)).await.status, 200);

    let mut ids = Vec::new();
    for status in ["pending", "completed"] {
        let event = receiver.next().await.unwrap();
        assert_eq!(event.kind.as_str(), "partner_change_request_status_changed");
        let change: PartnerChangeRequest = event.data().unwrap();
        assert_eq!(change.id.as_ref(), Some(&id));
        assert_eq!(change.status.unwrap().as_str(), status);
        ids.push(event.id.unwrap());
        // No request completes the migration.
        hub.advance(MIGRATION).unwrap();
    }
    assert_ne!(ids[0], ids[1]);
    let deliveries = ended(&hub, 2).await;
    assert_eq!(statuses(&deliveries), [Some(204); 2]);
    for (delivery, id) in deliveries.iter().zip(ids) {
        assert_eq!(delivery.event_id.as_ref(), Some(&id));
        assert_eq!((delivery.attempt, &delivery.error), (1, &None));
        assert_eq!(delivery.partner_id, hub.partner_id());
    }
}

#[tokio::test]
async fn only_a_partner_with_a_secret_and_a_url_gets_events() {
    let mut receiver = Receiver::start().await;
    let hub = plain().start().await.unwrap();
    let error = hub.send_webhook(hub.partner_id(), "{}").unwrap_err();
    assert!(error.to_string().contains("no secret"), "{error}");
    for invalid in ["", " whsec", "whsec\n"] {
        assert!(hub.set_webhook_secret(invalid).is_err());
    }
    let change = hub.change_requests(hub.partner_id()).remove(0).id.unwrap();
    hub.fail_change_request(hub.partner_id(), &change);
    hub.set_webhook_secret(SECRET).unwrap();
    assert!(hub.send_webhook("nobodyPA", "{}").is_err());

    // The generated URL has https.
    send_event(&hub, "1");
    let unsent = ended(&hub, 1).await.remove(0);
    assert!(unsent.error.unwrap().contains("http://"));
    for (partner, url) in hub.partners().iter().zip([Some(&receiver.url), None]) {
        hub.change_partner(&partner.partner_id, |it| it.webhook_url = url.cloned());
    }
    let without_url = hub.partners()[1].partner_id.clone();
    hub.send_webhook(&without_url, r#"{"id": "2"}"#).unwrap();
    let unsent = ended(&hub, 2).await.remove(1);
    assert_eq!(unsent.partner_id, without_url);
    assert!(unsent.error.unwrap().contains("no `webhook_url`"));

    // The event is redelivered to the new URL.
    hub.advance(BACKOFF).unwrap();
    assert_eq!(receiver.next_id().await, "1");
}

#[tokio::test]
async fn any_body_can_be_sent() {
    let mut receiver = Receiver::start().await;
    let hub = hub(&receiver.url).await;
    let large = format!(r#"{{"event": "large", "data": "{}"}}"#, "x".repeat(900_000));
    for body in [
        r#"{ "event":"channel_sold" }"#,
        r#"{"id": 7}"#,
        "{}",
        &large,
    ] {
        hub.send_webhook(hub.partner_id(), body.to_owned()).unwrap();
        let event = receiver.next().await.unwrap();
        assert_eq!(event.raw(), body.as_bytes());
    }
    for body in [&b""[..], b"[{\"id\": \"1\"}, {\"id\": \"2\"}]", b"\xff\0"] {
        hub.send_webhook(hub.partner_id(), body).unwrap();
        let error = receiver.next().await.unwrap_err();
        assert!(matches!(error, WebhookError::NotAnEvent { .. }), "{error}");
    }
    let events: Vec<_> = ended(&hub, 7)
        .await
        .into_iter()
        .map(|it| it.event)
        .collect();
    let large = Some("large".to_owned());
    assert_eq!(
        events[..4],
        [Some("channel_sold".to_owned()), None, None, large]
    );
}

#[tokio::test]
async fn events_arrive_in_the_order_they_were_sent() {
    let mut receiver = Receiver::start().await;
    let hub = hub(&receiver.url).await;
    for number in 0..100 {
        send_event(&hub, &number.to_string());
    }
    for number in 0..100 {
        assert_eq!(receiver.next_id().await, number.to_string());
    }
}

#[tokio::test]
async fn an_event_is_redelivered_until_it_is_accepted() {
    let mut receiver = Receiver::start().await;
    let hub = hub(&receiver.url).await;
    let elsewhere = [("location", "http://127.0.0.1:1/")];
    receiver.respond((StatusCode::TEMPORARY_REDIRECT, elsewhere));
    receiver.respond(StatusCode::INTERNAL_SERVER_ERROR);
    receiver.respond(StatusCode::NO_CONTENT);
    send_event(&hub, "1");
    for attempt in 1..=3 {
        assert_eq!(receiver.next_id().await, "1");
        ended(&hub, attempt).await;
        hub.advance(BACKOFF).unwrap();
    }
    send_event(&hub, "2");
    assert_eq!(receiver.next_id().await, "2");
    let deliveries = ended(&hub, 4).await;
    assert_eq!(statuses(&deliveries), [307, 500, 204, 204].map(Some));
    let attempts: Vec<_> = deliveries.iter().map(|it| it.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 1]);
}

#[tokio::test]
async fn a_failed_event_does_not_hold_up_the_next_and_is_given_up_at_last() {
    let mut receiver = Receiver::start().await;
    let hub = hub(&receiver.url).await;
    for _ in 0..6 {
        receiver.respond(StatusCode::SERVICE_UNAVAILABLE);
    }
    send_event(&hub, "1");
    assert_eq!(receiver.next_id().await, "1");
    for attempt in 2..=6 {
        ended(&hub, attempt - 1).await;
        hub.advance(BACKOFF).unwrap();
        assert_eq!(receiver.next_id().await, "1");
    }
    ended(&hub, 6).await;
    hub.advance(100 * BACKOFF).unwrap();
    send_event(&hub, "2");
    assert_eq!(receiver.next_id().await, "2");
    assert_eq!(ended(&hub, 7).await.len(), 7);
}

#[tokio::test]
async fn a_refused_connection_is_recorded_and_redelivered() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let hub = hub(&url).await;
    send_event(&hub, "1");
    let refused = ended(&hub, 1).await.remove(0);
    assert_eq!(refused.status, None);
    assert!(refused.error.unwrap().contains("cannot connect"));

    let mut receiver = Receiver::start().await;
    hub.change_partner(hub.partner_id(), |partner| {
        partner.webhook_url = Some(receiver.url.clone());
    });
    hub.advance(BACKOFF).unwrap();
    assert_eq!(receiver.next_id().await, "1");
}

#[tokio::test]
async fn a_wrong_signature_is_rejected_and_the_redelivery_verifies() {
    let mut receiver = Receiver::start().await;
    let hub = hub(&receiver.url).await;
    hub.fault(Fault::wrong_signature().on(WEBHOOK).times(1))
        .unwrap();
    send_event(&hub, "1");
    let rejected = receiver.next().await.unwrap_err();
    assert_eq!(rejected, WebhookError::WrongSignature);
    ended(&hub, 1).await;
    hub.advance(BACKOFF).unwrap();
    assert_eq!(receiver.next_id().await, "1");
    let deliveries = ended(&hub, 2).await;
    assert_eq!(statuses(&deliveries), [Some(401), Some(204)]);
    assert_eq!(deliveries[0].faults, ["wrong_signature"]);
    assert!(deliveries[1].faults.is_empty());
}

#[tokio::test]
async fn duplicates_delays_and_reordering_are_faults() {
    let mut receiver = Receiver::start().await;
    let hub = hub(&receiver.url).await;
    hub.fault(Fault::duplicate().on(WEBHOOK).nth(1)).unwrap();
    let hour = Fault::latency(Duration::from_secs(3_600));
    hub.fault(hour.on(WEBHOOK).nth(2)).unwrap();
    hub.fault(Fault::reorder().on(WEBHOOK).nth(3)).unwrap();
    // It applies to requests, not to webhooks.
    hub.fault(Fault::status(503)).unwrap();
    for id in ["twice", "late", "after", "on time"] {
        send_event(&hub, id);
    }
    // Before the 10 seconds after which a reordered event is delivered in any case.
    let in_order = async {
        for id in ["twice", "twice", "on time", "after"] {
            assert_eq!(receiver.next_id().await, id);
        }
    };
    let in_order = tokio::time::timeout(Duration::from_secs(9), in_order);
    in_order.await.unwrap();
    hub.advance(Duration::from_secs(3_000)).unwrap();
    send_event(&hub, "last");
    assert_eq!(receiver.next_id().await, "last");
    ended(&hub, 5).await;
    hub.advance(Duration::from_secs(600)).unwrap();
    assert_eq!(receiver.next_id().await, "late");
    let deliveries = ended(&hub, 6).await;
    let faults: Vec<_> = deliveries.iter().map(|it| it.faults.join(" ")).collect();
    assert_eq!(
        faults,
        ["duplicate", "duplicate", "", "reorder", "", "latency"]
    );

    // Without a next event, a reordered one arrives all the same.
    hub.clear_faults();
    hub.fault(Fault::reorder()).unwrap();
    send_event(&hub, "alone");
    hub.advance(Duration::from_secs(10)).unwrap();
    assert_eq!(receiver.next_id().await, "alone");
}

#[tokio::test]
async fn only_one_of_two_duplicates_is_redelivered() {
    let mut receiver = Receiver::start().await;
    let hub = hub(&receiver.url).await;
    hub.fault(Fault::duplicate().on(WEBHOOK).times(1)).unwrap();
    receiver.respond(StatusCode::BAD_GATEWAY);
    receiver.respond(StatusCode::BAD_GATEWAY);
    send_event(&hub, "1");
    for _ in 0..2 {
        assert_eq!(receiver.next_id().await, "1");
    }
    ended(&hub, 2).await;
    hub.advance(BACKOFF).unwrap();
    assert_eq!(receiver.next_id().await, "1");
    hub.advance(BACKOFF).unwrap();
    send_event(&hub, "2");
    assert_eq!(receiver.next_id().await, "2");
}

#[tokio::test]
async fn a_fault_must_fit_webhooks() {
    let hub = plain().start().await.unwrap();
    for rule in [
        Fault::status(500).on(WEBHOOK),
        Fault::reorder().on("get_partner"),
    ] {
        let error = hub.fault(rule).unwrap_err().to_string();
        assert!(error.contains("cannot apply to"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_never_responds_is_given_up_after_5_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hub = hub(&format!("http://{}/", silent.local_addr().unwrap())).await;
    send_event(&hub, "1");
    let (mut connection, _) = silent.accept().await.unwrap();
    // The emulator responds meanwhile, and the attempt is in the record.
    let response = support::raw(&hub, b"GET /__hub/webhooks HTTP/1.0\r\n\r\n").await;
    assert!(
        response.0.contains(r#""duration_ms":null"#),
        "{}",
        response.0
    );

    let timed_out = ended(&hub, 1).await.remove(0);
    assert!(timed_out.error.unwrap().contains("within 5 seconds"));
    assert_eq!(timed_out.duration_ms, Some(5_000));
    let mut received = Vec::new();
    connection.read_to_end(&mut received).await.unwrap();
    assert!(received.starts_with(b"POST / HTTP/1.1\r\n"));
    // It is retried.
    silent.accept().await.unwrap();
}

#[tokio::test]
async fn a_response_of_100_mb_is_not_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hub = hub(&format!("http://{}/", listener.local_addr().unwrap())).await;
    send_event(&hub, "1");
    let (mut connection, _) = listener.accept().await.unwrap();
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n";
    connection.write_all(head).await.unwrap();
    let mut written = 0;
    while written < 100 && connection.write_all(&[b'x'; 1_000_000]).await.is_ok() {
        written += 1;
    }
    assert!(written < 50, "{written} MB");
    assert_eq!(statuses(&ended(&hub, 1).await), [Some(200)]);
}

#[tokio::test]
async fn a_response_that_is_no_http_is_an_error() {
    let odd = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hub = hub(&format!("http://{}/", odd.local_addr().unwrap())).await;
    send_event(&hub, "1");
    let (mut connection, _) = odd.accept().await.unwrap();
    connection
        .write_all(b"220 smtp.example\r\n\r\n")
        .await
        .unwrap();
    let failed = ended(&hub, 1).await.remove(0);
    assert!(failed.error.unwrap().contains("no response"));
}

#[tokio::test]
async fn a_dropped_emulator_ends_its_delivery() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hub = hub(&format!("http://{}/", silent.local_addr().unwrap())).await;
    send_event(&hub, "1");
    let (mut connection, _) = silent.accept().await.unwrap();
    drop(hub);
    let mut received = Vec::new();
    let end = connection.read_to_end(&mut received);
    let end = tokio::time::timeout(Duration::from_secs(4), end).await;
    assert!(end.is_ok(), "the connection is still open");
}

#[tokio::test]
async fn the_secret_can_be_rotated() {
    let mut receiver = Receiver::start().await;
    let hub = hub(&receiver.url).await;
    hub.set_webhook_secret("the next one").unwrap();
    send_event(&hub, "1");
    let rejected = receiver.next().await.unwrap_err();
    assert_eq!(rejected, WebhookError::WrongSignature);
}

#[tokio::test]
async fn admin_paths_send_events_and_show_deliveries_without_secrets() {
    let mut receiver = Receiver::start().await;
    let hub = plain().start().await.unwrap();
    hub.change_partner(hub.partner_id(), |partner| {
        partner.webhook_url = Some(receiver.url.replace("http://", "http://user:pass-4712@"));
    });
    let post = |path: &str| bare(&hub, Method::POST, path);
    let body = json!({"id": "1", "event": "channel_live"});
    let unsigned = send(post("/__hub/webhooks").json(&body)).await;
    assert_eq!(unsigned.status, 400);
    assert!(unsigned.message().contains("secret"), "{}", unsigned.text);
    for invalid in [json!({"secret": ""}), json!({"secret": 4711}), json!({})] {
        let invalid = send(post("/__hub/webhook_secret").json(&invalid)).await;
        assert_eq!(invalid.status, 400);
        assert!(!invalid.text.contains("4711"));
    }
    let secret = json!({"secret": SECRET});
    let set = send(post("/__hub/webhook_secret").json(&secret)).await;
    assert_eq!(set.status, 200);
    assert_eq!(send(post("/__hub/webhooks").json(&body)).await.status, 202);
    assert_eq!(receiver.next_id().await, "1");
    ended(&hub, 1).await;

    let record = send(bare(&hub, Method::GET, "/__hub/webhooks")).await;
    let delivery = &record.body["deliveries"][0];
    assert_eq!(delivery["event_id"], "1");
    assert_eq!(delivery["event"], "channel_live");
    assert_eq!(delivery["status"], 204);
    let signature = Webhooks::new([SECRET])
        .unwrap()
        .sign(body.to_string().as_bytes());
    for shown in [record.text, format!("{:?}", hub.deliveries())] {
        for secret in [SECRET, &signature, "tenant=7", "pass-4712"] {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
    }
    assert!(!format!("{hub:?}").contains(SECRET));
    let cleared = send(bare(&hub, Method::DELETE, "/__hub/webhooks")).await;
    assert_eq!(cleared.status, 200);
    assert!(hub.deliveries().is_empty());
}
