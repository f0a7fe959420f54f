//! One client for a thousand concurrent calls.

use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, RetryPolicy};
use tokio::task::JoinSet;

use crate::support::calls::{OPERATIONS, Subject, call, hub};
use crate::support::logins::crowd;

async fn a_thousand_calls(login: bool) {
    let _crowd = crowd().await;
    let hub = hub().await;
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
async fn a_thousand_concurrent_calls_succeed_on_one_thread() {
    a_thousand_calls(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_concurrent_calls_succeed_on_several_threads() {
    a_thousand_calls(false).await;
}

#[tokio::test]
async fn a_thousand_concurrent_calls_log_in_once_on_one_thread() {
    a_thousand_calls(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_concurrent_calls_log_in_once_on_several_threads() {
    a_thousand_calls(true).await;
}
