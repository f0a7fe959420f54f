//! The order in which calls are admitted: credential, limit of the operation, limit of the client.
//! A call that waits for one of them delays no call that waits for another.
//!
//! Time is that of tokio's paused clock, and the server records when each request arrived.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{
    CallOptions, ClientBuilder, Credential, Error, ErrorKind, RateLimit, RetryPolicy,
};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use crate::support::clock::{Clock, Record, fitting, recorded, settle};
use crate::support::raw_server::Server;

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(50);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn with_key(server: &Server) -> ClientBuilder {
    Client::with_api_key("key").base_url(server.url())
}

async fn get_partner(client: &Client, timeout: Duration) -> Result<(), Error> {
    let call = client.get_partner().partner_id("Kq3vTzPA");
    let options = CallOptions::new().timeout(timeout);
    call.send_with(options).await.map(drop)
}

async fn list_clients(client: &Client, timeout: Duration) -> Result<(), Error> {
    let call = client.list_clients().partner_id("Kq3vTzPA");
    let options = CallOptions::new().timeout(timeout);
    call.send_with(options).await.map(drop)
}

/// Sends this many concurrent calls; each must succeed.
async fn calls(client: &Client, count: usize, timeout: Duration) {
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let client = client.clone();
        calls.spawn(async move { get_partner(&client, timeout).await });
    }
    for result in calls.join_all().await {
        result.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_its_operations_limit_delays_no_other_operation() {
    let (server, record) = recorded(|head, _| fitting(head)).await;
    let client = with_key(&server)
        .rate_limit(RateLimit::new(100, SECOND))
        .operation_rate_limit("list_clients", RateLimit::new(1, seconds(10)))
        .build()
        .unwrap();
    let clock = Clock::stop();
    list_clients(&client, seconds(60)).await.unwrap();
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { list_clients(&client, seconds(60)).await }
    });
    settle().await;
    let other = clock.run(TICK, get_partner(&client, SECOND)).await;
    assert!(clock.elapsed() < SECOND, "{:?}", clock.elapsed());
    other.unwrap();
    clock.run(TICK, waiting).await.unwrap().unwrap();
    let lists = record.times("/clients");
    assert!(lists[1] - lists[0] >= seconds(10), "{lists:?}");
    assert!(lists[1] - lists[0] <= seconds(10) + TICK, "{lists:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_timeout_is_shorter_than_a_pause_fails_immediately() {
    for limit in [None, Some(RateLimit::new(1000, SECOND))] {
        let (server, record) = recorded(|head, _| match head {
            head if head.contains("/clients") => too_many(8),
            _ => fitting(head),
        })
        .await;
        let mut client = with_key(&server).retry_policy(RetryPolicy::none());
        if let Some(limit) = limit {
            client = client.rate_limit(limit);
        }
        let client = client.build().unwrap();
        let clock = Clock::stop();
        let error = list_clients(&client, SECOND).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(seconds(8)));
        let patient = tokio::spawn({
            let client = client.clone();
            async move { get_partner(&client, seconds(60)).await }
        });
        settle().await;
        let error = clock.run(TICK, get_partner(&client, SECOND)).await;
        assert_eq!(clock.elapsed(), Duration::ZERO, "{limit:?}");
        let error = error.unwrap_err();
        let ErrorKind::ClientThrottled(wait) = *error.kind() else {
            panic!("{error:?}")
        };
        // It would come after the other, within the 0.25 s over which the end of a pause is spread.
        let quarter = Duration::from_millis(250);
        assert!(
            (seconds(8)..seconds(8) + quarter).contains(&wait),
            "{wait:?}"
        );
        assert_eq!(error.retry_after(), Some(wait));
        assert_eq!(error.attempts(), 0);
        clock.run(TICK, patient).await.unwrap().unwrap();
        assert!((seconds(8)..seconds(9)).contains(&clock.elapsed()));
        assert_eq!(record.times("").len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_fails_waiting_calls_whose_timeout_is_shorter() {
    let (server, _) = recorded(|head, _| match head {
        head if head.contains("/clients") => too_many(8),
        _ => fitting(head),
    })
    .await;
    let client = with_key(&server)
        .retry_policy(RetryPolicy::none())
        .operation_rate_limit("get_partner", RateLimit::new(1, SECOND))
        .build()
        .unwrap();
    let clock = Clock::stop();
    get_partner(&client, seconds(5)).await.unwrap();
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { get_partner(&client, seconds(5)).await }
    });
    settle().await;
    list_clients(&client, SECOND).await.unwrap_err();
    let error = clock.run(TICK, waiting).await.unwrap().unwrap_err();
    assert_eq!(clock.elapsed(), Duration::ZERO);
    assert!(
        matches!(error.kind(), ErrorKind::ClientThrottled(_)),
        "{error:?}"
    );
    assert!(error.retry_after() >= Some(seconds(8)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_delayed_by_a_pause_do_not_resume_together() {
    let (server, record) = recorded(|head, before| match head {
        head if head.contains("/clients") && before == 0 => too_many(8),
        _ => fitting(head),
    })
    .await;
    let client = with_key(&server)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let clock = Clock::stop();
    list_clients(&client, SECOND).await.unwrap_err();
    let held = calls(&client, 50, seconds(60));
    let step = Duration::from_millis(5);
    clock.run(step, held).await;
    let times = record.times("/partners/Kq3vTzPA ");
    assert_eq!(times.len(), 50);
    assert!(times[0] >= seconds(8), "{times:?}");
    // The default backoff is at least 0.25 s.
    assert!(times[49] <= seconds(8) + 60 * step, "{times:?}");
    assert!(times[49] - times[0] >= 40 * step, "{times:?}");
    assert!(record.most_within(step, "Kq3vTzPA ") <= 5, "{times:?}");
}

fn too_many(seconds: u64) -> (String, String) {
    let status = format!("429 Too Many Requests\r\nretry-after: {seconds}");
    (status, "{}".to_owned())
}

/// Accepts the first token up to a given call, and the second one from then on.
async fn replacing_the_token_at(call: usize) -> (Server, Record) {
    let is_replaced = AtomicBool::new(false);
    recorded(move |head, before| {
        if head.starts_with("POST /api/v2/token") {
            let token = if before == 0 { "first" } else { "second" };
            let body = format!(r#"{{"access_token": "{token}", "expires_in": 3600}}"#);
            return ("200 OK".to_owned(), body);
        }
        if before + 1 == call {
            is_replaced.store(true, Ordering::SeqCst);
        }
        match is_replaced.load(Ordering::SeqCst) && head.contains("Bearer first") {
            true => ("401 Unauthorized".to_owned(), "{}".to_owned()),
            false => fitting(head),
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_login_is_admitted_before_the_calls_that_wait_for_it() {
    for rejected in [1, 2, 5, 11] {
        let (server, record) = replacing_the_token_at(rejected).await;
        let client = Client::with_login("owner@shop.example", "secret")
            .base_url(server.url())
            .rate_limit(RateLimit::new(2, SECOND))
            .build()
            .unwrap();
        let clock = Clock::stop();
        // 2 logins, 11 calls and those that were rejected take 7 to 8 seconds.
        clock.run(TICK, calls(&client, 11, seconds(9))).await;
        assert_eq!(record.times("/token").len(), 2, "{rejected}");
        let calls = record.times("/partners/").len();
        // At most one more was in flight with the first token.
        assert!((12..=13).contains(&calls), "{rejected}: {record:?}");
        assert!(
            record.most_within(SECOND, "") <= 2,
            "{rejected}: {record:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_waited_for_credentials_obey_the_rate_limit() {
    let (server, record) = recorded(|head, _| fitting(head)).await;
    let credential = Arc::new(OnceCell::new());
    let client = Client::with_credentials(move || {
        let credential = Arc::clone(&credential);
        async move {
            let slow = async {
                tokio::time::sleep(seconds(4)).await;
                Credential::api_key("key")
            };
            Ok(credential.get_or_try_init(|| slow).await?.clone())
        }
    })
    .base_url(server.url())
    .rate_limit(RateLimit::new(2, SECOND))
    .build()
    .unwrap();
    let clock = Clock::stop();
    clock.run(TICK, calls(&client, 10, seconds(60))).await;
    assert_eq!(record.times("/partners/").len(), 10);
    assert_eq!(record.most_within(SECOND, ""), 2);
    assert!(clock.elapsed() < seconds(9), "{:?}", clock.elapsed());
}

/// A server that rejects tokens, sends 429 and fails at random.
async fn moody(seed: u64) -> (Server, Record) {
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    let token = AtomicUsize::new(0);
    recorded(move |head, _| {
        let mut random = random.lock().unwrap();
        if head.starts_with("POST /api/v2/token") {
            let token = token.fetch_add(1, Ordering::SeqCst) + 1;
            let body = format!(r#"{{"access_token": "token-{token}", "expires_in": 3600}}"#);
            return ("200 OK".to_owned(), body);
        }
        let current = format!("Bearer token-{}\r\n", token.load(Ordering::SeqCst));
        let rejected = ("401 Unauthorized".to_owned(), "{}".to_owned());
        match random.u8(..30) {
            _ if !head.contains(&current) => rejected,
            0 => rejected,
            1 => too_many(random.u64(0..3)),
            2 => ("503 Service Unavailable".to_owned(), "{}".to_owned()),
            _ => fitting(head),
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn no_random_workload_exceeds_a_limit_or_outlasts_a_timeout() {
    for seed in 0..8 {
        let (server, record) = moody(seed).await;
        let mut random = fastrand::Rng::with_seed(seed);
        let client = Client::with_login("owner@shop.example", "secret")
            .base_url(server.url())
            .rate_limit(RateLimit::new(5, SECOND))
            .operation_rate_limit("list_clients", RateLimit::new(2, 3 * SECOND))
            .build()
            .unwrap();
        let clock = Clock::stop();
        let (mut running, mut cancelled) = (JoinSet::new(), Vec::new());
        for number in 0..80 {
            let client = client.clone();
            let wait = Duration::from_millis(random.u64(0..8_000));
            let timeout = Duration::from_millis(random.u64(100..12_000));
            let handle = running.spawn(async move {
                tokio::time::sleep(wait).await;
                let begun = tokio::time::Instant::now();
                let result = match number % 3 {
                    0 => list_clients(&client, timeout).await,
                    _ => get_partner(&client, timeout).await,
                };
                let took = begun.elapsed();
                assert!(
                    took <= timeout + TICK,
                    "{took:?} of {timeout:?}: {result:?}"
                );
            });
            if number % 8 == 0 {
                cancelled.push((wait + timeout / 4, handle));
            }
        }
        let all = async {
            cancelled.sort_by_key(|(at, _)| *at);
            for (at, handle) in cancelled {
                tokio::time::sleep(at.saturating_sub(clock.elapsed())).await;
                handle.abort();
            }
            while let Some(result) = running.join_next().await {
                if let Err(error) = result {
                    assert!(error.is_cancelled(), "{seed}: {error}");
                }
            }
        };
        clock.run(TICK, all).await;
        let most = record.most_within(SECOND, "");
        assert!(most <= 5, "{seed}: {record:?}");
        let lists = record.most_within(3 * SECOND, "/clients");
        assert!(lists <= 2, "{seed}: {record:?}");
        assert!(record.times("").len() > 40, "{seed}: {record:?}");
    }
}
