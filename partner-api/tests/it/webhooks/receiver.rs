//! The example `webhook_receiver`: no event is lost, and no channel is set up twice.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use partner_api::webhooks::SIGNATURE_HEADER;
use partner_hub::{Fault, Hub, WEBHOOK};
use rusqlite::Connection;
use tokio::sync::Mutex;

use super::{http, webhooks};
use crate::support::example::example;
use crate::support::folder::Folder;

const EVENTS: usize = 10_000;
const CONNECTIONS: usize = 16;
const CHANNELS: usize = 301;

/// A receiver, which is killed at the end of the test.
struct Receiver(Child);

impl Receiver {
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

/// Starts the receiver; returns it and its URL.
fn start(database: &Path) -> (Receiver, String) {
    let mut receiver = example("webhook_receiver");
    let receiver = receiver.arg(database).arg("127.0.0.1:0");
    let receiver = receiver.env("WEBHOOK_SECRET", "secret");
    let mut receiver = receiver.stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(receiver.stdout.take().unwrap());
    let mut url = String::new();
    // What it prints of channels comes before.
    while !url.starts_with("http") {
        url.clear();
        assert_ne!(output.read_line(&mut url).unwrap(), 0, "the receiver ended");
    }
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    (Receiver(receiver), url.trim().to_owned())
}

/// The body of an event. A tenth of them arrive twice, and each channel becomes ready many times.
fn event(number: usize) -> String {
    let kind = [
        "channel_ready",
        "channel_running",
        "channel_live",
        "channel_created",
        "new_kind",
    ];
    let (kind, channel) = (kind[number % kind.len()], number % CHANNELS);
    format!(r#"{{"id": "{number}", "event": "{kind}", "data": {{"id": "{channel}CH"}}}}"#)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_survive_two_kills_and_each_channel_is_set_up_once() {
    let folder = Folder::new();
    let database = folder.path().join("events.sqlite");
    let (receiver, url) = start(&database);
    let (receiver, url) = (Arc::new(Mutex::new(receiver)), Arc::new(Mutex::new(url)));
    let mut order: Vec<usize> = (0..EVENTS).chain((0..EVENTS).step_by(10)).collect();
    fastrand::Rng::with_seed(14).shuffle(&mut order);
    let (order, next) = (Arc::new(order), Arc::new(AtomicUsize::new(0)));
    let http = http();

    let senders = (0..CONNECTIONS).map(|_| {
        let (order, next, url) = (order.clone(), next.clone(), url.clone());
        let http = http.clone();
        tokio::spawn(async move {
            let webhooks = webhooks();
            while let Some(number) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                let body = event(*number);
                let signature = webhooks.sign(body.as_bytes());
                // The hub sends an event again until it gets a 2xx.
                loop {
                    let request = http.post(&*url.lock().await).body(body.clone());
                    let response = request.header(SIGNATURE_HEADER, &signature).send().await;
                    if response.is_ok_and(|response| response.status().is_success()) {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            }
        })
    });
    let senders: Vec<_> = senders.collect();
    let killer = tokio::spawn(async move {
        for share in [3, 2] {
            while next.load(Ordering::Relaxed) < EVENTS / share {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let mut old = receiver.lock().await;
            let mut url = url.lock().await;
            old.kill();
            let (new, new_url) = start(&database);
            (*old, *url) = (new, new_url);
        }
        (receiver, database)
    });
    for sender in senders {
        sender.await.unwrap();
    }
    let (receiver, database) = killer.await.unwrap();

    let database = Connection::open(database).unwrap();
    let count = |sql: &str| -> usize {
        let count = database.query_row(sql, [], |row| row.get::<_, i64>(0));
        count.unwrap().try_into().unwrap()
    };
    while count("SELECT count(*) FROM events WHERE is_handled = 0") > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    receiver.lock().await.kill();
    assert_eq!(count("SELECT count(*) FROM events"), EVENTS);
    assert_eq!(count("SELECT count(*) FROM channels"), CHANNELS);
    let ready = "SELECT count(DISTINCT ready_channel) FROM events";
    assert_eq!(count(ready), CHANNELS);
}

#[tokio::test]
async fn events_of_the_emulator_are_stored_once_whatever_goes_wrong() {
    let folder = Folder::new();
    let database = folder.path().join("events.sqlite");
    let (mut receiver, url) = start(&database);
    let hub = Hub::builder().start().await.unwrap();
    hub.set_webhook_secret("secret").unwrap();
    hub.change_partner(hub.partner_id(), |partner| partner.webhook_url = Some(url));
    for rule in [
        Fault::wrong_signature().on(WEBHOOK).nth(1),
        Fault::duplicate().on(WEBHOOK).every(3),
        Fault::reorder().on(WEBHOOK).every(4),
        Fault::latency(Duration::from_secs(60)).on(WEBHOOK).nth(5),
    ] {
        hub.fault(rule).unwrap();
    }
    for number in 0..20 {
        hub.send_webhook(hub.partner_id(), event(number)).unwrap();
    }
    let accepted = || {
        let deliveries = hub.deliveries().into_iter();
        let accepted = deliveries.filter(|delivery| delivery.status == Some(204));
        let ids: std::collections::BTreeSet<_> = accepted.map(|it| it.event_id).collect();
        ids.len()
    };
    while accepted() < 20 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        hub.advance(Duration::from_secs(1)).unwrap();
    }
    let rejected = hub
        .deliveries()
        .iter()
        .filter(|it| it.status == Some(401))
        .count();
    assert_eq!(rejected, 1);
    assert!(hub.deliveries().len() > 20);

    receiver.kill();
    let database = Connection::open(database).unwrap();
    let stored: i64 = database
        .query_row("SELECT count(*) FROM events", [], |row| row.get(0))
        .unwrap();
    assert_eq!(stored, 20);
}
