//! Clients under load, with random faults and changes, for as long as `SOAK_SECONDS` says.
//!
//! ```sh
//! SOAK_SECONDS=7200 cargo test --release -p partner-api --test soak -- --nocapture
//! ```
//!
//! Everything runs in this process, so that what the emulator did can be compared with what the clients
//! report: no client of a list is lost or repeated, what is reported as done was done, no error shows a
//! secret, and memory, tasks and open files stay bounded.
#![cfg(feature = "workflows")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod approvals;
mod chaos;
mod resources;
mod tally;
mod updates;
mod walks;

use std::sync::Arc;
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{ClientBuilder, RateLimit, RetryPolicy};
use partner_hub::Hub;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::resources::Resources;
use self::tally::Tally;

const CLIENTS: u32 = 1000;
const MILLI: Duration = Duration::from_millis(1);

/// What all workers share.
struct Soak {
    hub: Hub,
    tally: Tally,
    end: Instant,
}

impl Soak {
    /// Counts an error, and waits as a program would.
    async fn failed(&self, worker: &str, error: &partner_api::Error) {
        self.tally.error(&self.hub, worker, error.label(), error);
        let wait = error.retry_after().unwrap_or(50 * MILLI);
        tokio::time::sleep(wait.min(1000 * MILLI)).await;
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Clients that give up on a call after a while and retry quickly.
    fn tuned(&self, builder: ClientBuilder) -> Client {
        let policy = RetryPolicy::max(4).backoff(MILLI, 20 * MILLI);
        builder
            .base_url(self.hub.url())
            .timeout(10_000 * MILLI)
            .attempt_timeout(1000 * MILLI)
            .rate_limit(RateLimit::new(500, 1000 * MILLI))
            .max_response_bytes(2 * 1024 * 1024)
            .retry_policy(policy.max_retry_after(100 * MILLI))
            .build()
            .unwrap()
    }

    fn with_key(&self) -> Client {
        self.tuned(Client::with_api_key(self.hub.api_key()))
    }

    fn with_login(&self) -> Client {
        self.tuned(Client::with_login(self.hub.username(), self.hub.password()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_repeated_or_leaked() {
    let seconds = std::env::var("SOAK_SECONDS").map_or(5, |value| value.parse().unwrap());
    let hub = Hub::builder()
        .clients(CLIENTS)
        .anomaly_rate(0.2)
        .recorded_requests(1000)
        .migration_time(50 * MILLI);
    let soak = Arc::new(Soak {
        hub: hub.start().await.unwrap(),
        tally: Tally::default(),
        end: Instant::now() + Duration::from_secs(seconds),
    });

    let mut workers = JoinSet::new();
    let (key, login) = (soak.with_key(), soak.with_login());
    for client in [&key, &login, &login] {
        workers.spawn(walks::run(soak.clone(), client.clone()));
    }
    for (number, client) in [&key, &login].into_iter().enumerate() {
        workers.spawn(updates::run(soak.clone(), client.clone(), number));
    }
    workers.spawn(approvals::run(soak.clone(), key.clone(), login.clone()));
    workers.spawn(chaos::change(soak.clone()));
    workers.spawn(chaos::disturb(soak.clone()));

    let mut resources = Resources::default();
    let pause = Duration::from_secs((seconds / 60).clamp(1, 60));
    while !soak.is_over() {
        tokio::select! {
            () = tokio::time::sleep(pause) => resources.measure(&soak.tally),
            ended = workers.join_next() => ended.unwrap().unwrap(),
        }
    }
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
    resources.check();
    soak.tally.check();
    println!("{:#?}", soak.tally);
}
