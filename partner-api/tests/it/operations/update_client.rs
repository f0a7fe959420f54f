//! Update a client: `PATCH /api/v2/partners/{partner_id}/clients/{client_id}`.

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_hub::Hub;
use partner_api::prelude::*;
use partner_api::{Error, ResponseValue};
use serde_json::json;

const PATH: &str = "/api/v2/partners/Kq3vTzPA/clients/pW8nYcCL";

async fn call(client: &Client) -> Result<ResponseValue<types::ClientAccount>, Error> {
    update(
        client,
        types::ClientUpdate {
            max_channels: Some(3.into()),
            ..Default::default()
        },
    )
    .await
}

async fn update(
    client: &Client,
    body: types::ClientUpdate,
) -> Result<ResponseValue<types::ClientAccount>, Error> {
    client
        .update_client()
        .partner_id("Kq3vTzPA")
        .client_id("pW8nYcCL")
        .body(body)
        .send()
        .await
}

every_operation!("update_client", "client", call);

#[tokio::test]
async fn what_is_not_set_is_not_sent() {
    let hub = Hub::json(200, &fixture("client")).await;
    call(&hub.client()).await.unwrap();
    assert_eq!(
        hub.request(),
        hub.expected("PATCH", PATH).json(json!({"max_channels": 3}))
    );
}

#[tokio::test]
async fn all_that_can_be_set_is_sent() {
    let hub = Hub::json(200, &fixture("client")).await;
    let payload = r#"{"crm": "48213", "note": "ü"}"#;
    let body = types::ClientUpdate {
        max_channels: Some(0),
        partner_payload: Some(payload.to_owned()),
    };
    update(&hub.client(), body).await.unwrap();
    let expected = hub
        .expected("PATCH", PATH)
        .json(json!({"max_channels": 0, "partner_payload": payload}));
    assert_eq!(hub.request(), expected);
}
