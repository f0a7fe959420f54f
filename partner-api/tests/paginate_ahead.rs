//! The next pages are on their way while one is read.
#![allow(missing_docs, clippy::unwrap_used)]

mod paginate_support;

use std::time::Duration;

use paginate_support::{client, clients};
use partner_api::prelude::*;
use partner_hub::Hub;

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
