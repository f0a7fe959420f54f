//! One client for a thousand calls at once.

use crate::support::calls::{OPERATIONS, Subject, call};
use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, RetryPolicy};
use partner_hub::Hub;
use tokio::task::JoinSet;

async fn a_thousand_calls(login: bool) {
    // Both ends of each connection are files of this process, and many systems begin with 1024.
    rlimit::increase_nofile_limit(4_096).unwrap();
    let hub = Hub::builder()
        .clients(3)
        .anomaly_rate(0.0)
        .start()
        .await
        .unwrap();
    let builder: ClientBuilder = match login {
        true => Client::with_login(hub.username(), hub.password()),
        false => Client::with_api_key(hub.api_key()),
    };
    let client = builder
        .base_url(hub.url())
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let mut calls = JoinSet::new();
    for nth in 0..1_000 {
        let (client, subject) = (client.clone(), Subject::of(&hub));
        let operation = OPERATIONS[nth % OPERATIONS.len()];
        calls.spawn(async move {
            let result = call(&client, &subject, operation, CallOptions::new()).await;
            result.unwrap_or_else(|error| panic!("call {nth}: {error:?}"));
        });
    }
    while let Some(done) = calls.join_next().await {
        done.unwrap();
    }
    let sent: u64 = OPERATIONS
        .iter()
        .map(|operation| hub.count(operation))
        .sum();
    assert_eq!(sent, 1_000);
    assert_eq!(hub.count("token"), u64::from(login));
}

#[tokio::test]
async fn a_thousand_calls_at_once_succeed_on_one_thread() {
    a_thousand_calls(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_calls_at_once_succeed_on_several_threads() {
    a_thousand_calls(false).await;
}

#[tokio::test]
async fn a_thousand_calls_at_once_log_in_once_on_one_thread() {
    a_thousand_calls(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_calls_at_once_log_in_once_on_several_threads() {
    a_thousand_calls(true).await;
}
