//! Authentication by API key and bearer token, and the token endpoint.

use std::time::Duration;

use crate::support::{self, bare, get, login, own, plain, send, token};
use partner_api::reqwest::Method;
use partner_hub::{Fault, Hub};
use serde_json::json;

async fn with_token(hub: &Hub, token: &str) -> support::Received {
    send(bare(hub, Method::GET, &own(hub, "")).bearer_auth(token)).await
}

#[tokio::test]
async fn only_a_valid_key_or_token_is_accepted() {
    let hub = plain().start().await.unwrap();
    assert_eq!(get(&hub, "").await.status, 200);
    let live = token(&hub).await;
    assert_eq!(with_token(&hub, &live).await.status, 200);

    let path = own(&hub, "");
    let request = || bare(&hub, Method::GET, &path);
    for rejected in [
        request(),
        request().header("x-api-key", "wrong"),
        request().header("x-api-key", ""),
        request().header("x-api-key", "wrong").bearer_auth(&live),
        request().bearer_auth("wrong"),
        request().header("authorization", "Basic abc"),
        request().header("authorization", live.as_str()),
        request().header("authorization", &b"Bearer \xff"[..]),
    ] {
        let response = send(rejected).await;
        assert_eq!(response.status, 401, "{}", response.text);
        assert!(response.is_envelope() && response.headers.contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn the_token_endpoint_sends_oauth_responses() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(90))
        .start()
        .await
        .unwrap();
    let response = login(&hub, hub.username(), hub.password()).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.body["token_type"], "Bearer");
    assert_eq!(response.body["expires_in"], 90);
    assert_eq!(response.body["refresh_token"], json!(null));
    assert_eq!(
        response.body["access_token"]
            .as_str()
            .unwrap()
            .split('.')
            .count(),
        3
    );

    let wrong = login(&hub, hub.username(), "guess").await;
    assert_eq!(
        (wrong.status, &wrong.body["error"]),
        (401, &json!("invalid_grant"))
    );
    assert!(wrong.body["error_description"].is_string());
    for body in ["", "{", "[]", "{}", r#"{"username": 1, "password": "x"}"#] {
        let request = bare(&hub, Method::POST, "/api/v2/token").body(body);
        let response = send(request).await;
        assert_eq!(
            (response.status, &response.body["error"]),
            (400, &json!("invalid_request")),
            "{body}"
        );
    }
}

#[tokio::test]
async fn each_error_of_the_token_endpoint_is_that_of_oauth() {
    let hub = plain().start().await.unwrap();
    let post = || bare(&hub, Method::POST, "/api/v2/token");
    let large = "x".repeat(2 << 20);
    for (request, status) in [
        (bare(&hub, Method::GET, "/api/v2/token"), 405),
        (post().body(large), 413),
        (post().query(&[("a", "b")]).body("{}"), 400),
    ] {
        let response = send(request).await;
        assert_eq!(
            (response.status, &response.body["error"]),
            (status, &json!("invalid_request"))
        );
    }
    for (status, error) in [
        (400, "invalid_request"),
        (429, "temporarily_unavailable"),
        (500, "server_error"),
        (503, "temporarily_unavailable"),
    ] {
        hub.clear_faults();
        hub.fault(Fault::status(status).on("token")).unwrap();
        let response = login(&hub, hub.username(), hub.password()).await;
        assert_eq!(
            (response.status, &response.body["error"]),
            (status, &json!(error))
        );
        assert!(response.body["error_description"].is_string());
    }
}

#[tokio::test]
async fn expires_in_can_be_omitted() {
    let hub = plain().without_expires_in().start().await.unwrap();
    let response = login(&hub, hub.username(), hub.password()).await;
    assert!(response.body.get("expires_in").is_none());
}

#[tokio::test]
async fn a_token_expires_after_its_lifetime() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(90))
        .start()
        .await
        .unwrap();
    let live = token(&hub).await;
    hub.advance(Duration::from_secs(80)).unwrap();
    assert_eq!(with_token(&hub, &live).await.status, 200);
    hub.advance(Duration::from_secs(11)).unwrap();
    assert_eq!(with_token(&hub, &live).await.status, 401);
}

#[tokio::test]
async fn a_token_expires_on_demand_and_with_the_next_login() {
    let hub = plain().start().await.unwrap();
    let first = token(&hub).await;
    let second = token(&hub).await;
    assert_eq!(with_token(&hub, &first).await.status, 401);
    assert_eq!(with_token(&hub, &second).await.status, 200);

    // A login of another user does not matter.
    let other = &hub.partners()[1];
    assert_eq!(
        login(&hub, &other.username, &other.password).await.status,
        200
    );
    assert_eq!(with_token(&hub, &second).await.status, 200);

    hub.expire_tokens();
    assert_eq!(with_token(&hub, &second).await.status, 401);
}

#[tokio::test]
async fn a_partner_has_access_only_to_its_own_data() {
    let hub = plain().start().await.unwrap();
    let other = &hub.partners()[1];
    let path = format!("/api/v2/partners/{}/clients", other.partner_id);
    let mine = send(bare(&hub, Method::GET, &path).header("x-api-key", hub.api_key())).await;
    assert_eq!(mine.status, 403);
    assert!(mine.is_envelope());
    let its = send(bare(&hub, Method::GET, &path).header("x-api-key", &other.api_key)).await;
    assert_eq!(its.status, 200);

    let foreign = hub.client_ids(&other.partner_id).remove(0);
    for path in [
        format!("/clients/{foreign}/shared_client_numbers"),
        "/clients/none/shared_client_numbers".to_owned(),
    ] {
        let response = get(&hub, &path).await;
        assert_eq!(response.status, 404);
        assert!(response.is_envelope());
    }
    let unknown =
        send(bare(&hub, Method::GET, "/api/v2/partners/nonePA").header("x-api-key", hub.api_key()))
            .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn bearer_tokens_can_be_disabled_for_a_partner() {
    let hub = plain().start().await.unwrap();
    let live = token(&hub).await;
    assert!(hub.change_partner(hub.partner_id(), |partner| {
        partner
            .settings
            .get_or_insert_default()
            .bearer_token_auth_disabled = Some(true);
    }));
    let response = with_token(&hub, &live).await;
    assert_eq!(response.status, 403);
    assert!(response.is_envelope());
    assert_eq!(get(&hub, "").await.status, 200);
    let rejected = login(&hub, hub.username(), hub.password()).await;
    assert_eq!(
        (rejected.status, &rejected.body["error"]),
        (403, &json!("unauthorized_client"))
    );
    let other = &hub.partners()[1];
    assert_eq!(
        login(&hub, &other.username, &other.password).await.status,
        200
    );
}
