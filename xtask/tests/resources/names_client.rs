//! Tests of the client of `names.json`, which `it/awkward_names.rs` runs in a copy of the crate.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use httpmock::{HttpMockResponse, MockServer};
use partner_api::prelude::*;
use partner_api::reqwest::Url;
use serde_json::{Value, from_value, json, to_value};

/// A server that returns this JSON for every request, and the requests it received: method and path,
/// query, headers, and body.
struct Server {
    server: MockServer,
    seen: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone, Debug)]
struct Request {
    target: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Server {
    fn returning(response: Value) -> Self {
        let server = MockServer::start();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        server.mock(|when, then| {
            when.any_request();
            then.respond_with(move |request| {
                let target = request.uri().path_and_query().unwrap().to_string();
                let url = Url::parse(&format!("http://a{target}")).unwrap();
                let offset = url
                    .query_pairs()
                    .any(|(name, value)| name == "offset" && value != "0");
                record.lock().unwrap().push(Request {
                    target: format!("{} {}", request.method(), url.path()),
                    query: url.query_pairs().into_owned().collect(),
                    headers: request.headers_vec().iter().cloned().collect(),
                    body: request.body_string(),
                });
                let body = if offset {
                    json!({"projects": [], "total": 2})
                } else {
                    response.clone()
                };
                HttpMockResponse::builder()
                    .status(200)
                    .header("content-type", "application/json")
                    .body(body.to_string())
                    .build()
            });
        });
        Self { server, seen }
    }

    fn client(&self) -> Client {
        Client::with_api_key("key")
            .base_url(self.server.base_url())
            .build()
            .unwrap()
    }

    fn last(&self) -> Request {
        self.seen.lock().unwrap().last().cloned().unwrap()
    }
}

/// Sends an operation, and asserts that its response is read and that this is its path.
macro_rules! sends {
    ($server:ident, $client:ident, $($name:ident: $path:expr;)*) => {$(
        let thing: types::Thing = $client.$name().send().await.unwrap().into_inner();
        assert_eq!(thing.operator, Some(types::ThingOperator::LessThan));
        assert_eq!($server.last().target, format!("GET {}", $path));
    )*};
}

#[tokio::test]
async fn every_operation_is_sent_to_its_path_whatever_it_is_called() {
    let server = Server::returning(json!({"operator": "<"}));
    let client = server.client().clone();
    sends! { server, client,
        clone_operation: "/named/0";
        self_operation: "/named/1";
        send_operation: "/named/2";
        new_operation: "/named/3";
        request_operation: "/named/4";
        default: "/named/5";
        from: "/named/6";
        into_operation: "/named/7";
        error_operation: "/named/8";
        result_operation: "/named/9";
        all: "/named/10";
        largest: "/named/11";
        move_operation: "/named/12";
        option_operation: "/named/13";
        string_operation: "/named/14";
        with_api_key_operation: "/named/15";
        sql_query: "/named/16";
        v1_2_3: "/named/17";
        デリート: "/named/18";
        mock: "/named/19";
        inner: "/named/20";
        list_x: "/x/1";
        list_x_2: "/x/3";
        list_x_3: "/x/2";
        get_x_4_none: "/x/4/none";
    }
}

#[tokio::test]
async fn every_parameter_is_sent_under_its_published_name() {
    let server = Server::returning(json!({}));
    let client = server.client();
    let message = types::Message {
        text: Some("Hi".into()),
        ..Default::default()
    };
    let call = client
        .fill_in()
        .id("7")
        .body(message)
        .client_param("client")
        .body_param("body")
        .options_param("options")
        .stream_param("stream")
        .new_param("new")
        .pages_param("pages")
        .send_param("send")
        .resume_param("resume")
        .with_progress_param("with_progress")
        .request("request")
        .response("response")
        .result("result")
        .url("url")
        .url_2("_url")
        .value("value")
        .v("V")
        .path("path")
        .query("query")
        .info("info")
        .header_map_param("header_map")
        .type_("type")
        .self_("self")
        .filter_name("filter[name]")
        .clone_param("clone")
        .into_inner_param("into_inner")
        .send_with_param("send_with")
        .concurrency_param("concurrency")
        .start_at_param("start_at")
        .ids(vec!["ids[]".to_owned()])
        .x_request_id("X-Request-ID")
        .page("page")
        .page_header("Page")
        .clone();
    call.send().await.unwrap();

    let request = server.last();
    assert_eq!(request.target, "POST /reserved/7");
    assert_eq!(request.query.len(), 30, "{:?}", request.query);
    for (name, value) in &request.query {
        assert_eq!(name, value);
    }
    assert_eq!(request.headers["x-request-id"], "X-Request-ID");
    assert_eq!(request.headers["page"], "Page");
}

#[tokio::test]
async fn a_request_sends_its_constants_by_itself() {
    let server = Server::returning(json!({}));
    let nested = types::Nested {
        kind: None,
        to: "Bo".into(),
    };
    let client = server.client();
    let message = types::Message {
        nested: Some(nested),
        ..Default::default()
    };
    client.fill_in().id("7").body(message).send().await.unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&server.last().body).unwrap(),
        json!({"product": "whatsapp", "kind": "thing", "version": 2, "ratio": 0.5, "live": true, "type": "text",
            "nested": {"kind": "thing", "to": "Bo"}})
    );
    assert_eq!(types::Message::PRODUCT, "whatsapp");
    assert_eq!(types::Message::VERSION, 2);

    let other: types::Message =
        from_value(json!({"product": "sms", "version": 3, "type": null})).unwrap();
    assert_eq!(other.product.as_deref(), Some("sms"));
    assert_eq!(to_value(&other).unwrap()["version"], 3);
}

#[tokio::test]
async fn a_multipart_body_sends_its_constants_by_itself() {
    let server = Server::returning(json!({}));
    let client = server.client();
    let body = types::UploadBody {
        file: "abc".into(),
        product: None,
        version: None,
        note: None,
    };
    client.upload().body(body).send().await.unwrap();
    let body = server.last().body;
    let parts: String = body.split_whitespace().collect();
    for part in [
        "name=\"product\"whatsapp",
        "name=\"version\"2",
        "name=\"file\"abc",
    ] {
        assert!(parts.contains(part), "{part} in {body}");
    }
    assert!(!parts.contains("note"), "{body}");
}

#[tokio::test]
async fn a_list_with_a_parameter_named_request_is_streamed() {
    let server = Server::returning(json!({"projects": [{"id": "a"}, {"id": "b"}], "total": 2}));
    let client = server.client();
    let call = client
        .list_lists()
        .request("r")
        .item("i")
        .hasher("h")
        .limit(2);
    let projects: Vec<types::Project> = call.stream().try_collect().await.unwrap();
    assert_eq!(projects.len(), 2);
    let request = server.last();
    assert_eq!(
        (&*request.query["request"], &*request.query["hasher"]),
        ("r", "h")
    );
}

#[tokio::test]
async fn an_identifier_stands_beside_the_schema_of_its_name() {
    let server = Server::returning(json!({"id": "p"}));
    let client = server.client();
    let id = types::ProjectId::from("p");
    let project: types::Project = client
        .get_project()
        .project(&id)
        .send()
        .await
        .unwrap()
        .into_inner();
    assert_eq!(project.id.as_deref(), Some("p"));
    assert_eq!(server.last().target, "GET /projects/p");
}

#[test]
fn members_keep_their_published_names() {
    let names = [
        "default", "clone", "new", "from", "into", "type", "self", "crate", "super", "id",
        "unknown", "eq", "fmt", "1st", "a-b", "a.b2", "é", "名前", "", "😀", "extra", "userId",
        "user_id", "USER_ID",
    ];
    let members = names.map(|name| (name.to_owned(), Value::from(name)));
    let published = Value::Object(members.into_iter().collect());
    let read: types::Client = from_value(published.clone()).unwrap();
    assert_eq!(read.user_id.as_deref(), Some("user_id"));
    assert_eq!(read.user_id_2.as_deref(), Some("userId"));
    assert_eq!(read.user_id_3.as_deref(), Some("USER_ID"));
    assert_eq!(read.x.as_deref(), Some(""));
    assert_eq!(read.x_2.as_deref(), Some("😀"));
    assert_eq!(to_value(&read).unwrap(), published);
}

#[test]
fn values_of_any_kind_have_variants() {
    let published = json!({
        "operator": "!=", "order": "ASC", "mark": "😁", "kind": "other", "nothing": null,
        "reading": {"unit": "½"}, "u": {"type": "Error", "id": "e"}, "numbers": 2, "either": [{"id": "o"}],
    });
    let thing: types::Thing = from_value(published).unwrap();
    assert_eq!(thing.operator, Some(types::ThingOperator::NotEquals));
    assert_eq!(thing.order, Some(types::ThingOrder::Asc2));
    assert_eq!(thing.mark, Some(types::ThingMark::X3));
    assert_eq!(thing.kind.as_deref(), Some("other"));
    assert_eq!(thing.nothing, None);
    assert!(matches!(thing.u, Some(types::U::Error(error)) if error.id.as_deref() == Some("e")));
    for (value, mark) in [
        (".", types::ThingMark::Dot),
        ("X", types::ThingMark::X),
        ("", types::ThingMark::Empty),
        ("self", types::ThingMark::Self_),
    ] {
        assert_eq!(types::ThingMark::from(value), mark);
    }
}
