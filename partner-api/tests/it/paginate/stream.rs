//! The stream type: its trait bounds, its size hint, and that dropping it cancels its requests.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt};
use partner_api::prelude::*;
use partner_api::{Error, ItemStream, PageStream, RetryPolicy};
use partner_hub::{Fault, Hub};

use crate::support::lists::{client, clients, id, ids, sorted_ids};

async fn hub(clients: u32) -> Hub {
    let hub = Hub::builder().clients(clients).anomaly_rate(0.0);
    hub.page_size(10, 10).start().await.unwrap()
}

#[test]
fn streams_are_send_unpin_and_static() {
    fn check<T: Send + Unpin + 'static>() {}
    check::<ItemStream<types::ClientAccount>>();
    check::<PageStream<types::ClientAccount>>();
    check::<ItemStream<types::PartnerChangeRequest>>();
    check::<PageStream<types::PartnerChangeRequest>>();
}

#[tokio::test]
async fn a_stream_outlives_its_builder_and_its_client() {
    let hub = hub(35).await;
    let items = {
        let client = client(&hub);
        let partner = client.partner(hub.partner_id());
        partner.list_clients().stream()
    };
    let task = tokio::spawn(items.try_collect::<Vec<_>>());
    assert_eq!(ids(&task.await.unwrap().unwrap()), sorted_ids(&hub));
}

#[tokio::test]
async fn the_methods_of_futures_work_beside_the_prelude() {
    let hub = hub(35).await;
    let client = client(&hub);
    let sorted = sorted_ids(&hub);

    let collected: Vec<_> = clients(&client, &hub).try_collect().await.unwrap();
    assert_eq!(ids(&collected), sorted);
    let some: Vec<_> = clients(&client, &hub).take(12).collect().await;
    let some: Result<Vec<_>, Error> = some.into_iter().collect();
    assert_eq!(ids(&some.unwrap()), sorted[..12]);
    let mut boxed: Pin<Box<dyn Stream<Item = Result<types::ClientAccount, Error>> + Send>> =
        clients(&client, &hub).boxed();
    let first = boxed.as_mut().try_next().await.unwrap().unwrap();
    assert_eq!(id(&first), sorted[0]);
    let list = client.list_clients().partner_id(hub.partner_id());
    let counts = list.pages().map_ok(|page| page.items.len());
    let counts: Vec<_> = counts.try_collect().await.unwrap();
    assert_eq!(counts.iter().sum::<usize>(), 35);
}

#[tokio::test]
async fn a_stream_that_has_ended_stays_ended() {
    let hub = hub(15).await;
    let client = client(&hub);
    let mut items = clients(&client, &hub);
    while items.try_next().await.unwrap().is_some() {}
    hub.clear_requests();
    for _ in 0..3 {
        assert!(items.next().await.is_none());
    }
    assert_eq!(hub.count("list_clients"), 0);
}

#[tokio::test]
async fn nothing_is_sent_before_a_stream_is_polled() {
    let hub = hub(15).await;
    let client = client(&hub);
    let items = clients(&client, &hub).concurrency(4);
    let list = client.list_clients().partner_id(hub.partner_id());
    let pages = list.pages();
    for _ in 0..3 {
        let get = client.get_partner().partner_id(hub.partner_id());
        get.send().await.unwrap();
    }
    assert_eq!(hub.count("list_clients"), 0);
    drop((items, pages));
}

#[tokio::test]
async fn a_stream_has_a_total_and_a_size_hint() {
    let hub = hub(35).await;
    let mut items = clients(&client(&hub), &hub);
    assert_eq!((items.total(), items.size_hint()), (None, (0, None)));
    for taken in 1..=35 {
        items.try_next().await.unwrap().unwrap();
        let (least, most) = items.size_hint();
        assert_eq!((items.total(), most), (Some(35), Some(35 - taken)));
        assert!(least <= 35 - taken, "{least} more after {taken}");
    }
    assert!(items.next().await.is_none());
    assert_eq!(items.size_hint(), (0, Some(0)));
}

#[tokio::test]
async fn the_total_is_that_of_the_latest_page() {
    let hub = hub(35).await;
    let mut items = clients(&client(&hub), &hub).concurrency(1);
    items.try_next().await.unwrap();
    let last = sorted_ids(&hub).pop().unwrap();
    hub.remove_client(&last);
    assert_eq!(items.total(), Some(35));
    let rest: Vec<_> = items.by_ref().try_collect().await.unwrap();
    assert_eq!((rest.len(), items.total()), (33, Some(34)));
}

#[tokio::test]
async fn concurrency_bounds_the_requests_in_flight() {
    for concurrency in [1, 2, 5] {
        let hub = hub(200).await;
        let mut items = clients(&client(&hub), &hub).concurrency(concurrency);
        items.try_next().await.unwrap();
        // From now on the server does not respond.
        let (ms, jitter_ms) = (60_000, 0);
        hub.fault(Fault::Latency { ms, jitter_ms }.on("list_clients"))
            .unwrap();
        let under_way = || {
            let requests = hub.requests();
            requests.iter().filter(|it| it.status.is_none()).count()
        };
        let mut poll = || {
            let mut cx = Context::from_waker(Waker::noop());
            Pin::new(&mut items).poll_next(&mut cx).is_ready()
        };
        until(|| !poll() && under_way() == concurrency).await;
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        assert!(!poll());
        assert_eq!(under_way(), concurrency);
    }
}

#[tokio::test]
async fn dropping_a_stream_cancels_its_requests() {
    for concurrency in [1, 2, 8] {
        let hub = hub(200).await;
        let client = client(&hub);
        let mut items = clients(&client, &hub).concurrency(concurrency);
        for _ in 0..10 {
            items.try_next().await.unwrap();
        }
        // All requests in flight would be retried immediately and without end.
        hub.fault(Fault::status(503).on("list_clients")).unwrap();
        let mut next = Box::pin(items.next());
        assert!(is_pending(next.as_mut()).await);
        until(|| hub.count("list_clients") > 1).await;
        drop(next);
        drop(items);
        let get = async || {
            client
                .get_partner()
                .partner_id(hub.partner_id())
                .send()
                .await
        };
        for _ in 0..3 {
            get().await.unwrap();
        }
        let sent = hub.count("list_clients");
        for _ in 0..20 {
            get().await.unwrap();
        }
        assert_eq!(hub.count("list_clients"), sent);
    }
}

#[tokio::test]
async fn dropping_a_stream_cancels_its_retries() {
    let hub = hub(50).await;
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .retry_policy(
            RetryPolicy::max(1_000).backoff(Duration::from_millis(2), Duration::from_millis(2)),
        )
        .build()
        .unwrap();
    hub.fault(Fault::status(503).on("list_clients")).unwrap();
    let reading = tokio::spawn(clients(&client, &hub).try_collect::<Vec<_>>());
    until(|| hub.count("list_clients") > 1).await;
    reading.abort();
    assert!(reading.await.unwrap_err().is_cancelled());
    let get = async || {
        client
            .get_partner()
            .partner_id(hub.partner_id())
            .send()
            .await
    };
    for _ in 0..3 {
        get().await.unwrap();
    }
    let sent = hub.count("list_clients");
    for _ in 0..20 {
        get().await.unwrap();
    }
    assert_eq!(hub.count("list_clients"), sent);
}

/// Whether the stream is pending.
async fn is_pending(mut next: Pin<&mut impl Future>) -> bool {
    std::future::poll_fn(|cx| Poll::Ready(next.as_mut().poll(cx).is_pending())).await
}

/// Yields to other tasks until the condition holds.
async fn until(mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait)
        .await
        .expect("it comes to be so");
}
