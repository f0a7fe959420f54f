//! Get list of Partner Change Requests:
//! `GET /api/v2/partners/{partner_id}/selective_partner_change_requests`.

use partner_api::prelude::*;
use partner_api::{Error, ResponseValue};

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_api::MockApi;

const PATH: &str = "/api/v2/partners/Kq3vTzPA/selective_partner_change_requests";

async fn call(client: &Client) -> Result<ResponseValue<types::PartnerChangeRequestList>, Error> {
    client
        .list_partner_change_requests()
        .partner_id("Kq3vTzPA")
        .send()
        .await
}

every_operation!(
    "list_partner_change_requests",
    "partner_change_request_list",
    call
);

#[tokio::test]
async fn unset_parameters_are_not_in_the_query() {
    let api = MockApi::json(200, &fixture("partner_change_request_list")).await;
    call(&api.client()).await.unwrap();
    assert_eq!(api.request(), api.expected("GET", PATH));
}

#[tokio::test]
async fn filters_are_one_json_parameter() {
    let api = MockApi::json(200, &fixture("partner_change_request_list")).await;
    let filters = types::PartnerChangeRequestFilters {
        is_full_migration: Some(false),
        q: Some("50% off".to_owned()),
        ..Default::default()
    };
    api.client()
        .list_partner_change_requests()
        .partner_id("Kq3vTzPA")
        .filters(filters)
        .sort(types::PartnerChangeRequestSort::CreatedAt)
        .limit(20)
        .offset(0)
        .send()
        .await
        .unwrap();
    let expected = api
        .expected("GET", PATH)
        .query("filters", r#"{"is_full_migration":false,"q":"50% off"}"#)
        .query("limit", "20")
        .query("offset", "0")
        .query("sort", "created_at");
    assert_eq!(api.request(), expected);
}

#[tokio::test]
async fn a_page_has_its_offset_limit_and_total() {
    let api = MockApi::json(200, &fixture("partner_change_request_list")).await;
    let page = call(&api.client()).await.unwrap();
    assert_eq!(
        (page.limit, page.offset, page.total, page.count),
        (Some(20), Some(0), Some(2), Some(2))
    );
    assert_eq!(page.filters["is_full_migration"], false);
    assert_eq!(
        page.partner_change_requests[0].migrated_channels,
        ["t6RkQdCH", "m0XeJfCH"]
    );
    assert_eq!(
        page.partner_change_requests[1].is_full_migration,
        Some(true)
    );
}
