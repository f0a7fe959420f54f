//! A short page is not the end of a list, unless the server's own words say so.

use crate::support::lists::{ListServer, ids, part, rows};
use partner_api::prelude::*;
use serde_json::{Value, json};

/// That all of 95 rows come from a list whose pages have at most `cap(offset)` of them.
async fn assert_all_come(limit: u32, head: Value, cap: fn(usize) -> usize) {
    for concurrency in [1, 4] {
        let (rows, body) = (rows(0..95), head.clone());
        let wanted: Vec<_> = rows.iter().map(|row| row["id"].clone()).collect();
        let server = ListServer::new(move |asked| {
            let mut body = body.clone();
            body["clients"] = part(&rows, asked, cap(asked.offset)).into();
            body
        })
        .await;
        let client = server.client();
        let list = client.list_clients().partner_id("xPA").limit(limit);
        let items = list.stream().concurrency(concurrency);
        let came: Vec<_> = items.try_collect().await.unwrap();
        assert_eq!(ids(&came), wanted, "{head}, {concurrency} at once");
        assert!(server.asked().len() < 60, "{}", server.asked().len());
    }
}

#[tokio::test]
async fn short_pages_in_the_middle_lose_nothing_where_no_total_is_told() {
    let cap = |offset| if offset > 30 { 4 } else { 10 };
    assert_all_come(10, json!({}), cap).await;
    assert_all_come(10, json!({"total": null, "limit": 10}), cap).await;
    assert_all_come(10, json!({"total": -1}), cap).await;
}

#[tokio::test]
async fn a_total_that_is_less_than_the_rows_given_ends_nothing() {
    for total in [0, 1, 6] {
        assert_all_come(50, json!({"total": total}), |_| 7).await;
    }
}
