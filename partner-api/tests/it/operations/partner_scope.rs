//! A `PartnerScope` has the same operations as the client.

use partner_api::ErrorKind;
use partner_api::prelude::*;
use serde_json::json;

use crate::support::mock_api::MockApi;

#[tokio::test]
async fn every_operation_of_a_partner_is_called_with_its_id() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    let partner = client.partner("abcPA");
    let change = types::ClientUpdate {
        max_channels: Some(1),
        ..Default::default()
    };
    let hook = types::PartnerUpdate {
        webhook_url: Some("https://a.example".into()),
        ..Default::default()
    };
    partner.get_partner().send().await.unwrap();
    partner.update_partner().body(hook).send().await.unwrap();
    partner.list_clients().limit(10).send().await.unwrap();
    partner
        .update_client()
        .client_id("xyzCL")
        .body(change)
        .send()
        .await
        .unwrap();
    partner.list_partner_change_requests().send().await.unwrap();
    partner
        .approve_partner_change_request()
        .pcr_id("1")
        .send()
        .await
        .unwrap();
    // The response is not a list; only the request is checked.
    let _ = partner
        .list_shared_client_numbers()
        .client_id("xyzCL")
        .send()
        .await;
    let sent: Vec<_> = api
        .requests()
        .into_iter()
        .map(|request| format!("{} {}", request.method, request.path))
        .collect();
    assert_eq!(
        sent,
        [
            "GET /api/v2/partners/abcPA",
            "PATCH /api/v2/partners/abcPA",
            "GET /api/v2/partners/abcPA/clients",
            "PATCH /api/v2/partners/abcPA/clients/xyzCL",
            "GET /api/v2/partners/abcPA/selective_partner_change_requests",
            "POST /api/v2/partners/abcPA/selective_partner_change_requests/1/approve",
            "GET /api/v2/partners/abcPA/clients/xyzCL/shared_client_numbers",
        ]
    );
}

#[tokio::test]
async fn an_id_that_is_invalid_in_a_path_fails_each_call() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    let partner = client.partner("..");
    for error in [
        partner.get_partner().send().await.unwrap_err(),
        partner.list_clients().send().await.unwrap_err(),
    ] {
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("partner_id: is `.` or `..`"),
            "{error}"
        );
    }
    assert_eq!(api.requests(), []);
}

#[tokio::test]
async fn a_scope_owns_its_client_and_is_shared_by_tasks() {
    fn is_shared<T: Clone + std::fmt::Debug + Send + Sync + 'static>(_: &T) {}
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let partner = {
        let client = api.client();
        let id = types::PartnerId::from("abcPA");
        client.partner(&id)
    };
    is_shared(&partner);
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let partner = partner.clone();
            tokio::spawn(async move { partner.list_clients().send().await.map(drop) })
        })
        .collect();
    drop(partner);
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let paths = api.requests().into_iter().map(|request| request.path);
    let paths: Vec<_> = paths.collect();
    assert_eq!(paths, ["/api/v2/partners/abcPA/clients"; 3]);
}
