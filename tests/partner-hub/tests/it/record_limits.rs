//! What the record and its connections may cost.

use std::time::Duration;

use crate::support::{bare, get, own, plain, raw, send};
use partner_api::reqwest::Method;
use partner_hub::{Fault, Hub};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

const KIB: usize = 1024;

/// The numbers of the recorded requests.
fn kept(hub: &Hub) -> Vec<u64> {
    let requests = hub.requests().into_iter();
    requests.map(|request| request.number).collect()
}

async fn post(hub: &Hub, body: Vec<u8>) {
    send(bare(hub, Method::POST, "/api/v2/token").body(body)).await;
}

#[tokio::test]
async fn the_record_is_bounded_by_bytes_of_bodies_and_headers() {
    let hub = plain().recorded_bytes(300 * KIB).start().await.unwrap();
    for _ in 0..10 {
        post(&hub, vec![b'x'; 60 * KIB]).await;
    }
    assert_eq!(kept(&hub), [7, 8, 9, 10]);

    hub.clear_requests();
    let headers = format!("x-large: {}\r\n", "y".repeat(80 * KIB));
    let request = format!(
        "GET {} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n{headers}\r\n",
        own(&hub, "")
    );
    for _ in 0..5 {
        let (response, _) = raw(&hub, request.as_bytes()).await;
        assert!(response.starts_with("HTTP/1.1 401"), "{response}");
    }
    assert_eq!(kept(&hub), [13, 14, 15]);
    assert_eq!(hub.count("get_partner"), 5, "all requests are counted");

    let small = plain().recorded_bytes(1).start().await.unwrap();
    assert_eq!(get(&small, "").await.status, 200);
    assert_eq!((kept(&small).len(), small.count("get_partner")), (0, 1));
}

#[tokio::test]
async fn the_record_is_bounded_with_its_faults() {
    let hub = plain().recorded_bytes(40 * KIB).start().await.unwrap();
    for _ in 0..1_000 {
        hub.fault(Fault::expire_token()).unwrap();
    }
    for _ in 0..5 {
        get(&hub, "").await;
    }
    assert_eq!(kept(&hub), [5]);
    assert_eq!(hub.requests()[0].faults.len(), 1_000);
}

#[tokio::test]
async fn a_body_that_is_not_utf8_is_not_kept() {
    let hub = plain().start().await.unwrap();
    post(&hub, vec![0xff; 64 * KIB]).await;
    assert_eq!(hub.requests()[0].body, "(65536 bytes that are not UTF-8)");
    // A body is cut between characters.
    post(&hub, "é".repeat(40 * KIB).into_bytes()).await;
    assert_eq!(hub.requests()[1].body, "é".repeat(32 * KIB));
    post(&hub, format!("x{}", "é".repeat(40 * KIB)).into_bytes()).await;
    assert_eq!(hub.requests()[2].body.len(), 64 * KIB - 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_disconnected() {
    let hub = plain().clients(2_000).page_size(2_000, 2_000);
    let hub = hub.recorded_requests(0).start().await.unwrap();
    let page = crate::support::raw_get(&hub, "/clients");
    const PAGES: usize = 12;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * KIB as u32).unwrap();
    let address = ([127, 0, 0, 1], hub.port()).into();
    let mut stream = socket.connect(address).await.unwrap();
    stream.write_all(&page.repeat(PAGES)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let mut received = Vec::new();
    let end = stream.read_to_end(&mut received).await;
    let responses = received.windows(12).filter(|part| part == b"HTTP/1.1 200");
    assert!(responses.count() < PAGES, "{end:?}");
}
