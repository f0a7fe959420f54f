//! Late responses: what the record says of them, when their work is done, and for whom.

use std::time::Duration;

use crate::support::{own, plain, raw_get, request};
use partner_api::reqwest::Method;
use partner_hub::{BreakPoint, CloseMode, Fault, FaultRule, Hub};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

const LATE: Duration = Duration::from_secs(10);

async fn hub(rule: impl Into<FaultRule>) -> (Hub, String) {
    let hub = plain().fault(rule).start().await.unwrap();
    let client = hub.client_ids(hub.partner_id()).remove(0);
    (hub, client)
}

/// Sends an update with a timeout below the latency.
async fn give_up(hub: &Hub, client: &str) {
    let update = request(hub, Method::PATCH, &format!("/clients/{client}"));
    let update = update.json(&json!({"max_channels": 4711}));
    let sent = update.timeout(LATE / 10).send().await;
    assert!(sent.unwrap_err().is_timeout());
}

fn updated(hub: &Hub, client: &str) -> bool {
    hub.client(client).unwrap().max_channels == Some(4711)
}

#[tokio::test(start_paused = true)]
async fn the_work_is_done_after_the_latency_whether_or_not_the_client_waits() {
    let (hub, client) = hub(Fault::latency(LATE)).await;
    give_up(&hub, &client).await;
    assert!(!updated(&hub, &client));
    assert_eq!(hub.requests()[0].faults, ["latency"]);
    tokio::time::sleep(LATE).await;
    assert!(updated(&hub, &client));
}

#[tokio::test(start_paused = true)]
async fn the_work_can_be_done_before_the_latency() {
    let (hub, client) = hub(Fault::latency(LATE).on("update_client").after_work()).await;
    give_up(&hub, &client).await;
    assert!(updated(&hub, &client));
    assert_eq!(hub.requests()[0].faults, ["latency"]);
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_recorded_when_it_strikes() {
    let (hub, client) = hub(Fault::latency(LATE)).await;
    hub.fault(Fault::insert_clients(1)).unwrap();
    hub.fault(Fault::garbage_json()).unwrap();
    give_up(&hub, &client).await;
    assert_eq!(hub.requests()[0].faults, ["latency"]);
    tokio::time::sleep(LATE).await;
    let faults = hub.requests().remove(0).faults;
    assert_eq!(faults, ["latency", "insert_clients", "garbage_json"]);
}

#[tokio::test(start_paused = true)]
async fn a_half_closed_connection_gets_its_late_response() {
    let (hub, _) = hub(Fault::latency(LATE)).await;
    let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    stream.write_all(&raw_get(&hub, "")).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert!(response.contains(hub.partner_id()));
}

#[tokio::test(start_paused = true)]
async fn any_number_of_long_latencies_is_accepted() {
    let hub = plain().start().await.unwrap();
    let day = Duration::from_secs(86_400);
    let mut set = 0;
    while hub.fault(Fault::latency(day)).is_ok() && set < 2_000 {
        set += 1;
    }
    let head = format!("GET {} HTTP/1.1\r\nhost: hub\r\n\r\n", own(&hub, ""));
    let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let byte = tokio::time::timeout(day * 2, stream.read_u8()).await;
    assert_eq!(byte.unwrap().unwrap(), b'H', "after {set} latencies");
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_when_its_client_has_gone() {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    for fault in [
        None,
        Some(Fault::latency(LATE)),
        Some(Fault::stuck_connection()),
        Some(Fault::break_connection(
            BreakPoint::DuringBody,
            CloseMode::Stall,
        )),
    ] {
        let hub = plain().start().await.unwrap();
        // The tasks of the previous emulator end.
        tokio::time::sleep(LATE).await;
        let before = tasks();
        if let Some(fault) = &fault {
            hub.fault(fault.clone()).unwrap();
        }
        let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
        stream.write_all(&raw_get(&hub, "")).await.unwrap();
        tokio::time::sleep(LATE / 2).await;
        assert_eq!((hub.count("get_partner"), tasks()), (1, before + 1));
        drop(stream);
        tokio::time::sleep(LATE).await;
        assert_eq!(tasks(), before, "{fault:?}");
    }
}
