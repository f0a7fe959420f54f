//! Transient faults do not change the items of a stream.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use partner_api::RateLimit;
use partner_api::prelude::*;
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, Hub, RetryAfter};

use crate::support::lists::{client, clients, id, ids, quick, sorted_ids};

async fn hub(seed: u64) -> Hub {
    let hub = Hub::builder().seed(seed).clients(120).anomaly_rate(0.0);
    hub.page_size(7, 7).start().await.unwrap()
}

fn broken(at: BreakPoint, how: CloseMode) -> Fault {
    Fault::Break { at, how }
}

fn status(status: u16, retry_after: Option<RetryAfter>, body: ErrorBody) -> Fault {
    Fault::Status {
        status,
        retry_after,
        body,
    }
}

/// Reads the list at every concurrency while a share of the requests has this fault.
async fn assert_changes_nothing(fault: Fault) {
    let mut struck = 0;
    for concurrency in [1, 2, 3, 5, 8, 16] {
        let hub = hub(concurrency as u64).await;
        hub.fault(fault.clone().on("list_clients").probability(0.2))
            .unwrap();
        let items = clients(&client(&hub), &hub).concurrency(concurrency);
        let case = format!("concurrency {concurrency}, {fault:?}");
        let came: Vec<_> = items.try_collect().await.expect(&case);
        assert_eq!(ids(&came), sorted_ids(&hub), "{case}");
        let requests = hub.requests();
        struck += requests.iter().filter(|it| !it.faults.is_empty()).count();
    }
    assert!(struck > 6, "{fault:?} struck {struck} times");
}

#[tokio::test]
async fn a_list_survives_429s() {
    let now = Some(RetryAfter::Seconds(0));
    assert_changes_nothing(status(429, now, ErrorBody::Envelope)).await;
}

#[tokio::test]
async fn a_list_survives_503s() {
    assert_changes_nothing(status(503, None, ErrorBody::Envelope)).await;
}

#[tokio::test]
async fn a_list_survives_html_of_a_gateway() {
    assert_changes_nothing(status(502, None, ErrorBody::Html)).await;
}

#[tokio::test]
async fn a_list_survives_reset_connections() {
    assert_changes_nothing(broken(BreakPoint::BeforeHeaders, CloseMode::Reset)).await;
}

#[tokio::test]
async fn a_list_survives_truncated_bodies() {
    assert_changes_nothing(broken(BreakPoint::DuringBody, CloseMode::Reset)).await;
    assert_changes_nothing(broken(BreakPoint::DuringBody, CloseMode::Close)).await;
}

#[tokio::test]
async fn a_list_survives_responses_out_of_order() {
    let (ms, jitter_ms) = (0, 4);
    assert_changes_nothing(Fault::Latency { ms, jitter_ms }).await;
}

#[tokio::test]
async fn a_list_survives_all_faults_while_it_changes() {
    for seed in 0..16 {
        let hub = hub(seed).await;
        for fault in [
            status(503, None, ErrorBody::Empty),
            broken(BreakPoint::BeforeHeaders, CloseMode::Reset),
            broken(BreakPoint::DuringBody, CloseMode::Close),
            Fault::insert_clients(1),
            Fault::remove_clients(1),
        ] {
            hub.fault(fault.on("list_clients").probability(0.1))
                .unwrap();
        }
        let before = sorted_ids(&hub);
        let concurrency = seed as usize + 1;
        let items = clients(&client(&hub), &hub).concurrency(concurrency);
        let came: Vec<_> = items.map_ok(|it| id(&it)).try_collect().await.unwrap();
        let now = sorted_ids(&hub);
        let throughout = |id: &&String| before.contains(id) && now.contains(id);
        let of_those: Vec<_> = came.iter().filter(throughout).collect();
        let wanted: Vec<_> = before.iter().filter(|id| now.contains(id)).collect();
        assert_eq!(of_those, wanted, "seed {seed}");
    }
}

#[tokio::test]
async fn a_list_survives_a_token_that_expires() {
    for concurrency in [1, 2, 8, 16] {
        let hub = hub(3).await;
        hub.fault(Fault::ExpireToken.on("list_clients").nth(9))
            .unwrap();
        let client = Client::with_login(hub.username(), hub.password())
            .base_url(hub.url())
            .retry_policy(quick())
            .build()
            .unwrap();
        let items = clients(&client, &hub).concurrency(concurrency);
        let came: Vec<_> = items.try_collect().await.unwrap();
        assert_eq!(ids(&came), sorted_ids(&hub), "concurrency {concurrency}");
        assert_eq!(hub.count("token"), 2, "concurrency {concurrency}");
    }
}

#[tokio::test]
async fn a_rate_limit_covers_all_pages_together() {
    let hub = hub(1).await;
    let sent = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&sent);
    let (most, period) = (5, Duration::from_millis(60));
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .rate_limit(RateLimit::new(most, period))
        .on_attempt(move |_| record.lock().unwrap().push(Instant::now()))
        .build()
        .unwrap();
    let begin = Instant::now();
    let items = clients(&client, &hub).concurrency(8);
    let came: Vec<_> = items.try_collect().await.unwrap();
    assert_eq!(ids(&came), sorted_ids(&hub));

    // 120 items, 6 new ones per page.
    let sent = sent.lock().unwrap().clone();
    assert!((20..=24).contains(&sent.len()), "{}", sent.len());
    for (nth, at) in sent.iter().enumerate() {
        let periods = u32::try_from(nth).unwrap() / most;
        assert!(*at - begin >= period * periods, "request {nth} was early");
    }
    // Pages are requested in order, so they arrive in order.
    let offset = |request: &partner_hub::RecordedRequest| -> u32 {
        let offset = request.query_param("offset");
        offset.map_or(0, |offset| offset.parse().unwrap())
    };
    let offsets: Vec<_> = hub.requests().iter().map(offset).collect();
    let starts: Vec<_> = offsets
        .chunks(5)
        .map(|chunk| *chunk.iter().min().unwrap())
        .collect();
    assert!(starts.is_sorted(), "{offsets:?}");
}
