//! When a call is retried, how long it waits, and what a call can configure.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::reqwest::header::{ACCEPT, HeaderName, HeaderValue, USER_AGENT};
use partner_api::{CallOptions, ClientBuilder, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, Hub, RetryAfter};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::calls::{APPROVAL, Subject, call, fetch, hub, send};
use crate::support::clock::{Clock, fitting, recorded};
use crate::support::{clock, mock_api, raw_server};

const TINY: Duration = Duration::from_millis(1);

const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn client(hub: &Hub) -> ClientBuilder {
    Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .retry_policy(RetryPolicy::max(3).backoff(TINY, TINY))
}

pub(super) fn asking(status: u16, wait: RetryAfter) -> Fault {
    Fault::Status {
        status,
        retry_after: Some(wait),
        body: ErrorBody::Envelope,
    }
}

/// The waits that the observer of a client sees.
type Waits = Arc<Mutex<Vec<Option<Duration>>>>;

fn observe_waits(builder: ClientBuilder) -> (Client, Waits) {
    let waits = Waits::default();
    let record = Arc::clone(&waits);
    let client = builder
        .on_attempt(move |attempt| record.lock().unwrap().push(attempt.retry_in))
        .build()
        .unwrap();
    (client, waits)
}

#[tokio::test]
async fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    for (wait, least, most) in [
        // The backoff adds at most 1 ms to the minimum of 1 ms.
        (RetryAfter::Seconds(0), TINY, 2 * TINY),
        (
            RetryAfter::Seconds(1),
            Duration::from_secs(1),
            Duration::from_secs(1) + TINY,
        ),
        (
            RetryAfter::DateInSeconds(2),
            Duration::from_secs(2),
            Duration::from_secs(2) + TINY,
        ),
    ] {
        let hub = hub().await;
        hub.fault(asking(503, wait).on("get_partner").times(1))
            .unwrap();
        let (client, waits) = observe_waits(client(&hub));
        let call = client.get_partner().partner_id(hub.partner_id());
        let started = std::time::Instant::now();
        call.send().await.unwrap();
        let took = started.elapsed();
        let waits = waits.lock().unwrap();
        let [Some(waited), None] = waits[..] else {
            panic!("{wait:?}: {waits:?}")
        };
        assert!((least..=most).contains(&waited), "{wait:?}: {waited:?}");
        assert!(took >= waited, "{wait:?}: {took:?} for {waited:?}");
    }
}

#[tokio::test]
async fn a_retry_after_date_is_relative_to_the_date_of_the_response() {
    let (now, later) = (
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:07 GMT",
    );
    for (dates, expected) in [
        // The server's clock is years behind ours.
        (format!("date: {now}\r\nretry-after: {later}"), 7),
        (format!("date: {later}\r\nretry-after: {now}"), 0),
        // The server does not send its date.
        (format!("retry-after: {later}"), 0),
        (format!("date: today\r\nretry-after: {later}"), 0),
    ] {
        let status = format!("503 Service Unavailable\r\n{dates}");
        let server = raw_server::Server::sending(&status, "").await;
        let client = Client::with_api_key("key").base_url(server.url());
        let client = client.retry_policy(RetryPolicy::none()).build().unwrap();
        let error = fetch(&client).await.unwrap_err();
        let requested = error.retry_after().map(|wait| wait.as_secs());
        assert_eq!(requested, Some(expected), "{dates}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_with_the_same_retry_after_are_not_retried_together() {
    const CALLS: usize = 30;
    let past = "retry-after: Wed, 21 Oct 2015 07:28:00 GMT";
    for (status, requested) in [
        ("503 Service Unavailable\r\nretry-after: 0".to_owned(), 0),
        ("429 Too Many Requests\r\nretry-after: 0".to_owned(), 0),
        (format!("429 Too Many Requests\r\n{past}"), 0),
        ("429 Too Many Requests".to_owned(), 0),
        ("429 Too Many Requests\r\nretry-after: 8".to_owned(), 8),
        ("503 Service Unavailable\r\nretry-after: 60".to_owned(), 60),
    ] {
        let failing = status.clone();
        let (server, record) = recorded(move |head, before| match before < CALLS {
            true => (failing.clone(), String::new()),
            false => fitting(head),
        })
        .await;
        let client = Client::with_api_key("key").base_url(server.url());
        // By default the first backoff is random, up to 0.25 s.
        let client = client.retry_policy(RetryPolicy::max(1)).build().unwrap();
        let mut calls = JoinSet::new();
        for _ in 0..CALLS {
            let client = client.clone();
            calls.spawn(async move {
                let call = client.get_partner().partner_id("Kq3vTzPA");
                call.send().await.map(drop)
            });
        }
        let clock = Clock::stop();
        let step = Duration::from_millis(5);
        clock::settle().await;
        tokio::time::advance(Duration::from_secs(requested)).await;
        clock.run(step, calls.join_all()).await;
        let times = record.times("");
        let (first, again) = times.split_at(CALLS);
        assert_eq!(first.last(), Some(&Duration::ZERO), "{status}");
        assert_eq!(again.len(), CALLS, "{status}");
        let least = Duration::from_secs(requested).max(Duration::from_millis(250));
        for at in again {
            let most = least + Duration::from_millis(250) + 2 * step;
            assert!((least..=most).contains(at), "{status}: {again:?}");
        }
        let spread = again[CALLS - 1] - again[0];
        assert!(spread > Duration::from_millis(100), "{status}: {again:?}");
        assert!(record.most_within(2 * step, "") <= CALLS, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_above_the_maximum_is_returned_immediately() {
    let date = "Wed, 21 Oct 2015 07:28:00 GMT\r\nretry-after: Wed, 21 Oct 2015 08:28:00 GMT";
    for status in ["408 R", "429 R", "500 R", "503 R"] {
        for (header, expected) in [
            ("retry-after: 61".to_owned(), Duration::from_secs(61)),
            (format!("date: {date}"), HOUR),
        ] {
            let response = format!("{status}\r\n{header}");
            let (server, record) = recorded(move |_, _| (response.clone(), String::new())).await;
            // The default maximum is 60 seconds.
            let client = Client::with_api_key("key").base_url(server.url());
            let (client, waits) = observe_waits(client);
            let call = client.get_partner().partner_id("Kq3vTzPA");
            let clock = Clock::stop();
            let error = clock.hold(call.send()).await.unwrap_err();
            assert_eq!(clock.elapsed(), Duration::ZERO);
            assert_eq!(error.retry_after(), Some(expected), "{status}, {header}");
            assert_eq!((error.attempts(), record.times("").len()), (1, 1));
            assert_eq!(*waits.lock().unwrap(), [None]);
        }
    }
}

#[tokio::test]
async fn a_wait_beyond_the_timeout_is_not_begun() {
    let hub = hub().await;
    hub.fault(asking(503, RetryAfter::Seconds(50))).unwrap();
    let client = client(&hub)
        .timeout(Duration::from_secs(40))
        .build()
        .unwrap();
    let call = client.get_partner().partner_id(hub.partner_id());
    let error = call.send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 503);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(50)));
    assert_eq!(hub.count("get_partner"), 1);
}

#[tokio::test]
async fn clones_share_a_retry_budget() {
    let hub = hub().await;
    hub.fault(Fault::status(503)).unwrap();
    let client = client(&hub).build().unwrap();
    let subject = Subject::of(&hub);
    let storm = async |calls: u64| {
        let mut storm = JoinSet::new();
        for _ in 0..calls {
            let (client, subject) = (client.clone(), subject.clone());
            storm.spawn(async move {
                call(&client, &subject, "list_clients", CallOptions::new()).await
            });
        }
        while let Some(result) = storm.join_next().await {
            assert_eq!(result.unwrap().unwrap_err().status().unwrap(), 503);
        }
        hub.count("list_clients")
    };
    let sent = storm(200).await;
    // 800 without a budget; 200 without retries.
    assert!((201..=400).contains(&sent), "{sent}");
    // The budget is empty for later calls.
    assert_eq!(storm(20).await, sent + 20);

    // Successful calls refill the budget.
    hub.clear_faults();
    for _ in 0..30 {
        call(&client, &subject, "list_clients", CallOptions::new())
            .await
            .unwrap();
    }
    hub.clear_requests();
    hub.fault(Fault::status(503)).unwrap();
    assert_eq!(storm(1).await, 4);
}

#[tokio::test]
async fn a_call_can_have_its_own_retry_policy() {
    let cases = [
        ("get_partner", CallOptions::new(), 4),
        (
            "get_partner",
            CallOptions::new().retry_policy(RetryPolicy::none()),
            1,
        ),
        (
            "get_partner",
            CallOptions::new().retry_policy(RetryPolicy::max(1).backoff(TINY, TINY)),
            2,
        ),
        ("get_partner", CallOptions::new().idempotent(false), 1),
        (APPROVAL, CallOptions::new(), 1),
        (APPROVAL, CallOptions::new().idempotent(true), 4),
        (
            APPROVAL,
            CallOptions::new()
                .idempotent(true)
                .retry_policy(RetryPolicy::none()),
            1,
        ),
    ];
    for (operation, options, sent) in cases {
        for fault in [
            Fault::status(503),
            Fault::break_connection(BreakPoint::BeforeHeaders, CloseMode::Reset),
        ] {
            let hub = hub().await;
            hub.fault(fault).unwrap();
            let client = client(&hub).build().unwrap();
            let subject = Subject::of(&hub);
            let error = call(&client, &subject, operation, options.clone())
                .await
                .unwrap_err();
            assert_eq!(hub.count(operation), sent, "{operation}, {options:?}");
            assert_eq!(
                u64::from(error.attempts()),
                sent,
                "{operation}, {options:?}"
            );
            // The options apply to one call and leave the client unchanged.
            let next = call(&client, &subject, "list_clients", CallOptions::new()).await;
            assert_eq!(next.unwrap_err().attempts(), 4);
        }
    }
}

#[tokio::test]
async fn idempotent_decides_whether_an_outcome_is_unknown() {
    for (operation, idempotent, unknown) in [
        ("get_partner", None, false),
        ("get_partner", Some(false), true),
        (APPROVAL, None, true),
        (APPROVAL, Some(true), false),
    ] {
        let hub = hub().await;
        hub.fault(Fault::status(503)).unwrap();
        let client = client(&hub).build().unwrap();
        let options = match idempotent {
            Some(idempotent) => CallOptions::new().idempotent(idempotent),
            None => CallOptions::new(),
        };
        let error = call(&client, &Subject::of(&hub), operation, options)
            .await
            .unwrap_err();
        assert_eq!(
            error.is_outcome_unknown(),
            unknown,
            "{operation}, {idempotent:?}"
        );
        assert_eq!(error.to_string().contains("may have been done"), unknown);
    }
}

#[tokio::test]
async fn an_approval_declared_idempotent_is_retried_with_a_new_token() {
    let hub = hub().await;
    hub.fault(Fault::ExpireToken.on(APPROVAL).times(1)).unwrap();
    let client = Client::with_login(hub.username(), hub.password())
        .base_url(hub.url())
        .build()
        .unwrap();
    let subject = Subject::of(&hub);
    let options = CallOptions::new().idempotent(true);
    call(&client, &subject, APPROVAL, options).await.unwrap();
    assert_eq!((hub.count(APPROVAL), hub.count("token")), (2, 2));
}

#[tokio::test]
async fn a_call_can_have_extra_headers() {
    let body = json!({"id": "Kq3vTzPA"});
    let hub = mock_api::MockApi::json(200, &body).await;
    let client = hub.client();
    let options = CallOptions::new()
        .header(
            HeaderName::from_static("x-request-id"),
            HeaderValue::from_static("7"),
        )
        .header(
            HeaderName::from_static("x-many"),
            HeaderValue::from_static("1"),
        )
        .header(
            HeaderName::from_static("x-many"),
            HeaderValue::from_static("2"),
        )
        .header(USER_AGENT, HeaderValue::from_static("billing/1"))
        .header(ACCEPT, HeaderValue::from_static("application/json;q=1"));
    let call = client.get_partner().partner_id("Kq3vTzPA");
    call.clone().send_with(options).await.unwrap();
    call.send().await.unwrap();
    let requests = hub.requests();
    let plain = hub.expected("GET", "/api/v2/partners/Kq3vTzPA");
    assert_eq!(requests[1], plain, "the next call has none of them");
    let mut expected = plain;
    for (name, value) in &mut expected.headers {
        match name.as_str() {
            "accept" => *value = "application/json;q=1".to_owned(),
            "user-agent" => *value = "billing/1".to_owned(),
            _ => {}
        }
    }
    for (name, value) in [("x-request-id", "7"), ("x-many", "1"), ("x-many", "2")] {
        expected.headers.push((name.to_owned(), value.to_owned()));
    }
    expected.headers.sort();
    assert_eq!(requests[0], expected);
}

#[tokio::test]
async fn extra_headers_are_sent_with_each_retry() {
    let hub = hub().await;
    hub.fault(Fault::status(503).on("update_partner").times(2))
        .unwrap();
    let client = client(&hub).build().unwrap();
    let options = CallOptions::new().header(
        HeaderName::from_static("x-request-id"),
        HeaderValue::from_static("7"),
    );
    call(&client, &Subject::of(&hub), "update_partner", options)
        .await
        .unwrap();
    let requests = hub.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert_eq!(request.header("x-request-id"), Some("7"));
        assert_eq!(request.body, r#"{"allow_client_to_add_phone_no":true}"#);
    }
}

#[tokio::test]
async fn an_error_has_the_attempts_and_the_elapsed_time() {
    let hub = hub().await;
    let late = Fault::Latency {
        ms: 20,
        jitter_ms: 0,
    };
    hub.fault(late).unwrap();
    hub.fault(Fault::status(503)).unwrap();
    let client = client(&hub).build().unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    assert_eq!(error.attempts(), 4);
    assert!(error.elapsed() >= Duration::from_millis(80), "{error:?}");
    assert!(
        error.to_string().contains("after 4 attempts in "),
        "{error}"
    );
}
