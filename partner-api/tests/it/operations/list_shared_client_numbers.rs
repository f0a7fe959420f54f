//! Retrieve Shared Client Numbers:
//! `GET /api/v2/partners/{partner_id}/clients/{client_id}/shared_client_numbers`.

use partner_api::prelude::*;
use partner_api::types::{ChannelAvailability, ChannelStatus, VerificationMethod};
use partner_api::{Error, ResponseValue};
use serde_json::json;

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_api::MockApi;

async fn call(client: &Client) -> Result<ResponseValue<Vec<types::Channel>>, Error> {
    client
        .list_shared_client_numbers()
        .partner_id("Kq3vTzPA")
        .client_id("pW8nYcCL")
        .send()
        .await
}

every_operation!("list_shared_client_numbers", "shared_client_numbers", call);

#[tokio::test]
async fn the_request_is_a_get_of_the_numbers() {
    let api = MockApi::json(200, &fixture("shared_client_numbers")).await;
    call(&api.client()).await.unwrap();
    let path = "/api/v2/partners/Kq3vTzPA/clients/pW8nYcCL/shared_client_numbers";
    assert_eq!(api.request(), api.expected("GET", path));
}

#[tokio::test]
async fn known_values_are_variants() {
    let api = MockApi::json(200, &fixture("shared_client_numbers")).await;
    let channels = call(&api.client()).await.unwrap().into_inner();
    assert_eq!(channels[0].status, Some(ChannelStatus::Ready));
    assert_eq!(
        channels[0].availability_status,
        Some(ChannelAvailability::Ready)
    );
    let methods = channels.iter().map(|channel| {
        channel
            .setup_info
            .as_ref()
            .unwrap()
            .verification_method
            .clone()
    });
    assert!(methods.eq([
        Some(VerificationMethod::Sms),
        Some(VerificationMethod::Voice)
    ]));
    assert_eq!(
        channels[1].status,
        Some(ChannelStatus::WaitingForMigrationCode)
    );
    assert_eq!(channels[1].availability_status, None);
}

#[tokio::test]
async fn new_enum_values_are_kept_as_strings() {
    let sent = json!([{
        "id": "t6RkQdCH",
        "status": "Ready",
        "availability_status": "",
        "setup_info": {"verification_method": "flash_call"},
    }]);
    let api = MockApi::json(200, &sent).await;
    let channels = call(&api.client()).await.unwrap().into_inner();
    assert_eq!(
        channels[0].status,
        Some(ChannelStatus::Unknown("Ready".to_owned()))
    );
    assert_eq!(
        channels[0].availability_status,
        Some(ChannelAvailability::Unknown(String::new()))
    );
    assert_eq!(serde_json::to_value(&channels).unwrap(), sent);
}

#[tokio::test]
async fn a_null_list_is_an_empty_one() {
    let api = MockApi::json(200, &json!(null)).await;
    assert_eq!(call(&api.client()).await.unwrap().into_inner(), []);
}
