//! Change requests: their approval, their completion, and what it moves.

use std::time::Duration;

use crate::support::{self, get, plain, request, send};
use partner_api::reqwest::Method;
use partner_api::types::{
    PartnerChangeRequest, PartnerChangeRequestId, PartnerChangeRequestStatus,
};
use partner_hub::Hub;
use serde_json::json;

const MIGRATION: Duration = Duration::from_secs(3_600);

async fn hub() -> Hub {
    plain()
        .clients(400)
        .migration_time(MIGRATION)
        .start()
        .await
        .unwrap()
}

/// A change request that can be approved.
fn created(hub: &Hub, full: bool) -> PartnerChangeRequest {
    let requests = hub.change_requests(hub.partner_id());
    let mut found = requests
        .into_iter()
        .filter(|request| request.status == Some(PartnerChangeRequestStatus::Created));
    found
        .find(|request| request.is_full_migration == Some(full))
        .unwrap()
}

async fn approve(hub: &Hub, id: &PartnerChangeRequestId) -> support::Received {
    let path = format!("/selective_partner_change_requests/{id}/approve");
    send(request(hub, Method::POST, &path)).await
}

async fn status(hub: &Hub, id: &PartnerChangeRequestId) -> String {
    let path = format!("/selective_partner_change_requests?filters={{\"id\":\"{id}\"}}");
    let response = get(hub, &path).await;
    response.body["partner_change_requests"][0]["status"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn an_approved_request_completes_later_and_moves_the_client() {
    let hub = hub().await;
    let change = created(&hub, true);
    let (id, client_id) = (change.id.unwrap(), change.source_client_id.unwrap());
    let source = change.source_partner_id.unwrap();
    let (own, theirs) = (
        hub.client_count(hub.partner_id()),
        hub.client_count(&source),
    );
    let numbers = format!("/clients/{client_id}/shared_client_numbers");
    assert_eq!(status(&hub, &id).await, "created");
    assert_eq!(get(&hub, &numbers).await.status, 404);

    let response = approve(&hub, &id).await;
    assert_eq!(
        (response.status, &response.body["status"]),
        (200, &json!("pending"))
    );
    hub.advance(MIGRATION - Duration::from_secs(60)).unwrap();
    assert_eq!(status(&hub, &id).await, "pending");
    assert_eq!(get(&hub, &numbers).await.status, 404);

    hub.advance(Duration::from_secs(60)).unwrap();
    assert_eq!(status(&hub, &id).await, "completed");
    let channels = get(&hub, &numbers).await.body;
    let ids: Vec<_> = channels
        .as_array()
        .unwrap()
        .iter()
        .map(|channel| channel["id"].as_str().unwrap())
        .collect();
    assert_eq!(change.migrated_channels, ids);
    assert_eq!(hub.client_count(hub.partner_id()), own + 1);
    assert_eq!(hub.client_count(&source), theirs - 1);
}

#[tokio::test]
async fn a_partial_migration_copies_the_client_and_moves_some_channels() {
    let hub = hub().await;
    let change = created(&hub, false);
    let (id, from, to) = (
        change.id.unwrap(),
        change.source_client_id.unwrap(),
        change.target_client_id.unwrap(),
    );
    let before = hub.channels(&from).len();
    assert_eq!(approve(&hub, &id).await.status, 200);
    hub.advance(MIGRATION).unwrap();
    assert_eq!(status(&hub, &id).await, "completed");
    let moved = hub.channels(&to);
    assert_eq!(moved.len(), change.migrated_channels.len());
    assert!(
        moved
            .iter()
            .all(|channel| channel.client_id.as_ref() == Some(&to))
    );
    assert_eq!(hub.channels(&from).len(), before - moved.len());
    assert_eq!(
        hub.client(&to).unwrap().name,
        hub.client(&from).unwrap().name
    );
}

#[tokio::test]
async fn only_a_created_request_can_be_approved() {
    let hub = hub().await;
    let id = created(&hub, true).id.unwrap();
    assert_eq!(approve(&hub, &id).await.status, 200);
    let twice = approve(&hub, &id).await;
    assert_eq!(twice.status, 400);
    assert!(
        twice.is_envelope() && twice.message().contains("pending"),
        "{}",
        twice.text
    );
    hub.advance(MIGRATION).unwrap();
    assert_eq!(approve(&hub, &id).await.status, 400);

    let other = created(&hub, true).id.unwrap();
    assert!(hub.fail_change_request(hub.partner_id(), &other));
    let failed = approve(&hub, &other).await;
    assert_eq!(failed.status, 400);
    assert!(failed.message().contains("failed"));

    assert_eq!(approve(&hub, &"none".into()).await.status, 404);
    let foreign = hub.change_requests(&hub.partners()[2].partner_id).remove(0);
    assert_eq!(approve(&hub, &foreign.id.unwrap()).await.status, 404);
}

#[tokio::test]
async fn a_migration_fails_if_its_client_was_removed() {
    let hub = hub().await;
    let change = created(&hub, true);
    let id = change.id.unwrap();
    assert_eq!(approve(&hub, &id).await.status, 200);
    assert!(hub.remove_client(change.source_client_id.unwrap()));
    hub.advance(MIGRATION).unwrap();
    assert_eq!(status(&hub, &id).await, "failed");
}

#[tokio::test]
async fn a_partner_can_approve_automatically() {
    let hub = hub().await;
    hub.change_partner(hub.partner_id(), |partner| {
        let settings = partner.settings.get_or_insert_default();
        settings
            .partner_change_request
            .get_or_insert_default()
            .auto_approve = Some(true);
    });
    let other = &hub.partners()[1].partner_id;
    let client_id = hub.client_ids(other).pop().unwrap();
    let request = PartnerChangeRequest {
        source_client_id: Some((&client_id).into()),
        source_partner_id: Some(other.into()),
        target_partner_id: Some(hub.partner_id().into()),
        is_full_migration: Some(true),
        ..Default::default()
    };
    let id = hub.insert_change_request(request).unwrap().into();
    assert_eq!(status(&hub, &id).await, "pending");
    hub.advance(MIGRATION).unwrap();
    assert_eq!(status(&hub, &id).await, "completed");
    assert!(hub.client_ids(hub.partner_id()).contains(&client_id));
}

#[tokio::test(start_paused = true)]
async fn the_tokio_clock_completes_migrations() {
    let hub = hub().await;
    let id = created(&hub, true).id.unwrap();
    let status = || {
        let mut requests = hub.change_requests(hub.partner_id()).into_iter();
        let request = requests.find(|request| request.id.as_ref() == Some(&id));
        request.unwrap().status.unwrap()
    };
    let path = format!("/selective_partner_change_requests/{id}/approve");
    let bytes = format!(
        "POST {} HTTP/1.1\r\nhost: hub\r\nx-api-key: {}\r\nconnection: close\r\n\r\n",
        support::own(&hub, &path),
        hub.api_key()
    );
    let (response, _) = support::raw(&hub, bytes.as_bytes()).await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert_eq!(status().as_str(), "pending");
    tokio::time::advance(MIGRATION).await;
    assert_eq!(status().as_str(), "completed");
}
