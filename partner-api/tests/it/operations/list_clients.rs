//! Retrieve list of clients: `GET /api/v2/partners/{partner_id}/clients`.

use partner_api::prelude::*;
use partner_api::{Error, ResponseValue};
use serde_json::json;

use crate::support::claims::every_operation;
use crate::support::json::fixture;
use crate::support::mock_api::MockApi;

const PATH: &str = "/api/v2/partners/Kq3vTzPA/clients";

async fn call(client: &Client) -> Result<ResponseValue<types::ClientList>, Error> {
    client.list_clients().partner_id("Kq3vTzPA").send().await
}

every_operation!("list_clients", "client_list", call);

#[tokio::test]
async fn unset_parameters_are_not_in_the_query() {
    let api = MockApi::json(200, &fixture("client_list")).await;
    call(&api.client()).await.unwrap();
    assert_eq!(api.request(), api.expected("GET", PATH));
}

#[tokio::test]
async fn filters_are_one_json_parameter() {
    let api = MockApi::json(200, &fixture("client_list")).await;
    let filters = types::ClientFilters {
        contact_info_email: Some("büro+news&co=1@nordsee-rad.example".into()),
        ..Default::default()
    };
    let filters = filters.with("name", json!(["a", 1, true]));
    api.client()
        .list_clients()
        .partner_id("Kq3vTzPA")
        .filters(filters)
        .sort("-contact_info.city")
        .limit(200)
        .offset(400)
        .send()
        .await
        .unwrap();
    let filters =
        r#"{"contact_info.email":"büro+news&co=1@nordsee-rad.example","name":["a",1,true]}"#;
    let expected = api
        .expected("GET", PATH)
        .query("filters", filters)
        .query("limit", "200")
        .query("offset", "400")
        .query("sort", "-contact_info.city");
    assert_eq!(api.request(), expected);
}

#[tokio::test]
async fn empty_filters_are_an_empty_object() {
    let api = MockApi::json(200, &fixture("client_list")).await;
    let client = api.client();
    client
        .list_clients()
        .partner_id("Kq3vTzPA")
        .filters(types::ClientFilters::default())
        .send()
        .await
        .unwrap();
    assert_eq!(
        api.request(),
        api.expected("GET", PATH).query("filters", "{}")
    );
}

#[tokio::test]
async fn a_page_has_its_offset_limit_and_total() {
    let api = MockApi::json(200, &fixture("client_list")).await;
    let page = call(&api.client()).await.unwrap();
    assert_eq!(
        (page.limit, page.offset, page.total, page.count),
        (Some(2), Some(40), Some(57), Some(2))
    );
    assert_eq!(page.sort, ["name", "-created_at"]);
    assert_eq!(page.filters["contact_info.country"], "DE");
    let [first, second] = &*page.clients else {
        panic!("two clients: {:?}", page.clients)
    };
    assert_eq!(first.created_by["user_name"], "onboarding-bot");
    assert_eq!(first.max_channels, Some(3));
    assert_eq!(second.name.as_deref(), Some("Bäckerei Sonnenblume"));
    assert_eq!(second.contact_user, None);
}
