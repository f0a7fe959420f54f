//! Many emulators in one process, and nothing left of them. This is a process of its own, because
//! other tests could bind a port between its release and the check that it is free.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::io::ErrorKind;

use partner_hub::Hub;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

#[tokio::test]
async fn two_hundred_concurrent_hubs_leave_nothing_behind() {
    let tasks = Handle::current().metrics().num_alive_tasks();
    let mut hubs = Vec::new();
    for seed in 0..200 {
        let hub = Hub::builder().clients(5).seed(seed).start().await;
        hubs.push(hub.unwrap());
    }
    let ports: HashSet<u16> = hubs.iter().map(|hub| hub.port()).collect();
    assert_eq!(ports.len(), 200);
    let partners: HashSet<&str> = hubs.iter().map(|hub| hub.partner_id()).collect();
    assert_eq!(partners.len(), 200);

    let mut connections = Vec::new();
    for hub in &hubs {
        let (id, key) = (hub.partner_id(), hub.api_key());
        let request =
            format!("GET /api/v2/partners/{id} HTTP/1.1\r\nhost: hub\r\nx-api-key: {key}\r\n\r\n");
        let mut connection = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut received = vec![0; 4096];
        let length = connection.read(&mut received).await.unwrap();
        let response = String::from_utf8_lossy(&received[..length]);
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        assert!(response.contains(&format!("\"id\":\"{id}\"")), "{response}");
        connections.push(connection);
    }
    drop(hubs);

    // Ports are free immediately; connections end when the tasks are dropped.
    for port in ports {
        let refused = TcpStream::connect(("127.0.0.1", port)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    for mut connection in connections {
        assert_eq!(connection.read(&mut [0]).await.unwrap_or(0), 0);
    }
    while Handle::current().metrics().num_alive_tasks() > tasks {
        tokio::task::yield_now().await;
    }
}
