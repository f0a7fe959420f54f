//! What is rejected before anything is sent.

use std::collections::HashMap;

use partner_api::prelude::*;
use partner_api::reqwest::header::{HeaderName, HeaderValue};
use partner_api::{CallOptions, Error, ErrorKind, RateLimit, RequestBuilder};
use serde_json::{Value, json};

use crate::support::counting_server::{Conduct, Server};

const CHANNEL: &str = "/partners/{partner_id}/channels/{id}";

/// Sends a request in every way, and returns the error that each has to end with.
async fn rejected(client: &Client, build: impl Fn(&Client) -> RequestBuilder<'_>) -> String {
    let errors: [Error; 3] = [
        build(client).send::<Value>().await.unwrap_err(),
        build(client).bytes().await.unwrap_err(),
        build(client)
            .idempotent(true)
            .list::<Value>("items")
            .stream()
            .try_next()
            .await
            .unwrap_err(),
    ];
    let [first, ..] = &errors;
    for error in &errors {
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{error:?}"
        );
        assert_eq!((error.attempts(), error.status()), (0, None));
        assert_eq!(error.to_string(), first.to_string());
    }
    first.to_string()
}

#[tokio::test]
async fn an_invalid_template_is_rejected_and_nothing_is_sent() {
    let server = Server::start(|_| Conduct::Respond);
    let client = Client::with_api_key("key").base_url(server.url());
    let client = client.build().unwrap();
    let host = "has a host; requests go to the base URL, so write only the path, \
        and set another server with `ClientBuilder::base_url`";
    let dots = "has a segment `.` or `..`, which leads to another path";
    let encoded = "write it as the argument of a parameter, which is encoded";
    for (template, why) in [
        ("", "does not start with `/`".to_owned()),
        ("partners", "does not start with `/`".to_owned()),
        ("{id}", "does not start with `/`".to_owned()),
        ("@evil.example/x", "does not start with `/`".to_owned()),
        ("https://evil.example/x", host.to_owned()),
        ("//evil.example/x", host.to_owned()),
        (
            "/a?b=c",
            "has a query; set it with `.query(name, value)`".to_owned(),
        ),
        (
            "/a#b",
            "has a fragment, which is never sent; remove it".to_owned(),
        ),
        (
            "/a//b",
            "has an empty segment; remove one of the slashes".to_owned(),
        ),
        ("/a/../b", dots.to_owned()),
        ("/a/.", dots.to_owned()),
        ("/a/{id", "has a `{` without a `}`: {id".to_owned()),
        ("/a/id}", "has a `}` without a `{`".to_owned()),
        (
            "/a/{{id}}",
            "has the parameter `{{id}`; a name consists of letters, digits, `_` and `-`".to_owned(),
        ),
        (
            "/a/{}",
            "has the parameter `{}`; a name consists of letters, digits, `_` and `-`".to_owned(),
        ),
        (
            "/a/{otel.name}",
            "has the parameter `{otel.name}`; a name consists of letters, digits, `_` and `-`"
                .to_owned(),
        ),
        (
            "/a/{+path}",
            "has the parameter `{+path}`; a name consists of letters, digits, `_` and `-`"
                .to_owned(),
        ),
        ("/a/%2e%2e/b", format!("has the character '%'; {encoded}")),
        ("/a\\..\\b", format!("has the character '\\\\'; {encoded}")),
        ("/a b", format!("has the character ' '; {encoded}")),
        ("/ü", format!("has the character 'ü'; {encoded}")),
        ("/a\u{0}", format!("has the character '\\0'; {encoded}")),
    ] {
        let error = rejected(&client, |client| client.request(Method::GET, template)).await;
        let template = template.replace('\0', "\\u{0}");
        assert_eq!(error, format!("request: the template `{template}` {why}"));
    }
    assert_eq!(server.opened(), 0);
}

#[tokio::test]
async fn a_method_for_proxies_is_rejected() {
    let server = Server::start(|_| Conduct::Respond);
    let client = Client::with_api_key("key").base_url(server.url());
    let client = client.build().unwrap();
    for method in ["CONNECT", "TRACE", "PURGE", "get"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let error = rejected(&client, |client| client.request(method.clone(), "/a")).await;
        let expected = format!(
            "request: the method {method} cannot be sent; \
             use one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"
        );
        assert_eq!(error, expected);
    }
    assert_eq!(server.opened(), 0);
}

#[tokio::test]
async fn an_invalid_argument_is_rejected_and_nothing_is_sent() {
    type Build = fn(RequestBuilder<'_>) -> RequestBuilder<'_>;
    let cases: [(Build, &str); 14] = [
        (
            |it| it.path("id", "x"),
            "partner_id: is required by the template and was not set; call `.path(\"partner_id\", …)`",
        ),
        (
            |it| it.path("partner_id", "x").path("Id", "x"),
            "Id: is no parameter of the template, which has partner_id, id",
        ),
        (
            |it| it.path("id", "x").path("partner_id", "x").path("id", "y"),
            "id: is set twice; set each parameter once",
        ),
        (|it| it.path("id", ""), "id: is empty"),
        (
            |it| it.path("id", ".."),
            "id: is `.` or `..`, which would lead to another path",
        ),
        (
            |it| it.path("id", "a/b"),
            "id: has a slash or backslash, which would lead to another path",
        ),
        (|it| it.path("id", "a\nb"), "id: has a control character"),
        (|it| it.query("a", f64::NAN), "a: is not a finite number"),
        (
            |it| it.query("a", Some(f32::INFINITY)),
            "a: is not a finite number",
        ),
        (
            |it| it.query("map", HashMap::from([((), 1)])),
            "map: key must be a string",
        ),
        (
            |it| it.json(HashMap::from([((), 1)])),
            "body: key must be a string",
        ),
        (
            |it| it.json("x".repeat(2_000)),
            "body: has more than 1000 bytes; raise `ClientBuilder::max_response_bytes`",
        ),
        (
            |it| it.header("no header", "x"),
            "the name of a header: invalid HTTP header name",
        ),
        (
            |it| it.header("x-code", "s3cret\n"),
            "header `x-code`: failed to parse header value",
        ),
    ];
    let server = Server::start(|_| Conduct::Respond);
    let client = Client::with_api_key("key").base_url(server.url());
    let client = client.max_response_bytes(1000).build().unwrap();
    for (build, why) in cases {
        let error = rejected(&client, |it| build(it.request(Method::GET, CHANNEL))).await;
        let named = format!("GET {CHANNEL} (GET {CHANNEL}): {why}");
        assert!(error.ends_with(&format!(": {why}")), "{error}, not {named}");
    }
    assert_eq!(server.opened(), 0);
}

#[tokio::test]
async fn a_header_that_is_reserved_or_set_twice_is_rejected() {
    let server = Server::start(|_| Conduct::Respond);
    let client = Client::with_api_key("key").base_url(server.url());
    let client = client.build().unwrap();
    for name in [
        "Authorization",
        "X-API-Key",
        "Host",
        "Content-Length",
        "Content-Type",
        "Transfer-Encoding",
        "Connection",
        "Proxy-Authorization",
    ] {
        let error = rejected(&client, |it| {
            it.request(Method::GET, "/a").header(name, "s3cret")
        });
        let error = error.await;
        let name = name.to_lowercase();
        let expected = format!("header `{name}`: cannot be set for a call");
        assert!(error.contains(&expected), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
    let twice = "header `x-tag`: is set twice; set it once, or only with `CallOptions::header`";
    let error = rejected(&client, |it| {
        let request = it.request(Method::GET, "/a");
        request.header("x-tag", "a").header("X-Tag", "b")
    });
    assert!(error.await.ends_with(twice));
    let error = rejected(&client, |it| {
        let name = HeaderName::from_static("x-tag");
        let options = CallOptions::new().header(name, HeaderValue::from_static("b"));
        let request = it.request(Method::GET, "/a").header("x-tag", "a");
        request.options(options)
    });
    assert!(error.await.ends_with(twice));
    assert_eq!(server.opened(), 0);
}

#[tokio::test]
async fn an_invalid_list_is_rejected_and_nothing_is_sent() {
    let server = Server::start(|_| Conduct::Respond);
    let client = Client::with_api_key("key").base_url(server.url());
    let client = client.build().unwrap();
    let get = || client.request(Method::GET, "/a");
    let post = || client.request(Method::POST, "/a").json(json!({}));
    let range = |least| format!("expected {least} to 4294967295");
    for (request, why) in [
        (
            get().query("limit", 0),
            format!("limit: is 0; {}", range(1)),
        ),
        (
            get().query("limit", -1),
            format!("limit: is -1; {}", range(1)),
        ),
        (
            get().query("limit", u64::MAX),
            format!("limit: is {}; {}", u64::MAX, range(1)),
        ),
        (
            get().query("limit", 1.5),
            "limit: is not a whole number".to_owned(),
        ),
        (
            get().query("limit", "x"),
            "limit: is not a whole number".to_owned(),
        ),
        (
            get().query("limit", 1).query("limit", 1),
            "limit: is set twice; set it once".to_owned(),
        ),
        (
            get().query("offset", -1),
            format!("offset: is -1; {}", range(0)),
        ),
        (
            post(),
            "a list takes several requests; call `.idempotent(true)` if POST changes nothing"
                .to_owned(),
        ),
        (
            post().idempotent(false),
            "a list takes several requests; call `.idempotent(true)` if POST changes nothing"
                .to_owned(),
        ),
    ] {
        let mut items = request.list::<Value>("items").stream();
        let error = items.try_next().await.unwrap_err();
        assert!(error.to_string().ends_with(&format!(": {why}")), "{error}");
        assert!(items.try_next().await.unwrap().is_none());
    }
    assert_eq!(server.opened(), 0);
}

#[test]
fn a_rate_limit_names_an_operation_by_its_method_and_template() {
    let build = |name| {
        let limit = RateLimit::new(5, std::time::Duration::from_secs(30));
        let builder = Client::with_api_key("key").operation_rate_limit(name, limit);
        builder.build().map(drop)
    };
    build("GET /api/v2/partners/{partner_id}/channels").unwrap();
    build("POST /").unwrap();
    for (name, why) in [
        (
            "list_channels",
            "names an operation that does not exist: list_channels",
        ),
        ("", "names an operation that does not exist: "),
        (
            "/channels",
            "names an operation that does not exist: /channels",
        ),
        (
            "get /channels",
            "names an operation that does not exist: get /channels",
        ),
        (
            "GET  /channels",
            "the template ` /channels` does not start with `/`",
        ),
        (
            "GET /a?b",
            "the template `/a?b` has a query; set it with `.query(name, value)`",
        ),
        (
            "GET /api/v2/partners/{id}",
            "has `GET /api/v2/partners/{id}`, which is the operation `get_partner`; use this name",
        ),
    ] {
        let error = build(name).unwrap_err().to_string();
        assert!(error.contains("`operation_rate_limit`"), "{error}");
        assert!(error.ends_with(why), "{error}");
    }
}
