//! The next pages are on their way while one is read, and items come in order all the same.
#![allow(missing_docs, clippy::unwrap_used)]

mod paginate_support;

use std::time::Duration;

use paginate_support::{client, clients, ids, sorted_ids};
use partner_api::prelude::*;
use partner_hub::{Fault, Hub};

#[tokio::test]
async fn the_next_page_is_fetched_while_the_first_is_read() {
    for (concurrency, ahead) in [(1, 0), (2, 1), (5, 4)] {
        let hub = Hub::builder().clients(100).page_size(10, 10);
        let hub = hub.start().await.unwrap();
        let mut items = clients(&client(&hub), &hub).concurrency(concurrency);
        items.try_next().await.unwrap().unwrap();
        let asked = async {
            while hub.count("list_clients") < 1 + ahead {
                tokio::task::yield_now().await;
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(5), asked).await;
        let count = hub.count("list_clients");
        assert!(asked.is_ok(), "{concurrency} at once: {count} requests");
        assert_eq!(count, 1 + ahead);
    }
}

/// Each page is slower than the one behind it, so that those arrive in the opposite order.
#[tokio::test]
async fn items_come_in_order_though_the_pages_ahead_arrive_in_the_opposite_one() {
    let hub = Hub::builder()
        .clients(45)
        .anomaly_rate(0.0)
        .page_size(10, 10);
    let hub = hub.start().await.unwrap();
    for (request, ms) in [(2, 400), (3, 300), (4, 200), (5, 100)] {
        let late = Fault::Latency { ms, jitter_ms: 0 };
        hub.fault(late.on("list_clients").nth(request)).unwrap();
    }
    let items = clients(&client(&hub), &hub).concurrency(8);
    let came: Vec<_> = items.try_collect().await.unwrap();
    assert_eq!(ids(&came), sorted_ids(&hub));

    let requests = hub.requests();
    let offset = |request: &partner_hub::RecordedRequest| {
        let offset = request.query_param("offset");
        offset.map_or(0, |offset| offset.parse::<u32>().unwrap())
    };
    let offsets: Vec<_> = requests.iter().map(offset).collect();
    assert_eq!(offsets.len(), 5, "{offsets:?}");
    // All four are in flight before the first of them is there.
    let late = requests
        .iter()
        .skip(1)
        .filter(|request| !request.faults.is_empty());
    assert_eq!(late.count(), 4);
}
