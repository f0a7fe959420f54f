//! Lists of many clients: what they show after many changes, and that nothing waits for them.

use crate::support::{get, plain, raw_get};
use partner_api::prelude::*;
use partner_hub::{Fault, Hub};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Whether a small request is complete before a page of the list, which was requested earlier.
/// Everything but the work that may block runs on one thread.
async fn is_overtaken(hub: &Hub, page: &str) -> bool {
    let mut small = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    let mut large = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    let before = hub.count("list_clients");
    large.write_all(&raw_get(hub, page)).await.unwrap();
    let large = tokio::spawn(async move {
        let mut status = [0; 12];
        large.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
    });
    while hub.count("list_clients") == before {
        tokio::task::yield_now().await;
    }
    small.write_all(&raw_get(hub, "")).await.unwrap();
    let mut status = [0; 12];
    small.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    let overtaken = !large.is_finished();
    large.await.unwrap();
    overtaken
}

#[tokio::test]
async fn a_request_does_not_wait_for_a_sort_of_many_clients() {
    let hub = plain().clients(10_000).start().await.unwrap();
    assert!(is_overtaken(&hub, "/clients?sort=-name,created_at").await);
}

#[tokio::test]
async fn a_request_does_not_wait_for_an_insert_or_removal_of_many_clients() {
    let hub = plain().start().await.unwrap();
    for sort in ["name", "-name", "created_at", "-modified_at"] {
        assert_eq!(
            get(&hub, &format!("/clients?sort={sort}")).await.status,
            200
        );
    }
    for fault in [Fault::insert_clients(20_000), Fault::remove_clients(20_000)] {
        hub.clear_faults();
        hub.fault(fault.on("list_clients")).unwrap();
        assert!(is_overtaken(&hub, "/clients?limit=1").await);
    }
    assert_eq!(hub.client_count(hub.partner_id()), 40);
}

#[tokio::test]
async fn a_sorted_list_is_correct_after_any_number_of_changes() {
    let hub = plain().clients(3_000).start().await.unwrap();
    let changes = [
        Fault::insert_clients(2_000),
        Fault::remove_clients(1),
        Fault::insert_clients(10),
        Fault::remove_clients(4_000),
        Fault::insert_clients(1),
        Fault::remove_clients(2_000),
    ];
    for change in changes {
        hub.fault(change.on("list_clients").times(1)).unwrap();
        assert_eq!(get(&hub, "/clients?limit=1").await.status, 200);

        let ids = hub.client_ids(hub.partner_id());
        let mut accounts: Vec<types::ClientAccount> =
            ids.iter().map(|id| hub.client(id).unwrap()).collect();
        accounts.sort_by(|one, other| other.name.cmp(&one.name));
        let expected: Vec<&str> = accounts
            .iter()
            .map(|it| it.id.as_ref().unwrap().as_str())
            .collect();
        for offset in [0, expected.len() / 2, expected.len().saturating_sub(50)] {
            let path = format!("/clients?sort=-name&limit=100&offset={offset}");
            let page = get(&hub, &path).await.body;
            let found = page["clients"].as_array().unwrap().iter();
            let found: Vec<&str> = found.map(|client| client["id"].as_str().unwrap()).collect();
            assert_eq!(page["total"], expected.len());
            assert_eq!(found, expected[offset..(offset + 100).min(expected.len())]);
            // In the order of insertion.
            let path = format!("/clients?limit=100&offset={offset}");
            let page = get(&hub, &path).await.body;
            let found = page["clients"].as_array().unwrap().iter();
            let found: Vec<&str> = found.map(|client| client["id"].as_str().unwrap()).collect();
            assert_eq!(found, ids[offset..(offset + 100).min(ids.len())]);
        }
    }
}
