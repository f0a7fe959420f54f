//! What is sent, and how a response is read.

use partner_api::CallOptions;
use partner_api::prelude::*;
use partner_api::reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::mock_api::MockApi;

const CHANNEL: &str = "/api/v2/partners/{partner_id}/channels/{id}";

#[tokio::test]
async fn a_request_is_sent_as_that_of_a_generated_call() {
    let api = MockApi::json(200, &json!({"id": "xyzCH"})).await;
    let client = api.client();
    let channel: Value = client
        .request(Method::GET, CHANNEL)
        .path("partner_id", types::PartnerId::from("abcPA"))
        .path("id", "xyzCH")
        .send()
        .await
        .unwrap()
        .into_inner();
    assert_eq!(channel["id"], "xyzCH");
    let expected = api.expected("GET", "/api/v2/partners/abcPA/channels/xyzCH");
    assert_eq!(api.request(), expected);
}

#[tokio::test]
async fn a_body_and_headers_are_sent() {
    let api = MockApi::json(200, &json!({})).await;
    let header = HeaderName::from_static("x-tag");
    let options = CallOptions::new().header(header, HeaderValue::from_static("a"));
    let response = api
        .client()
        .request(Method::PATCH, "/api/v2/settings")
        .json(json!({"enabled": true}))
        .header("X-Request-ID", "7")
        .header("accept", "application/vnd.hub+json")
        .options(options)
        .send::<Value>()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let mut expected = api.expected("PATCH", "/api/v2/settings");
    expected.headers[0].1 = "application/vnd.hub+json".to_owned();
    expected.headers.push(("x-tag".into(), "a".into()));
    expected.headers.push(("x-request-id".into(), "7".into()));
    assert_eq!(api.request(), expected.json(json!({"enabled": true})));
}

#[tokio::test]
async fn every_value_can_be_in_the_query() {
    let api = MockApi::json(200, &json!({})).await;
    let id = types::PartnerId::from("abcPA");
    let client = api.client();
    let request = client.request(Method::GET, "/q");
    let request = request
        .query("filters", json!({"status": "a&b=c"}))
        .query("limit", 100)
        .query("amount", 7.0)
        .query("share", 0.5_f32)
        .query("big", u64::MAX)
        .query("least", i64::MIN)
        .query("live", true)
        .query("id", &id)
        .query("ids", [&id, &id])
        .query("none", None::<u32>)
        .query("some", Some("x"))
        .query("empty", "")
        .query("status", types::ChannelStatus::Unknown("new ü".to_owned()))
        .query("status", "running");
    request.send::<Value>().await.unwrap();
    let expected = [
        ("filters", r#"{"status":"a&b=c"}"#),
        ("limit", "100"),
        ("amount", "7"),
        ("share", "0.5"),
        ("big", "18446744073709551615"),
        ("least", "-9223372036854775808"),
        ("live", "true"),
        ("id", "abcPA"),
        ("ids", "abcPA"),
        ("ids", "abcPA"),
        ("some", "x"),
        ("empty", ""),
        ("status", "new ü"),
        ("status", "running"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(api.request().query, expected);
}

#[tokio::test]
async fn every_character_of_an_argument_stays_in_its_segment() {
    let api = MockApi::json(200, &json!({})).await;
    let client = api.client();
    for (argument, sent) in [
        ("a b", "a%20b"),
        ("50%", "50%25"),
        ("%2e%2e", "%252e%252e"),
        ("%2F", "%252F"),
        ("..;", "..%3B"),
        ("a?b#c&d=e", "a%3Fb%23c%26d%3De"),
        ("{id}", "%7Bid%7D"),
        ("ü\u{202e}", "%C3%BC%E2%80%AE"),
        ("@evil.example", "%40evil.example"),
    ] {
        let request = client.request(Method::GET, CHANNEL);
        let request = request.path("id", argument).path("partner_id", 7);
        request.send::<Value>().await.unwrap();
        let path = api.requests().pop().unwrap().path;
        assert_eq!(path, format!("/api/v2/partners/7/channels/{sent}"));
    }
}

#[tokio::test]
async fn every_method_is_sent() {
    let api = MockApi::new(200, "application/json", "").await;
    let client = api.client();
    for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] {
        let parsed = Method::from_bytes(method.as_bytes()).unwrap();
        client.request(parsed, "/any").send::<()>().await.unwrap();
        assert_eq!(api.requests().pop().unwrap().method, method);
    }
}

#[tokio::test]
async fn a_response_is_read_as_any_type() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Balance {
        total: f64,
        currency: String,
    }

    let balances = json!([{"total": 1.5, "currency": "EUR", "new": null}]);
    let api = MockApi::json(200, &balances).await;
    let client = api.client();
    let request = client.request(Method::GET, "/balance");
    let read: Vec<Balance> = request.clone().send().await.unwrap().into_inner();
    let currency = "EUR".to_owned();
    let total = 1.5;
    assert_eq!(read, [Balance { total, currency }]);
    let bytes = request.clone().bytes().await.unwrap();
    assert_eq!(**bytes, *balances.to_string().as_bytes());

    let value = request.clone().send::<Value>().await.unwrap();
    assert_eq!((&*value, &value[0]["total"]), (&balances, &json!(1.5)));
    let error = request.send::<Vec<u32>>().await.unwrap_err().to_string();
    let expected = "GET /balance: 200 OK: the response cannot be decoded at `[0]`: \
        found map, expected u32 at line 1 column 1";
    assert_eq!(error, expected);
}

#[tokio::test]
async fn a_response_without_a_body_is_null() {
    let api = MockApi::new(204, "text/plain", "").await;
    let client = api.client();
    let request = || client.request(Method::DELETE, "/keys");
    request().send::<()>().await.unwrap();
    let none = request().send::<Option<types::Partner>>().await.unwrap();
    assert_eq!(none.into_inner(), None);
    assert!(request().send::<Value>().await.unwrap().is_null());
    assert!(request().bytes().await.unwrap().is_empty());
    assert!(request().send::<types::Partner>().await.is_err());
}

#[tokio::test]
async fn bytes_are_those_of_the_response_within_the_limit() {
    let body = "%PDF-1.7 \u{0}\u{1}".repeat(100);
    let api = MockApi::new(200, "application/pdf", &body).await;
    let client = |limit| {
        let client = Client::with_api_key("key").base_url(api.base_url());
        client.max_response_bytes(limit).build().unwrap()
    };
    let whole = client(body.len());
    let response = whole.request(Method::GET, "/file").bytes().await.unwrap();
    assert_eq!(**response, *body.as_bytes());
    assert_eq!(response.headers()["content-type"], "application/pdf");
    assert_eq!(api.request().headers[0], ("accept".into(), "*/*".into()));

    let small = client(body.len() - 1);
    let error = small.request(Method::GET, "/file").bytes().await;
    let error = error.unwrap_err();
    let expected = partner_api::ErrorKind::ResponseTooLarge { limit: 0 };
    let same = std::mem::discriminant(error.kind()) == std::mem::discriminant(&expected);
    assert!(same, "{error:?}");
}

#[test]
fn a_request_is_send_and_its_debug_output_shows_no_secret() {
    fn is_send<T: Send>(_: &T) {}
    let client = Client::with_api_key("key").build().unwrap();
    let request = client
        .request(Method::POST, "/keys/{id}")
        .path("id", "xyz")
        .query("code", "s3cret")
        .json(json!({"password": "s3cret"}))
        .header("x-code", "s3cret");
    let output = format!("{request:?} {:?}", request.clone().list::<Value>("keys"));
    assert!(output.contains("POST /keys/{id}"), "{output}");
    assert!(!output.contains("s3cret"), "{output}");
    is_send(&request.clone().send::<Value>());
    is_send(&request.clone().bytes());
    is_send(&request.list::<Value>("keys").stream());
}
