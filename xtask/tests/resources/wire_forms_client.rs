//! Tests of the client that `it/wire_forms.rs` generates: each call against a server that records its
//! request.

#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, Mutex};

use futures_util::TryStreamExt as _;
use httpmock::{HttpMockResponse, MockServer};
use partner_api::mock::MockServerExt as _;
use partner_api::prelude::*;
use partner_api::types;
use partner_api::{Credential, DeepParam, PipeSeparated};

/// A request as it was received.
#[derive(Default)]
struct Seen {
    /// The method, and the target with its query.
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(other, _)| other == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is sent twice");
        value
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

struct Server {
    server: MockServer,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    fn new() -> Self {
        Self::with(204, "")
    }

    /// A server that gives this response to every request, and records the last one.
    fn with(status: u16, body: &'static str) -> Self {
        let server = MockServer::start();
        let seen = Arc::<Mutex<Seen>>::default();
        let record = Arc::clone(&seen);
        server.mock(|when, then| {
            when.any_request();
            then.respond_with(move |request| {
                let target = request.uri().path_and_query().unwrap().to_string();
                *record.lock().unwrap() = Seen {
                    line: format!("{} {target}", request.method()),
                    headers: request.headers_vec().clone(),
                    body: request.body_ref().to_vec(),
                };
                HttpMockResponse::builder().status(status).body(body).build()
            });
        });
        Self { server, seen }
    }

    fn client(&self) -> Client {
        let url = format!("{}/v1", self.server.base_url());
        Client::with_api_key("secret").base_url(url).build().unwrap()
    }

    fn seen(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    /// The target of the last request, and nothing else of it.
    fn line(&self) -> String {
        self.seen().line
    }
}

fn thing() -> types::Thing {
    types::Thing { id: Some("7".into()), ..Default::default() }
}

#[tokio::test]
async fn a_body_has_the_published_media_type() {
    let server = Server::with(200, r#"{"id": "7"}"#);
    let client = server.client();
    let patch = types::PatchItBodyItem { op: Some("add".into()) };
    client.patch_it().body([patch]).send().await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.line, "PATCH /v1/patch");
    assert_eq!(seen.header("content-type"), Some("application/json-patch+json"));
    assert_eq!(seen.header("accept"), Some("application/vnd.thing+json"));
    assert_eq!(seen.header("x-key"), Some("secret"));
    assert_eq!(seen.header("x-api-key"), None);
    assert_eq!(seen.text(), r#"[{"op":"add"}]"#);

    client.charset().body(thing()).send().await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(seen.text(), r#"{"id":"7"}"#);

    client.put_image().body(vec![0xff, 0xd8]).send().await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.header("content-type"), Some("image/jpeg"));
    assert_eq!(seen.body, [0xff, 0xd8]);

    client.put_any().body("any").send().await.unwrap();
    assert_eq!(server.seen().header("content-type"), Some("application/octet-stream"));

    client.put_csv().body("a,b").send().await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.header("content-type"), Some("text/csv"));
    assert_eq!(seen.text(), "a,b");

    let file = |name: &str| types::FilePart::new(name, "content");
    let body = types::PartsBody { parts: [("attachment".to_owned(), file("a.txt"))].into() };
    client.parts().body(body).send().await.unwrap();
    assert!(server.seen().text().contains("name=\"attachment\"; filename=\"a.txt\""));
    let body = types::PartsBody { parts: [("a\"; b=\"".to_owned(), file("a.txt"))].into() };
    let error = client.parts().body(body).send().await.unwrap_err();
    assert!(error.to_string().contains("the name of a part cannot contain quotes"), "{error}");

    client.get_with_body().body(thing()).send().await.unwrap();
    let seen = server.seen();
    assert_eq!((&*seen.line, seen.text()), ("GET /v1/bodies", r#"{"id":"7"}"#));
    client.delete_with_body().body(thing()).send().await.unwrap();
    let seen = server.seen();
    assert_eq!((&*seen.line, seen.text()), ("DELETE /v1/bodies", r#"{"id":"7"}"#));
}

fn form() -> types::FormBody {
    types::FormBody {
        tags: Some(vec!["a b".into(), "c&d".into()]),
        ids: Some(vec![1, 2]),
        card: Some(types::FormBodyCard {
            number: Some("42".into()),
            exp: Some(vec![1, 30]),
        }),
        meta: Some(types::FormBodyMeta { a: Some("b".into()) }),
        lines: Some(vec![types::FormBodyLinesItem { id: Some("x".into()) }]),
        live: Some(true),
        price: Some(7.0),
        at: Some("2026-01-02T03:04:05Z".into()),
        kind: Some(types::FormBodyKind::Small),
        note: Some(None),
    }
}

#[tokio::test]
async fn a_form_has_the_published_encoding() {
    let server = Server::new();
    server.client().form().body(form()).send().await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    let url = partner_api::reqwest::Url::parse(&format!("http://h/?{}", seen.text())).unwrap();
    let mut pairs: Vec<_> = url.query_pairs().map(|(k, v)| format!("{k}={v}")).collect();
    pairs.sort();
    assert_eq!(
        pairs,
        [
            "at=2026-01-02T03:04:05Z",
            "card[exp][]=1",
            "card[exp][]=30",
            "card[number]=42",
            "ids=1,2",
            "kind=small",
            "lines[0][id]=x",
            "live=true",
            r#"meta={"a":"b"}"#,
            "price=7",
            "tags=a b",
            "tags=c&d",
        ]
    );
}

fn filter() -> types::DeepFilter {
    types::DeepFilter {
        a: Some("x&y".into()),
        in_: Some(vec!["p".into(), "q".into()]),
        b: Some(types::DeepFilterB { c: Some(1.0) }),
    }
}

#[tokio::test]
async fn a_deep_object_has_its_names_in_brackets() {
    let server = Server::new();
    let client = server.client();
    client.deep().filter(filter()).expand(vec!["a".to_owned()]).send().await.unwrap();
    let line = server.line().replace("%5B", "[").replace("%5D", "]");
    let (path, query) = line.split_once('?').unwrap();
    let mut query: Vec<_> = query.split('&').collect();
    query.sort_unstable();
    assert_eq!(path, "GET /v1/deep");
    assert_eq!(
        query,
        ["expand[]=a", "filter[a]=x%26y", "filter[b][c]=1", "filter[in][]=p", "filter[in][]=q"]
    );
    client.deep().send().await.unwrap();
    assert_eq!(server.line(), "GET /v1/deep");
}

#[tokio::test]
async fn arrays_and_objects_of_the_query_have_their_style() {
    let server = Server::new();
    let client = server.client();
    let call = || client.delimited();
    let list = || ["a".to_owned(), "b c".to_owned()];
    let query = |line: String| line.strip_prefix("GET /v1/delimited?").unwrap().to_owned();
    call().pipes(list()).send().await.unwrap();
    assert_eq!(query(server.line()), "pipes=a%7Cb+c");
    call().spaces(["a".to_owned(), "b".to_owned()]).send().await.unwrap();
    assert_eq!(query(server.line()), "spaces=a+b");
    call().commas([1.into(), 2.5.try_into().unwrap()]).send().await.unwrap();
    assert_eq!(query(server.line()), "commas=1%2C2.5");
    call().each(list()).send().await.unwrap();
    assert_eq!(query(server.line()), "each=a&each=b+c");
    let range = types::DelimitedRange { from: Some(1), to: Some(2) };
    call().range(range).send().await.unwrap();
    assert_eq!(query(server.line()), "range=from%2C1%2Cto%2C2");
    let members = types::DelimitedMembers {
        tags: Some(vec!["a".into(), "b".into()]),
        size: Some(3),
    };
    call().members(members).send().await.unwrap();
    let sent = query(server.line());
    assert!(["tags=a&tags=b&size=3", "size=3&tags=a&tags=b"].contains(&&*sent), "{sent}");
    let line = types::DelimitedLinesItem { id: Some("x".into()) };
    call().lines([line.into()]).send().await.unwrap();
    assert_eq!(query(server.line()), "lines=%7B%22id%22%3A%22x%22%7D");
    call().csv("1,2").after("7").send().await.unwrap();
    let sent = query(server.line());
    assert!(["csv=1%2C2&after=7", "after=7&csv=1%2C2"].contains(&&*sent), "{sent}");

    let error = call().pipes(["a|b".to_owned()]).send().await.unwrap_err();
    assert!(error.to_string().contains("pipes: has an item with a `|`"), "{error}");
    let none: [String; 0] = [];
    let error = call().spaces(none).send().await.unwrap_err();
    assert!(error.to_string().contains("spaces: has no items"), "{error}");
    assert_eq!(server.line(), "", "an invalid argument is never sent");
}

#[tokio::test]
async fn no_value_changes_the_path() {
    let server = Server::new();
    let client = server.client();
    let call = |ids: [&str; 2]| client.in_path().ids(ids.map(str::to_owned)).point("p").kind("k;k");
    call(["a b", "c"]).send().await.unwrap();
    assert_eq!(server.line(), "GET /v1/many/a%20b,c/.p;kind=k%3Bk");
    for (ids, why) in [
        (["a/b", "c"], "a slash"),
        (["a", ".."], "`..`"),
        (["a,b", "c"], "a comma"),
        (["a", ""], "is empty"),
    ] {
        let error = call(ids).send().await.unwrap_err().to_string();
        assert!(error.contains("ids: has an item") && error.contains(why), "{error}");
    }
    let error = call(["a", "b"]).kind("a/b").send().await.unwrap_err().to_string();
    assert!(error.contains("kind: has a slash"), "{error}");
    assert_eq!(server.line(), "", "an invalid argument is never sent");
}

#[tokio::test]
async fn headers_and_cookies_have_their_style() {
    let server = Server::new();
    let client = server.client();
    let range = types::HeadersXRange { from: Some(1), to: None };
    let argument = types::HeadersXArg { path: Some("/ä".into()), ..Default::default() };
    let call = client.headers().x_fields(["a".to_owned(), "b".to_owned()]);
    call.x_range(range).x_open("text").x_arg(argument).send().await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.header("x-fields"), Some("a,b"));
    assert_eq!(seen.header("x-range"), Some("from,1"));
    assert_eq!(seen.header("x-open"), Some("text"));
    assert_eq!(seen.header("x-arg"), Some(r#"{"path":"/\u00e4"}"#));

    client.cookies().session("a;b ü").theme(2).send().await.unwrap();
    assert_eq!(server.seen().header("cookie"), Some("session=a%3Bb%20%C3%BC; theme=2"));
    client.cookies().session("a").send().await.unwrap();
    assert_eq!(server.seen().header("cookie"), Some("session=a"));
    let error = client.cookies().send().await.unwrap_err().to_string();
    assert!(error.contains("session: is required"), "{error}");
}

#[tokio::test]
async fn paths_and_servers_are_those_of_the_operation() {
    let server = Server::new();
    let client = server.client();
    client.get_app().app_id("a").page("2").page_header("3").send().await.unwrap();
    let seen = server.seen();
    assert_eq!((&*seen.line, seen.header("page")), ("GET /v1/apps/a?page=2", Some("3")));
    client.fixed().q("x").send().await.unwrap();
    assert_eq!(server.line(), "GET /v1/fixed?beta=true&q=x");
    client.fixed_with_more().send().await.unwrap();
    assert_eq!(server.line(), "GET /v1/fixed?beta=true");
    client.get_app_key().app_id("a").send().await.unwrap();
    assert_eq!(server.line(), "GET /v1/apps/a");
    client.on_other_path().send().await.unwrap();
    assert_eq!(server.line(), "GET /v2/new");
    client.on_longer_path().send().await.unwrap();
    assert_eq!(server.line(), "POST /v1/upload/upload");
    let bare = Client::with_api_key("secret").base_url(server.server.base_url()).build().unwrap();
    bare.on_other_path().send().await.unwrap();
    assert_eq!(server.line(), "GET /v2/new");
}

#[tokio::test]
async fn other_methods_are_sent() {
    let server = Server::with(200, r#"{"id": "7"}"#);
    let found = server.client().options_of().send().await.unwrap();
    assert_eq!(found.into_inner(), thing());
    assert_eq!(server.line(), "OPTIONS /v1/options");
    let server = Server::with(200, "");
    server.client().head_of().send().await.unwrap();
    assert_eq!(server.line(), "HEAD /v1/head");
}

#[tokio::test]
async fn an_api_key_is_sent_under_its_published_name() {
    let server = Server::new();
    let token = || async { Ok(Credential::bearer("token")?) };
    let url = format!("{}/v1", server.server.base_url());
    let client = Client::with_credentials(token).base_url(url).build().unwrap();
    client.public().x_key("own").send().await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.header("authorization"), Some("Bearer token"));
    assert_eq!(seen.header("x-key"), Some("own"));
}

#[tokio::test]
async fn a_binary_response_is_bytes() {
    let server = Server::with(200, "\u{0}png");
    let response = server.client().download().send().await.unwrap();
    let chunks: Vec<_> = response.into_inner().into_inner().try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"\0png");
}

#[tokio::test]
async fn the_status_decides_what_a_response_is() {
    use types::ByStatusResponse as Response;
    let get = |status, body| async move {
        let server = Server::with(status, body);
        let found = server.client().by_status().send().await;
        assert_eq!(server.seen().header("accept"), Some("application/json, image/png"));
        found.map(|it| it.into_inner())
    };
    let thing = Box::new(thing());
    assert_eq!(get(200, r#"{"id": "7"}"#).await.unwrap(), Response::Ok(thing));
    let Response::Accepted(queued) = get(202, r#"{"job": "j"}"#).await.unwrap() else {
        panic!("202 is another variant");
    };
    assert_eq!(queued.job.as_deref(), Some("j"));
    assert_eq!(get(204, "").await.unwrap(), Response::NoContent);
    assert_eq!(get(206, "png").await.unwrap(), Response::PartialContent(b"png".to_vec()));
    let list = Box::new(vec!["a".to_owned()]);
    assert_eq!(get(203, r#"["a", null]"#).await.unwrap(), Response::Success(list));
    assert!(get(200, "").await.is_err(), "a body is missing");
}

#[tokio::test]
async fn mocks_expect_the_same_requests() {
    let server = MockServer::start();
    let client = Client::with_api_key("secret").base_url(server.base_url()).build().unwrap();
    let form = self::form();
    let mock = server.form(|when, then| {
        when.body(&form);
        then.no_content();
    });
    client.form().body(form.clone()).send().await.unwrap();
    mock.assert();
    let filter = DeepParam(filter());
    let pipes = PipeSeparated::from(vec!["a".to_owned(), "b".to_owned()]);
    let mocks = [
        server.deep(|when, then| {
            when.filter(&filter);
            then.no_content();
        }),
        server.delimited(|when, then| {
            when.pipes(&pipes);
            then.no_content();
        }),
        server.in_path(|when, then| {
            when.ids(&vec!["a".to_owned(), "b".to_owned()].into());
            then.no_content();
        }),
        server.cookies(|when, then| {
            when.session("s").theme(None);
            then.no_content();
        }),
        server.fixed(|when, then| {
            when.q("x");
            then.no_content();
        }),
        server.get_app_key(|when, then| {
            when.app_id("a");
            then.no_content();
        }),
        server.options_of(|_, then| {
            then.ok(&thing());
        }),
    ];
    client.deep().filter(filter.0.clone()).send().await.unwrap();
    client.delimited().pipes(pipes.clone()).send().await.unwrap();
    let ids = ["a".to_owned(), "b".to_owned()];
    client.in_path().ids(ids).point("p").kind("k").send().await.unwrap();
    client.cookies().session("s").send().await.unwrap();
    client.fixed().q("x").send().await.unwrap();
    client.get_app_key().app_id("a").send().await.unwrap();
    client.options_of().send().await.unwrap();
    mocks.iter().for_each(httpmock::Mock::assert);
}
