//! Many hubs at once, and nothing left of them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::HashSet;
use std::io::ErrorKind;

use common::{get, plain};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::runtime::Handle;

#[tokio::test]
async fn two_hundred_hubs_live_at_once_and_leave_nothing() {
    let tasks = Handle::current().metrics().num_alive_tasks();
    let mut hubs = Vec::new();
    for seed in 0..200 {
        hubs.push(plain().clients(5).seed(seed).start().await.unwrap());
    }
    let ports: HashSet<u16> = hubs.iter().map(|hub| hub.port()).collect();
    assert_eq!(ports.len(), 200);
    let partners: HashSet<&str> = hubs.iter().map(|hub| hub.partner_id()).collect();
    assert_eq!(partners.len(), 200);

    let client = common::http();
    let mut open = Vec::new();
    for hub in &hubs {
        let url = format!("{}{}", hub.url(), common::own(hub, ""));
        let answer = common::send(client.get(url).header("x-api-key", hub.api_key())).await;
        assert_eq!(answer.body["id"], hub.partner_id());
        open.push(TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap());
    }
    drop(client);
    drop(hubs);

    // The ports are free at once; the connections end when the tasks are dropped.
    for port in ports {
        let refused = TcpStream::connect(("127.0.0.1", port)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    for mut stream in open {
        assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    }
    while Handle::current().metrics().num_alive_tasks() > tasks {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_taken_port_is_an_error_and_a_freed_one_is_not() {
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
async fn a_hub_answers_many_at_once() {
    let hub = std::sync::Arc::new(plain().clients(500).start().await.unwrap());
    let mut calls = tokio::task::JoinSet::new();
    for offset in 0..100 {
        let hub = std::sync::Arc::clone(&hub);
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
