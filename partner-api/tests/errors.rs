//! What an error says of itself, whatever the hub answered.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{ErrorKind, Retries};
use serde_json::json;
use support::{Hub, KEY, closed_port};

#[tokio::test]
async fn an_error_answers_what_to_do_about_it() {
    let get = async |hub: &Hub| {
        hub.client()
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err()
    };
    for status in [400, 401, 403, 404, 408, 418, 429, 500, 503, 504] {
        let error =
            get(&Hub::json(status, &json!({"meta": {"developer_message": "No."}})).await).await;
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(error.is_auth(), [401, 403].contains(&status), "{status}");
        assert_eq!(error.is_not_found(), status == 404, "{status}");
        assert_eq!(error.is_timeout(), [408, 504].contains(&status), "{status}");
        assert_eq!(error.is_rate_limited(), status == 429, "{status}");
        assert_eq!(error.developer_message(), Some("No."));
        assert_eq!(error.retry_after(), None);
    }
}

#[tokio::test]
async fn an_error_says_how_long_to_wait() {
    let server = httpmock::MockServer::start_async().await;
    server.mock(|when, then| {
        when.any_request();
        then.status(429).header("retry-after", "30").body("");
    });
    let client = Client::with_api_key(KEY)
        .base_url(server.base_url())
        .retries(Retries::none())
        .build()
        .unwrap();
    let error = client
        .get_partner()
        .partner_id("Kq3vTzPA")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn odd_error_bodies_keep_the_status() {
    let bodies = [
        json!(null),
        json!([]),
        json!("no"),
        json!({}),
        json!({"meta": null}),
        json!({"meta": []}),
        json!({"meta": "no"}),
        json!({"error": "invalid_grant", "error_description": "Wrong password."}),
    ];
    for body in bodies {
        let hub = Hub::json(401, &body).await;
        let error = hub
            .client()
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err();
        assert!(error.is_auth(), "{body}: {error:?}");
        assert!(
            matches!(error.kind(), ErrorKind::Response),
            "{body}: {error:?}"
        );
        assert_eq!(error.developer_message(), None, "{body}");
    }
}

#[tokio::test]
async fn what_an_error_body_says_survives_what_is_odd_beside_it() {
    let odd = [
        json!({"http_code": "401"}),
        json!({"success": "false"}),
        json!({"details": ["a", null]}),
        json!({"details": "no"}),
        json!({"360dialog_trace_id": 17}),
        json!({"error": {"code": 1}, "error_data": null}),
    ];
    for beside in odd {
        let mut meta = beside.clone();
        meta["developer_message"] = json!("Expired token.");
        let hub = Hub::json(401, &json!({"meta": meta, "status": "error"})).await;
        let error = hub
            .client()
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err();
        assert_eq!(
            error.developer_message(),
            Some("Expired token."),
            "{beside}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_says_where() {
    let body =
        json!({"clients": [{"id": "a"}, {"contact_info": {"email": "a"}}, {"max_channels": true}]});
    let hub = Hub::json(200, &body).await;
    let error = hub
        .client()
        .list_clients()
        .partner_id("Kq3vTzPA")
        .send()
        .await
        .unwrap_err();
    let ErrorKind::Decode { path, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(path.as_deref(), Some("clients[2].max_channels"));
    assert!(
        error.to_string().contains("clients[2].max_channels"),
        "{error}"
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
}

#[tokio::test]
async fn a_hub_that_is_not_there_is_a_connection_error() {
    let client = Client::with_api_key(KEY)
        .base_url(format!("http://{}", closed_port()))
        .retries(Retries::none())
        .build()
        .unwrap();
    let error = client
        .get_partner()
        .partner_id("Kq3vTzPA")
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connection(_)),
        "{error:?}"
    );
    assert_eq!(
        (error.status(), error.operation(), error.attempts()),
        (None, Some("get_partner"), 1)
    );
    assert!(!error.is_timeout());
    assert!(std::error::Error::source(&error).is_some());
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_short_key_does_not_make_an_error_body_unreadable() {
    let message = "The key is not of this partner.";
    let hub = Hub::json(403, &json!({"meta": {"developer_message": message}})).await;
    for key in ["key", "e"] {
        let client = Client::with_api_key(key)
            .base_url(hub.base_url())
            .build()
            .unwrap();
        let error = client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err();
        assert!(error.meta().is_some(), "{key}: {error}");
    }
}
