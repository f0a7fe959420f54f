//! A client sends no more than it may, in the order it was asked to, and waits when the hub says so.
//!
//! Where time passes here, it is that of tokio's paused clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::calls::{APPROVAL, OPERATIONS, Subject, call};
use crate::support::clock::{Clock, fitting, recorded};
use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, Error, ErrorKind, RateLimit, RetryPolicy};
use partner_hub::{ErrorBody, Fault, Hub, RetryAfter};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn hub() -> Hub {
    Hub::builder()
        .clients(3)
        .anomaly_rate(0.0)
        .start()
        .await
        .unwrap()
}

/// A client for which a clock that runs ahead is no trouble.
fn client(hub: &Hub) -> ClientBuilder {
    Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .connect_timeout(DAY)
        .attempt_timeout(DAY)
        .timeout(DAY)
}

async fn send(client: &Client, hub: &Hub, operation: &str) -> Result<(), Error> {
    let subject = Subject::of(hub);
    let answer = call(client, &subject, operation, CallOptions::new()).await;
    answer.map(|_| ())
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
async fn no_more_requests_are_sent_in_a_period_than_allowed() {
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
    let subject = Subject {
        partner_id: "Kq3vTzPA".to_owned(),
        client_id: "mN8wXyCL".to_owned(),
        pcr_id: "916c05f1".to_owned(),
    };
    let clock = Clock::stop();
    // One call in ten is cancelled: some before they are sent, some that have been.
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
    // Exactly as many as allowed: as many as there may be, for as long as any wait.
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
    // The clock moves by ticks, so each burst may be one late.
    let last = *times.last().unwrap();
    assert!(
        (least..=least + second).contains(&last),
        "{last:?}, {least:?}"
    );
}

#[tokio::test]
async fn an_operation_can_have_a_limit_of_its_own() {
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
async fn repetitions_and_logins_count() {
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
async fn logins_can_have_a_limit_of_their_own() {
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
async fn a_turn_that_is_refused_is_not_taken() {
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
    // The 51st turn would come after 15 seconds.
    let patient = CallOptions::new().timeout(Duration::from_secs(10));
    call(&client, &Subject::of(&hub), "get_partner", patient)
        .await
        .unwrap();
    assert_eq!(hub.count("get_partner"), 2);
}

#[test]
fn a_limit_of_an_unknown_operation_is_refused() {
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

/// What a client asked the hub, by the number in `limit`, and the second of each answer.
type Times = Arc<Mutex<Vec<u64>>>;

fn timed(builder: ClientBuilder) -> (Client, Times) {
    let times = Times::default();
    let told = Arc::clone(&times);
    let start = Instant::now();
    let client = builder
        .on_attempt(move |_| told.lock().unwrap().push(start.elapsed().as_secs()))
        .build()
        .unwrap();
    (client, times)
}

/// Asks for pages of 1, 2, 3 … rows, all at once.
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

/// Which of [`pages`] came to the hub, in order.
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
async fn calls_go_in_the_order_in_which_they_came() {
    let hub = hub().await;
    let limit = RateLimit::new(1, Duration::from_secs(30));
    let (client, times) = timed(client(&hub).rate_limit(limit));
    pages(&client, &hub, 20).await;
    assert_eq!(limits(&hub), Vec::from_iter(1..=20));
    let turns: Vec<_> = (0..20).map(|turn| turn * 30).collect();
    assert_eq!(*times.lock().unwrap(), turns);
}

#[tokio::test(start_paused = true)]
async fn calls_come_in_bursts_of_as_many_as_a_period_has() {
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
async fn a_429_holds_all_calls_back() {
    let hub = hub().await;
    hub.fault(too_many(Some(50)).on("get_partner").times(1))
        .unwrap();
    let refused = Arc::new(Notify::new());
    let told = Arc::clone(&refused);
    let start = Instant::now();
    let client = client(&hub)
        .on_attempt(move |attempt| {
            if attempt.error.is_some() {
                told.notify_one();
            }
        })
        .build()
        .unwrap();
    let limited = send(&client, &hub, "get_partner");
    let others = async {
        refused.notified().await;
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
async fn a_call_that_cannot_outwait_a_pause_is_refused_at_once() {
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
async fn a_pause_is_no_longer_than_the_client_obeys() {
    let hub = hub().await;
    hub.fault(too_many(Some(3600)).on("get_partner")).unwrap();
    let client = client(&hub).build().unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(HOUR));
    // The default cap.
    let impatient = CallOptions::new().timeout(Duration::from_secs(20));
    let result = call(&client, &Subject::of(&hub), "list_clients", impatient).await;
    let (least, most) = (Duration::from_secs(20), Duration::from_secs(60));
    assert_throttled(result.map(|_| ()), least, most);
}

#[tokio::test]
async fn other_errors_hold_nothing_back() {
    for fault in [
        Fault::status(503),
        Fault::Status {
            status: 503,
            retry_after: Some(RetryAfter::Seconds(50)),
            body: ErrorBody::Envelope,
        },
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
