//! The record of requests, and the admin paths.

use crate::support::{self, get, login, own, plain, request, send, token};
use partner_api::reqwest::Method;
use partner_hub::Fault;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_request_is_recorded_as_received() {
    let hub = plain().start().await.unwrap();
    let body = r#"{ "allow_client_to_add_phone_no":false }"#;
    let patch = request(&hub, Method::PATCH, "?trace=a%20b")
        .header("content-type", "application/json")
        .body(body);
    assert_eq!(send(patch).await.status, 200);
    let recorded = hub.requests().pop().unwrap();
    assert_eq!(recorded.number, 1);
    assert_eq!(recorded.operation.as_deref(), Some("update_partner"));
    assert_eq!(recorded.method, "PATCH");
    assert_eq!(recorded.path, own(&hub, ""));
    assert_eq!(recorded.query.as_deref(), Some("trace=a%20b"));
    assert_eq!(recorded.query_param("trace").as_deref(), Some("a b"));
    assert_eq!(recorded.header("Content-Type"), Some("application/json"));
    assert_eq!(recorded.body, body);
    assert_eq!(recorded.status, Some(200));
    assert!(recorded.faults.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_has_the_trace_id_and_duration_of_its_response() {
    let hub = plain().start().await.unwrap();
    let latency = Duration::from_millis(250);
    hub.fault(Fault::latency(latency).on("get_partner").times(1))
        .unwrap();
    for _ in 0..2 {
        let response = get(&hub, "").await;
        let recorded = hub.requests().pop().unwrap();
        assert_eq!(response.headers["x-trace-id"], recorded.trace_id);
    }
    let took = |index: usize| hub.requests()[index].duration.unwrap();
    assert!((latency..latency * 2).contains(&took(0)), "{:?}", took(0));
    assert!(took(1) < latency, "{:?}", took(1));
    let record = support::http().get(format!("{}/__hub/requests", hub.url()));
    let record = send(record).await.body;
    let milliseconds = record["requests"][0]["duration_ms"].as_f64().unwrap();
    assert!((250.0..500.0).contains(&milliseconds), "{milliseconds}");
}

#[tokio::test]
async fn an_admin_path_filters_the_record() {
    let hub = plain().start().await.unwrap();
    get(&hub, "").await;
    hub.fault(Fault::status(503).on("list_clients").nth(1))
        .unwrap();
    hub.fault(
        Fault::latency(Duration::from_millis(20))
            .on("list_clients")
            .nth(1),
    )
    .unwrap();
    get(&hub, "/clients").await;
    get(&hub, "/clients?limit=1").await;
    get(&hub, "/nowhere").await;
    send(request(&hub, Method::DELETE, "")).await;
    let numbers = async |query: &str| -> Vec<u64> {
        let url = format!("{}/__hub/requests?{query}", hub.url());
        let record = send(support::http().get(url)).await.body;
        assert_eq!(record["counts"]["list_clients"], 2, "all are counted");
        let requests = record["requests"].as_array().unwrap();
        let numbers = requests.iter().map(|request| request["number"].as_u64());
        numbers.map(Option::unwrap).collect()
    };
    let trace_id = &hub.requests()[3].trace_id;
    let path = own(&hub, "/clients");
    for (query, expected) in [
        ("", &[1, 2, 3, 4, 5][..]),
        ("operation=list_clients", &[2, 3]),
        ("operation=list_clients&status=200", &[3]),
        ("operation=list", &[]),
        ("status=404", &[4]),
        ("method=delete", &[5]),
        (&format!("path={path}"), &[2, 3]),
        ("fault=status%20503", &[2]),
        ("fault=status", &[2]),
        ("fault=latency", &[2]),
        ("fault=garbage_json", &[]),
        (&format!("trace_id={trace_id}"), &[4]),
        ("after=3", &[4, 5]),
        ("after=5", &[]),
        (
            "min_duration_ms=20&operation=list_clients&fault=latency",
            &[2],
        ),
    ] {
        assert_eq!(numbers(query).await, expected, "{query}");
    }
    let url = format!("{}/__hub/requests", hub.url());
    for query in [
        "status=ok",
        "after=-1",
        "operatoin=token",
        "min_duration_ms=",
        "a=%ff",
    ] {
        let wrong = send(support::http().get(format!("{url}?{query}"))).await;
        assert!(wrong.status == 400 && wrong.is_envelope(), "{query}");
    }
    let some = send(support::http().delete(format!("{url}?status=404"))).await;
    assert!(some.status == 400 && some.is_envelope(), "{}", some.text);
    assert_eq!(hub.requests().len(), 5);
    assert_eq!(send(support::http().delete(&url)).await.status, 200);
    assert_eq!(hub.requests(), []);
}

#[tokio::test]
async fn no_secret_is_in_the_record() {
    let hub = plain().start().await.unwrap();
    let live = token(&hub).await;
    login(&hub, hub.username(), "guess-4711").await;
    let url = format!("{}{}", hub.url(), own(&hub, ""));
    send(
        support::http()
            .get(url)
            .bearer_auth(&live)
            .header("cookie", "session=4711"),
    )
    .await;
    get(&hub, "").await;
    let record = send(support::http().get(format!("{}/__hub/requests", hub.url())))
        .await
        .text;
    for record in [format!("{:?}", hub.requests()), record] {
        for secret in [
            hub.api_key(),
            hub.password(),
            &live,
            "guess-4711",
            "session=4711",
        ] {
            assert!(!record.contains(secret), "{secret} is in {record}");
        }
        assert!(record.contains("Bearer ***") && record.contains(hub.username()));
    }
}

#[tokio::test]
async fn requests_are_counted_by_operation() {
    let hub = plain().recorded_requests(3).start().await.unwrap();
    for _ in 0..5 {
        get(&hub, "/clients").await;
    }
    get(&hub, "").await;
    get(&hub, "/nowhere").await;
    assert_eq!(hub.count("list_clients"), 5);
    assert_eq!(
        hub.counts(),
        [
            ("get_partner".to_owned(), 1),
            ("list_clients".to_owned(), 5)
        ]
        .into()
    );
    let kept: Vec<_> = hub
        .requests()
        .into_iter()
        .map(|request| (request.number, request.status))
        .collect();
    assert_eq!(kept, [(5, Some(200)), (6, Some(200)), (7, Some(404))]);
    hub.clear_requests();
    assert!(hub.requests().is_empty() && hub.counts().is_empty());
}

#[tokio::test]
async fn admin_paths_advance_the_clock_and_expire_tokens() {
    let hub = plain().start().await.unwrap();
    let live = token(&hub).await;
    let post = |path: &str| support::http().post(format!("{}/__hub/{path}", hub.url()));
    let check = async || {
        send(
            support::http()
                .get(format!("{}{}", hub.url(), own(&hub, "")))
                .bearer_auth(&live),
        )
        .await
        .status
    };
    assert_eq!(
        send(post("advance").json(&json!({"seconds": 86_000})))
            .await
            .status,
        200
    );
    assert_eq!(check().await, 200);
    assert_eq!(send(post("expire_tokens")).await.status, 200);
    assert_eq!(check().await, 401);
    assert_eq!(
        send(post("advance").json(&json!({"seconds": -1})))
            .await
            .status,
        400
    );
}
