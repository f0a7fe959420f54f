//! Each fault as a client sees it, and in the record.

use std::io::ErrorKind;
use std::time::Duration;

use crate::support::{self, get, http, own, plain, raw, raw_get, request, send, token};
use partner_api::reqwest::Method;
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, FaultRule, Hub, RetryAfter};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

async fn hub(rule: impl Into<FaultRule>) -> Hub {
    plain().fault(rule).start().await.unwrap()
}

/// The recorded status and faults of the last request.
fn recorded(hub: &Hub) -> (Option<u16>, Vec<String>) {
    let last = hub.requests().pop().unwrap();
    (last.status, last.faults)
}

#[tokio::test(start_paused = true)]
async fn a_response_can_be_late() {
    let hub = hub(Fault::Latency {
        ms: 10_000,
        jitter_ms: 0,
    })
    .await;
    let started = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    stream.write_all(&raw_get(&hub, "")).await.unwrap();
    let mut response = [0; 15];
    stream.read_exact(&mut response).await.unwrap();
    assert_eq!(&response, b"HTTP/1.1 200 OK");
    assert!(started.elapsed() >= Duration::from_secs(10));
    assert_eq!(recorded(&hub), (Some(200), vec!["latency".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn jitter_comes_from_the_seed() {
    let mut took = Vec::new();
    for _ in 0..2 {
        let hub = hub(Fault::Latency {
            ms: 1_000,
            jitter_ms: 8_000,
        })
        .await;
        let started = Instant::now();
        let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
        stream.write_all(&raw_get(&hub, "")).await.unwrap();
        stream.read_u8().await.unwrap();
        took.push(started.elapsed().as_millis());
    }
    assert!((1_000..9_100).contains(&took[0]), "{took:?}");
    assert!(took[0].abs_diff(took[1]) <= 2, "{took:?}");
}

#[tokio::test]
async fn a_status_has_the_envelope() {
    for status in [408, 429, 500, 503, 504] {
        let hub = hub(Fault::status(status)).await;
        let response = get(&hub, "").await;
        assert_eq!(response.status, status);
        assert!(response.is_envelope(), "{}", response.text);
        assert!(!response.headers.contains_key("retry-after"));
        assert_eq!(
            recorded(&hub),
            (Some(status), vec![format!("status {status}")])
        );
    }
}

#[tokio::test]
async fn a_gateway_error_has_an_html_page_or_no_body() {
    let status = |body| Fault::Status {
        status: 502,
        retry_after: None,
        body,
    };
    let page = hub(status(ErrorBody::Html)).await;
    let response = get(&page, "").await;
    assert_eq!(
        (response.status, &response.headers["content-type"]),
        (502, &"text/html".parse().unwrap())
    );
    assert!(response.text.contains("<h1>502 Bad Gateway</h1>"));
    let nothing = hub(status(ErrorBody::Empty)).await;
    let response = get(&nothing, "").await;
    assert_eq!((response.status, response.text.as_str()), (502, ""));
}

#[tokio::test]
async fn a_rate_limit_sends_retry_after() {
    let limited = |after| Fault::status_with_retry_after(429, after);
    let seconds = hub(limited(RetryAfter::Seconds(7))).await;
    assert_eq!(get(&seconds, "").await.headers["retry-after"], "7");
    let date = hub(limited(RetryAfter::DateInSeconds(60))).await;
    let header = get(&date, "").await.headers["retry-after"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        header.ends_with(" GMT") && header.contains(", "),
        "{header}"
    );
}

#[tokio::test]
async fn an_injected_error_of_the_token_endpoint_is_an_oauth_error() {
    let hub = hub(Fault::status(429).on("token")).await;
    let response = support::login(&hub, hub.username(), hub.password()).await;
    assert_eq!(response.status, 429);
    assert!(response.body["error"].is_string(), "{}", response.text);
    assert_eq!(get(&hub, "").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_login_can_be_slow() {
    let rule = json!({"operation": "token", "fault": {"kind": "latency", "ms": 30_000}});
    let hub = hub(serde_json::from_value::<FaultRule>(rule).unwrap()).await;
    let login = || {
        let body = json!({"username": hub.username(), "password": hub.password()});
        support::bare(&hub, Method::POST, "/api/v2/token").json(&body)
    };
    let started = Instant::now();
    let slow = send(login()).await;
    assert!(slow.body["access_token"].is_string(), "{}", slow.text);
    assert!(started.elapsed() >= Duration::from_secs(30));

    let started = Instant::now();
    assert_eq!(get(&hub, "").await.status, 200);
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "only logins are slow"
    );

    let impatient = login().timeout(Duration::from_secs(5)).send().await;
    assert!(impatient.unwrap_err().is_timeout());
    assert_eq!(recorded(&hub), (None, vec!["latency".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_login_can_hang() {
    let fault = json!({"kind": "break", "at": "before_headers", "how": "stall"});
    let rule = json!({"operation": "token", "times": 1, "fault": fault});
    let hub = hub(serde_json::from_value::<FaultRule>(rule).unwrap()).await;
    let body = json!({"username": hub.username(), "password": hub.password()});
    let login = support::bare(&hub, Method::POST, "/api/v2/token").json(&body);
    let day = Duration::from_secs(86_400);
    let hung = login.timeout(day).send().await;
    assert!(hung.unwrap_err().is_timeout());
    let fault = vec!["break BeforeHeaders Stall".to_owned()];
    assert_eq!(recorded(&hub), (None, fault));
    assert_eq!(get(&hub, "").await.status, 200);
    assert!(!token(&hub).await.is_empty(), "the next login works");
}

#[tokio::test]
async fn a_connection_breaks_at_the_configured_point() {
    let full = {
        let hub = plain().start().await.unwrap();
        get(&hub, "").await.text
    };
    for how in [CloseMode::Reset, CloseMode::Close] {
        for at in [
            BreakPoint::BeforeHeaders,
            BreakPoint::DuringHeaders,
            BreakPoint::AfterHeaders,
            BreakPoint::DuringBody,
        ] {
            let hub = hub(FaultRule::from(Fault::Break { at, how }).times(1)).await;
            let (response, end) = raw(&hub, &raw_get(&hub, "")).await;
            let (head, body) = response
                .split_once("\r\n\r\n")
                .map_or((response.as_str(), None), |(head, body)| (head, Some(body)));
            match at {
                BreakPoint::BeforeHeaders => assert_eq!(response, ""),
                BreakPoint::DuringHeaders => assert!(
                    head.starts_with("HTTP/1.1 200") && body.is_none(),
                    "{response}"
                ),
                BreakPoint::AfterHeaders => assert_eq!(body, Some("")),
                BreakPoint::DuringBody => assert_eq!(body, Some(&full[..full.len() / 2])),
            }
            match how {
                CloseMode::Reset => assert_eq!(
                    end.unwrap_err().kind(),
                    ErrorKind::ConnectionReset,
                    "{at:?}"
                ),
                _ => assert!(end.is_ok(), "{at:?}"),
            }
            assert_eq!(
                recorded(&hub),
                (None, vec![format!("break {at:?} {how:?}")])
            );
            assert_eq!(get(&hub, "").await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_head_response_never_has_a_body() {
    for fault in [
        Fault::GarbageJson,
        Fault::gzip_bomb(1),
        Fault::break_connection(BreakPoint::DuringBody, CloseMode::Close),
    ] {
        let hub = hub(FaultRule::from(fault.clone()).times(1)).await;
        let request = format!(
            "HEAD {} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\nx-api-key: {}\r\n\r\n",
            own(&hub, ""),
            hub.api_key()
        );
        let (response, _) = raw(&hub, request.as_bytes()).await;
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{fault:?}: {head}");
        assert_eq!(body, "", "{fault:?}");
    }
}

#[tokio::test]
async fn the_client_detects_a_broken_response() {
    for at in [
        BreakPoint::BeforeHeaders,
        BreakPoint::DuringHeaders,
        BreakPoint::AfterHeaders,
        BreakPoint::DuringBody,
    ] {
        let hub = hub(Fault::Break {
            at,
            how: CloseMode::Close,
        })
        .await;
        let response = request(&hub, Method::GET, "").send().await;
        let failed = match response {
            Ok(response) => response.bytes().await.is_err(),
            Err(_) => true,
        };
        assert!(failed, "{at:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_can_stall_forever() {
    let hub = hub(Fault::break_connection(
        BreakPoint::DuringBody,
        CloseMode::Stall,
    ))
    .await;
    let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    stream.write_all(&raw_get(&hub, "")).await.unwrap();
    let mut response = Vec::new();
    let day = Duration::from_secs(86_400);
    let end = tokio::time::timeout(day, stream.read_to_end(&mut response)).await;
    assert!(end.is_err(), "the emulator ended the connection");
    assert!(String::from_utf8_lossy(&response).contains("\r\n\r\n{"));
    assert_eq!(
        recorded(&hub),
        (None, vec!["break DuringBody Stall".to_owned()])
    );
    drop(hub);
    assert_eq!(
        stream.read(&mut [0]).await.unwrap_or(0),
        0,
        "a stopped emulator leaves no connection open"
    );
}

#[tokio::test]
async fn connections_can_be_refused_until_accepted_again() {
    let hub = plain().start().await.unwrap();
    let mut open = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    hub.refuse_connections();
    let refused = TcpStream::connect(("127.0.0.1", hub.port())).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(
        open.read(&mut [0]).await.unwrap_or(0),
        0,
        "a connection stayed open"
    );
    hub.accept_connections().unwrap();
    hub.accept_connections().unwrap();
    assert_eq!(get(&hub, "").await.status, 200);
}

#[tokio::test]
async fn refusing_connections_closes_the_open_ones() {
    let hub = plain().start().await.unwrap();
    let mut open = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    open.write_all(&raw_get(&hub, "")).await.unwrap();
    open.read_u8().await.unwrap();
    hub.refuse_connections();
    hub.accept_connections().unwrap();
    let mut rest = Vec::new();
    let _ = open.read_to_end(&mut rest).await;
    assert_eq!(get(&hub, "").await.status, 200);
}

#[tokio::test]
async fn a_fault_can_refuse_connections_for_a_duration() {
    let hub = hub(FaultRule::from(Fault::Refuse { for_ms: 60_000 }).times(1)).await;
    let error = request(&hub, Method::GET, "").send().await.unwrap_err();
    assert!(error.is_request() && !error.is_connect(), "{error:?}");
    let refused = request(&hub, Method::GET, "").send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
    assert_eq!(recorded(&hub), (None, vec!["refuse".to_owned()]));
    hub.accept_connections().unwrap();
    assert_eq!(get(&hub, "").await.status, 200);
}

#[tokio::test]
async fn connections_are_accepted_again_after_the_duration() {
    let hub = hub(FaultRule::from(Fault::Refuse { for_ms: 20 }).times(1)).await;
    assert!(request(&hub, Method::GET, "").send().await.is_err());
    while TcpStream::connect(("127.0.0.1", hub.port())).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(get(&hub, "").await.status, 200);
}

#[tokio::test]
async fn a_body_can_contradict_its_content_type() {
    let html = hub(Fault::WrongContentType).await;
    let response = get(&html, "").await;
    assert_eq!(
        (response.status, &response.headers["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    assert_eq!(response.body["id"], html.partner_id());

    let garbage = hub(Fault::GarbageJson).await;
    let response = get(&garbage, "").await;
    assert_eq!(
        (response.status, &response.headers["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    assert!(serde_json::from_str::<Value>(&response.text).is_err());
    assert_eq!(
        recorded(&garbage),
        (Some(200), vec!["garbage_json".to_owned()])
    );
}

#[tokio::test]
async fn a_token_can_expire_when_it_is_used() {
    let hub = hub(Fault::ExpireToken.on("get_partner").nth(2)).await;
    let live = token(&hub).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let request = support::bare(&hub, Method::GET, &own(&hub, "")).bearer_auth(&live);
        statuses.push(send(request).await.status);
    }
    assert_eq!(statuses, [200, 401, 401]);
    let injected: Vec<_> = hub
        .requests()
        .into_iter()
        .filter(|request| !request.faults.is_empty())
        .collect();
    assert_eq!((injected.len(), injected[0].status), (1, Some(401)));
    assert_eq!(injected[0].faults, ["expire_token"]);
    let again = token(&hub).await;
    assert_eq!(
        send(support::bare(&hub, Method::GET, &own(&hub, "")).bearer_auth(again))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_response_can_redirect_to_another_origin() {
    let elsewhere = plain().start().await.unwrap();
    let location = format!("{}/stolen", elsewhere.url());
    let hub = hub(Fault::Redirect {
        location: location.clone(),
        status: 307,
    })
    .await;
    let response = get(&hub, "").await;
    assert_eq!(
        (
            response.status,
            response.headers["location"].to_str().unwrap()
        ),
        (307, location.as_str())
    );
    assert_eq!(recorded(&hub), (Some(307), vec!["redirect 307".to_owned()]));

    // A client that follows the redirect is recorded there, with its key.
    let following = support::http_builder().build().unwrap();
    let request = following.get(format!("{}{}", hub.url(), own(&hub, "")));
    request.header("x-api-key", "secret").send().await.unwrap();
    let stolen = elsewhere.requests().pop().unwrap();
    assert_eq!(
        (stolen.path.as_str(), stolen.header("X-API-Key")),
        ("/stolen", Some("***"))
    );
}

#[tokio::test]
async fn a_small_body_can_expand_to_a_large_one() {
    use std::io::Read as _;

    let hub = hub(Fault::gzip_bomb(8)).await;
    let (head, body) = {
        let client = support::http_builder().no_gzip().build().unwrap();
        let request = client
            .get(format!("{}{}", hub.url(), own(&hub, "")))
            .header("x-api-key", hub.api_key());
        let response = request.send().await.unwrap();
        (response.headers().clone(), response.bytes().await.unwrap())
    };
    assert_eq!(head["content-encoding"], "gzip");
    assert!(body.len() < 64 * 1024, "{}", body.len());
    assert_eq!(recorded(&hub), (Some(200), vec!["gzip_bomb".to_owned()]));
    let mut large = Vec::new();
    flate2::read::GzDecoder::new(&body[..])
        .read_to_end(&mut large)
        .unwrap();
    assert_eq!(large.len(), 8 * 1024 * 1024);
}

#[tokio::test]
async fn clients_are_inserted_and_removed_between_pages() {
    let hub = hub(Fault::insert_clients(3).on("list_clients").nth(2)).await;
    hub.fault(Fault::remove_clients(5).on("list_clients").nth(3))
        .unwrap();
    let mut totals = Vec::new();
    for offset in [0, 10, 20, 30] {
        let response = get(
            &hub,
            &format!("/clients?limit=10&sort=name&offset={offset}"),
        )
        .await;
        totals.push(response.body["total"].as_u64().unwrap());
    }
    assert_eq!(totals, [40, 43, 38, 38]);
    let faults: Vec<_> = hub
        .requests()
        .into_iter()
        .flat_map(|request| request.faults)
        .collect();
    assert_eq!(faults, ["insert_clients", "remove_clients"]);
}

#[tokio::test]
async fn a_status_can_be_sent_after_the_work_is_done() {
    for (after_work, expected) in [(false, None), (true, Some(9))] {
        let mut rule = Fault::status(500).on("update_client").times(1);
        rule.after_work = after_work;
        let hub = hub(rule).await;
        let id = hub.client_ids(hub.partner_id()).remove(0);
        let before = hub.client(&id).unwrap().max_channels;
        let change = json!({"max_channels": 9});
        let patch = request(&hub, Method::PATCH, &format!("/clients/{id}")).json(&change);
        assert_eq!(send(patch).await.status, 500);
        assert_eq!(hub.client(&id).unwrap().max_channels, expected.or(before));
    }
}

#[tokio::test]
async fn a_rule_applies_only_to_matching_requests() {
    async fn statuses(hub: &Hub, count: usize) -> Vec<u16> {
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(get(hub, "").await.status);
        }
        statuses
    }
    let on = || Fault::status(503).on("get_partner");
    assert_eq!(
        statuses(&hub(on().nth(2)).await, 4).await,
        [200, 503, 200, 200]
    );
    assert_eq!(
        statuses(&hub(on().every(2)).await, 4).await,
        [200, 503, 200, 503]
    );
    assert_eq!(
        statuses(&hub(on().times(2)).await, 4).await,
        [503, 503, 200, 200]
    );
    assert_eq!(
        statuses(&hub(on().every(2).times(1)).await, 4).await,
        [200, 503, 200, 200]
    );
    assert_eq!(
        statuses(&hub(Fault::status(503).on("list_clients")).await, 2).await,
        [200, 200]
    );

    let some = statuses(&hub(on().probability(0.5)).await, 40).await;
    let injected = some.iter().filter(|status| **status == 503).count();
    assert!((10..30).contains(&injected), "{injected}");
    assert_eq!(
        statuses(&hub(on().probability(0.5)).await, 40).await,
        some,
        "the seed decides"
    );
    assert_eq!(
        statuses(&hub(on().probability(0.0)).await, 3).await,
        [200; 3]
    );
    assert_eq!(
        statuses(&hub(on().probability(1.0)).await, 3).await,
        [503; 3]
    );
}

#[tokio::test]
async fn faults_are_set_and_removed_by_an_admin_path() {
    let hub = plain().start().await.unwrap();
    let faults = format!("{}/__hub/faults", hub.url());
    let rule = json!({"operation": "get_partner", "nth": 1, "fault": {"kind": "status", "status": 429, "retry_after": {"seconds": 3}}});
    let set = send(http().post(&faults).json(&rule)).await;
    assert_eq!(set.status, 201, "{}", set.text);
    assert_eq!(
        send(http().get(&faults))
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let response = get(&hub, "").await;
    assert_eq!(
        (
            response.status,
            response.headers["retry-after"].to_str().unwrap()
        ),
        (429, "3")
    );
    let record = send(http().get(format!("{}/__hub/requests", hub.url())))
        .await
        .body;
    assert_eq!(record["counts"], json!({"get_partner": 1}));
    assert_eq!(record["requests"][0]["faults"], json!(["status 429"]));

    assert_eq!(
        send(
            http()
                .post(&faults)
                .json(&json!({"fault": {"kind": "status", "status": 500}}))
        )
        .await
        .status,
        201
    );
    assert_eq!(send(http().delete(&faults)).await.status, 200);
    assert_eq!(get(&hub, "").await.status, 200);
}

#[tokio::test]
async fn an_invalid_rule_is_rejected() {
    let hub = plain().start().await.unwrap();
    let faults = format!("{}/__hub/faults", hub.url());
    for wrong in [
        json!({"fault": {"kind": "flood"}}),
        json!({"fault": {"kind": "status", "status": 99}}),
        json!({"fault": {"kind": "status", "status": 500, "retries": 1}}),
        json!({"operation": "get_patner", "fault": {"kind": "garbage_json"}}),
        json!({"nht": 1, "fault": {"kind": "garbage_json"}}),
        json!({"fault": {"kind": "garbage_json", "ms": 1}}),
        json!({"fault": {"kind": "wrong_content_type", "ms": 1}}),
        json!({"fault": {"kind": "expire_token", "ms": 1}}),
        json!({"fault": {"kind": "stuck_connection", "ms": 1}}),
        json!({"fault": {"kind": "status", "status": 500, "retry_after": {"seconds": 1, "ms": 1}}}),
        json!({"nth": 0, "fault": {"kind": "garbage_json"}}),
        json!({"probability": 2, "fault": {"kind": "garbage_json"}}),
        json!({"fault": {"kind": "redirect", "location": "a b"}}),
        json!([]),
    ] {
        let response = send(http().post(&faults).json(&wrong)).await;
        assert_eq!(response.status, 400, "{wrong}: {}", response.text);
        assert!(response.is_envelope());
    }
}

#[test]
fn each_kind_of_fault_has_a_constructor() {
    let (at, how) = (BreakPoint::DuringBody, CloseMode::Reset);
    let retry_after = RetryAfter::DateInSeconds(2);
    let faults = [
        (
            Fault::latency(Duration::from_secs(2)),
            json!({"kind": "latency", "ms": 2_000}),
        ),
        (Fault::status(503), json!({"kind": "status", "status": 503})),
        (
            Fault::status_with_retry_after(429, retry_after),
            json!({"kind": "status", "status": 429, "retry_after": {"date_in_seconds": 2}}),
        ),
        (
            Fault::status_with_body(502, ErrorBody::Html),
            json!({"kind": "status", "status": 502, "body": "html"}),
        ),
        (
            Fault::refuse_connections(Duration::from_millis(20)),
            json!({"kind": "refuse", "for_ms": 20}),
        ),
        (
            Fault::break_connection(at, how),
            json!({"kind": "break", "at": "during_body", "how": "reset"}),
        ),
        (
            Fault::stuck_connection(),
            json!({"kind": "stuck_connection"}),
        ),
        (
            Fault::wrong_content_type(),
            json!({"kind": "wrong_content_type"}),
        ),
        (Fault::garbage_json(), json!({"kind": "garbage_json"})),
        (Fault::expire_token(), json!({"kind": "expire_token"})),
        (
            Fault::redirect("https://a.example/"),
            json!({"kind": "redirect", "location": "https://a.example/"}),
        ),
        (Fault::gzip_bomb(8), json!({"kind": "gzip_bomb", "mib": 8})),
        (
            Fault::insert_clients(3),
            json!({"kind": "insert_clients", "count": 3}),
        ),
        (
            Fault::remove_clients(3),
            json!({"kind": "remove_clients", "count": 3}),
        ),
        (
            Fault::hide_items(20..40),
            json!({"kind": "hide_items", "from": 20, "to": 40}),
        ),
        (
            Fault::null_items(0..1),
            json!({"kind": "null_items", "from": 0, "to": 1}),
        ),
        (
            Fault::short_page(10),
            json!({"kind": "short_page", "max": 10}),
        ),
        (
            Fault::wrong_total(-5),
            json!({"kind": "wrong_total", "by": -5}),
        ),
    ];
    let readme = include_str!("../../README.md");
    for (fault, rule) in faults {
        assert!(readme.contains(&format!("`{}`", rule["kind"].as_str().unwrap())));
        assert_eq!(fault, serde_json::from_value(rule).unwrap());
    }
}

#[tokio::test]
async fn a_duration_that_is_too_long_is_rejected() {
    let hub = plain().start().await.unwrap();
    for fault in [
        Fault::latency(Duration::MAX),
        Fault::refuse_connections(Duration::MAX),
    ] {
        let error = hub.fault(fault).unwrap_err().to_string();
        assert!(error.contains("at most"), "{error}");
    }
}
