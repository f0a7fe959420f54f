//! Update a client: `PATCH /api/v2/partners/{partner_id}/clients/{client_id}`.

use partner_api::prelude::*;
use partner_api::{Error, ResponseValue};
use serde_json::json;

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_api::MockApi;

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
async fn unset_fields_are_not_sent() {
    let api = MockApi::json(200, &fixture("client")).await;
    call(&api.client()).await.unwrap();
    assert_eq!(
        api.request(),
        api.expected("PATCH", PATH).json(json!({"max_channels": 3}))
    );
}

#[tokio::test]
async fn every_field_that_is_set_is_sent() {
    let api = MockApi::json(200, &fixture("client")).await;
    let payload = r#"{"crm": "48213", "note": "ü"}"#;
    let body = types::ClientUpdate {
        max_channels: Some(0),
        partner_payload: Some(payload.to_owned()),
    };
    update(&api.client(), body).await.unwrap();
    let expected = api
        .expected("PATCH", PATH)
        .json(json!({"max_channels": 0, "partner_payload": payload}));
    assert_eq!(api.request(), expected);
}
