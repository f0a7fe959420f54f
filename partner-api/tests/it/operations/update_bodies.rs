//! Updates send exactly the fields that are set, and at least one.

use partner_api::prelude::*;
use partner_api::{Error, ErrorKind};
use serde_json::json;

use crate::support::mock_api::MockApi;

fn assert_body_rejected(operation: &str, error: &Error) {
    assert!(
        matches!(error.kind(), ErrorKind::InvalidRequest(_)),
        "{error:?}"
    );
    let message = error.to_string();
    let reason = "body: sets nothing, so the call would change nothing";
    assert!(
        message.starts_with(operation) && message.contains(reason),
        "{message}"
    );
}

#[tokio::test]
async fn an_update_without_fields_is_rejected_before_it_is_sent() {
    let api = MockApi::json(200, &json!({})).await;
    let client = api.client();
    let update = client.update_client().partner_id("x").client_id("x");
    let error = update
        .body(types::ClientUpdate::default())
        .send()
        .await
        .unwrap_err();
    assert_body_rejected("update_client", &error);
    let update = client.update_partner().partner_id("x");
    let error = update
        .body(types::PartnerUpdate::default())
        .send()
        .await
        .unwrap_err();
    assert_body_rejected("update_partner", &error);
    assert_eq!(api.requests(), []);
}

#[tokio::test]
async fn empty_values_are_sent() {
    let api = MockApi::json(200, &json!({})).await;
    let client = api.client();
    let body = types::PartnerUpdate {
        allow_client_to_add_phone_no: Some(false),
        ..Default::default()
    };
    client
        .update_partner()
        .partner_id("x")
        .body(body)
        .send()
        .await
        .unwrap();
    let body = types::PartnerUpdate {
        webhook_url: Some(String::new()),
        ..Default::default()
    };
    client
        .update_partner()
        .partner_id("x")
        .body(body)
        .send()
        .await
        .unwrap();
    let expected = |json| api.expected("PATCH", "/api/v2/partners/x").json(json);
    let all = [
        expected(json!({"allow_client_to_add_phone_no": false})),
        expected(json!({"webhook_url": ""})),
    ];
    assert_eq!(api.requests(), all);
}
