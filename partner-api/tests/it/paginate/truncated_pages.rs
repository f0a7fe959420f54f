//! A short page is not the end of a list unless the total confirms it.

use partner_api::prelude::*;
use serde_json::{Value, json};

use crate::support::lists::{ListServer, ids, items, page_of};

/// Asserts that all 95 items come from a list whose pages have at most `cap(offset)` items.
async fn assert_all_come(limit: u32, head: Value, cap: fn(usize) -> usize) {
    for concurrency in [1, 4] {
        let (items, body) = (items(0..95), head.clone());
        let wanted: Vec<_> = items.iter().map(|item| item["id"].clone()).collect();
        let server = ListServer::new(move |request| {
            let mut body = body.clone();
            body["clients"] = page_of(&items, request, cap(request.offset)).into();
            body
        })
        .await;
        let client = server.client();
        let list = client.list_clients().partner_id("xPA").limit(limit);
        let items = list.stream().concurrency(concurrency);
        let came: Vec<_> = items.try_collect().await.unwrap();
        assert_eq!(ids(&came), wanted, "{head}, {concurrency} concurrent");
        assert!(server.requests().len() < 60, "{}", server.requests().len());
    }
}

#[tokio::test]
async fn short_pages_without_a_total_lose_nothing() {
    let cap = |offset| if offset > 30 { 4 } else { 10 };
    assert_all_come(10, json!({}), cap).await;
    assert_all_come(10, json!({"total": null, "limit": 10}), cap).await;
    assert_all_come(10, json!({"total": -1}), cap).await;
}

#[tokio::test]
async fn a_total_below_the_items_already_returned_ends_nothing() {
    for total in [0, 1, 6] {
        assert_all_come(50, json!({"total": total}), |_| 7).await;
    }
}
