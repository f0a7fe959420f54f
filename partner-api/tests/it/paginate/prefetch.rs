//! Pages are prefetched while one is read, and items still come in order.

use std::time::Duration;

use partner_api::prelude::*;
use partner_hub::Hub;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::lists::{client, clients, ids, items};

#[tokio::test]
async fn the_next_page_is_fetched_while_the_first_is_read() {
    for (concurrency, ahead) in [(1, 0), (2, 1), (5, 4)] {
        let hub = Hub::builder().clients(100).page_size(10, 10);
        let hub = hub.start().await.unwrap();
        let mut items = clients(&client(&hub), &hub).concurrency(concurrency);
        items.try_next().await.unwrap().unwrap();
        let requests = async {
            while hub.count("list_clients") < 1 + ahead {
                tokio::task::yield_now().await;
            }
        };
        let arrived = tokio::time::timeout(Duration::from_secs(5), requests).await;
        let count = hub.count("list_clients");
        assert!(
            arrived.is_ok(),
            "{concurrency} concurrent: {count} requests"
        );
        assert_eq!(count, 1 + ahead);
    }
}

/// A request with this offset arrived, or its response was read to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Sent(usize),
    Ended(usize),
}

const TOTAL: usize = 45;
const PAGE: usize = 10;
/// Each page begins with the last item of the previous page, to prove that the list did not change.
const AHEAD: [usize; 4] = [9, 18, 27, 36];

/// Sends a page, and notes when the client has read it.
///
/// The pages after the first are held until all of them are in flight, and sent in reverse order.
async fn serve(mut stream: TcpStream, events: watch::Sender<Vec<Event>>) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
    }
    let line = String::from_utf8_lossy(&request);
    let line = line.lines().next().unwrap_or_default();
    let offset = line
        .split(['?', '&', ' '])
        .find_map(|it| it.strip_prefix("offset="));
    let offset = offset.map_or(0, |offset| offset.parse().unwrap());
    events.send_modify(|events| events.push(Event::Sent(offset)));
    if offset > 0 {
        let is_next = |events: &Vec<Event>| {
            let are_sent = AHEAD.iter().all(|&it| events.contains(&Event::Sent(it)));
            let mut behind = AHEAD.iter().filter(|&&it| it > offset);
            are_sent && behind.all(|&it| events.contains(&Event::Ended(it)))
        };
        let _ = events.subscribe().wait_for(is_next).await;
    }
    let page = items(offset..TOTAL.min(offset + PAGE));
    let body = json!({"clients": page, "total": TOTAL}).to_string();
    let head = format!("connection: close\r\ncontent-length: {}", body.len());
    let response = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
    stream.write_all(response.as_bytes()).await?;
    // The client closes the connection when it has read everything.
    let _ = stream.read_to_end(&mut Vec::new()).await;
    events.send_modify(|events| events.push(Event::Ended(offset)));
    Ok(())
}

#[tokio::test]
async fn items_come_in_order_if_prefetched_pages_arrive_in_reverse() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let events = watch::Sender::new(Vec::new());
    let seen = events.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, seen.clone()));
        }
    });
    let client = Client::with_api_key("key").base_url(url).build().unwrap();
    let list = client
        .list_clients()
        .partner_id("Kq3vTzPA")
        .limit(PAGE as u64);
    let items = list.stream().concurrency(8);
    let read = async {
        let items = items.try_collect::<Vec<_>>().await.unwrap();
        let all = 2 * (1 + AHEAD.len());
        let _ = events.subscribe().wait_for(|it| it.len() == all).await;
        items
    };
    // This hangs if fewer pages are in flight.
    let items = tokio::time::timeout(Duration::from_secs(5), read).await;
    let events = events.borrow().clone();
    let items = items.unwrap_or_else(|_| panic!("not all pages ahead are in flight: {events:?}"));
    let expected: Vec<_> = (0..TOTAL).map(|number| format!("{number:04}CL")).collect();
    assert_eq!(ids(&items), expected);

    let position = |event| events.iter().position(|&it| it == event).unwrap();
    for offset in AHEAD {
        assert!(
            position(Event::Sent(offset)) < position(Event::Ended(36)),
            "{events:?}"
        );
    }
    let ended = events.iter().filter(|it| matches!(it, Event::Ended(1..)));
    let ended: Vec<_> = ended.copied().collect();
    assert_eq!(ended, [36, 27, 18, 9].map(Event::Ended), "{events:?}");
}
