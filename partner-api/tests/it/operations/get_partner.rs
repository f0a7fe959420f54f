//! Retrieve partner: `GET /api/v2/partners/{partner_id}`.

use partner_api::prelude::*;
use partner_api::{Error, ResponseValue};

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_api::MockApi;

async fn call(client: &Client) -> Result<ResponseValue<types::Partner>, Error> {
    client.get_partner().partner_id("Kq3vTzPA").send().await
}

every_operation!("get_partner", "partner", call);

#[tokio::test]
async fn the_request_is_a_get_of_the_partner() {
    let api = MockApi::json(200, &fixture("partner")).await;
    call(&api.client()).await.unwrap();
    assert_eq!(
        api.request(),
        api.expected("GET", "/api/v2/partners/Kq3vTzPA")
    );
}

#[tokio::test]
async fn every_setting_is_typed() {
    let api = MockApi::json(200, &fixture("partner")).await;
    let partner = call(&api.client()).await.unwrap().into_inner();
    assert_eq!(partner.brand_name.as_deref(), Some("Harbour Messaging"));
    let settings = partner.settings.unwrap();
    assert_eq!(
        settings
            .account_sharing
            .unwrap()
            .solution_status
            .as_ref()
            .map(|it| it.as_str()),
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
