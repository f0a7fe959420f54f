//! Many requests and changes, and the memory that they leave behind. This is a process of its own,
//! because other tests need memory, too.
//!
//! `HUB_REQUESTS=100000 cargo test --release -p partner-hub --test load` sends 100,000 requests.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use partner_api::reqwest::{self, Method, RequestBuilder};
use partner_api::types;
use partner_hub::Hub;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// Held while a test measures the memory of the process.
static MEMORY: Mutex<()> = Mutex::const_new(());

const MIB: u64 = 1024 * 1024;

/// The resident memory of this process in bytes; 0 on systems without `/proc`.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

#[tokio::test]
async fn removed_clients_need_no_memory() {
    let _memory = MEMORY.lock().await;
    let hub = Hub::builder().clients(10).start().await.unwrap();
    let before = memory();
    let mut oldest = std::collections::VecDeque::new();
    for _ in 0..30_000 {
        oldest.push_back(hub.insert_client(types::ClientAccount::default()));
        if oldest.len() > 100 {
            assert!(hub.remove_client(oldest.pop_front().unwrap()));
        }
    }
    assert_eq!(hub.client_count(hub.partner_id()), 110);
    let grown = memory().saturating_sub(before);
    assert!(grown < 12 * MIB, "{} MiB", grown / MIB);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_requests_find_no_server_error_and_no_leak() {
    const CONNECTIONS: u64 = 32;
    let _memory = MEMORY.lock().await;
    let requests = std::env::var("HUB_REQUESTS").map_or(1_500, |count| count.parse().unwrap());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    let hub = Hub::builder().clients(2_000).seed(3).start().await;
    let hub = Arc::new(hub.unwrap());
    let mut connections = JoinSet::new();
    let before = memory();
    for seed in 0..CONNECTIONS {
        let (hub, http) = (Arc::clone(&hub), http.clone());
        connections.spawn(async move {
            let mut rng = Rng::with_seed(seed);
            for _ in 0..requests / CONNECTIONS {
                let request = random_request(&mut rng, &hub, &http);
                match request.send().await {
                    Ok(response) => {
                        let (status, url) = (response.status(), response.url().clone());
                        assert!(!status.is_server_error(), "{status} for {url}");
                        response.bytes().await.unwrap();
                    }
                    Err(error) => panic!("{error:?}"),
                }
            }
        });
    }
    connections.join_all().await;
    hub.clear_faults();
    let partner = format!("{}/api/v2/partners/{}", hub.url(), hub.partner_id());
    let last = http.get(partner).header("x-api-key", hub.api_key());
    assert_eq!(last.send().await.unwrap().status(), 200);
    // The record of 10,000 requests, and the clients that were inserted.
    let grown = memory().saturating_sub(before);
    assert!(grown < 200 * MIB, "{} MiB", grown / MIB);
}

/// One of several items.
fn pick<'a, T: ?Sized>(rng: &mut Rng, from: &[&'a T]) -> &'a T {
    from[rng.usize(..from.len())]
}

fn random_request(rng: &mut Rng, hub: &Hub, http: &reqwest::Client) -> RequestBuilder {
    let own = format!("{}/api/v2/partners/{}", hub.url(), hub.partner_id());
    let admin = format!("{}/__hub", hub.url());
    let api = |method, path: String| {
        http.request(method, [&own, path.as_str()].concat())
            .header("x-api-key", hub.api_key())
    };
    match rng.u8(0..20) {
        0..8 => {
            let list = pick(rng, &["/clients", "/selective_partner_change_requests"]);
            api(Method::GET, list.to_owned()).query(&random_list(rng))
        }
        8..11 => {
            let id = random_client(rng, hub);
            let body =
                json!({"max_channels": rng.u8(..), "partner_payload": rng.u64(..).to_string()});
            api(Method::PATCH, format!("/clients/{id}")).json(&body)
        }
        11 => {
            let id = random_client(rng, hub);
            api(Method::GET, format!("/clients/{id}/channels"))
        }
        12 => {
            let status = pick(rng, &["created", "pending"]);
            let body = json!({"username": hub.username(), "password": pick(rng, &[hub.password(), status])});
            http.post(format!("{}/api/v2/token", hub.url())).json(&body)
        }
        13 => api(Method::GET, String::new()),
        14 => {
            let body = json!({"webhook_url": pick(rng, &["https://a.example/b", "no url"])});
            api(Method::PATCH, String::new()).json(&body)
        }
        15 => http
            .get(format!("{admin}/requests"))
            .query(&[("limit", "1")]),
        16 => http
            .post(format!("{admin}/advance"))
            .json(&json!({"seconds": rng.u8(..)})),
        17 => http.post(format!(
            "{admin}/{}",
            pick(rng, &["expire_tokens", "nothing"])
        )),
        18 => http.delete(format!("{admin}/faults")),
        _ => http
            .post(format!("{admin}/faults"))
            .json(&random_fault(rng)),
    }
}

fn random_list(rng: &mut Rng) -> Vec<(&'static str, String)> {
    let fields = [
        "id",
        "status",
        "created_at",
        "name",
        "contact_info.city",
        "source_client_id",
    ];
    let mut query = vec![
        ("limit", rng.u8(..).to_string()),
        ("offset", rng.u16(..2_500).to_string()),
    ];
    for _ in 0..rng.u8(..3) {
        let descending = pick(rng, &["", "-"]);
        query.push((
            "sort",
            [descending, pick(rng, &fields.each_ref().map(|it| *it))].concat(),
        ));
    }
    if rng.bool() {
        let field = pick(rng, &fields);
        let values = [
            json!("active"),
            json!("created"),
            Value::Null,
            json!([1]),
            json!(rng.u8(..)),
        ];
        query.push((
            "filters",
            json!({field: values[rng.usize(..5)]}).to_string(),
        ));
    }
    query
}

fn random_client(rng: &mut Rng, hub: &Hub) -> String {
    let ids = hub.client_ids(&hub.partners()[rng.usize(..3)].partner_id);
    ids.get(rng.usize(..ids.len().max(1)))
        .cloned()
        .unwrap_or_default()
}

/// A fault that neither is a server error nor ends a connection.
fn random_fault(rng: &mut Rng) -> Value {
    let (from, count) = (rng.u8(..), rng.u8(..));
    let fault = match rng.u8(0..9) {
        0 => json!({"kind": "latency", "ms": rng.u8(..5), "jitter_ms": 5}),
        1 => json!({"kind": "status", "status": 429, "retry_after": {"seconds": 1}}),
        2 => json!({"kind": "insert_clients", "count": count}),
        3 => json!({"kind": "remove_clients", "count": count}),
        4 => json!({"kind": "hide_items", "from": from, "to": u16::from(from) + 20}),
        5 => json!({"kind": "short_page", "max": count}),
        6 => json!({"kind": "wrong_total", "by": -i16::from(count)}),
        7 => json!({"kind": "expire_token"}),
        _ => json!({"kind": "nonsense"}),
    };
    json!({"times": rng.u8(1..10), "fault": fault})
}
