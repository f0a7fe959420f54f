//! Updates send what is set and nothing else, and not nothing.

use crate::support::mock_hub::Hub;
use partner_api::prelude::*;
use partner_api::{Error, ErrorKind};
use serde_json::json;

fn refuses_body(operation: &str, error: &Error) {
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
async fn an_update_that_sets_nothing_is_refused_before_anything_is_sent() {
    let hub = Hub::json(200, &json!({})).await;
    let client = hub.client();
    let update = client.update_client().partner_id("x").client_id("x");
    let error = update
        .body(types::ClientUpdate::default())
        .send()
        .await
        .unwrap_err();
    refuses_body("update_client", &error);
    let update = client.update_partner().partner_id("x");
    let error = update
        .body(types::PartnerUpdate::default())
        .send()
        .await
        .unwrap_err();
    refuses_body("update_partner", &error);
    assert_eq!(hub.requests(), []);
}

#[tokio::test]
async fn a_value_that_means_nothing_is_still_a_value() {
    let hub = Hub::json(200, &json!({})).await;
    let client = hub.client();
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
    let expected = |json| hub.expected("PATCH", "/api/v2/partners/x").json(json);
    let all = [
        expected(json!({"allow_client_to_add_phone_no": false})),
        expected(json!({"webhook_url": ""})),
    ];
    assert_eq!(hub.requests(), all);
}
