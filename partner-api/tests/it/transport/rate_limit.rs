//! A client sends no more requests than its rate limit allows, in order, and pauses after a 429.
//!
//! Time is that of tokio's paused clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, Error, ErrorKind, RateLimit, RetryPolicy};
use partner_hub::{ErrorBody, Fault, Hub, RetryAfter};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::support::calls::{APPROVAL, OPERATIONS, Subject, call, hub, send};
use crate::support::clock::{Clock, fitting, recorded};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A client without timeouts, so that the clock may run ahead.
fn client(hub: &Hub) -> ClientBuilder {
    Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .connect_timeout(DAY)
        .attempt_timeout(DAY)
        .timeout(DAY)
}

#[track_caller]
fn assert_throttled(result: Result<(), Error>, least: Duration, most: Duration) {
    let error = result.unwrap_err();
    let ErrorKind::ClientThrottled(wait) = *error.kind() else {
        panic!("{error:?}")
    };
    assert!((least..=most).contains(&wait), "{error:?}");
    assert_eq!(error.retry_after(), Some(wait));
    assert_eq!((error.attempts(), error.status()), (0, None));
    assert!(!error.is_outcome_unknown());
    assert!(error.to_string().contains("try again in"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn no_period_has_more_requests_than_allowed() {
    const CALLS: usize = 1000;
    let (second, tick) = (Duration::from_secs(1), Duration::from_millis(50));
    let (server, record) = recorded(|head, _| fitting(head)).await;
    let client = Client::with_api_key("key")
        .base_url(server.url())
        .rate_limit(RateLimit::new(90, second))
        .operation_rate_limit("get_partner", RateLimit::new(10, second))
        .operation_rate_limit(APPROVAL, RateLimit::new(20, 2 * second))
        .build()
        .unwrap();
    let subject = Subject::any();
    let clock = Clock::stop();
    // One call in ten is cancelled, some before they are sent and some after.
    let mut cancelled = Vec::new();
    let mut calls = JoinSet::new();
    for number in 0..CALLS * 10 / 9 {
        let (client, subject) = (client.clone(), subject.clone());
        let operation = OPERATIONS[number % OPERATIONS.len()];
        let handle = calls.spawn(async move {
            let result = call(&client, &subject, operation, CallOptions::new()).await;
            result.unwrap();
        });
        if number % 10 == 9 {
            cancelled.push((Duration::from_millis(7 * number as u64), handle));
        }
    }
    let cancel = async {
        for (at, handle) in cancelled {
            tokio::time::sleep(at.saturating_sub(clock.elapsed())).await;
            handle.abort();
        }
        let mut finished = 0;
        while let Some(result) = calls.join_next().await {
            match result {
                Ok(()) => finished += 1,
                Err(error) => assert!(error.is_cancelled(), "{error}"),
            }
        }
        finished
    };
    let finished = clock.run(tick, cancel).await;
    let times = record.times("");
    assert!(finished >= CALLS && times.len() >= finished, "{finished}");
    // Exactly as many as allowed in each period, for as long as calls wait.
    assert_eq!(record.most_within(second, ""), 90);
    let partner = "GET /api/v2/partners/Kq3vTzPA ";
    assert_eq!(record.most_within(second, partner), 10);
    assert_eq!(record.most_within(2 * second, "/approve"), 20);
    let periods = |part: &str, limit: usize| record.times(part).len().div_ceil(limit) as u32 - 1;
    let least = [
        periods("", 90),
        periods(partner, 10),
        2 * periods("/approve", 20),
    ];
    let least = second * *least.iter().max().unwrap();
    // The clock moves in ticks, so each burst may be one tick late.
    let last = *times.last().unwrap();
    assert!(
        (least..=least + second).contains(&last),
        "{last:?}, {least:?}"
    );
}

#[tokio::test]
async fn an_operation_can_have_its_own_limit() {
    let hub = hub().await;
    let client = client(&hub)
        .operation_rate_limit("get_partner", RateLimit::new(2, HOUR))
        .operation_rate_limit("update_partner", RateLimit::new(1, HOUR))
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    for _ in 0..4 {
        for operation in OPERATIONS {
            let _ = send(&client, &hub, operation).await;
        }
    }
    for operation in OPERATIONS {
        let sent = match operation {
            "get_partner" => 2,
            "update_partner" => 1,
            _ => 4,
        };
        assert_eq!(hub.count(operation), sent, "{operation}");
    }
}

#[tokio::test]
async fn retries_and_logins_count() {
    let hub = hub().await;
    hub.fault(Fault::status(503).on("get_partner").times(2))
        .unwrap();
    let tiny = Duration::from_millis(1);
    let client = Client::with_login(hub.username(), hub.password())
        .base_url(hub.url())
        .retry_policy(RetryPolicy::max(2).backoff(tiny, tiny))
        .rate_limit(RateLimit::new(4, HOUR))
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    send(&client, &hub, "get_partner").await.unwrap();
    assert_eq!((hub.count("token"), hub.count("get_partner")), (1, 3));
    let result = send(&client, &hub, "get_partner").await;
    assert_throttled(result, Duration::ZERO, HOUR);
}

#[tokio::test]
async fn logins_can_have_their_own_limit() {
    let hub = hub().await;
    hub.fault(Fault::ExpireToken.on("get_partner")).unwrap();
    let client = Client::with_login(hub.username(), hub.password())
        .base_url(hub.url())
        .operation_rate_limit("token", RateLimit::new(1, HOUR))
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    send(&client, &hub, "list_clients").await.unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    let ErrorKind::Login(login) = error.kind() else {
        panic!("{error:?}")
    };
    assert!(
        matches!(login.kind(), ErrorKind::ClientThrottled(_)),
        "{login:?}"
    );
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_rejected_call_takes_no_slot() {
    let hub = hub().await;
    let period = Duration::from_millis(300);
    let client = client(&hub)
        .rate_limit(RateLimit::new(1, period))
        .build()
        .unwrap();
    send(&client, &hub, "get_partner").await.unwrap();
    for _ in 0..50 {
        let impatient = CallOptions::new().timeout(Duration::from_nanos(1));
        let result = call(&client, &Subject::of(&hub), "get_partner", impatient).await;
        assert_throttled(result.map(|_| ()), Duration::ZERO, period);
    }
    // The 51st call would be admitted after 15 seconds.
    let patient = CallOptions::new().timeout(Duration::from_secs(10));
    call(&client, &Subject::of(&hub), "get_partner", patient)
        .await
        .unwrap();
    assert_eq!(hub.count("get_partner"), 2);
}

#[test]
fn a_limit_of_an_unknown_operation_is_rejected() {
    for operation in ["", "list_client", "GET", "listClients", "/api/v2/token"] {
        let error = Client::with_api_key("key")
            .operation_rate_limit(operation, RateLimit::new(1, HOUR))
            .build()
            .unwrap_err();
        let ErrorKind::Configuration { setting, reason } = error.kind() else {
            panic!("{error:?}")
        };
        assert_eq!(*setting, "operation_rate_limit");
        assert!(reason.contains(operation), "{reason}");
    }
    for operation in OPERATIONS.into_iter().chain(["token"]) {
        Client::with_api_key("key")
            .operation_rate_limit(operation, RateLimit::new(1, HOUR))
            .build()
            .unwrap();
    }
}

/// The requests of a client, by the number in `limit`, and the second of each response.
type Times = Arc<Mutex<Vec<u64>>>;

fn timed(builder: ClientBuilder) -> (Client, Times) {
    let times = Times::default();
    let record = Arc::clone(&times);
    let start = Instant::now();
    let client = builder
        .on_attempt(move |_| record.lock().unwrap().push(start.elapsed().as_secs()))
        .build()
        .unwrap();
    (client, times)
}

/// Requests pages of 1, 2, 3 … items concurrently.
async fn pages(client: &Client, hub: &Hub, count: u32) {
    let mut calls = JoinSet::new();
    for limit in 1..=count {
        let (client, partner_id) = (client.clone(), hub.partner_id().to_owned());
        calls.spawn(async move {
            let call = client.list_clients().partner_id(partner_id).limit(limit);
            call.send().await.map(|_| ())
        });
    }
    while let Some(result) = calls.join_next().await {
        result.unwrap().unwrap();
    }
}

/// Which of [`pages`] the server received, in order.
fn limits(hub: &Hub) -> Vec<u32> {
    let requests = hub.requests();
    let lists = requests
        .iter()
        .filter(|request| request.operation.as_deref() == Some("list_clients"));
    lists
        .map(|request| request.query_param("limit").unwrap().parse().unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn calls_are_admitted_in_order() {
    let hub = hub().await;
    let limit = RateLimit::new(1, Duration::from_secs(30));
    let (client, times) = timed(client(&hub).rate_limit(limit));
    pages(&client, &hub, 20).await;
    assert_eq!(limits(&hub), Vec::from_iter(1..=20));
    let turns: Vec<_> = (0..20).map(|turn| turn * 30).collect();
    assert_eq!(*times.lock().unwrap(), turns);
}

#[tokio::test(start_paused = true)]
async fn calls_are_admitted_in_bursts_of_a_periods_limit() {
    let hub = hub().await;
    let limit = RateLimit::new(5, Duration::from_secs(30));
    let (client, times) = timed(client(&hub).rate_limit(limit));
    pages(&client, &hub, 20).await;
    let turns: Vec<_> = (0..20).map(|call| call / 5 * 30).collect();
    assert_eq!(*times.lock().unwrap(), turns);
}

fn too_many(seconds: Option<u64>) -> Fault {
    Fault::Status {
        status: 429,
        retry_after: seconds.map(RetryAfter::Seconds),
        body: ErrorBody::Envelope,
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_pauses_all_calls() {
    let hub = hub().await;
    hub.fault(too_many(Some(50)).on("get_partner").times(1))
        .unwrap();
    let is_paused = Arc::new(Notify::new());
    let notify = Arc::clone(&is_paused);
    let start = Instant::now();
    let client = client(&hub)
        .on_attempt(move |attempt| {
            if attempt.error.is_some() {
                notify.notify_one();
            }
        })
        .build()
        .unwrap();
    let limited = send(&client, &hub, "get_partner");
    let others = async {
        is_paused.notified().await;
        assert_eq!(hub.requests().len(), 1);
        for operation in ["list_clients", "update_partner"] {
            send(&client.clone(), &hub, operation).await.unwrap();
            assert!(start.elapsed() >= Duration::from_secs(50), "{operation}");
        }
    };
    let (limited, ()) = tokio::join!(limited, others);
    limited.unwrap();
    assert_eq!(hub.requests().len(), 4);
}

#[tokio::test]
async fn a_call_whose_timeout_is_shorter_than_a_429s_pause_fails_immediately() {
    let hub = hub().await;
    hub.fault(too_many(Some(50)).on("get_partner")).unwrap();
    let client = client(&hub)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    assert!(error.is_rate_limited());
    for operation in OPERATIONS {
        let impatient = CallOptions::new().timeout(Duration::from_secs(20));
        let result = call(&client, &Subject::of(&hub), operation, impatient).await;
        let least = Duration::from_secs(20);
        assert_throttled(result.map(|_| ()), least, Duration::from_secs(50));
    }
    assert_eq!(hub.requests().len(), 1);
}

#[tokio::test]
async fn a_pause_is_capped_by_max_retry_after() {
    let hub = hub().await;
    hub.fault(too_many(Some(3600)).on("get_partner")).unwrap();
    let client = client(&hub).build().unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(HOUR));
    // The default maximum.
    let impatient = CallOptions::new().timeout(Duration::from_secs(20));
    let result = call(&client, &Subject::of(&hub), "list_clients", impatient).await;
    let (least, most) = (Duration::from_secs(20), Duration::from_secs(60));
    assert_throttled(result.map(|_| ()), least, most);
}

#[tokio::test]
async fn other_errors_pause_nothing() {
    for fault in [
        Fault::status(503),
        Fault::status_with_retry_after(503, RetryAfter::Seconds(50)),
    ] {
        let hub = hub().await;
        hub.fault(fault.on("get_partner")).unwrap();
        let client = client(&hub)
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap();
        send(&client, &hub, "get_partner").await.unwrap_err();
        let impatient = CallOptions::new().timeout(Duration::from_secs(40));
        call(&client, &Subject::of(&hub), "list_clients", impatient)
            .await
            .unwrap();
    }
}
