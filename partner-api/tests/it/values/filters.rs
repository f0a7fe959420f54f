//! Filters: one JSON object that may have undocumented keys.

use partner_api::ErrorKind;
use partner_api::prelude::*;
use serde_json::{Value, json};

use crate::support::mock_api::MockApi;

/// The value of the only parameter that is sent.
async fn sent(filters: types::ClientFilters) -> Value {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    let call = client.list_clients().partner_id("x").filters(filters);
    call.send().await.unwrap();
    let query = api.request().query;
    assert_eq!(query.len(), 1, "{query:?}");
    assert_eq!(query[0].0, "filters");
    serde_json::from_str(&query[0].1).unwrap()
}

#[tokio::test]
async fn undocumented_keys_are_sent_beside_documented_ones() {
    let filters = types::ClientFilters {
        status: Some("active".into()),
        ..Default::default()
    };
    let filters = filters
        .with("contact_info.email", json!(["a@b.example", null]))
        .with("q", "müller & \"co\"")
        .with("tier", 3);
    let expected = json!({
        "status": "active",
        "contact_info.email": ["a@b.example", null],
        "q": "müller & \"co\"",
        "tier": 3,
    });
    assert_eq!(sent(filters).await, expected);
}

#[tokio::test]
async fn extra_keys_can_be_set_together() {
    let Value::Object(extra) = json!({"q": "x", "labels": ["vip"]}) else {
        panic!("an object")
    };
    let filters = types::ClientFilters {
        extra,
        ..Default::default()
    };
    assert_eq!(sent(filters).await, json!({"q": "x", "labels": ["vip"]}));
}

#[tokio::test]
async fn an_id_can_be_a_filter_value() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let id = types::ClientId::from("xyzCL");
    let filters = types::PartnerChangeRequestFilters {
        q: Some("nord".into()),
        source_client_id: Some(id),
        ..Default::default()
    };
    let client = api.client();
    let call = client.list_partner_change_requests().partner_id("x");
    call.filters(filters).send().await.unwrap();
    let expected = r#"{"q":"nord","source_client_id":"xyzCL"}"#;
    assert_eq!(
        api.request().query,
        [("filters".to_owned(), expected.to_owned())]
    );
}

#[tokio::test]
async fn a_duplicate_key_is_rejected_before_anything_is_sent() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let filters = types::ClientFilters {
        contact_info_email: Some("a@b.example".into()),
        ..Default::default()
    };
    let client = api.client();
    let call = client.list_clients().partner_id("x");
    let error = call
        .filters(filters.with("contact_info.email", "c@d.example"))
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::InvalidRequest(_)),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("filters: `contact_info.email` is set twice"),
        "{error}"
    );
    assert_eq!(api.requests(), []);
}
