//! Operations that the document does not have yet, as the crate's client can request them.

use std::collections::HashSet;

use crate::support::{self, client, get, plain, request, send};
use partner_api::prelude::*;
use partner_api::reqwest::Method;
use partner_hub::{Fault, Hub, documented};
use serde_json::{Value, json};

const CHANNELS: &str = "/api/v2/partners/{partner_id}/channels";
const KEYS: &str = "/api/v2/partners/{partner_id}/channels/{id}/api_keys";

async fn keys(hub: &Hub, method: Method, id: &str) -> support::Received {
    send(request(hub, method, &format!("/channels/{id}/api_keys"))).await
}

#[tokio::test]
async fn the_channels_of_a_partner_are_a_list() {
    let hub = plain().clients(60).start().await.unwrap();
    // A client that was moved, one that was removed and one without channels.
    let id = hub.client_ids(hub.partner_id()).remove(7);
    hub.remove_client(id);
    hub.insert_client(types::ClientAccount::default());
    let change = hub.change_requests(hub.partner_id()).remove(0).id.unwrap();
    let approve = format!("/selective_partner_change_requests/{change}/approve");
    send(request(&hub, Method::POST, &approve)).await;
    hub.advance(std::time::Duration::from_secs(10)).unwrap();

    let mut expected = Vec::new();
    for client in hub.client_ids(hub.partner_id()) {
        let channels = hub.channels(&client).into_iter();
        expected.extend(channels.map(|channel| (channel.id.unwrap().to_string(), client.clone())));
    }
    let client = client(&hub);
    let list = client
        .request(Method::GET, CHANNELS)
        .path("partner_id", hub.partner_id())
        .query("limit", 10)
        .list::<Value>("partner_channels");
    let channels: Vec<Value> = list.stream().try_collect().await.unwrap();
    let string = |value: &Value| value.as_str().unwrap().to_owned();
    let received: Vec<_> = channels
        .iter()
        .map(|channel| (string(&channel["id"]), string(&channel["client"]["id"])))
        .collect();
    assert_eq!(received, expected);
    let distinct: HashSet<_> = received.iter().collect();
    assert_eq!(distinct.len(), received.len());

    for (id, client) in [&expected[0], expected.last().unwrap()] {
        let found = get(&hub, &format!("/channels?filters={{\"id\":\"{id}\"}}"))
            .await
            .body;
        assert_eq!(
            (&found["total"], &found["partner_channels"][0]["client_id"]),
            (&json!(1), &json!(client))
        );
    }
    let none = get(&hub, "/channels?filters={\"id\":\"AAAA2222CH\"}")
        .await
        .body;
    assert_eq!(
        (&none["total"], &none["partner_channels"]),
        (&json!(0), &json!([]))
    );
    for invalid in ["limit=0", "offset=x", "filters={\"status\":1}", "filters=1"] {
        assert_eq!(
            get(&hub, &format!("/channels?{invalid}")).await.status,
            400,
            "{invalid}"
        );
    }
    assert!(!documented().iter().any(|id| id == "list_channels"));
    assert!(hub.count("list_channels") > 5);
}

#[tokio::test]
async fn a_new_channel_key_revokes_the_earlier_ones() {
    let hub = plain().clients(60).start().await.unwrap();
    let channels = get(&hub, "/channels?limit=100").await.body;
    let channels = channels["partner_channels"].as_array().unwrap().clone();
    let with_status = |status: &str| {
        let found = channels.iter().find(|channel| channel["status"] == status);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let id = with_status("ready");
    assert_eq!(keys(&hub, Method::GET, &id).await.body, json!([]));
    assert_eq!(keys(&hub, Method::DELETE, &id).await.status, 404);
    let client = client(&hub);
    let mut created = HashSet::new();
    for _ in 0..2 {
        let create = client
            .request(Method::POST, KEYS)
            .path("partner_id", hub.partner_id());
        let key: Value = create.path("id", &id).send().await.unwrap().into_inner();
        let listed = keys(&hub, Method::GET, &id).await;
        assert_eq!(listed.body.as_array().unwrap().len(), 1);
        assert_eq!(listed.body[0]["id"], key["id"]);
        assert!(
            !listed.text.contains("api_key"),
            "a key is shown once: {}",
            listed.text
        );
        assert!(key["app_id"].is_string() && key["address"].is_string());
        created.insert(key["api_key"].as_str().unwrap().to_owned());
    }
    assert_eq!(created.len(), 2);
    assert_eq!(keys(&hub, Method::DELETE, &id).await.status, 204);
    assert_eq!(keys(&hub, Method::GET, &id).await.body, json!([]));

    let draft = keys(&hub, Method::POST, &with_status("unverified")).await;
    assert!(
        draft.status == 400 && draft.message().contains("runs"),
        "{}",
        draft.text
    );
    let other = hub.client_ids(&hub.partners()[1].partner_id).remove(0);
    let foreign = hub.channels(other).remove(0).id.unwrap();
    assert_eq!(keys(&hub, Method::POST, foreign.as_str()).await.status, 404);
    assert_eq!(keys(&hub, Method::POST, "nothing").await.status, 404);
}

#[tokio::test]
async fn balances_are_limited_by_a_rule() {
    let hub = plain().start().await.unwrap();
    let balance = get(&hub, "/balance").await.body;
    assert!(balance[0]["total"].is_number() && balance[0]["currency"] == "EUR");
    let limit = Fault::status(429).on("get_client_balance").beyond(5, 30);
    hub.fault(limit).unwrap();
    let id = hub.client_ids(hub.partner_id()).remove(0);
    let path =
        format!("/clients/{id}/info/balance?start_date=0&end_date=1700000000&granularity=DAY");
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(get(&hub, &path).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429]);
    hub.clear_faults();
    for (path, status) in [
        ("/clients/none/info/balance".to_owned(), 404),
        (path.replace("DAY", "HOUR"), 400),
        (path.replace("=0", "=yesterday"), 400),
    ] {
        assert_eq!(get(&hub, &path).await.status, status, "{path}");
    }
}
