//! Concurrent requests, and the ends of ports and runtimes.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::support::{get, plain};

#[tokio::test]
async fn a_port_in_use_is_an_error_until_it_is_released() {
    let hub = plain().start().await.unwrap();
    let port = hub.port();
    let error = plain().port(port).start().await.unwrap_err();
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    assert_eq!(get(&hub, "").await.status, 200);
    drop(hub);
    let again = plain().port(port).start().await.unwrap();
    assert_eq!(get(&again, "").await.status, 200);
}

#[test]
fn a_hub_may_outlive_its_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let hub = runtime.block_on(plain().start()).unwrap();
    drop(runtime);
    drop(hub);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_handles_concurrent_requests() {
    let hub = Arc::new(plain().clients(500).start().await.unwrap());
    let mut calls = JoinSet::new();
    for offset in 0..100 {
        let hub = Arc::clone(&hub);
        calls.spawn(async move {
            get(&hub, &format!("/clients?offset={offset}&limit=1"))
                .await
                .status
        });
    }
    assert!(
        calls
            .join_all()
            .await
            .into_iter()
            .all(|status| status == 200)
    );
    assert_eq!(hub.count("list_clients"), 100);
    let numbers: HashSet<u64> = hub
        .requests()
        .iter()
        .map(|request| request.number)
        .collect();
    assert_eq!(numbers.len(), 100);
}
