//! Calls of operations that are published for other servers, which `it/other_servers.rs` runs in a copy of
//! the crate.

#![allow(clippy::unwrap_used, missing_docs)]

use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use httpmock::{Mock, MockServer};
use partner_api::mock::MockServerExt as _;
use partner_api::prelude::*;
use partner_api::{ClientBuilder, Error, ErrorKind, ResponseValue, reqwest};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const KEY: &str = "a-secret-key";

fn thing() -> types::Thing {
    types::Thing { id: Some("7".into()), ..Default::default() }
}

/// A mock of `get_thing`, for requests with the key.
fn getting(server: &MockServer) -> Mock<'_> {
    server.get_thing(|when, then| {
        when.into_inner().header("x-api-key", KEY);
        then.ok(&thing());
    })
}

/// A mock of `upload`, for requests with the key.
fn uploading(server: &MockServer) -> Mock<'_> {
    server.upload(|when, then| {
        when.body(&thing()).into_inner().header("x-api-key", KEY);
        then.ok(&thing());
    })
}

async fn upload(client: &Client) -> Result<types::Thing, Error> {
    let sent = client.upload().body(thing()).send().await;
    sent.map(ResponseValue::into_inner)
}

/// What an error prints in any way.
fn printed(error: &Error) -> String {
    let source = std::error::Error::source(error);
    format!("{error} {error:?} {source:?}")
}

#[tokio::test]
async fn without_consent_nothing_connects_anywhere() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let builders: [fn() -> ClientBuilder; 2] = [
        || Client::with_api_key(KEY),
        || Client::with_login("ann", KEY),
    ];
    for builder in builders {
        let proxy = reqwest::Proxy::all(&address).unwrap();
        let client = builder()
            .base_url(&address)
            // Consent to one operation is none to another.
            .operation_base_url("list_files", "https://files.example")
            .configure_http(move |http| http.proxy(proxy.clone()))
            .build()
            .unwrap();
        let error = upload(&client).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "upload (POST /things): the setting `operation_base_url` is missing: this operation is \
             published for https://upload.example/v1, and credentials go to another server only if the \
             program names it; call `ClientBuilder::operation_base_url(\"upload\", \"https://…\")`"
        );
        assert!(matches!(error.kind(), ErrorKind::Configuration { .. }));
        assert_eq!((error.operation(), error.attempts()), (Some("upload"), 0));
        assert!(!printed(&error).contains(KEY), "{error:?}");
    }
    let client = Client::with_api_key(KEY).base_url(&address).build().unwrap();
    let error = client.list_files().stream().try_next().await.unwrap_err();
    assert!(error.to_string().contains("published for https://{region}.files.example,"), "{error}");
    let connected = listener.accept().map(|_| ()).unwrap_err();
    assert_eq!(connected.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn with_consent_only_that_operation_goes_there() {
    let (base, other) = (MockServer::start(), MockServer::start());
    let (got, uploaded) = (getting(&base), uploading(&other));
    for address in [other.base_url(), other.base_url() + "/"] {
        let client = Client::with_api_key(KEY)
            .base_url(base.base_url())
            .operation_base_url("upload", address)
            .build()
            .unwrap();
        assert_eq!(upload(&client).await.unwrap(), thing());
        assert_eq!(client.get_thing().send().await.unwrap().into_inner(), thing());
    }
    got.assert_calls(2);
    uploaded.assert_calls(2);
}

#[tokio::test]
async fn the_address_may_have_a_path_or_be_that_of_the_base_url() {
    let server = MockServer::start();
    let uploaded = server.mock(|when, then| {
        when.path("/files/things");
        then.status(200).json_body(json!({"id": "7"}));
    });
    let client = Client::with_api_key(KEY)
        .base_url(server.url("/v1"))
        .operation_base_url("upload", server.url("/files"))
        .build()
        .unwrap();
    upload(&client).await.unwrap();
    uploaded.assert();
}

#[tokio::test]
async fn a_list_of_another_server_is_streamed() {
    let (base, other) = (MockServer::start(), MockServer::start());
    let listed = other.mock(|when, then| {
        when.path("/files").query_param("offset", "0").header("x-api-key", KEY);
        then.status(200).json_body(json!({"total": 1, "files": [{"id": "7"}]}));
    });
    let client = Client::with_api_key(KEY)
        .base_url(base.base_url())
        .operation_base_url("list_files", other.base_url())
        .build()
        .unwrap();
    let files: Vec<_> = client.list_files().limit(10).stream().try_collect().await.unwrap();
    assert_eq!(files, [thing()]);
    listed.assert();
}

#[tokio::test]
async fn a_login_goes_to_the_base_url_and_its_token_to_the_named_server() {
    let (base, other) = (MockServer::start(), MockServer::start());
    let login = base.mock(|when, then| {
        when.path("/api/v2/token").body_includes("a-password");
        then.status(200).json_body(json!({"access_token": "a-token", "expires_in": 3600}));
    });
    let uploaded = other.mock(|when, then| {
        when.path("/things").header("authorization", "Bearer a-token");
        then.status(200).json_body(json!({"id": "7"}));
    });
    let client = Client::with_login("ann", "a-password")
        .base_url(base.base_url())
        .operation_base_url("upload", other.base_url())
        .build()
        .unwrap();
    upload(&client).await.unwrap();
    login.assert();
    uploaded.assert();
}

#[tokio::test]
async fn the_named_server_can_neither_redirect_nor_have_its_errors_show_the_key() {
    let (base, other) = (MockServer::start(), MockServer::start());
    let got = base.mock(|when, then| {
        when.any_request();
        then.status(200);
    });
    let client = Client::with_api_key(KEY)
        .base_url(base.base_url())
        .operation_base_url("upload", other.base_url())
        .build()
        .unwrap();
    let mut redirect = other.mock(|when, then| {
        when.any_request();
        then.status(307).header("location", base.url("/things"));
    });
    let error = upload(&client).await.unwrap_err();
    assert!(error.to_string().contains("redirects are not followed"), "{error}");
    redirect.delete();
    other.mock(|when, then| {
        when.any_request();
        let message = json!({"meta": {"developer_message": format!("bad key {KEY}")}});
        then.status(401).json_body(message);
    });
    let error = upload(&client).await.unwrap_err();
    assert!(error.is_auth(), "{error}");
    assert!(!printed(&error).contains(KEY), "{error:?}");
    got.assert_calls(0);
}

#[test]
fn what_is_no_address_or_no_such_operation_is_an_error_of_build() {
    for (operation, address, expected) in [
        ("upload", "http://upload.example", "of `upload` is http, which would show"),
        ("upload", "upload.example", "of `upload` is not a URL"),
        ("list_files", "https://{region}.files.example", "of `list_files` has a variable in braces"),
        ("upload", "ftp://upload.example", "neither https nor http"),
        ("upload", "https://ann:a-secret-key@upload.example", "has a user name or password"),
        ("upload", "https://upload.example/?key=a-secret-key", "has a query"),
        ("uploads", "https://upload.example", "does not exist, or that is sent to the base URL: uploads"),
        ("get_thing", "https://upload.example", "is sent to the base URL: get_thing"),
        ("token", "https://upload.example", "is sent to the base URL: token"),
    ] {
        let builder = Client::with_api_key(KEY).operation_base_url(operation, address);
        let text = format!("{builder:?}");
        assert!(!text.contains(KEY), "{text}");
        let recipe = builder.reqwest_builder().map(drop).unwrap_err();
        let error = builder.build().map(drop).unwrap_err();
        for error in [recipe, error] {
            let text = error.to_string();
            assert!(text.contains("the setting `operation_base_url` "), "{text}");
            assert!(text.contains(expected), "{text}");
            assert!(!printed(&error).contains(KEY), "{text}");
        }
    }
    let builder = Client::with_api_key(KEY).operation_base_url("upload", "http://upload.example");
    assert!(builder.danger_allow_http().build().is_ok());
}

/// A proxy of the environment gets the requests to other machines, and none to this one.
#[tokio::test]
async fn only_requests_to_other_machines_go_through_a_proxy() {
    let (here, proxy) = (MockServer::start(), MockServer::start());
    let (got, uploaded) = (getting(&here), uploading(&here));
    let (got_by_proxy, uploaded_by_proxy) = (getting(&proxy), uploading(&proxy));
    let variables = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    for (base, other) in [
        ("http://hub.test".to_owned(), here.base_url()),
        (here.base_url(), "http://upload.test".to_owned()),
    ] {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_other_process", "--ignored", "--nocapture"])
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .env_remove("REQUEST_METHOD")
            .envs(variables.map(|name| (name, proxy.base_url())))
            .envs([("TEST_BASE", base), ("TEST_OTHER", other)])
            .output()
            .unwrap();
        assert!(child.status.success(), "{child:?}");
    }
    let calls = [&got, &uploaded, &got_by_proxy, &uploaded_by_proxy].map(Mock::calls);
    assert_eq!(calls, [1; 4]);
}

#[tokio::test]
#[ignore = "run by `only_requests_to_other_machines_go_through_a_proxy`"]
async fn the_other_process() {
    let client = Client::with_api_key(KEY)
        .base_url(std::env::var("TEST_BASE").unwrap())
        .operation_base_url("upload", std::env::var("TEST_OTHER").unwrap())
        .danger_allow_http()
        .build()
        .unwrap();
    client.get_thing().send().await.unwrap();
    upload(&client).await.unwrap();
}

/// Records the port of the server in each span.
struct Ports(Arc<Mutex<Vec<u64>>>);

impl Subscriber for Ports {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Port(&self.0));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Port<'a>(&'a Mutex<Vec<u64>>);

impl Visit for Port<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "server.port" {
            self.0.lock().unwrap().push(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[tokio::test]
async fn a_span_has_the_server_of_its_operation() {
    let (base, other) = (MockServer::start(), MockServer::start());
    let _mocks = (getting(&base), uploading(&other));
    let client = Client::with_api_key(KEY)
        .base_url(base.base_url())
        .operation_base_url("upload", other.base_url())
        .build()
        .unwrap();
    // A span that is first reached while a subscriber is set may stay disabled.
    client.get_thing().send().await.unwrap();
    let ports = Arc::new(Mutex::new(Vec::new()));
    let _guard = tracing::subscriber::set_default(Ports(Arc::clone(&ports)));
    upload(&client).await.unwrap();
    client.get_thing().send().await.unwrap();
    let expected = [&other, &base].map(|server| u64::from(server.port()));
    assert_eq!(*ports.lock().unwrap(), expected);
}
