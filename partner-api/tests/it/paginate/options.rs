//! Options of the calls of a stream, and its progress.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::reqwest::header::{HeaderName, HeaderValue};
use partner_api::{CallOptions, RetryPolicy};
use partner_hub::{Fault, Hub};

use crate::support::lists::{client, clients};

async fn hub(clients: u32) -> Hub {
    let hub = Hub::builder().clients(clients).anomaly_rate(0.0);
    hub.page_size(10, 10).start().await.unwrap()
}

#[tokio::test]
async fn options_hold_for_the_call_of_each_page() {
    let hub = hub(35).await;
    let client = client(&hub);
    let name = HeaderName::from_static("x-request-id");
    let options = CallOptions::new()
        .retry_policy(RetryPolicy::none())
        .header(name.clone(), HeaderValue::from_static("sync-7"));

    let items = clients(&client, &hub).options(options.clone());
    assert_eq!(items.try_collect::<Vec<_>>().await.unwrap().len(), 35);
    let list = client.list_clients().partner_id(hub.partner_id());
    let pages = list.pages().options(options.clone());
    assert!(pages.try_collect::<Vec<_>>().await.unwrap().len() > 3);
    let requests = hub.requests();
    assert!(requests.len() > 6);
    for request in requests {
        let mut headers = request.headers.iter();
        let found = headers.find(|(header, _)| name == header.as_str());
        assert_eq!(found.unwrap().1, "sync-7");
    }

    // The client retries, the calls of this stream do not.
    hub.fault(Fault::status(503).on("list_clients").nth(3))
        .unwrap();
    let items = clients(&client, &hub).options(options);
    let error = items.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.attempts()),
        (503, 1)
    );
}

#[tokio::test]
async fn a_timeout_is_that_of_one_page() {
    let hub = hub(35).await;
    let client = client(&hub);
    let (ms, jitter_ms) = (60_000, 0);
    let silent = Fault::Latency { ms, jitter_ms };
    hub.fault(silent.on("list_clients").nth(2)).unwrap();
    let options = CallOptions::new().timeout(Duration::from_millis(300));
    let mut items = clients(&client, &hub).options(options).concurrency(1);
    let mut count = 0;
    let error = loop {
        match items.try_next().await {
            Ok(item) => count += usize::from(item.is_some()),
            Err(error) => break error,
        }
    };
    assert!(error.is_timeout(), "{error}");
    assert_eq!(count, 10);
}

#[tokio::test]
async fn an_invalid_option_sends_nothing() {
    let hub = hub(15).await;
    let client = client(&hub);
    let name = HeaderName::from_static("host");
    let options = CallOptions::new().header(name, HeaderValue::from_static("example.org"));
    let items = clients(&client, &hub).options(options);
    let error = items.try_collect::<Vec<_>>().await.unwrap_err();
    assert!(error.to_string().contains("`host`"), "{error}");
    assert_eq!(hub.count("list_clients"), 0);
}

#[tokio::test]
async fn progress_counts_every_item_of_the_total() {
    let hub = hub(35).await;
    let client = client(&hub);
    let record = Arc::new(Mutex::new(Vec::new()));
    let recorded = Arc::clone(&record);
    let items = clients(&client, &hub).with_progress(move |seen, total| {
        recorded.lock().unwrap().push((seen, total));
    });
    items.concurrency(4).try_collect::<Vec<_>>().await.unwrap();
    let expected: Vec<_> = (1..=35).map(|seen| (seen, Some(35))).collect();
    assert_eq!(*record.lock().unwrap(), expected);
}

#[tokio::test]
async fn progress_includes_items_that_were_skipped_or_returned_before() {
    let hub = hub(35).await;
    let client = client(&hub);
    let first = Arc::new(AtomicU64::new(0));
    let progress = || {
        first.store(0, Ordering::Relaxed);
        let first = Arc::clone(&first);
        move |seen, _: Option<u64>| {
            let _ = first.compare_exchange(0, seen, Ordering::Relaxed, Ordering::Relaxed);
        }
    };
    let mut items = clients(&client, &hub)
        .start_at(12)
        .with_progress(progress());
    items.try_next().await.unwrap();
    assert_eq!(first.load(Ordering::Relaxed), 13);

    let cursor = items.cursor();
    let mut items = clients(&client, &hub)
        .resume(cursor)
        .with_progress(progress());
    assert_eq!(items.total(), Some(35));
    items.try_next().await.unwrap();
    assert_eq!(first.load(Ordering::Relaxed), 14);
}
