//! No spelling of a credential is in the record, and everything else is.

use crate::support::{bare, own, plain, send};
use partner_api::reqwest::Method;
use partner_hub::{Hub, RecordedRequest};
use serde_json::json;

const SECRET: &str = "hunter2&4711";
/// What is left of the secret where it is cut in pieces, or encoded.
const PIECES: [&str; 2] = ["hunter2", "4711"];

async fn hub() -> Hub {
    plain().start().await.unwrap()
}

/// The last request, which must not contain the secret.
fn recorded(hub: &Hub, case: &str) -> RecordedRequest {
    let request = hub.requests().pop().unwrap();
    let debug = format!("{request:?}");
    for piece in PIECES {
        assert!(!debug.contains(piece), "{case}: {debug}");
    }
    request
}

async fn body(hub: &Hub, content_type: &str, body: impl Into<Vec<u8>>) -> String {
    let body = body.into();
    let case = String::from_utf8_lossy(&body).into_owned();
    let request = bare(hub, Method::POST, "/api/v2/token").header("content-type", content_type);
    send(request.body(body)).await;
    recorded(hub, &case).body
}

#[tokio::test]
async fn members_of_json_are_masked_by_name() {
    let hub = hub().await;
    for name in [
        "password",
        "PASSWORD",
        "newPassword",
        "client_secret",
        "access_token",
        "refreshToken",
        "api_key",
        "apiKey",
        "D360-API-KEY",
        "x-api-key",
        "Authorization",
        "cookie",
        "pwd",
    ] {
        for value in [
            json!(SECRET),
            json!([SECRET]),
            json!({ "value": SECRET }),
            json!(4711),
        ] {
            let sent = json!({"username": "ada", "list": [{ name: value }]});
            let kept = body(&hub, "application/json", sent.to_string()).await;
            let masked = json!({"username": "ada", "list": [{ name: "***" }]});
            assert_eq!(kept, masked.to_string(), "{sent}");
        }
    }
}

#[tokio::test]
async fn json_is_masked_in_every_spelling() {
    let hub = hub().await;
    for (sent, kept) in [
        (
            r#"{"a": 1, "pass\u0077ord": "hunter2"}"#.to_owned(),
            r#"{"a":1,"password":"***"}"#,
        ),
        (
            r#"{"password": "hunter2", "password": "4711"}"#.to_owned(),
            r#"{"password":"***"}"#,
        ),
        (
            json!({"a": json!({"b": [{"TOKEN": SECRET}]}).to_string()}).to_string(),
            r#"{"a":"{\"b\":[{\"TOKEN\":\"***\"}]}"}"#,
        ),
        (
            r#"{"webhook_url": "https://a:hunter2@example.com/b?c=d&token=4711"}"#.to_owned(),
            r#"{"webhook_url":"https://a:***@example.com/b?c=d&token=***"}"#,
        ),
        (
            json!({"a": " {\"key\": \"hunter2\"}", "b": "c=d&pwd=4711"}).to_string(),
            r#"{"a":"{\"key\":\"***\"}","b":"c=d&pwd=***"}"#,
        ),
        (
            json!({"a": json!(json!({"key": SECRET}).to_string()).to_string()}).to_string(),
            r#"{"a":"\"{\\\"key\\\":\\\"***\\\"}\""}"#,
        ),
        // What cannot be parsed is masked as a whole.
        (r#"{"password": "hunter2&4711""#.to_owned(), "***"),
        (r#"{"pass\u0077ord": "hunter2"#.to_owned(), "***"),
        (r#"{'PassWord': 'hunter2'}"#.to_owned(), "***"),
        ("\u{feff}{\"password\": \"hunter2\"}".to_owned(), "***"),
        (
            "--x\r\ncontent-disposition: form-data; name=\"password\"\r\n\r\nhunter2".to_owned(),
            "***",
        ),
        ("<password>hunter2</password>".to_owned(), "***"),
        ("{%22p%2561ssword%22: %22hunter2".to_owned(), "***"),
        ("p\0a\0s\0s\0w\0o\0r\0d\0:\0hunter2".to_owned(), "***"),
    ] {
        assert_eq!(
            body(&hub, "application/json", sent.clone()).await,
            kept,
            "{sent}"
        );
    }
    let deep = format!("{}{{\"password\": \"hunter2\"}}", "[".repeat(10_000));
    assert_eq!(body(&hub, "application/json", deep).await, "***");
    // As deep as the parser goes, and nested in each other.
    let mut nested = json!({"password": SECRET}).to_string();
    for _ in 0..12 {
        let query: String = form_encoded(&nested);
        nested =
            json!({"url": format!("https://a.example/?a={query}"), "a": [[nested]]}).to_string();
        if nested.len() > 1_000_000 {
            break;
        }
        body(&hub, "application/json", nested.clone()).await;
    }
    let equals = format!("{}password=hunter2", "a=".repeat(300_000));
    body(&hub, "application/json", equals).await;
}

fn form_encoded(text: &str) -> String {
    let encode = |byte: u8| format!("%{byte:02x}");
    text.bytes().map(encode).collect()
}

#[tokio::test]
async fn forms_and_queries_are_masked_by_name() {
    let hub = hub().await;
    let form = "application/x-www-form-urlencoded";
    for (sent, kept) in [
        ("username=ada&password=hunter2", "username=ada&password=***"),
        ("PASS%57ORD=hunter2%264711&a=%62", "PASS%57ORD=***&a=%62"),
        ("user[password]=hunter2&flag", "user[password]=***&flag"),
        ("key=hunter2", "key=***"),
        // An `&` that is not encoded may belong to the secret.
        (
            "a=%7B%22token%22%3A%22hunter2%22%7D",
            "a=%7B%22token%22%3A%22***%22%7D",
        ),
    ] {
        assert_eq!(body(&hub, form, sent).await, kept, "{sent}");
        let path = format!("{}?{sent}", own(&hub, "/clients"));
        send(bare(&hub, Method::GET, &path)).await;
        let query = recorded(&hub, sent).query.unwrap();
        assert_eq!(query.replace('*', ""), kept.replace('*', ""), "{sent}");
    }
}

#[tokio::test]
async fn headers_are_masked_by_name() {
    let hub = hub().await;
    for (name, sent, kept) in [
        ("D360-API-KEY", SECRET, "***"),
        ("X-API-Key", SECRET, "***"),
        ("Api_Key", SECRET, "***"),
        ("X-Auth-Token", SECRET, "***"),
        ("Cookie", "session=hunter2", "***"),
        ("X-Client-Secret", SECRET, "***"),
        ("Authorization", "bearer hunter2", "bearer ***"),
        ("Authorization", "Basic hunter2", "Basic ***"),
        ("Authorization", "hunter2 4711", "***"),
        ("Proxy-Authorization", "Basic hunter2", "Basic ***"),
        ("Referer", "https://a.example/?api_key=hunter2", "***"),
        ("Idempotency-Key", "77", "77"),
        ("X-Request-Id", "7", "7"),
        (
            "Accept",
            "application/json, */*;q=0.5",
            "application/json, */*;q=0.5",
        ),
    ] {
        send(bare(&hub, Method::GET, &own(&hub, "")).header(name, sent)).await;
        assert_eq!(recorded(&hub, name).header(name), Some(kept), "{name}");
    }
}

#[tokio::test]
async fn a_request_without_credentials_is_recorded_as_it_is() {
    let hub = hub().await;
    for sent in [
        r#"{ "username" : "ada",  "n": 1.50, "tags": [ "Tokyo & Osaka", "\u00e9" ] }"#,
        r#"{"bearer_token_auth_disabled": true, "token": null}"#,
        "[1,2",
        "a=b&c=d%20e&&f",
        "plain prose; with = and & and \"quotes\"",
        "",
    ] {
        assert_eq!(body(&hub, "text/plain", sent).await, sent);
    }
    let query = "filters=%7B%22id%22%3A+%22a%22%7D&sort=-created_at&limit=2&empty=&flag";
    send(bare(
        &hub,
        Method::GET,
        &format!("{}?{query}", own(&hub, "/clients")),
    ))
    .await;
    assert_eq!(recorded(&hub, query).query.as_deref(), Some(query));
}
