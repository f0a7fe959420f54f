//! HTTP/2 with prior knowledge, and stuck connections.

use std::time::Duration;

use crate::support::{self, http_builder, own, plain, raw_get};
use partner_api::prelude::*;
use partner_api::reqwest::{self, Version};
use partner_hub::{FaultRule, Hub};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::Instant;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A SETTINGS frame without settings.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

async fn hub(rule: Value) -> Hub {
    let rule: FaultRule = serde_json::from_value(rule).unwrap();
    plain().fault(rule).start().await.unwrap()
}

/// A client that sends pings while it waits, and fails if a ping has no response.
fn http2() -> reqwest::Client {
    http_builder()
        .http2_prior_knowledge()
        .http2_keep_alive_interval(Duration::from_secs(1))
        .http2_keep_alive_timeout(Duration::from_secs(1))
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

async fn partner(client: &reqwest::Client, hub: &Hub) -> reqwest::Result<reqwest::Response> {
    let request = client.get(format!("{}{}", hub.url(), own(hub, "")));
    request.header("x-api-key", hub.api_key()).send().await
}

fn recorded(hub: &Hub) -> Vec<(Option<u16>, Vec<String>)> {
    let requests = hub.requests().into_iter();
    requests
        .map(|request| (request.status, request.faults))
        .collect()
}

/// Waits until the emulator has read all that was sent: a paused clock advances only then.
async fn until_all_tasks_are_idle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test]
async fn http2_with_prior_knowledge_is_accepted() {
    let hub = plain().start().await.unwrap();
    let client = http2();
    for _ in 0..2 {
        let response = partner(&client, &hub).await.unwrap();
        assert_eq!(
            (response.version(), response.status().as_u16()),
            (Version::HTTP_2, 200)
        );
        assert!(response.headers().contains_key("x-trace-id"));
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["id"], hub.partner_id());
    }
    let unknown = client.get(format!("{}/nothing", hub.url())).send().await;
    let unknown = unknown.unwrap();
    assert_eq!(
        (unknown.version(), unknown.status().as_u16()),
        (Version::HTTP_2, 404)
    );
    assert!(unknown.json::<Value>().await.unwrap()["meta"].is_object());

    let client = Client::with_login(hub.username(), hub.password())
        .base_url(hub.url())
        .configure_http(reqwest::ClientBuilder::http2_prior_knowledge)
        .build()
        .unwrap();
    let partner = client
        .get_partner()
        .partner_id(hub.partner_id())
        .send()
        .await;
    assert_eq!(
        partner.unwrap().id.as_ref().map(|it| it.as_str()),
        Some(hub.partner_id())
    );
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test(start_paused = true)]
async fn http2_is_recognised_when_its_preface_is_split() {
    let hub = plain().start().await.unwrap();
    for cut in [1, 3, 10, 23] {
        let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&PREFACE[..cut]).await.unwrap();
        until_all_tasks_are_idle().await;
        stream.write_all(&PREFACE[cut..]).await.unwrap();
        stream.write_all(SETTINGS).await.unwrap();
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(head[3], 4, "the first frame is SETTINGS");
    }
    // A request that begins like the preface is HTTP/1.1.
    let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    let proper = b"PROPFIND / HTTP/1.1\r\nhost: hub\r\n\r\n";
    stream.write_all(&proper[..2]).await.unwrap();
    until_all_tasks_are_idle().await;
    stream.write_all(&proper[2..]).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 404");
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_preface_times_out() {
    let hub = plain().start().await.unwrap();
    for start in [&PREFACE[..0], &PREFACE[..5], PREFACE] {
        let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
        stream.write_all(start).await.unwrap();
        let minutes = Duration::from_secs(300);
        let mut received = Vec::new();
        let ended = tokio::time::timeout(minutes, stream.read_to_end(&mut received)).await;
        assert!(ended.is_ok(), "open after {} bytes", start.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stuck_connection_accepts_requests_and_responds_only_to_pings() {
    let rule = json!({"operation": "get_partner", "nth": 2, "fault": {"kind": "stuck_connection"}});
    let hub = hub(rule).await;
    let client = http2();
    assert_eq!(partner(&client, &hub).await.unwrap().status(), 200);
    for _ in 0..2 {
        let started = Instant::now();
        let error = partner(&client, &hub).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert!(
            started.elapsed() >= Duration::from_secs(10),
            "a ping had no response after {:?}",
            started.elapsed()
        );
    }
    assert_eq!(
        partner(&http2(), &hub).await.unwrap().status(),
        200,
        "on a new connection"
    );
    let stuck = (None, vec!["stuck_connection".to_owned()]);
    let well = (Some(200), vec![]);
    assert_eq!(recorded(&hub), [well.clone(), stuck.clone(), stuck, well]);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_connection_does_no_work() {
    let hub = hub(json!({"times": 1, "fault": {"kind": "stuck_connection"}})).await;
    let id = hub.client_ids(hub.partner_id()).remove(0);
    let before = hub.client(&id).unwrap().max_channels;
    let client = http2();
    for _ in 0..2 {
        let url = format!("{}{}", hub.url(), own(&hub, &format!("/clients/{id}")));
        let update = client.patch(url).header("x-api-key", hub.api_key());
        let sent = update.json(&json!({"max_channels": 4711})).send().await;
        assert!(sent.unwrap_err().is_timeout());
    }
    assert_eq!(hub.count("update_client"), 2);
    assert_eq!(hub.client(&id).unwrap().max_channels, before);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_connection_of_http1_is_silent() {
    let hub = hub(json!({"times": 1, "fault": {"kind": "stuck_connection"}})).await;
    let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    stream.write_all(&raw_get(&hub, "")).await.unwrap();
    let day = Duration::from_secs(86_400);
    let byte = tokio::time::timeout(day, stream.read_u8()).await;
    assert!(byte.is_err(), "{byte:?}");
    assert_eq!(support::get(&hub, "").await.status, 200);
    assert_eq!(
        recorded(&hub)[0],
        (None, vec!["stuck_connection".to_owned()])
    );
    drop(hub);
    assert_eq!(
        stream.read(&mut [0]).await.unwrap_or(0),
        0,
        "a stopped emulator leaves no connection open"
    );
}

#[tokio::test]
async fn no_task_of_a_stuck_connection_outlives_the_hub() {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let hub = hub(json!({"fault": {"kind": "stuck_connection"}})).await;
    let client = http2();
    let mut requests = Vec::new();
    for _ in 0..10 {
        let request = client.get(format!("{}{}", hub.url(), own(&hub, "")));
        requests.push(tokio::spawn(request.send()));
    }
    while hub.requests().len() < 10 {
        tokio::task::yield_now().await;
    }
    drop(hub);
    for request in requests {
        let error = request.await.unwrap().unwrap_err();
        assert!(!error.is_timeout(), "{error:?}");
    }
    drop(client);
    let end = Instant::now() + Duration::from_secs(5);
    while tasks() > before && Instant::now() < end {
        tokio::task::yield_now().await;
    }
    assert_eq!(tasks(), before);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_http2_connection_responds_to_no_ping() {
    let fault = json!({"kind": "break", "at": "before_headers", "how": "stall"});
    let hub = hub(json!({"times": 1, "fault": fault})).await;
    let client = http2();
    let started = Instant::now();
    let error = partner(&client, &hub).await.unwrap_err();
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}: {error:?}",
        started.elapsed()
    );
    assert_eq!(partner(&client, &hub).await.unwrap().status(), 200);
    let names: Vec<_> = recorded(&hub)
        .into_iter()
        .map(|(_, faults)| faults)
        .collect();
    assert_eq!(
        names,
        [vec!["break BeforeHeaders Stall".to_owned()], vec![]]
    );
}

#[tokio::test]
async fn a_broken_http2_connection_ends_without_a_response() {
    for how in ["reset", "close"] {
        for at in [
            "before_headers",
            "during_headers",
            "after_headers",
            "during_body",
        ] {
            let fault = json!({"kind": "break", "at": at, "how": how});
            let hub = hub(json!({"times": 1, "fault": fault})).await;
            let client = http2();
            let error = partner(&client, &hub).await.unwrap_err();
            assert!(!error.is_timeout(), "{at} {how}: {error:?}");
            assert_eq!(partner(&client, &hub).await.unwrap().status(), 200);
            assert_eq!(recorded(&hub)[0].0, None);
        }
    }
}

#[tokio::test]
async fn other_faults_apply_to_http2() {
    for (fault, status) in [
        (json!({"kind": "status", "status": 503}), Some(503)),
        (json!({"kind": "garbage_json"}), Some(200)),
        (json!({"kind": "refuse", "for_ms": 60_000}), None),
    ] {
        let hub = hub(json!({ "fault": fault })).await;
        let response = partner(&http2(), &hub).await;
        let seen = response.ok().map(|response| response.status().as_u16());
        assert_eq!(seen, status, "{fault}");
        assert_eq!(recorded(&hub)[0].0, status);
    }
}
