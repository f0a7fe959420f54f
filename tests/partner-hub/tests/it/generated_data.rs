//! Generated data: the same for the same seed, with distinct ids and a share of anomalies.

use std::collections::HashSet;

use crate::support::{self, get};
use partner_hub::Hub;
use serde_json::Value;

async fn hub(seed: u64, anomaly_rate: f64) -> Hub {
    Hub::builder()
        .clients(300)
        .seed(seed)
        .anomaly_rate(anomaly_rate)
        .start()
        .await
        .unwrap()
}

async fn everything(hub: &Hub) -> Vec<String> {
    let mut all = vec![get(hub, "").await.text];
    for offset in [0, 100, 200] {
        all.push(
            get(hub, &format!("/clients?limit=100&offset={offset}"))
                .await
                .text,
        );
    }
    all.push(
        get(hub, "/selective_partner_change_requests?limit=100")
            .await
            .text,
    );
    for id in hub.client_ids(hub.partner_id()).iter().take(50) {
        all.push(
            get(hub, &format!("/clients/{id}/shared_client_numbers"))
                .await
                .text,
        );
    }
    all
}

#[tokio::test]
async fn the_same_seed_generates_the_same_data() {
    let (one, same, other) = (hub(7, 0.1).await, hub(7, 0.1).await, hub(8, 0.1).await);
    assert_eq!(one.partners(), same.partners());
    assert_eq!(everything(&one).await, everything(&same).await);
    assert_ne!(one.api_key(), other.api_key());
    assert_ne!(everything(&one).await, everything(&other).await);
}

#[tokio::test]
async fn a_client_does_not_depend_on_the_number_of_clients() {
    let few = Hub::builder().clients(10).start().await.unwrap();
    let many = Hub::builder().clients(6_000).start().await.unwrap();
    let ids = few.client_ids(few.partner_id());
    assert_eq!(ids, many.client_ids(many.partner_id())[..10]);
    assert!(ids.iter().all(|id| few.client(id) == many.client(id)));
    assert_eq!(many.client_count(many.partner_id()), 6_000);
}

#[tokio::test]
async fn ids_are_distinct_and_end_in_their_type() {
    let hub = hub(3, 0.0).await;
    let mut seen = HashSet::new();
    for partner in hub.partners() {
        assert!(partner.partner_id.ends_with("PA") && seen.insert(partner.partner_id.clone()));
        for id in hub.client_ids(&partner.partner_id) {
            assert!(id.ends_with("CL") && id.len() == 10);
            let channels = hub.channels(&id);
            assert!(!channels.is_empty());
            for channel in channels {
                let id = channel.id.unwrap();
                assert!(id.as_str().ends_with("CH") && seen.insert(id.into()));
            }
            assert!(seen.insert(id));
        }
        for request in hub.change_requests(&partner.partner_id) {
            assert!(seen.insert(request.id.unwrap().into()));
            let client = hub.client(request.source_client_id.unwrap());
            assert!(
                client.is_some(),
                "the client of a change request does not exist"
            );
        }
    }
}

#[tokio::test]
async fn the_share_of_anomalies_is_the_configured_rate() {
    let anomalies = |list: &Value| {
        let clients = list["clients"].as_array().unwrap().iter();
        clients.filter(|client| has_anomaly(client)).count()
    };
    let mut counts = Vec::new();
    for share in [0.0, 0.2, 1.0] {
        let hub = hub(5, share).await;
        let mut count = 0;
        for offset in [0, 100, 200] {
            let page = get(&hub, &format!("/clients?limit=100&offset={offset}")).await;
            count += anomalies(&page.body);
        }
        counts.push(count);
    }
    assert_eq!((counts[0], counts[2]), (0, 300));
    assert!((30..90).contains(&counts[1]), "{counts:?}");
}

fn has_anomaly(client: &Value) -> bool {
    let json = client.to_string();
    let members = client.as_object().unwrap();
    let nulls = members
        .iter()
        .any(|(name, value)| value.is_null() && name != "fb_business_id");
    let without_zone = !client["created_at"].as_str().unwrap().ends_with('Z');
    nulls
        || without_zone
        || json.contains("in_review")
        || json.contains("\"webpage_url\":\"\"")
        || members.contains_key("labels")
}

#[tokio::test]
async fn the_client_decodes_all_anomalies() {
    let hub = hub(11, 1.0).await;
    let client = support::client(&hub);
    let list = client
        .list_clients()
        .partner_id(hub.partner_id())
        .limit(100)
        .send()
        .await
        .unwrap();
    assert_eq!(list.clients.len(), 100);
    let mut unknown = 0;
    for id in hub.client_ids(hub.partner_id()).iter().take(60) {
        let numbers = client
            .list_shared_client_numbers()
            .partner_id(hub.partner_id())
            .client_id(id);
        let statuses = numbers
            .send()
            .await
            .unwrap()
            .into_inner()
            .into_iter()
            .filter_map(|channel| channel.status);
        unknown += statuses
            .filter(|status| *status == "paused_by_provider")
            .count();
    }
    assert!(unknown > 0);
    client
        .list_partner_change_requests()
        .partner_id(hub.partner_id())
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn partners_change_requests_tokens_and_errors_have_anomalies_too() {
    let (mut partners, mut requests, mut token_types, mut details) = (
        HashSet::new(),
        HashSet::new(),
        HashSet::new(),
        HashSet::new(),
    );
    for seed in 0..20 {
        let hub = hub(seed, 0.5).await;
        let client = support::client(&hub);
        let partner = get(&hub, "").await;
        for (name, value) in partner.body.as_object().unwrap() {
            if value.is_null() || *value == "" {
                partners.insert(name.clone());
            }
        }
        partners.extend(
            partner
                .body
                .get("subscription")
                .map(|_| "subscription".to_owned()),
        );
        client
            .get_partner()
            .partner_id(hub.partner_id())
            .send()
            .await
            .unwrap();
        let list = get(&hub, "/selective_partner_change_requests?limit=100").await;
        for request in list.body["partner_change_requests"].as_array().unwrap() {
            requests.insert(request["status"].as_str().unwrap().to_owned());
            if request["migrated_channels"].is_null() {
                requests.insert("null array".to_owned());
            }
        }
        let token = support::login(&hub, hub.username(), hub.password()).await;
        token_types.insert(token.body["token_type"].as_str().unwrap().to_owned());
        let error = get(&hub, "/clients?limit=0").await;
        assert!(error.is_envelope());
        let meta = &error.body["meta"];
        details.insert((
            meta["details"].is_array(),
            meta["error"].is_object(),
            meta["error_data"].is_object(),
        ));
    }
    for name in ["webhook_url", "country", "subscription"] {
        assert!(partners.contains(name), "{name}: {partners:?}");
    }
    for name in ["created", "waiting_for_meta", "null array"] {
        assert!(requests.contains(name), "{name}: {requests:?}");
    }
    assert_eq!(token_types.len(), 2);
    assert_eq!(
        details,
        HashSet::from([(true, true, true), (false, false, false)])
    );
}
