//! Tests of the client of `future_pages`, which `it/future_pages.rs` runs in a copy of the crate.

#![allow(clippy::unwrap_used, deprecated, missing_docs)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use partner_api::mock::MockServerExt as _;
use partner_api::prelude::*;
use partner_api::{CallOptions, CommaSeparated, ErrorKind, FilePart, RetryPolicy};
use serde_json::{Value, json};

/// A server that returns these responses in order, repeating the last one, and the requests it received.
struct Server {
    server: MockServer,
    seen: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone)]
struct Request {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    content_type: String,
    body: Vec<u8>,
}

impl Server {
    fn returning(responses: &[(u16, Value)]) -> Self {
        let responses = responses.to_vec();
        Self::with(move |_, turn| responses[turn.min(responses.len() - 1)].clone())
    }

    fn with(response: impl Fn(&Request, usize) -> (u16, Value) + Send + Sync + 'static) -> Self {
        let server = MockServer::start();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        server.mock(|when, then| {
            when.any_request();
            then.respond_with(move |request| {
                let request = read(request);
                let mut seen = record.lock().unwrap();
                let (status, body) = response(&request, seen.len());
                seen.push(request);
                HttpMockResponse::builder()
                    .status(status)
                    .header("content-type", "application/json")
                    .header("retry-after", if status == 503 { "0" } else { "7" })
                    .body(if body.is_null() {
                        String::new()
                    } else {
                        body.to_string()
                    })
                    .build()
            });
        });
        Self { server, seen }
    }

    fn client(&self) -> Client {
        client(&self.server)
    }

    fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// The one request.
    fn request(&self) -> Request {
        let seen = self.requests();
        assert_eq!(seen.len(), 1);
        seen[0].clone()
    }
}

fn read(request: &HttpMockRequest) -> Request {
    let mut headers = request.headers_vec().iter();
    let content_type = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let uri = request.uri();
    let url = format!("http://a.example{}", uri.path_and_query().unwrap());
    let url = partner_api::reqwest::Url::parse(&url).unwrap();
    Request {
        method: request.method_str().to_owned(),
        path: url.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        content_type: content_type
            .map(|(_, kind)| kind.clone())
            .unwrap_or_default(),
        body: request.body_vec(),
    }
}

fn client(server: &MockServer) -> Client {
    Client::with_api_key("key")
        .base_url(server.base_url())
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap()
}

/// The parts of a multipart body: headers and content.
fn parts(request: &Request) -> Vec<(String, Vec<u8>)> {
    let boundary = request
        .content_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let mark = format!("--{boundary}");
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|it| it == what);
    let mut rest = &request.body[..];
    let mut parts = Vec::new();
    loop {
        rest = rest.strip_prefix(mark.as_bytes()).unwrap();
        let Some(part) = rest.strip_prefix(b"\r\n") else {
            break;
        };
        let head = find(part, b"\r\n\r\n").unwrap();
        let end = find(part, format!("\r\n{mark}").as_bytes()).unwrap();
        let headers = String::from_utf8(part[..head].to_vec()).unwrap();
        parts.push((headers, part[head + 4..end].to_vec()));
        rest = &part[end + 2..];
    }
    assert_eq!(rest, b"--\r\n");
    parts
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// An upload with all fields.
fn media() -> types::TemplateMediaIn {
    types::TemplateMediaIn {
        file: FilePart::new("Büro \"1\".png", vec![0, 13, 10, 45, 45, 255]).content_type("image/png"),
        thumbnails: vec![
            FilePart::new("a.png", "a"),
            FilePart::new("b.gif", "b").content_type("image/gif"),
        ],
        media_type: types::TemplateMediaInMediaType::Image,
        tags: vec!["x".into(), "y & z".into()],
        details: Some(types::TemplateMediaInDetails {
            alt_text: Some("alt".into()),
            ..Default::default()
        }),
        ratio: Some(2.0),
        is_default: Some(false),
        expires_at: None,
    }
}

#[tokio::test]
async fn a_list_under_another_key_is_streamed() {
    let rows: Vec<_> = (0..5).map(|n| json!({"id": format!("{n}CH")})).collect();
    let server = Server::with(move |request, _| {
        let number = |wanted: &str| {
            let found = request.query.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.parse::<usize>().unwrap())
        };
        let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(20));
        let page: Vec<_> = rows.iter().skip(offset).take(limit).collect();
        (
            200,
            json!({"partner_channels": page, "total": rows.len(), "limit": limit}),
        )
    });
    let client = server.client();
    let partner = client.partner("abcPA");
    let channels = partner.list_channels();
    let filters = types::PartnerChannelsListFilterIn {
        status: Some("live".into()),
        ..Default::default()
    };
    let channels = channels
        .filters(filters)
        .sort("-created_at")
        .limit(2)
        .stream();
    let ids: Vec<_> = channels
        .map_ok(|channel| channel.id.unwrap())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids, ["0CH", "1CH", "2CH", "3CH", "4CH"]);
    let first = &server.requests()[0];
    for pair in [
        ("filters", r#"{"status":"live"}"#),
        ("sort", "-created_at"),
        ("limit", "2"),
    ] {
        assert!(
            first.query.contains(&pairs(&[pair])[0]),
            "{:?}",
            first.query
        );
    }
}

#[tokio::test]
async fn a_list_in_an_envelope_is_streamed() {
    let server = Server::with(|request, _| {
        let offset = request.query.iter().find(|(name, _)| name == "offset");
        let offset: u32 = offset.map_or(0, |(_, value)| value.parse().unwrap());
        let flows: Vec<_> = (offset..5)
            .take(2)
            .map(|n| json!({"id": n.to_string(), "status": ""}))
            .collect();
        let data = json!({"flows": flows, "total": 5.0, "limit": 2, "offset": offset});
        (
            200,
            json!({"meta": {"success": true}, "status_code": 200, "data": data}),
        )
    });
    let client = server.client();
    let flows = client
        .list_flows()
        .partner_id("abcPA")
        .waba_account_id("xWA")
        .limit(2)
        .stream();
    let flows: Vec<_> = flows.try_collect().await.unwrap();
    let ids: Vec<_> = flows
        .iter()
        .map(|flow| flow.id.as_deref().unwrap())
        .collect();
    assert_eq!(ids, ["0", "1", "2", "3", "4"]);
    assert_eq!(flows[0].status, Some(types::FlowOutStatus::Empty));
}

#[tokio::test]
async fn numbers_and_enums_in_the_query_are_written_plainly_and_defaults_are_not() {
    let server = Server::returning(&[(200, json!({"balance": 12.5, "usage": [{"category": ""}]}))]);
    let client = server.client();
    let balance = client
        .get_client_balance()
        .partner_id("abcPA")
        .client_id("xyzCL");
    let response = balance
        .clone()
        .from_month(3)
        .from_year(2026.0)
        .send()
        .await
        .unwrap();
    assert_eq!(response.balance, Some(12.5));
    assert_eq!(
        response.usage[0].category,
        Some(types::UsagePeriodOutCategory::Empty)
    );
    let granularity = types::GetClientBalanceGranularity::Empty;
    balance
        .clone()
        .granularity(granularity)
        .send()
        .await
        .unwrap();
    let rejected = balance.from_year(f64::NAN).send().await.unwrap_err();
    assert_eq!(
        rejected.kind().to_string(),
        "from_year: is not a finite number"
    );
    let queries: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.query)
        .collect();
    let expected = [
        pairs(&[("from_month", "3"), ("from_year", "2026")]),
        pairs(&[("granularity", "")]),
    ];
    assert_eq!(queries, expected);
}

#[tokio::test]
async fn arrays_in_the_query_are_repeated_or_joined_as_documented() {
    let server = Server::returning(&[(200, json!({}))]);
    let client = server.client();
    let usage = client.get_usage().partner_id("abcPA");
    let categories = [types::GetUsageCategoriesItem::Marketing, "new".into()];
    let ids: Vec<types::QueryNumber> = vec![7.into(), 2.5.try_into().unwrap()];
    usage
        .project_ids(ids)
        .categories(categories)
        .send()
        .await
        .unwrap();
    let mut query = server.request().query;
    query.sort();
    let expected = [
        ("categories", "marketing,new"),
        ("project_ids", "2.5"),
        ("project_ids", "7"),
    ];
    assert_eq!(query, pairs(&expected));

    let channel = client.get_channel().partner_id("abcPA").channel_id("xCH");
    let rejected = channel
        .fields(vec!["a,b".to_owned()])
        .send()
        .await
        .unwrap_err();
    let why = "fields: has an item with a comma, which would be parsed as two items";
    assert_eq!(rejected.kind().to_string(), why);
}

#[tokio::test]
async fn files_and_values_are_uploaded_as_they_are() {
    let server = Server::returning(&[(201, json!({"media_handle": "h", "size": 6}))]);
    let client = server.client();
    let upload = client
        .upload_template_media()
        .partner_id("abcPA")
        .waba_account_id("xWA");
    let response = upload.body(media()).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.size), (201, Some(6)));
    let request = server.request();
    assert_eq!(
        request.path,
        "/api/v2/partners/abcPA/waba_accounts/xWA/waba_templates/media"
    );
    let part = |head: &str, content: &[u8]| {
        (
            format!("Content-Disposition: form-data; name={head}"),
            content.to_vec(),
        )
    };
    let expected = [
        part(
            "\"file\"; filename=\"Büro \\\"1\\\".png\"\r\nContent-Type: image/png",
            &[0, 13, 10, 45, 45, 255],
        ),
        part(
            "\"thumbnails\"; filename=\"a.png\"\r\nContent-Type: image/png",
            b"a",
        ),
        part(
            "\"thumbnails\"; filename=\"b.gif\"\r\nContent-Type: image/gif",
            b"b",
        ),
        part("\"media_type\"", b"image"),
        part("\"tags\"", b"x"),
        part("\"tags\"", b"y & z"),
        part(
            "\"details\"\r\nContent-Type: application/json",
            br#"{"alt_text":"alt"}"#,
        ),
        part("\"ratio\"", b"2"),
        part("\"is_default\"", b"false"),
    ];
    assert_eq!(parts(&request), expected);
}

#[tokio::test]
async fn an_upload_is_retried_if_the_caller_allows_it() {
    let server = Server::returning(&[(503, Value::Null), (201, json!({}))]);
    let client = server.client();
    let upload = client
        .upload_template_media()
        .partner_id("abcPA")
        .waba_account_id("xWA")
        .body(media());
    let once = upload.clone().send().await.unwrap_err();
    assert_eq!((once.attempts(), once.is_outcome_unknown()), (1, true));

    let retries = RetryPolicy::max(1).backoff(Duration::ZERO, Duration::ZERO);
    let options = CallOptions::new().idempotent(true).retry_policy(retries);
    let server = Server::returning(&[(503, Value::Null), (201, json!({}))]);
    let client = server.client();
    let upload = client
        .upload_template_media()
        .partner_id("abcPA")
        .waba_account_id("xWA")
        .body(media());
    upload.send_with(options).await.unwrap();
    let seen = server.requests();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].body, seen[1].body);
    assert_eq!(parts(&seen[1]).len(), 9);
}

#[tokio::test]
async fn an_invalid_upload_is_rejected_before_sending() {
    let server = MockServer::start();
    let upload = |client: Client, body: types::TemplateMediaIn| async move {
        let upload = client
            .upload_template_media()
            .partner_id("abcPA")
            .waba_account_id("xWA");
        let error = upload.body(body).send().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InvalidRequest(_)),
            "{error:?}"
        );
        (error.attempts(), error.kind().to_string())
    };
    let file = |file| types::TemplateMediaIn { file, ..media() };
    let rejected = upload(client(&server), file(FilePart::new("a\r\nb: c", ""))).await;
    assert_eq!(
        rejected,
        (
            0,
            "body: file: the file's name has a control character".into()
        )
    );
    let rejected = upload(
        client(&server),
        file(FilePart::new("a", "").content_type("a\nb")),
    )
    .await;
    assert_eq!(
        rejected,
        (0, "body: file: `a\\nb` is not a content type".into())
    );
    let small = Client::with_api_key("key")
        .base_url(server.base_url())
        .max_response_bytes(99)
        .build();
    let rejected = upload(small.unwrap(), media()).await;
    let why = "body: has more than 99 bytes; raise `ClientBuilder::max_response_bytes`";
    assert_eq!(rejected, (0, why.into()));
    let shown = format!("{:?}", media().file);
    assert_eq!(
        shown,
        r#"FilePart { name: "Büro \"1\".png", content_type: Some("image/png"), len: 6 }"#
    );
}

#[tokio::test]
async fn a_body_that_may_be_absent_is_an_upload_or_nothing() {
    let flow = json!({"meta": {}, "status_code": 201, "data": {"id": "1", "status": "DRAFT"}});
    let server = Server::returning(&[(201, flow)]);
    let client = server.client();
    let create = client
        .create_flow()
        .partner_id("abcPA")
        .waba_account_id("xWA");
    let response = create.clone().send().await.unwrap().into_inner();
    assert_eq!(
        response.data.unwrap().status,
        Some(types::FlowOutStatus::Draft)
    );
    let body = types::CreateFlowBody {
        name: "Sign up".into(),
        categories: vec![types::CreateFlowBodyCategoriesItem::SignUp],
        flow_json: Some(FilePart::new("flow.json", "{}")),
        clone_flow_id: None,
    };
    create.body(body).send().await.unwrap();
    let seen = server.requests();
    assert_eq!((seen[0].content_type.as_str(), seen[0].body.len()), ("", 0));
    let contents: Vec<_> = parts(&seen[1])
        .into_iter()
        .map(|(_, content)| content)
        .collect();
    assert_eq!(contents, [&b"Sign up"[..], b"SIGN_UP", b"{}"]);
}

#[tokio::test]
async fn both_success_codes_are_read() {
    let template = json!({"id": "1", "category": "", "status": "approved"});
    let server = Server::returning(&[(201, template.clone()), (200, template)]);
    let client = server.client();
    let body = types::WabaTemplateCreateIn {
        name: "hello".into(),
        components: vec![serde_json::Map::new()],
        category: None,
        language: None,
        allow_category_change: None,
    };
    let create = client
        .create_template()
        .partner_id("abcPA")
        .waba_account_id("xWA")
        .body(body);
    for status in [201, 200] {
        let response = create.clone().send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.category, Some(types::WabaTemplateOutCategory::Empty));
    }
    let sent: Value = serde_json::from_slice(&server.requests()[0].body).unwrap();
    assert_eq!(sent, json!({"name": "hello", "components": [{}]}));
}

#[tokio::test]
async fn errors_are_typed_whatever_their_body() {
    let meta = json!({"meta": {"developer_message": "no", "http_code": 403, "success": false}});
    let limited = json!({"detail": "slow down", "available_in": 7});
    let server = Server::returning(&[(403, meta), (429, limited)]);
    let client = server.client();
    let balance = client
        .get_client_balance()
        .partner_id("abcPA")
        .client_id("xyzCL");
    let forbidden = balance.clone().send().await.unwrap_err();
    assert!(forbidden.is_auth());
    assert_eq!(forbidden.developer_message(), Some("no"));
    let limited = balance.send().await.unwrap_err();
    assert!(limited.is_rate_limited());
    assert_eq!(limited.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(limited.operation(), Some("get_client_balance"));
    assert_eq!(limited.meta().unwrap().other["detail"], "slow down");
}

#[tokio::test]
async fn a_call_that_may_have_been_executed_is_not_retried() {
    let server = Server::returning(&[(429, json!("later"))]);
    let client = Client::with_api_key("key")
        .base_url(server.server.base_url())
        .build()
        .unwrap();
    let body = types::SharedClientIn {
        client_id: "xyzCL".into(),
        permissions: None,
        solution_id: None,
    };
    let error = client
        .share_client()
        .partner_id("abcPA")
        .body(body)
        .send()
        .await
        .unwrap_err();
    assert!(error.is_rate_limited() && error.is_outcome_unknown());
    assert_eq!(server.request().method, "POST");
}

#[tokio::test]
async fn the_typed_mocks_know_these_operations() {
    let server = MockServer::start();
    let upload = server.upload_template_media(|when, then| {
        when.partner_id("abcPA")
            .waba_account_id("xWA")
            .body(&media());
        then.created(&types::TemplateMediaOut {
            size: Some(6),
            ..Default::default()
        });
    });
    let usage = server.get_usage(|when, then| {
        let categories = vec![
            types::GetUsageCategoriesItem::Marketing,
            types::GetUsageCategoriesItem::Utility,
        ];
        when.threshold(&types::QueryNumber::from(2))
            .categories(&CommaSeparated::from(categories));
        then.ok(&types::UsageOut {
            total_price: Some(1.5),
            ..Default::default()
        });
    });
    let balance = server.get_client_balance(|_, then| {
        then.client_error(429, &json!({"detail": "slow down"}));
    });
    let client = client(&server);
    let call = client
        .upload_template_media()
        .partner_id("abcPA")
        .waba_account_id("xWA");
    assert_eq!(
        call.clone().body(media()).send().await.unwrap().size,
        Some(6)
    );
    let other = types::TemplateMediaIn {
        tags: Vec::new(),
        ..media()
    };
    assert!(call.body(other).send().await.unwrap_err().is_not_found());
    let call = client.get_usage().partner_id("abcPA").threshold(2);
    let categories = [
        types::GetUsageCategoriesItem::Marketing,
        types::GetUsageCategoriesItem::Utility,
    ];
    assert_eq!(
        call.categories(categories)
            .send()
            .await
            .unwrap()
            .total_price,
        Some(1.5)
    );
    let call = client
        .get_client_balance()
        .partner_id("abcPA")
        .client_id("xyzCL");
    assert!(call.send().await.unwrap_err().is_rate_limited());
    upload.assert();
    usage.assert();
    balance.assert();
}
