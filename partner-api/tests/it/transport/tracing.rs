//! Spans and events of `tracing`, and the observer of attempts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, RateLimit, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, Fault, Hub};
use tracing::Level;

use crate::support::calls::{APPROVAL, OPERATIONS, Subject, call, hub, send};
use crate::support::captured::{Captured, TraceRecord};
use crate::support::raw_server::Server;

const TINY: Duration = Duration::from_millis(1);
const SHORT: Duration = Duration::from_millis(200);

fn settings(builder: ClientBuilder, hub: &Hub) -> ClientBuilder {
    builder
        .base_url(hub.url())
        .retry_policy(RetryPolicy::max(2).backoff(TINY, TINY))
}

fn key(hub: &Hub) -> ClientBuilder {
    settings(Client::with_api_key(hub.api_key()), hub)
}

fn login(hub: &Hub) -> ClientBuilder {
    settings(Client::with_login(hub.username(), hub.password()), hub)
}

/// The fields of a span except those that are the same for every call.
fn own_fields(span: &TraceRecord) -> Vec<(&str, &str)> {
    let common = [
        "otel.kind",
        "partner_api.trace_id",
        "partner_id",
        "server.address",
        "server.port",
        "url.template",
    ];
    let fields = span.fields.iter();
    fields
        .filter(|(name, _)| !common.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[tokio::test]
async fn a_call_is_a_span_with_opentelemetry_names() {
    let hub = hub().await;
    let (captured, _guard) = Captured::start();
    let client = key(&hub).build().unwrap();
    let subject = Subject::of(&hub);
    for operation in OPERATIONS {
        call(&client, &subject, operation, CallOptions::new())
            .await
            .unwrap();
    }
    let port = hub.port().to_string();
    let pcrs = "/api/v2/partners/{partner_id}/selective_partner_change_requests";
    let approve = format!("{pcrs}/{{pcr_id}}/approve");
    let expected = [
        ("GET", "/api/v2/partners/{partner_id}/clients"),
        ("PATCH", "/api/v2/partners/{partner_id}/clients/{client_id}"),
        (
            "GET",
            "/api/v2/partners/{partner_id}/clients/{client_id}/shared_client_numbers",
        ),
        ("GET", "/api/v2/partners/{partner_id}"),
        ("PATCH", "/api/v2/partners/{partner_id}"),
        ("GET", pcrs),
        ("POST", &approve),
    ];
    let spans = captured.spans();
    assert_eq!(spans.len(), expected.len());
    for ((span, operation), (method, template)) in spans.iter().zip(OPERATIONS).zip(expected) {
        assert_eq!(
            (span.name.as_str(), span.target, span.level),
            ("partner_api.call", "partner_api", Level::INFO)
        );
        let fields = span.fields.iter();
        let fields: BTreeMap<_, _> = fields
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let ids = [
            ("partner_id", hub.partner_id()),
            ("client_id", &subject.client_id),
            ("pcr_id", &subject.pcr_id),
        ];
        let ids = ids
            .into_iter()
            .filter(|(name, _)| template.contains(&format!("{{{name}}}")));
        let expected = [
            ("http.request.method", method),
            ("http.response.status_code", "200"),
            ("otel.kind", "client"),
            ("otel.name", operation),
            ("server.address", "127.0.0.1"),
            ("server.port", &port),
            ("url.template", template),
        ];
        assert_eq!(fields, expected.into_iter().chain(ids).collect());
    }
}

#[tokio::test]
async fn a_span_has_the_result_of_its_call() {
    let stall = Fault::break_connection(BreakPoint::BeforeHeaders, CloseMode::Stall);
    let reset = Fault::break_connection(BreakPoint::BeforeHeaders, CloseMode::Reset);
    let get = ("http.request.method", "GET");
    let named = ("otel.name", "get_partner");
    let status = |status| ("http.response.status_code", status);
    let resent = ("http.request.resend_count", "2");
    let error = |kind| ("error.type", kind);
    let cases = [
        (
            Fault::status(503).on("get_partner").times(2),
            vec![get, resent, status("200"), named],
        ),
        (
            Fault::status(503).into(),
            vec![error("503"), get, resent, status("503"), named],
        ),
        (
            Fault::status(404).into(),
            vec![error("404"), get, status("404"), named],
        ),
        (stall.into(), vec![error("timeout"), get, resent, named]),
        (reset.into(), vec![error("connection"), get, resent, named]),
    ];
    for (fault, expected) in cases {
        let hub = hub().await;
        let timeout = match &fault.fault {
            Fault::Break {
                how: CloseMode::Stall,
                ..
            } => SHORT,
            _ => Duration::from_secs(60),
        };
        hub.fault(fault).unwrap();
        let client = key(&hub).attempt_timeout(timeout).build().unwrap();
        let (captured, _guard) = Captured::start();
        let _ = send(&client, &hub, "get_partner").await;
        let spans = captured.spans();
        let [span] = &spans[..] else {
            panic!("{spans:?}")
        };
        assert_eq!(own_fields(span), expected);
    }
}

#[tokio::test]
async fn a_login_has_its_own_span_and_event() {
    let hub = hub().await;
    let client = login(&hub).build().unwrap();
    let (captured, _guard) = Captured::start();
    let subject = Subject::of(&hub);
    for _ in 0..2 {
        call(&client, &subject, "get_partner", CallOptions::new())
            .await
            .unwrap();
    }
    let spans = captured.spans();
    let names: Vec<_> = spans
        .iter()
        .map(|span| span.field("otel.name").unwrap())
        .collect();
    assert_eq!(names, ["token", "get_partner", "get_partner"]);
    assert_eq!(spans[0].field("url.template"), Some("/api/v2/token"));
    let events = captured.events("logged in");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].level, Level::INFO);
    assert!(
        events[0]
            .field("lifetime_seconds")
            .unwrap()
            .contains("86400")
    );

    hub.expire_tokens();
    call(&client, &subject, "get_partner", CallOptions::new())
        .await
        .unwrap();
    assert_eq!(captured.events("the token was rejected").len(), 1);
    assert_eq!(captured.events("logged in").len(), 2);
}

#[tokio::test]
async fn a_failed_login_is_an_event() {
    let hub = hub().await;
    let client = settings(Client::with_login(hub.username(), "wrong"), &hub)
        .build()
        .unwrap();
    let (captured, _guard) = Captured::start();
    send(&client, &hub, "get_partner").await.unwrap_err();
    let events = captured.events("the login failed");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].level, Level::WARN);
    assert!(
        events[0]
            .field("error")
            .unwrap()
            .contains("Wrong email or password.")
    );
}

#[tokio::test]
async fn each_retry_is_an_event_in_the_span_of_its_call() {
    let hub = hub().await;
    hub.fault(Fault::status(503).on("get_partner").nth(1))
        .unwrap();
    hub.fault(
        Fault::break_connection(BreakPoint::BeforeHeaders, CloseMode::Reset)
            .on("get_partner")
            .nth(2),
    )
    .unwrap();
    let client = key(&hub).build().unwrap();
    let (captured, _guard) = Captured::start();
    send(&client, &hub, "get_partner").await.unwrap();
    let events = captured.events("is retried");
    let fields: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.field("attempt").unwrap(),
                event.field("error.type").unwrap(),
            )
        })
        .collect();
    assert_eq!(fields, [("1", "503"), ("2", "connection")]);
    for event in &events {
        assert_eq!(event.level, Level::WARN);
        assert_eq!(event.within, ["partner_api.call"]);
        let wait: f64 = event.field("wait_seconds").unwrap().parse().unwrap();
        assert!((0.0..=0.001).contains(&wait), "{wait}");
    }
}

#[tokio::test]
async fn waiting_for_the_rate_limit_is_an_event() {
    let hub = hub().await;
    let client = key(&hub)
        .rate_limit(RateLimit::new(1, Duration::from_millis(50)))
        .build()
        .unwrap();
    let (captured, _guard) = Captured::start();
    for waits in [0, 1] {
        send(&client, &hub, "get_partner").await.unwrap();
        let events = captured.events("rate limit");
        assert_eq!(events.len(), waits);
        for event in events {
            assert_eq!(event.field("operation"), Some("get_partner"));
            assert_eq!(event.within, ["partner_api.call"]);
        }
    }
}

#[tokio::test]
async fn a_successful_call_has_a_span_and_no_event() {
    let hub = hub().await;
    let client = key(&hub).build().unwrap();
    let (captured, _guard) = Captured::start();
    send(&client, &hub, "get_partner").await.unwrap();
    assert_eq!(captured.all().len(), 1);
}

/// Operation, method, path, number, status, error, and whether a retry follows.
type Seen = (
    &'static str,
    &'static str,
    &'static str,
    u32,
    Option<u16>,
    Option<String>,
    bool,
);

fn observed(builder: ClientBuilder) -> (Client, Arc<Mutex<Vec<Seen>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let attempts = Arc::clone(&seen);
    let client = builder.on_attempt(move |attempt| {
        attempts.lock().unwrap().push((
            attempt.operation,
            attempt.method,
            attempt.path,
            attempt.number,
            attempt.status.map(|status| status.as_u16()),
            attempt.error.map(|error| error.kind().to_string()),
            attempt.retry_in.is_some(),
        ));
    });
    (client.build().unwrap(), seen)
}

#[tokio::test]
async fn each_attempt_is_observed_including_those_of_a_login() {
    let hub = hub().await;
    hub.fault(Fault::status(503).on("token").nth(1)).unwrap();
    hub.fault(Fault::ExpireToken.on("get_partner").nth(1))
        .unwrap();
    hub.fault(
        Fault::break_connection(BreakPoint::BeforeHeaders, CloseMode::Reset)
            .on("get_partner")
            .nth(2),
    )
    .unwrap();
    let (client, seen) = observed(login(&hub));
    let subject = Subject::of(&hub);
    call(&client, &subject, "get_partner", CallOptions::new())
        .await
        .unwrap();
    let token = |number, status, error: Option<&str>, again| {
        let error = error.map(str::to_owned);
        (
            "token",
            "POST",
            "/api/v2/token",
            number,
            status,
            error,
            again,
        )
    };
    let get = |number, status, error: Option<&str>, again| {
        let error = error.map(str::to_owned);
        (
            "get_partner",
            "GET",
            "/api/v2/partners/{partner_id}",
            number,
            status,
            error,
            again,
        )
    };
    let api_error = Some("the API responded with an error");
    assert_eq!(
        *seen.lock().unwrap(),
        [
            token(1, Some(503), api_error, true),
            token(2, Some(200), None, false),
            get(1, Some(401), api_error, true),
            token(1, Some(200), None, false),
            get(2, None, Some("the connection broke"), true),
            get(3, Some(200), None, false),
        ]
    );
}

#[tokio::test]
async fn the_last_attempt_is_observed_without_a_retry() {
    let hub = hub().await;
    hub.fault(Fault::status(503)).unwrap();
    let (client, seen) = observed(key(&hub));
    let subject = Subject::of(&hub);
    for operation in ["get_partner", APPROVAL] {
        call(&client, &subject, operation, CallOptions::new())
            .await
            .unwrap_err();
    }
    let seen = seen.lock().unwrap();
    let seen: Vec<_> = seen.iter().map(|seen| (seen.0, seen.3, seen.6)).collect();
    assert_eq!(
        seen,
        [
            ("get_partner", 1, true),
            ("get_partner", 2, true),
            ("get_partner", 3, false),
            (APPROVAL, 1, false),
        ]
    );
}

#[tokio::test]
async fn an_observer_sees_how_long_an_attempt_took() {
    let hub = hub().await;
    let late = Fault::Latency {
        ms: 20,
        jitter_ms: 0,
    };
    hub.fault(late).unwrap();
    let took = Arc::new(Mutex::new(Duration::ZERO));
    let record = Arc::clone(&took);
    let client = key(&hub)
        .on_attempt(move |attempt| *record.lock().unwrap() = attempt.duration)
        .build()
        .unwrap();
    send(&client, &hub, "get_partner").await.unwrap();
    assert!(*took.lock().unwrap() >= Duration::from_millis(20));
}

#[tokio::test]
async fn every_request_has_a_user_agent_without_an_api_version() {
    let hub = hub().await;
    let client = login(&hub).build().unwrap();
    let subject = Subject::of(&hub);
    for operation in OPERATIONS {
        call(&client, &subject, operation, CallOptions::new())
            .await
            .unwrap();
    }
    let requests = hub.requests();
    assert_eq!(requests.len(), 8);
    for request in requests {
        let version = concat!("partner-api/", env!("CARGO_PKG_VERSION"));
        assert_eq!(request.header("user-agent"), Some(version));
        assert_eq!(request.header("api-version"), None);
    }
}

/// The rows of the table below a heading of the documentation, each as its code spans in columns.
fn documented(heading: &str) -> Vec<Vec<Vec<String>>> {
    let page = include_str!("../../../src/telemetry.rs");
    let (_, section) = page.split_once(&format!("//! # {heading}\n")).unwrap();
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with("//! |"));
    let rows = rows.take_while(|line| line.starts_with("//! |")).skip(2);
    let spans = |cell: &str| {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    rows.map(|row| row.split('|').skip(1).map(spans).collect())
        .collect()
}

#[tokio::test]
async fn the_attributes_of_a_span_are_documented() {
    let hub = hub().await;
    let client = key(&hub).build().unwrap();
    let subject = Subject::of(&hub);
    let (captured, _guard) = Captured::start();
    hub.fault(Fault::status(503)).unwrap();
    for operation in OPERATIONS {
        let call = call(&client, &subject, operation, CallOptions::new());
        let error = call.await.unwrap_err();
        let spans = captured.spans();
        let span = spans.last().unwrap();
        assert_eq!(span.field("error.type"), Some(error.label()));
        assert!(error.trace_id().is_some());
        assert_eq!(span.field("partner_api.trace_id"), error.trace_id());
    }
    let spans = captured.spans();
    let names: BTreeSet<_> = spans.iter().flat_map(|it| it.fields.keys()).collect();
    let documented = documented("The span of a call");
    assert_eq!(names, documented.iter().map(|row| &row[0][0]).collect());
}

/// The source of the library, without its tests.
fn source(folder: &std::path::Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => source(&path, text),
            false => text.push_str(&std::fs::read_to_string(path).unwrap()),
        }
    }
}

#[test]
fn every_event_is_documented() {
    let mut text = String::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    source(folder.as_ref(), &mut text);
    let levels = ["trace", "debug", "info", "warn", "error"];
    let mut events = BTreeMap::new();
    for level in levels {
        for event in text.split(&format!("tracing::{level}!(")).skip(1) {
            let (event, _) = event.split_once(");\n").unwrap_or((event, ""));
            let (event, _) = event.split_once("\n        }\n").unwrap_or((event, ""));
            assert!(event.contains("target: \"partner_api\","), "{event}");
            let message = event.rsplit('"').nth(1).unwrap();
            events.insert(message.to_owned(), (level.to_uppercase(), event.to_owned()));
        }
    }
    let page = include_str!("../../../src/telemetry.rs");
    let documented = documented("Events");
    assert_eq!(documented.len(), events.len(), "{events:#?}");
    for row in documented {
        let (level, event) = &events[&row[1][0]];
        let listed = format!("//! | {level} | `{}` |", row[1][0]);
        assert!(page.contains(&listed), "{listed}");
        for field in &row[2] {
            let field = field.replace("error.type", "error.r#type");
            assert!(event.contains(&field), "{field} in {event}");
        }
    }
}

#[tokio::test]
async fn the_parameters_of_a_path_are_recorded_as_they_were_set() {
    let hub = hub().await;
    let base_url = format!("{}/partners/deep/down", hub.url());
    let client = key(&hub).base_url(base_url).build().unwrap();
    let (captured, _guard) = Captured::start();
    let call = client.update_client().partner_id("a b%2Fü");
    let change = types::ClientUpdate {
        max_channels: Some(1),
        ..Default::default()
    };
    let _ = call.client_id("{partner_id}").body(change).send().await;
    let span = &captured.spans()[0];
    assert_eq!(span.field("partner_id"), Some("a b%2Fü"));
    assert_eq!(span.field("client_id"), Some("{partner_id}"));
    assert_eq!(span.field("pcr_id"), None);
}

/// The label of a call's error, which is also the `error.type` of its span.
async fn label_of(client: &Client) -> &'static str {
    let (captured, _guard) = Captured::start();
    let call = client.get_partner().partner_id("abcPA");
    let error = call.send().await.unwrap_err();
    let span = captured.spans().pop().unwrap();
    assert_eq!(span.field("error.type"), Some(error.label()), "{error}");
    error.label()
}

#[tokio::test]
async fn the_label_of_an_error_is_the_type_in_its_span() {
    let hub = hub().await;
    let with_key = || key(&hub).retry_policy(RetryPolicy::none());
    let mut seen = vec![label_of(&with_key().build().unwrap()).await];
    let garbage = Server::sending("200 OK", "no JSON").await;
    let client = with_key().base_url(garbage.url());
    seen.push(label_of(&client.build().unwrap()).await);
    for fault in [
        Fault::Break {
            at: BreakPoint::BeforeHeaders,
            how: CloseMode::Stall,
        },
        Fault::Break {
            at: BreakPoint::BeforeHeaders,
            how: CloseMode::Reset,
        },
    ] {
        hub.fault(fault.on("get_partner").nth(1)).unwrap();
        let client = with_key().attempt_timeout(SHORT).build().unwrap();
        seen.push(label_of(&client).await);
    }
    let large = Server::sending("200 OK", "[1, 2, 3]").await;
    let client = with_key().base_url(large.url()).max_response_bytes(3);
    seen.push(label_of(&client.build().unwrap()).await);
    let client = with_key().rate_limit(RateLimit::new(1, Duration::from_secs(3_600)));
    let client = client.build().unwrap();
    send(&client, &hub, "get_partner").await.unwrap();
    seen.push(label_of(&client).await);
    let client = settings(Client::with_login(hub.username(), "wrong"), &hub);
    seen.push(label_of(&client.build().unwrap()).await);
    let client = Client::with_credentials(|| async { Err("the vault is closed".into()) });
    seen.push(label_of(&settings(client, &hub).build().unwrap()).await);

    let client = with_key().build().unwrap();
    let error = client.get_partner().partner_id("..").send().await;
    seen.push(error.unwrap_err().label());
    seen.push(Client::with_api_key("").build().unwrap_err().label());
    assert_eq!(
        seen,
        [
            "404",
            "decode",
            "timeout",
            "connection",
            "response_too_large",
            "client_throttled",
            "login",
            "credentials",
            "invalid_request",
            "configuration",
        ]
    );
    let documentation = include_str!("../../../src/error.rs");
    for label in seen.iter().filter(|label| label.parse::<u16>().is_err()) {
        assert!(
            documentation.contains(&format!("/// | `{label}` | ")),
            "{label}"
        );
    }
}

#[tokio::test]
async fn the_label_of_an_attempt_is_ok_or_that_of_its_error() {
    let hub = hub().await;
    for fault in [Fault::status(429), Fault::status(503)] {
        hub.fault(fault.on("get_partner").times(1)).unwrap();
    }
    let labels = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&labels);
    let client = key(&hub).on_attempt(move |attempt| seen.lock().unwrap().push(attempt.label()));
    let client = client.build().unwrap();
    let _ = send(&client, &hub, "get_partner").await;
    assert_eq!(*labels.lock().unwrap(), ["429", "503", "ok"]);
}
