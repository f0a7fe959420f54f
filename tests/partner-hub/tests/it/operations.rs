//! The emulator implements the document, and the crate's client can use every operation.

use std::collections::BTreeSet;

use crate::support::{self, bare, client, plain, send};
use partner_api::prelude::*;
use partner_api::reqwest::Method;
use partner_hub::{Hub, documented, implemented};
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::from_str(include_str!("../../../../openapi/partner-api.json")).unwrap()
}

#[test]
fn the_document_and_the_emulator_have_the_same_operations() {
    let documented: BTreeSet<String> = documented().into_iter().collect();
    let implemented: BTreeSet<String> = implemented().into_iter().map(str::to_owned).collect();
    let missing: Vec<_> = documented.difference(&implemented).collect();
    let obsolete: Vec<_> = implemented.difference(&documented).collect();
    assert!(
        missing.is_empty(),
        "without a handler, so they return 501: {missing:?}"
    );
    assert!(
        obsolete.is_empty(),
        "no longer in the document: {obsolete:?}"
    );
}

#[tokio::test]
async fn a_list_accepts_the_documented_filters_and_sort_fields() {
    let hub = plain().start().await.unwrap();
    let document = document();
    for (list, schema) in [
        ("clients", "ClientFilters"),
        (
            "selective_partner_change_requests",
            "PartnerChangeRequestFilters",
        ),
    ] {
        let filters = document["components"]["schemas"][schema]["properties"]
            .as_object()
            .unwrap();
        for name in filters.keys() {
            let request = support::request(&hub, Method::GET, &format!("/{list}"));
            let response =
                send(request.query(&[("filters", json!({ name: "x" }).to_string())])).await;
            assert_eq!(response.status, 200, "filter {name}: {}", response.text);
        }
        let path = format!("/api/v2/partners/{{partner_id}}/{list}");
        let parameters = document["paths"][path]["get"]["parameters"]
            .as_array()
            .unwrap();
        let sort = parameters
            .iter()
            .find(|parameter| parameter["name"] == "sort")
            .unwrap();
        for name in sort["schema"]["enum"].as_array().unwrap() {
            let name = name.as_str().unwrap();
            let response = support::get(&hub, &format!("/{list}?sort=-{name}")).await;
            assert_eq!(response.status, 200, "sort {name}: {}", response.text);
            assert_eq!(response.body["sort"], json!([format!("-{name}")]));
        }
    }
}

#[tokio::test]
async fn an_operation_that_is_not_implemented_returns_501() {
    let mut document = document();
    document["paths"]["/api/v2/partners/{partner_id}/flows"] =
        json!({"get": {"operationId": "list_flows", "responses": {}}});
    let hub = plain().document(&document).start().await.unwrap();
    let response = support::get(&hub, "/flows").await;
    assert_eq!(response.status, 501);
    assert!(
        response.is_envelope() && response.message().contains("list_flows"),
        "{}",
        response.text
    );
    assert_eq!(hub.count("list_flows"), 1);
    let unknown = send(bare(&hub, Method::GET, &support::own(&hub, "/flows"))).await;
    assert_eq!(unknown.status, 401);
}

#[tokio::test]
async fn a_body_is_required_only_where_documented() {
    for (required, status) in [(true, 400), (false, 200)] {
        let mut document = document();
        document["paths"]["/api/v2/partners/{partner_id}"]["patch"]["requestBody"]["required"] =
            json!(required);
        let hub = plain().document(&document).start().await.unwrap();
        let response = send(support::request(&hub, Method::PATCH, "")).await;
        assert_eq!(response.status, status, "{}", response.text);
    }
}

#[tokio::test]
async fn events_can_be_sent_to_the_same_machine_or_by_https() {
    let hub = plain().start().await.unwrap();
    for url in [
        "https://hooks.example/a?b=c_d",
        "http://127.0.0.1:8080/hook",
        "http://[::1]:1",
        "http://localhost:1",
    ] {
        let update = support::request(&hub, Method::PATCH, "");
        let updated = send(update.json(&json!({"webhook_url": url}))).await;
        assert_eq!(updated.body["webhook_url"], url, "{}", updated.text);
    }
}

#[tokio::test]
async fn the_client_can_use_every_operation() {
    let hub = plain().start().await.unwrap();
    let client = client(&hub);
    use_partner(&hub, &client).await;
    use_clients(&hub, &client).await;
    use_change_requests(&hub, &client).await;
    for operation in documented() {
        assert!(hub.count(&operation) > 0, "{operation} was not used");
    }
}

async fn use_partner(hub: &Hub, client: &Client) {
    let get = || client.get_partner().partner_id(hub.partner_id());
    let partner = get().send().await.unwrap();
    assert_eq!(
        partner.id.as_ref().map(|it| it.as_str()),
        Some(hub.partner_id())
    );

    let webhook_url = Some("https://hooks.example/new".to_owned());
    let update = types::PartnerUpdate {
        webhook_url: webhook_url.clone(),
        ..Default::default()
    };
    let call = client.update_partner().partner_id(hub.partner_id());
    let updated = call.body(update).send().await.unwrap();
    assert_eq!(updated.webhook_url, webhook_url);
    let again = get().send().await.unwrap();
    assert_eq!(again.webhook_url, webhook_url);
    assert_eq!(again.partner_redirect_url, partner.partner_redirect_url);
}

async fn use_clients(hub: &Hub, client: &Client) {
    let filters = types::ClientFilters {
        status: Some("active".into()),
        ..Default::default()
    };
    let call = client.list_clients().partner_id(hub.partner_id());
    let call = call.filters(filters).sort("-created_at").limit(5);
    let page = call.send().await.unwrap().into_inner();
    assert_eq!(page.clients.len(), 5);
    assert_eq!(page.sort, ["-created_at"]);
    let mut statuses = page.clients.iter().map(|client| client.status.as_deref());
    assert!(statuses.all(|status| status == Some("active")));
    let is_sorted = page
        .clients
        .is_sorted_by(|one, next| one.created_at >= next.created_at);
    assert!(is_sorted);

    let client_id = page.clients[0].id.clone().unwrap();
    let update = types::ClientUpdate {
        max_channels: Some(17),
        ..Default::default()
    };
    let call = client.update_client().partner_id(hub.partner_id());
    let call = call.client_id(&client_id).body(update);
    let account = call.send().await.unwrap().into_inner();
    assert_eq!(account.max_channels, Some(17));
    assert_eq!(account.partner_payload, page.clients[0].partner_payload);
    assert_eq!(hub.client(&client_id), Some(account));

    let call = client.list_shared_client_numbers();
    let call = call.partner_id(hub.partner_id()).client_id(&client_id);
    let channels = call.send().await.unwrap().into_inner();
    assert!(!channels.is_empty());
    let mut owners = channels.iter().map(|channel| channel.client_id.as_ref());
    assert!(owners.all(|owner| owner == Some(&client_id)));
}

async fn use_change_requests(hub: &Hub, client: &Client) {
    let filters = types::PartnerChangeRequestFilters {
        status: Some("created".into()),
        ..Default::default()
    };
    let call = client.list_partner_change_requests();
    let call = call.partner_id(hub.partner_id()).filters(filters);
    let requests = call.send().await.unwrap().into_inner();
    let id = requests.partner_change_requests[0].id.clone().unwrap();
    let call = client.approve_partner_change_request();
    let call = call.partner_id(hub.partner_id()).pcr_id(&id);
    let approved = call.send().await.unwrap();
    assert_eq!(
        approved.status.as_ref().map(|it| it.as_str()),
        Some("pending")
    );
}

#[tokio::test]
async fn a_patch_keeps_the_fields_that_it_omits() {
    let hub = plain().start().await.unwrap();
    let id = hub.client_ids(hub.partner_id()).remove(0);
    let before = hub.client(&id).unwrap();
    for body in [
        json!({}),
        json!({"partner_payload": "vip"}),
        json!({"max_channels": 3.0}),
    ] {
        let request = support::request(&hub, Method::PATCH, &format!("/clients/{id}"));
        assert_eq!(send(request.json(&body)).await.status, 200);
    }
    let listed = support::get(&hub, &format!("/clients?filters={{\"id\":\"{id}\"}}")).await;
    let account: types::ClientAccount =
        serde_json::from_value(listed.body["clients"][0].clone()).unwrap();
    assert_eq!(account.partner_payload.as_deref(), Some("vip"));
    assert_eq!(account.max_channels, Some(3));
    assert_eq!(account.name, before.name);
    assert!(account.modified_at > before.modified_at);
}
