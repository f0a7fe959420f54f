//! Retrieve partner: `GET /api/v2/partners/{partner_id}`.

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_hub::Hub;
use partner_api::prelude::*;
use partner_api::{Error, ResponseValue};

async fn call(client: &Client) -> Result<ResponseValue<types::Partner>, Error> {
    client.get_partner().partner_id("Kq3vTzPA").send().await
}

every_operation!("get_partner", "partner", call);

#[tokio::test]
async fn it_asks_for_the_partner_and_nothing_else() {
    let hub = Hub::json(200, &fixture("partner")).await;
    call(&hub.client()).await.unwrap();
    assert_eq!(
        hub.request(),
        hub.expected("GET", "/api/v2/partners/Kq3vTzPA")
    );
}

#[tokio::test]
async fn the_settings_are_typed_down_to_the_last() {
    let hub = Hub::json(200, &fixture("partner")).await;
    let partner = call(&hub.client()).await.unwrap().into_inner();
    assert_eq!(partner.brand_name.as_deref(), Some("Harbour Messaging"));
    let settings = partner.settings.unwrap();
    assert_eq!(
        settings.account_sharing.unwrap().solution_status.as_deref(),
        Some("ACTIVE")
    );
    assert_eq!(
        settings
            .io_secure
            .unwrap()
            .io_signature_verification_enabled,
        Some(true)
    );
    assert_eq!(
        settings.partner_change_request.unwrap().auto_approve,
        Some(false)
    );
    assert_eq!(settings.bearer_token_auth_disabled, Some(false));
}
