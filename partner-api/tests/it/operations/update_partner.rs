//! Update partner: `PATCH /api/v2/partners/{partner_id}`.

use partner_api::prelude::*;
use partner_api::{Error, ResponseValue};
use serde_json::json;

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_api::MockApi;

async fn call(client: &Client) -> Result<ResponseValue<types::Partner>, Error> {
    update(
        client,
        types::PartnerUpdate {
            allow_client_to_add_phone_no: Some(false),
            ..Default::default()
        },
    )
    .await
}

async fn update(
    client: &Client,
    body: types::PartnerUpdate,
) -> Result<ResponseValue<types::Partner>, Error> {
    client
        .update_partner()
        .partner_id("Kq3vTzPA")
        .body(body)
        .send()
        .await
}

every_operation!("update_partner", "partner", call);

#[tokio::test]
async fn unset_fields_are_not_sent() {
    let api = MockApi::json(200, &fixture("partner")).await;
    call(&api.client()).await.unwrap();
    let expected = api.expected("PATCH", "/api/v2/partners/Kq3vTzPA");
    assert_eq!(
        api.request(),
        expected.json(json!({"allow_client_to_add_phone_no": false}))
    );
}

#[tokio::test]
async fn every_field_that_is_set_is_sent() {
    let api = MockApi::json(200, &fixture("partner")).await;
    let body = types::PartnerUpdate {
        allow_client_to_add_phone_no: Some(true),
        partner_redirect_url: Some(String::new()),
        webhook_url: Some("https://hooks.example.com/360dialog?team=a&b=ü".to_owned()),
    };
    update(&api.client(), body).await.unwrap();
    let expected = api
        .expected("PATCH", "/api/v2/partners/Kq3vTzPA")
        .json(json!({
            "allow_client_to_add_phone_no": true,
            "partner_redirect_url": "",
            "webhook_url": "https://hooks.example.com/360dialog?team=a&b=ü",
        }));
    assert_eq!(api.request(), expected);
}
