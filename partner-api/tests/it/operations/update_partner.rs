//! Update partner: `PATCH /api/v2/partners/{partner_id}`.

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_hub::Hub;
use partner_api::prelude::*;
use partner_api::{Error, ResponseValue};
use serde_json::json;

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
async fn what_is_not_set_is_not_sent() {
    let hub = Hub::json(200, &fixture("partner")).await;
    call(&hub.client()).await.unwrap();
    let expected = hub.expected("PATCH", "/api/v2/partners/Kq3vTzPA");
    assert_eq!(
        hub.request(),
        expected.json(json!({"allow_client_to_add_phone_no": false}))
    );
}

#[tokio::test]
async fn all_that_can_be_set_is_sent() {
    let hub = Hub::json(200, &fixture("partner")).await;
    let body = types::PartnerUpdate {
        allow_client_to_add_phone_no: Some(true),
        partner_redirect_url: Some(String::new()),
        webhook_url: Some("https://hooks.example.com/360dialog?team=a&b=ü".to_owned()),
    };
    update(&hub.client(), body).await.unwrap();
    let expected = hub
        .expected("PATCH", "/api/v2/partners/Kq3vTzPA")
        .json(json!({
            "allow_client_to_add_phone_no": true,
            "partner_redirect_url": "",
            "webhook_url": "https://hooks.example.com/360dialog?team=a&b=ü",
        }));
    assert_eq!(hub.request(), expected);
}
