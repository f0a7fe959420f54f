//! Approve Partner Change Request:
//! `POST /api/v2/partners/{partner_id}/selective_partner_change_requests/{pcr_id}/approve`.

use partner_api::prelude::*;
use partner_api::{Error, ResponseValue};

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_api::MockApi;

const PCR: &str = "5d1c7e0a-93b4-4f6e-8a52-0c6f2b7e9d31";

async fn call(client: &Client) -> Result<ResponseValue<types::PartnerChangeRequest>, Error> {
    client
        .approve_partner_change_request()
        .partner_id("Kq3vTzPA")
        .pcr_id(PCR)
        .send()
        .await
}

every_operation!(
    "approve_partner_change_request",
    "partner_change_request",
    call
);

#[tokio::test]
async fn the_request_has_no_body() {
    let api = MockApi::json(200, &fixture("partner_change_request")).await;
    call(&api.client()).await.unwrap();
    let path = format!("/api/v2/partners/Kq3vTzPA/selective_partner_change_requests/{PCR}/approve");
    assert_eq!(api.request(), api.expected("POST", &path));
}

#[tokio::test]
async fn an_approval_is_never_retried() {
    for status in [408, 429, 500, 502, 503, 504] {
        let api = MockApi::new(status, "application/json", "").await;
        call(&api.client()).await.unwrap_err();
        assert_eq!(api.requests().len(), 1, "after a {status}");
    }
}
