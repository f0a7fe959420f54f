//! Lists: filters, sort orders, pages and the members beside the items.

use std::collections::HashSet;

use crate::support::{get, plain, request, send};
use partner_api::prelude::*;
use partner_api::reqwest::Method;
use partner_hub::Hub;
use serde_json::{Value, json};

async fn filtered(hub: &Hub, list: &str, filters: Value, rest: &[(&str, &str)]) -> Value {
    let request = request(hub, Method::GET, list).query(&[("filters", filters.to_string())]);
    let response = send(request.query(rest)).await;
    assert_eq!(response.status, 200, "{}", response.text);
    assert_eq!(response.body["filters"], filters);
    response.body
}

fn strings(items: &Value, name: &str) -> Vec<String> {
    let pointer = format!("/{}", name.replace('.', "/"));
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| item.pointer(&pointer).unwrap().as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_list_reports_its_parameters_and_total() {
    let hub = plain().clients(250).start().await.unwrap();
    let response = get(&hub, "/clients").await.body;
    assert_eq!(response["limit"], 20);
    assert_eq!(response["offset"], 0);
    assert_eq!(response["sort"], json!([]));
    assert_eq!(response["filters"], json!({}));
    assert_eq!(response["total"], 250);
    assert_eq!(response["count"], 20);
    assert_eq!(response["clients"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_page_is_never_larger_than_the_cap() {
    let hub = plain().clients(250).start().await.unwrap();
    let response = get(&hub, "/clients?limit=1000").await.body;
    assert_eq!(
        (&response["limit"], &response["count"]),
        (&json!(100), &json!(100))
    );
    let hub = plain().clients(250).page_size(7, 9).start().await.unwrap();
    assert_eq!(get(&hub, "/clients").await.body["count"], 7);
    assert_eq!(get(&hub, "/clients?limit=200").await.body["count"], 9);
}

#[tokio::test]
async fn pages_together_are_the_whole_list() {
    let hub = plain().clients(250).start().await.unwrap();
    let mut ids = Vec::new();
    for offset in (0..300).step_by(30) {
        let page = get(
            &hub,
            &format!("/clients?sort=status,-name&limit=30&offset={offset}"),
        )
        .await;
        ids.extend(strings(&page.body["clients"], "id"));
    }
    assert_eq!(ids.len(), 250);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 250);
    assert_eq!(
        get(&hub, "/clients?offset=4294967295").await.body["count"],
        0
    );
}

#[tokio::test]
async fn several_sort_fields_can_be_sent_in_one_or_many_parameters() {
    let hub = plain().clients(90).start().await.unwrap();
    let commas = get(&hub, "/clients?limit=90&sort=contact_info.country,-name")
        .await
        .body;
    let repeated = get(
        &hub,
        "/clients?limit=90&sort=contact_info.country&sort=-name",
    )
    .await
    .body;
    assert_eq!(commas, repeated);
    assert_eq!(commas["sort"], json!(["contact_info.country", "-name"]));
    let countries = strings(&commas["clients"], "contact_info.country");
    let names = strings(&commas["clients"], "name");
    let pairs: Vec<_> = countries.iter().zip(&names).collect();
    assert!(pairs.is_sorted_by(|one, next| one.0 < next.0 || (one.0 == next.0 && one.1 >= next.1)));
}

#[tokio::test]
async fn all_filters_must_match() {
    let hub = plain().clients(400).start().await.unwrap();
    let filters = json!({"status": "active", "contact_info.country": "DE"});
    let response = filtered(
        &hub,
        "/clients",
        filters,
        &[("limit", "100"), ("sort", "name")],
    )
    .await;
    assert!(response["total"].as_u64().unwrap() > 0);
    assert_eq!(response["total"], response["count"]);
    assert!(
        strings(&response["clients"], "status")
            .iter()
            .all(|status| status == "active")
    );
    assert!(
        strings(&response["clients"], "contact_info.country")
            .iter()
            .all(|country| country == "DE")
    );
    assert!(strings(&response["clients"], "name").is_sorted());

    let id = hub.client_ids(hub.partner_id()).remove(7);
    let one = filtered(&hub, "/clients", json!({"id": id}), &[]).await;
    assert_eq!(strings(&one["clients"], "id"), [id]);
    for nothing in [
        json!({"id": "none"}),
        json!({"name": ["a"]}),
        json!({"name": {"like": "a"}}),
    ] {
        assert_eq!(filtered(&hub, "/clients", nothing, &[]).await["total"], 0);
    }
}

#[tokio::test]
async fn a_null_filter_matches_null_fields() {
    let hub = plain().clients(400).start().await.unwrap();
    let response = filtered(&hub, "/clients", json!({"meta_info.about": null}), &[]).await;
    assert!(response["total"].as_u64().unwrap() > 0);
    let clients = response["clients"].as_array().unwrap();
    assert!(
        clients
            .iter()
            .all(|client| client["meta_info"].get("about").is_none_or(Value::is_null))
    );
}

#[tokio::test]
async fn change_requests_can_be_searched_and_filtered_by_boolean() {
    let hub = plain().clients(400).start().await.unwrap();
    let list = "/selective_partner_change_requests";
    let full = filtered(&hub, list, json!({"is_full_migration": true}), &[]).await["total"]
        .as_u64()
        .unwrap();
    let part = filtered(&hub, list, json!({"is_full_migration": false}), &[]).await["total"]
        .as_u64()
        .unwrap();
    let all = get(&hub, list).await.body;
    assert!(full > 0 && part > 0);
    assert_eq!(full + part, all["total"]);
    let source = strings(&all["partner_change_requests"], "source_client_id").remove(0);
    let found = filtered(&hub, list, json!({"q": source.to_lowercase()}), &[]).await;
    assert_eq!(
        strings(&found["partner_change_requests"], "source_client_id"),
        [source]
    );
}

#[tokio::test]
async fn unknown_and_invalid_parameters_are_rejected() {
    let hub = plain().start().await.unwrap();
    for query in [
        "filters={\"nme\":\"x\"}",
        "filters={\"q\":\"x\"}",
        "filters=[]",
        "filters={",
        "filters=",
        "filters=null",
        "sort=height",
        "sort=",
        "sort=--name",
        "sort=name,",
        "limit=0",
        "limit=-1",
        "limit=ten",
        "limit=1.5",
        "limit=%2B5",
        "limit=",
        "limit=4294967296",
        "limit=1&limit=2",
        "offset=-1",
        "offset=99999999999999999999999",
        "offset=%00",
        "offset=%zz",
        "offset=%ff",
    ] {
        let response = get(&hub, &format!("/clients?{query}")).await;
        assert_eq!(response.status, 400, "{query}: {}", response.text);
        assert!(response.is_envelope(), "{query}: {}", response.text);
    }
    let unknown_q = get(&hub, "/selective_partner_change_requests?filters={\"q\":1}").await;
    assert_eq!(unknown_q.status, 400);
}

#[tokio::test]
async fn pages_reflect_inserts_and_removals() {
    let hub = plain().clients(60).start().await.unwrap();
    let names = async |query: &str| {
        strings(
            &get(&hub, &format!("/clients?{query}")).await.body["clients"],
            "name",
        )
    };
    let filter = "filters={\"status\":\"active\"}";
    let (by_name, active) = (
        names("sort=name&limit=100").await,
        names(&format!("{filter}&limit=100")).await,
    );

    let account = |name: &str, status: &str| types::ClientAccount {
        name: Some(name.to_owned()),
        status: Some(status.to_owned()),
        ..Default::default()
    };
    let first = hub.insert_client(account("AAA", "active"));
    hub.insert_client(account("zzz", "brand_new"));
    assert_eq!(hub.client_count(hub.partner_id()), 62);
    assert_eq!(names("sort=name&limit=1").await, ["AAA"]);
    assert_eq!(names("sort=-name&limit=1").await, ["zzz"]);
    assert_eq!(names("sort=name&limit=100").await[1..61], by_name);
    assert_eq!(
        names(&format!("{filter}&limit=100")).await,
        [active.clone(), vec!["AAA".to_owned()]].concat()
    );
    assert_eq!(names("filters={\"status\":\"brand_new\"}").await, ["zzz"]);

    assert!(hub.remove_client(&first));
    assert!(!hub.remove_client(&first));
    assert_eq!(names(&format!("{filter}&limit=100")).await, active);
    assert_eq!(names("sort=name&limit=100").await[..60], by_name);
}

#[tokio::test]
async fn an_update_of_the_sort_field_moves_the_row() {
    let hub = plain().clients(60).start().await.unwrap();
    let ids = async || {
        strings(
            &get(&hub, "/clients?sort=-modified_at&limit=100").await.body["clients"],
            "id",
        )
    };
    let last = ids().await.pop().unwrap();
    let patch =
        request(&hub, Method::PATCH, &format!("/clients/{last}")).json(&json!({"max_channels": 2}));
    assert_eq!(send(patch).await.status, 200);
    let now = ids().await;
    assert_eq!((now.len(), &now[0]), (60, &last));
}

#[tokio::test]
async fn after_any_change_a_list_equals_a_fresh_sort_and_filter() {
    let hub = plain().clients(80).start().await.unwrap();
    let mut rng = fastrand::Rng::with_seed(4);
    let mut added = 0;
    for _ in 0..60 {
        let ids = hub.client_ids(hub.partner_id());
        let id = &ids[rng.usize(..ids.len())];
        match rng.u8(0..3) {
            0 => assert!(hub.remove_client(id)),
            1 => {
                added += 1;
                hub.insert_client(types::ClientAccount {
                    name: rng.bool().then(|| format!("{}", rng.alphabetic())),
                    status: Some(["active", "inactive"][rng.usize(..2)].to_owned()),
                    partner_payload: Some(added.to_string()),
                    ..Default::default()
                });
            }
            _ => {
                hub.advance(std::time::Duration::from_secs(1)).unwrap();
                let patch = request(&hub, Method::PATCH, &format!("/clients/{id}"));
                send(patch.json(&json!({"max_channels": 1}))).await;
            }
        }
        let mut expected: Vec<types::ClientAccount> = hub
            .client_ids(hub.partner_id())
            .iter()
            .map(|id| hub.client(id).unwrap())
            .collect();
        let ids = |accounts: &[types::ClientAccount]| -> Vec<String> {
            accounts
                .iter()
                .take(100)
                .map(|account| account.id.clone().unwrap().into())
                .collect()
        };
        let by_modified = get(&hub, "/clients?limit=100&sort=-modified_at").await.body;
        let active = filtered(
            &hub,
            "/clients",
            json!({"status": "active"}),
            &[("limit", "100"), ("sort", "name")],
        )
        .await;
        assert_eq!(by_modified["total"], expected.len());
        expected.sort_by(|one, other| other.modified_at.cmp(&one.modified_at));
        assert_eq!(strings(&by_modified["clients"], "id"), ids(&expected));
        let mut expected: Vec<types::ClientAccount> = hub
            .client_ids(hub.partner_id())
            .iter()
            .map(|id| hub.client(id).unwrap())
            .collect();
        expected.retain(|account| account.status.as_deref() == Some("active"));
        expected.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(strings(&active["clients"], "id"), ids(&expected));
    }
}
