//! The operation of a request: its name in errors, spans, limits and for the observer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{ErrorKind, RateLimit, RetryPolicy};
use partner_hub::Fault;
use serde_json::{Value, json};

use crate::support::calls::hub;
use crate::support::captured::Captured;
use crate::support::mock_api::MockApi;

const CHANNELS: &str = "/api/v2/partners/{partner_id}/channels";

#[tokio::test]
async fn a_request_is_named_by_its_method_and_template() {
    let meta = json!({"meta": {
        "developer_message": "Channel not found", "360dialog_trace_id": "4bf92f", "success": false,
    }});
    let api = MockApi::json(404, &meta).await;
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&attempts);
    let client = Client::with_api_key("key")
        .base_url(api.base_url())
        .on_attempt(move |attempt| {
            let names = (attempt.operation, attempt.method, attempt.path);
            seen.lock().unwrap().push((names, attempt.status));
        })
        .build()
        .unwrap();
    let (captured, _guard) = Captured::start();
    let request = client.request(Method::POST, CHANNELS);
    let request = request.path("partner_id", "abcPA");
    let error = request.send::<Value>().await.unwrap_err();

    let name = format!("POST {CHANNELS}");
    assert_eq!(error.operation(), Some(&*name));
    assert!(error.is_not_found());
    assert_eq!(error.trace_id(), Some("4bf92f"));
    assert_eq!(error.developer_message(), Some("Channel not found"));
    let expected = format!("{name}: 404 Not Found: Channel not found; trace id 4bf92f");
    assert_eq!(error.to_string(), expected);

    let [attempt] = attempts.lock().unwrap()[..] else {
        panic!("one attempt")
    };
    assert_eq!(attempt.0, (&*name, "POST", CHANNELS));
    assert_eq!(attempt.1.unwrap(), 404);
    let spans = captured.spans();
    let [span] = &spans[..] else {
        panic!("{spans:?}")
    };
    assert_eq!(span.field("otel.name"), Some(&*name));
    assert_eq!(span.field("http.request.method"), Some("POST"));
    assert_eq!(span.field("url.template"), Some(CHANNELS));
    assert_eq!(span.field("partner_id"), Some("abcPA"));
    assert_eq!(span.field("http.response.status_code"), Some("404"));
    assert_eq!(span.field("error.type"), Some("404"));
}

#[tokio::test]
async fn a_request_for_a_generated_operation_is_that_operation() {
    let hub = hub().await;
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .retry_policy(RetryPolicy::max(1).backoff(Duration::ZERO, Duration::ZERO))
        .build()
        .unwrap();
    for (template, name) in [
        ("/api/v2/partners/{partner_id}", "update_partner"),
        ("/api/v2/partners/{id}", "update_partner"),
    ] {
        let parameter = template.split(['{', '}']).nth(1).unwrap();
        let request = client
            .request(Method::PATCH, template)
            .path(parameter, hub.partner_id())
            .json(json!({"allow_client_to_add_phone_no": true}));
        hub.clear_requests();
        hub.fault(Fault::status(503).on(name).times(1)).unwrap();
        // As the operation is documented, an update is idempotent although it is a PATCH.
        request.send::<types::Partner>().await.unwrap();
        assert_eq!(hub.count(name), 2);
        hub.clear_faults();
        let request = client.request(Method::PATCH, template);
        let error = request.path(parameter, "xyzPA").send::<Value>().await;
        assert_eq!(error.unwrap_err().operation(), Some(name));
    }
}

#[tokio::test]
async fn limits_per_operation_count_requests() {
    let api = MockApi::json(200, &json!({})).await;
    let hour = Duration::from_secs(3600);
    let limited = "GET /api/v2/partners/{partner_id}/channels";
    let client = Client::with_api_key("key")
        .base_url(api.base_url())
        .operation_rate_limit(limited, RateLimit::new(2, hour))
        .operation_rate_limit("get_partner", RateLimit::new(1, hour))
        .build()
        .unwrap();
    let send = async |method, template| {
        let request = client.request(method, template);
        let request = request.path("partner_id", "abcPA");
        request.send::<Value>().await.map(drop)
    };
    let mut sent = HashMap::new();
    let partner = "/api/v2/partners/{partner_id}";
    for (method, template) in [
        (Method::GET, CHANNELS),
        (Method::POST, CHANNELS),
        (Method::GET, partner),
    ] {
        for _ in 0..3 {
            match send(method.clone(), template).await {
                Ok(()) => *sent.entry((method.clone(), template)).or_insert(0) += 1,
                Err(error) => {
                    assert!(
                        matches!(error.kind(), ErrorKind::ClientThrottled(_)),
                        "{error:?}"
                    );
                }
            }
        }
    }
    let expected = [
        ((Method::GET, CHANNELS), 2),
        ((Method::POST, CHANNELS), 3),
        ((Method::GET, partner), 1),
    ];
    assert_eq!(sent, HashMap::from(expected));
    let generated = client.get_partner().partner_id("abcPA").send().await;
    let error = generated.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::ClientThrottled(_)),
        "{error:?}"
    );
}
