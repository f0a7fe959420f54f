//! Claims that hold for every operation; `every_operation!` generates a test of each.

use partner_api::reqwest::StatusCode;
use partner_api::{Client, Error, ErrorKind, ResponseValue};
use serde::Serialize;
use serde_json::{Value, json};

use super::json::{fixture, meaning, with_additions, with_nulls, without_names};
use super::mock_api::MockApi;

/// Tests of one operation: its name, the fixture of its response, and a call of it.
macro_rules! every_operation {
    ($operation:literal, $fixture:literal, $call:path) => {
        #[tokio::test]
        async fn every_documented_field_arrives() {
            $crate::support::claims::every_documented_field_arrives($fixture, $call).await;
        }

        #[tokio::test]
        async fn new_fields_are_kept_and_null_items_ignored() {
            $crate::support::claims::new_fields_are_kept_and_null_items_ignored($fixture, $call)
                .await;
        }

        #[tokio::test]
        async fn an_array_in_place_of_an_object_is_a_decode_error() {
            $crate::support::claims::an_array_in_place_of_an_object_is_a_decode_error(
                $operation, $fixture, $call,
            )
            .await;
        }

        #[tokio::test]
        async fn null_is_treated_as_absent() {
            $crate::support::claims::null_is_treated_as_absent($fixture, $call).await;
        }

        #[tokio::test]
        async fn a_400_has_the_servers_reasons() {
            $crate::support::claims::a_400_has_the_servers_reasons($operation, $call).await;
        }

        #[tokio::test]
        async fn a_404_is_not_found() {
            $crate::support::claims::a_404_is_not_found($operation, $call).await;
        }

        #[tokio::test]
        async fn html_of_a_gateway_is_an_error_with_its_status() {
            $crate::support::claims::an_undocumented_body_is_an_error_with_its_status(
                $operation,
                (500, "<html><body>Internal Server Error</body></html>"),
                $call,
            )
            .await;
        }

        #[tokio::test]
        async fn an_empty_502_is_an_error_with_its_status() {
            $crate::support::claims::an_undocumented_body_is_an_error_with_its_status(
                $operation,
                (502, ""),
                $call,
            )
            .await;
        }

        #[tokio::test]
        async fn an_empty_success_is_a_decode_error() {
            $crate::support::claims::an_empty_success_is_a_decode_error($operation, $call).await;
        }
    };
}

pub(crate) use every_operation;

pub async fn every_documented_field_arrives<T: Serialize>(
    name: &str,
    call: impl AsyncFn(&Client) -> Result<ResponseValue<T>, Error>,
) {
    let sent = fixture(name);
    let api = MockApi::json(200, &sent).await;
    let response = call(&api.client()).await.expect("a response");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(serialised(&response), meaning(&sent));
}

pub async fn new_fields_are_kept_and_null_items_ignored<T: Serialize>(
    name: &str,
    call: impl AsyncFn(&Client) -> Result<ResponseValue<T>, Error>,
) {
    let sent = with_additions(&fixture(name));
    let api = MockApi::json(200, &sent).await;
    let response = call(&api.client()).await.expect("a response");
    assert_eq!(serialised(&response), meaning(&sent));
}

pub async fn an_array_in_place_of_an_object_is_a_decode_error<T>(
    operation: &str,
    name: &str,
    call: impl AsyncFn(&Client) -> Result<ResponseValue<T>, Error>,
) {
    let variants = without_names(&fixture(name));
    assert!(!variants.is_empty(), "the fixture has no object");
    let api = MockApi::each(&variants).await;
    let client = api.client();
    for sent in &variants {
        let error = failure(operation, call(&client).await);
        assert!(
            matches!(error.kind(), ErrorKind::Decode { .. }),
            "{error:?}\n{sent:#}"
        );
    }
}

pub async fn null_is_treated_as_absent<T: Serialize>(
    name: &str,
    call: impl AsyncFn(&Client) -> Result<ResponseValue<T>, Error>,
) {
    let variants = with_nulls(&fixture(name));
    assert!(
        variants.len() > 10,
        "the fixture has little in it: {}",
        variants.len()
    );
    let api = MockApi::each(&variants).await;
    let client = api.client();
    for sent in &variants {
        let response = call(&client)
            .await
            .unwrap_or_else(|error| panic!("{error}\n{sent:#}"));
        assert_eq!(serialised(&response), meaning(sent));
    }
}

pub async fn a_400_has_the_servers_reasons<T>(
    operation: &str,
    call: impl AsyncFn(&Client) -> Result<ResponseValue<T>, Error>,
) {
    let api = MockApi::json(
        400,
        &json!({"meta": {
            "developer_message": "The payload is not valid.",
            "http_code": 400,
            "success": false,
            "360dialog_trace_id": "4bf92f3577b34da6",
            "details": {"limit": ["Must be greater than 0."]},
            "error": "validation",
        }}),
    )
    .await;
    let error = failure(operation, call(&api.client()).await);
    assert_eq!(error.status(), Some(StatusCode::BAD_REQUEST));
    assert_eq!(error.developer_message(), Some("The payload is not valid."));
    assert_eq!(error.trace_id(), Some("4bf92f3577b34da6"));
    let meta = error.meta().expect("the documented body");
    assert_eq!(meta.http_code, Some(json!(400)));
    assert_eq!(meta.success, Some(json!(false)));
    assert_eq!(
        meta.details,
        Some(json!({"limit": ["Must be greater than 0."]}))
    );
    assert_eq!(meta.other["error"], "validation");
    assert!(!error.is_not_found());
    assert!(matches!(error.kind(), ErrorKind::Api), "{error:?}");
    assert_eq!(api.requests().len(), 1, "a rejection is not retried");

    let text = error.to_string();
    for part in [
        operation,
        "400",
        "The payload is not valid.",
        "Must be greater than 0.",
        "4bf92f3577b34da6",
    ] {
        assert!(text.contains(part), "{part} is in {text}");
    }
}

pub async fn a_404_is_not_found<T>(
    operation: &str,
    call: impl AsyncFn(&Client) -> Result<ResponseValue<T>, Error>,
) {
    let api = MockApi::json(
        404,
        &json!({"meta": {
            "developer_message": "Not found.",
            "http_code": 404,
            "success": false,
            "360dialog_trace_id": null,
            "details": ["There is no such thing.", null],
        }}),
    )
    .await;
    let error = failure(operation, call(&api.client()).await);
    assert!(error.is_not_found());
    assert_eq!(error.status(), Some(StatusCode::NOT_FOUND));
    assert_eq!(error.developer_message(), Some("Not found."));
    assert_eq!(error.trace_id(), None);
    assert_eq!(
        error.meta().and_then(|meta| meta.details.clone()),
        Some(json!(["There is no such thing.", null]))
    );
}

pub async fn an_undocumented_body_is_an_error_with_its_status<T>(
    operation: &str,
    (status, body): (u16, &str),
    call: impl AsyncFn(&Client) -> Result<ResponseValue<T>, Error>,
) {
    let api = MockApi::new(status, "text/html", body).await;
    let error = failure(operation, call(&api.client()).await);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
    assert_eq!(error.meta(), None);
    assert_eq!((error.developer_message(), error.trace_id()), (None, None));
    assert!(matches!(error.kind(), ErrorKind::Api), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains(operation) && text.contains(&status.to_string()),
        "{text}"
    );
    assert!(!text.contains("<html>"), "the body is not in {text}");
}

pub async fn an_empty_success_is_a_decode_error<T>(
    operation: &str,
    call: impl AsyncFn(&Client) -> Result<ResponseValue<T>, Error>,
) {
    let api = MockApi::new(200, "application/json", "").await;
    let error = failure(operation, call(&api.client()).await);
    assert_eq!(error.status(), Some(StatusCode::OK));
    assert!(
        matches!(error.kind(), ErrorKind::Decode { .. }),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains(operation) && text.contains("cannot be decoded"),
        "{text}"
    );
}

/// The error of a call that was sent once.
fn failure<T>(operation: &str, response: Result<ResponseValue<T>, Error>) -> Error {
    let error = response.err().expect("an error");
    assert_eq!(error.operation(), Some(operation));
    assert_eq!(error.attempts(), 1);
    error
}

/// A response serialised as JSON again, without what [`meaning`] ignores.
fn serialised<T: Serialize>(response: &ResponseValue<T>) -> Value {
    meaning(&serde_json::to_value(&**response).expect("JSON"))
}
