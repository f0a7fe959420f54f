//! Filters: one JSON object that may have undocumented keys.

use partner_api::ErrorKind;
use partner_api::prelude::*;
use serde_json::{Value, json};

use crate::support::mock_api::MockApi;

/// The value of the only parameter that is sent.
async fn sent(filters: types::ClientFilters) -> Value {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    let call = client.list_clients().partner_id("x").filters(filters);
    call.send().await.unwrap();
    let query = api.request().query;
    assert_eq!(query.len(), 1, "{query:?}");
    assert_eq!(query[0].0, "filters");
    serde_json::from_str(&query[0].1).unwrap()
}

#[tokio::test]
async fn undocumented_keys_are_sent_beside_documented_ones() {
    let filters = types::ClientFilters {
        status: Some("active".into()),
        ..Default::default()
    };
    let filters = filters
        .with("contact_info.email", json!(["a@b.example", null]))
        .with("q", "müller & \"co\"")
        .with("tier", 3);
    let expected = json!({
        "status": "active",
        "contact_info.email": ["a@b.example", null],
        "q": "müller & \"co\"",
        "tier": 3,
    });
    assert_eq!(sent(filters).await, expected);
}

#[tokio::test]
async fn extra_keys_can_be_set_together() {
    let Value::Object(extra) = json!({"q": "x", "labels": ["vip"]}) else {
        panic!("an object")
    };
    let filters = types::ClientFilters {
        extra: extra.into(),
        ..Default::default()
    };
    assert_eq!(sent(filters).await, json!({"q": "x", "labels": ["vip"]}));
}

#[tokio::test]
async fn an_id_can_be_a_filter_value() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let id = types::ClientId::from("xyzCL");
    let filters = types::PartnerChangeRequestFilters {
        q: Some("nord".into()),
        source_client_id: Some(id),
        ..Default::default()
    };
    let client = api.client();
    let call = client.list_partner_change_requests().partner_id("x");
    call.filters(filters).send().await.unwrap();
    let expected = r#"{"q":"nord","source_client_id":"xyzCL"}"#;
    assert_eq!(
        api.request().query,
        [("filters".to_owned(), expected.to_owned())]
    );
}

#[tokio::test]
async fn a_duplicate_key_is_rejected_before_anything_is_sent() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let filters = types::ClientFilters {
        contact_info_email: Some("a@b.example".into()),
        ..Default::default()
    };
    let client = api.client();
    let call = client.list_clients().partner_id("x");
    let error = call
        .filters(filters.with("contact_info.email", "c@d.example"))
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::InvalidRequest(_)),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("filters: `contact_info.email` is set twice"),
        "{error}"
    );
    assert_eq!(api.requests(), []);
}

#[tokio::test]
async fn filters_are_typed_and_optional() {
    let api = MockApi::json(200, &json!({"clients": [], "partner_change_requests": []})).await;
    let client = api.client();
    let list = || client.list_partner_change_requests().partner_id("x");
    let filters = types::PartnerChangeRequestFilters {
        status: Some("pending".into()),
        is_full_migration: Some(true),
        created_at: Some("2026-03-01".into()),
        target_partner_id: Some("abcPA".into()),
        ..Default::default()
    };
    list().filters(Some(filters)).send().await.unwrap();
    let none = None::<types::PartnerChangeRequestFilters>;
    list().filters(none).send().await.unwrap();
    let future = types::PartnerChangeRequestFilters {
        status: Some(types::PartnerChangeRequestStatus::Unknown("paused".into())),
        ..Default::default()
    };
    list().filters(future).send().await.unwrap();
    let sent: Vec<_> = api.requests().into_iter().map(|it| it.query).collect();
    let one = |json: &str| vec![("filters".to_owned(), json.to_owned())];
    assert_eq!(
        sent,
        [
            one(
                r#"{"created_at":"2026-03-01","is_full_migration":true,"status":"pending","target_partner_id":"abcPA"}"#
            ),
            vec![],
            one(r#"{"status":"paused"}"#),
        ]
    );
}

#[test]
fn the_documented_statuses_are_enums_that_keep_other_values() {
    macro_rules! is_open {
        ($($name:ident: $($value:literal)*;)*) => {$(
            let known: Vec<_> = types::$name::KNOWN.iter().map(types::$name::as_str).collect();
            assert_eq!(known, [$($value),*]);
            for value in known.into_iter().chain(["", "something new", "unknown"]) {
                let status: types::$name = serde_json::from_value(json!(value)).unwrap();
                assert_eq!(serde_json::to_value(&status).unwrap(), value);
                assert_eq!(value.parse(), Ok(status));
            }
        )*};
    }
    is_open! {
        PartnerChangeRequestStatus: "created" "pending" "completed" "failed";
        QualityRating: "NA" "Low" "Medium" "High";
        ChannelAccountMode: "live" "sandbox";
        ChannelHubStatus: "live" "sandbox" "done" "pending" "draft" "pending_deletion" "unregistered";
        SolutionStatus: "ACTIVE" "DEACTIVATED" "DRAFT" "INITATED" "PENDING_DEACTIVATION" "REJECTED";
    }
}
