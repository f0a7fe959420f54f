//! `limit` and `offset`: any integer type, and only values that are valid for a list.

use std::num::{NonZeroI8, NonZeroU32, NonZeroUsize};

use partner_api::ErrorKind;
use serde_json::json;

use crate::support::mock_api::MockApi;

macro_rules! each_kind {
    ($($limit:expr),* $(,)?) => {{
        let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
        let client = api.client();
        $(
            client.list_clients().partner_id("x").limit($limit).offset($limit).send().await.unwrap();
            client.list_partner_change_requests().partner_id("x").limit($limit).offset($limit).send().await.unwrap();
        )*
        let seven = |name: &str| (name.to_owned(), "7".to_owned());
        let requests = api.requests();
        assert!(!requests.is_empty());
        for request in requests {
            assert_eq!(request.query, [seven("limit"), seven("offset")]);
        }
    }};
}

#[tokio::test]
async fn every_integer_type_is_accepted() {
    each_kind![7, 7_i8, 7_i16, 7_i32, 7_i64, 7_i128, 7_isize];
    each_kind![7_u8, 7_u16, 7_u32, 7_u64, 7_u128, 7_usize];
    each_kind![
        NonZeroI8::new(7).unwrap(),
        NonZeroU32::new(7).unwrap(),
        NonZeroUsize::new(7).unwrap(),
    ];
}

#[tokio::test]
async fn the_largest_and_smallest_values_are_sent_unchanged() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    let list = || client.list_clients().partner_id("x");
    list().limit(u32::MAX).offset(0_i8).send().await.unwrap();
    list()
        .limit(1_u128)
        .offset(4_294_967_295_i64)
        .send()
        .await
        .unwrap();
    let queries: Vec<_> = api
        .requests()
        .into_iter()
        .map(|request| request.query)
        .collect();
    let pair = |limit: &str, offset: &str| {
        vec![
            ("limit".to_owned(), limit.to_owned()),
            ("offset".to_owned(), offset.to_owned()),
        ]
    };
    assert_eq!(queries, [pair("4294967295", "0"), pair("1", "4294967295")]);
}

#[tokio::test]
async fn an_invalid_limit_or_offset_is_rejected_before_anything_is_sent() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    let list = || client.list_clients().partner_id("x");
    let requests = || client.list_partner_change_requests().partner_id("x");
    for (call, reason) in [
        (list().limit(0), "limit: is 0; expected 1 to 4294967295"),
        (list().limit(-1), "limit: is -1; expected 1 to"),
        (list().limit(4_294_967_296_u64), "limit: is 4294967296;"),
        (
            list().limit(u128::MAX),
            "limit: is 340282366920938463463374607431768211455;",
        ),
        (
            list().limit(i128::MIN),
            "limit: is -1701411834604692317316873037158841057",
        ),
        (
            list().offset(-1_i8),
            "offset: is -1; expected 0 to 4294967295",
        ),
        (list().offset(u64::MAX), "offset: is 18446744073709551615;"),
    ] {
        let error = call.send().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{error:?}"
        );
        let message = error.to_string();
        assert!(
            message.starts_with("list_clients") && message.contains(reason),
            "{message}"
        );
    }
    let error = requests().limit(0_u8).send().await.unwrap_err().to_string();
    assert!(error.contains("limit: is 0"), "{error}");
    assert_eq!(api.requests(), []);
}

#[tokio::test]
async fn an_option_is_a_value_or_none() {
    each_kind![Some(7), Some(7_u64), NonZeroU32::new(7)];
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    let list = client.list_clients().partner_id("x");
    let unset = list.limit(None::<u32>).offset(None::<i64>);
    unset.clone().send().await.unwrap();
    // The last one counts.
    unset.limit(7).limit(None::<usize>).send().await.unwrap();
    for request in api.requests() {
        assert_eq!(request.query, []);
    }
}

#[tokio::test]
async fn an_invalid_option_is_rejected_before_anything_is_sent() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    for (call, expected) in [
        (
            client.list_clients().limit(Some(0)),
            "limit: is 0; expected 1 to",
        ),
        (
            client.list_clients().offset(Some(-1_i128)),
            "offset: is -1; expected 0 to",
        ),
        (
            client.list_clients().sort(Some("colour")),
            "sort: `colour` is not a sort key",
        ),
    ] {
        let error = call.partner_id("x").send().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidRequest(_)));
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(api.requests(), []);
}
