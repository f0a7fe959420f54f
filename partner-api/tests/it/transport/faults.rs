//! The result of a call and the number of its requests, for each fault that the emulator has, with
//! each operation.
//!
//! A permanent fault leads to 3 requests, the first and 2 retries; a fault that occurs once to 2.

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, Error, ErrorKind, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, FaultRule, Hub, RetryAfter};
use tokio::task::JoinSet;

use crate::support::calls::{APPROVAL, OPERATIONS, Subject, call, hub};

/// The result of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Got {
    Ok,
    /// An error response of the API.
    Status(u16),
    /// The attempt timed out.
    Timeout,
    /// The connection failed, after a response with this status if there was one.
    Connection(Option<u16>),
    /// The response could not be decoded.
    Decode(u16),
    /// The response was too large.
    TooLarge(u16),
}

use Got::{Connection, Decode, Status, Timeout, TooLarge};

/// The result of a call, the number of its requests, and whether its outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcome {
    got: Got,
    requests: u64,
    unknown: bool,
}

fn known(got: Got, requests: u64) -> Outcome {
    Outcome {
        got,
        requests,
        unknown: false,
    }
}

fn unknown(got: Got, requests: u64) -> Outcome {
    Outcome {
        unknown: true,
        ..known(got, requests)
    }
}

fn got(result: &Result<partner_api::reqwest::StatusCode, Error>) -> Got {
    let error = match result {
        Ok(_) => return Got::Ok,
        Err(error) => error,
    };
    let status = error.status().map(|status| status.as_u16());
    let got = match error.kind() {
        ErrorKind::Api => Status(status.unwrap()),
        ErrorKind::Timeout(_) => Timeout,
        ErrorKind::Connection(_) => Connection(status),
        ErrorKind::Decode { .. } => Decode(status.unwrap()),
        ErrorKind::ResponseTooLarge { .. } => TooLarge(status.unwrap()),
        _ => panic!("{error:?}"),
    };
    let is_timeout = matches!(got, Timeout | Status(408 | 504));
    assert_eq!(error.is_timeout(), is_timeout, "{error:?}");
    assert_eq!(error.is_rate_limited(), got == Status(429), "{error:?}");
    assert_eq!(error.is_not_found(), got == Status(404), "{error:?}");
    assert_eq!(
        error.is_auth(),
        matches!(got, Status(401 | 403)),
        "{error:?}"
    );
    got
}

/// A row of the table.
struct Row {
    rule: FaultRule,
    attempt_timeout: Duration,
    /// If the fault is permanent, for every operation but the approval.
    always: Outcome,
    /// If the fault occurs once.
    once: Outcome,
    /// However often the fault occurs.
    approval: Outcome,
    /// Whether the server performed the approval.
    approved: bool,
}

/// Longer than any response takes, even on a busy machine.
const LONG: Duration = Duration::from_secs(60);
/// For responses that never come. A request must reach the server within this time.
const SHORT: Duration = Duration::from_secs(1);

/// A transient fault: it is retried, and returned if it persists.
fn transient(rule: impl Into<FaultRule>, got: Got, approved: bool) -> Row {
    Row {
        rule: rule.into(),
        attempt_timeout: if got == Timeout { SHORT } else { LONG },
        always: known(got, 3),
        once: known(Got::Ok, 2),
        approval: unknown(got, 1),
        approved,
    }
}

/// A fault that is not retried.
fn permanent(rule: impl Into<FaultRule>, got: Got, approval: Outcome, approved: bool) -> Row {
    Row {
        rule: rule.into(),
        attempt_timeout: LONG,
        always: known(got, 1),
        once: known(got, 1),
        approval,
        approved,
    }
}

fn client(hub: &Hub, attempt_timeout: Duration) -> ClientBuilder {
    settings(Client::with_api_key(hub.api_key()), hub, attempt_timeout)
}

fn settings(builder: ClientBuilder, hub: &Hub, attempt_timeout: Duration) -> ClientBuilder {
    let tiny = Duration::from_millis(1);
    builder
        .base_url(hub.url())
        .attempt_timeout(attempt_timeout)
        .max_response_bytes(1024 * 1024)
        .retry_policy(
            RetryPolicy::max(2)
                .backoff(tiny, tiny)
                .max_retry_after(tiny),
        )
}

/// Checks a row with a permanent fault, and with one that occurs once.
async fn check(row: Row) {
    for times in [None, Some(1)] {
        let hub = hub().await;
        let client = client(&hub, row.attempt_timeout).build().unwrap();
        let subject = Subject::of(&hub);
        let mut calls = JoinSet::new();
        for operation in OPERATIONS {
            let mut rule = row.rule.clone();
            (rule.operation, rule.times) = (Some(operation.to_owned()), times);
            hub.fault(rule).unwrap();
            let (client, subject) = (client.clone(), subject.clone());
            calls.spawn(async move {
                let result = call(&client, &subject, operation, CallOptions::new()).await;
                (operation, result)
            });
        }
        while let Some(done) = calls.join_next().await {
            let (operation, result) = done.unwrap();
            let expected = match (operation, times) {
                (APPROVAL, _) => row.approval,
                (_, None) => row.always,
                (_, Some(_)) => row.once,
            };
            let outcome = Outcome {
                got: got(&result),
                requests: hub.count(operation),
                unknown: result.as_ref().is_err_and(Error::is_outcome_unknown),
            };
            let context = format!("{operation}, {times:?} times {:?}: {result:?}", row.rule);
            assert_eq!(outcome, expected, "{context}");
            if let Err(error) = &result {
                assert_eq!(u64::from(error.attempts()), expected.requests, "{context}");
                assert_eq!(error.operation(), Some(operation), "{context}");
            }
        }
        assert_eq!(subject.is_approved(&hub), row.approved, "{:?}", row.rule);
    }
}

/// Checks rows concurrently.
async fn check_all(rows: Vec<Row>) {
    let mut checks = JoinSet::new();
    for row in rows {
        checks.spawn(check(row));
    }
    while let Some(checked) = checks.join_next().await {
        checked.unwrap();
    }
}

#[test]
fn every_operation_is_in_the_table() {
    let (mut called, mut documented) = (OPERATIONS.to_vec(), partner_hub::documented());
    called.sort_unstable();
    documented.sort_unstable();
    assert_eq!(called, documented);
}

const BODIES: [ErrorBody; 3] = [ErrorBody::Envelope, ErrorBody::Html, ErrorBody::Empty];

/// A status with each body and each `Retry-After`, before and after the work.
fn rows_of_status(status: u16) -> Vec<Row> {
    let (no_wait, too_long) = (0, 3600);
    let mut kinds: Vec<_> = BODIES.map(|body| (body, None, false)).into();
    // The client waits for 1 ms at most.
    for (seconds, is_too_long) in [(no_wait, false), (too_long, true)] {
        for wait in [RetryAfter::Seconds, RetryAfter::DateInSeconds] {
            kinds.push((ErrorBody::Envelope, Some(wait(seconds)), is_too_long));
        }
    }
    let mut rows = Vec::new();
    for (body, retry_after, is_too_long) in kinds {
        for after_work in [false, true] {
            let mut rule = FaultRule::from(Fault::Status {
                status,
                retry_after,
                body,
            });
            rule.after_work = after_work;
            let got = Status(status);
            rows.push(match is_too_long {
                true => permanent(rule, got, unknown(got, 1), after_work),
                false => transient(rule, got, after_work),
            });
        }
    }
    rows
}

#[tokio::test]
async fn a_transient_status_is_retried_unless_the_wait_is_too_long() {
    let statuses = [408, 429, 500, 502, 503, 504];
    check_all(statuses.into_iter().flat_map(rows_of_status).collect()).await;
}

#[tokio::test]
async fn a_permanent_status_is_returned_immediately() {
    let rows = [
        (400, ErrorBody::Envelope),
        (401, ErrorBody::Html),
        (403, ErrorBody::Empty),
        (404, ErrorBody::Envelope),
        (405, ErrorBody::Html),
        (409, ErrorBody::Empty),
        (410, ErrorBody::Envelope),
        (422, ErrorBody::Envelope),
    ]
    .map(|(status, body)| {
        let fault = Fault::Status {
            status,
            retry_after: Some(RetryAfter::Seconds(0)),
            body,
        };
        permanent(fault, Status(status), known(Status(status), 1), false)
    });
    check_all(rows.into()).await;
}

#[tokio::test]
async fn a_success_without_its_body_is_an_error_of_unknown_outcome() {
    let mut rows = Vec::new();
    for (status, after_work) in [(200, true), (201, true), (202, false), (204, true)] {
        let fault = Fault::Status {
            status,
            retry_after: None,
            body: ErrorBody::Empty,
        };
        let mut rule = FaultRule::from(fault);
        rule.after_work = after_work;
        let got = Decode(status);
        rows.push(permanent(rule, got, unknown(got, 1), after_work));
    }
    check_all(rows).await;
}

#[tokio::test]
async fn a_broken_connection_is_retried() {
    let mut rows = Vec::new();
    for how in [CloseMode::Reset, CloseMode::Close, CloseMode::Stall] {
        for (at, status) in [
            (BreakPoint::BeforeHeaders, None),
            (BreakPoint::DuringHeaders, None),
            (BreakPoint::AfterHeaders, Some(200)),
            (BreakPoint::DuringBody, Some(200)),
        ] {
            let got = match how {
                CloseMode::Stall => Timeout,
                _ => Connection(status),
            };
            // The server had done the work before it closed the connection.
            rows.push(transient(Fault::Break { at, how }, got, true));
        }
    }
    check_all(rows).await;
}

#[tokio::test]
async fn a_late_response_is_awaited_until_the_attempt_timeout() {
    let late = |ms| Fault::Latency { ms, jitter_ms: 1 };
    check_all(vec![
        permanent(late(20), Got::Ok, known(Got::Ok, 1), true),
        // Not done when the attempt times out, and only after ten minutes.
        transient(late(600_000), Timeout, false),
    ])
    .await;
}

#[tokio::test]
async fn an_undocumented_response_is_not_retried() {
    check_all(vec![
        permanent(Fault::WrongContentType, Got::Ok, known(Got::Ok, 1), true),
        permanent(
            Fault::GarbageJson,
            Decode(200),
            unknown(Decode(200), 1),
            true,
        ),
        permanent(
            Fault::gzip_bomb(8),
            TooLarge(200),
            unknown(TooLarge(200), 1),
            true,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_redirect_is_an_error_and_is_not_followed() {
    let elsewhere = hub().await;
    let location = format!("{}/api/v2/partners/x", elsewhere.url());
    let rows = [301, 302, 303, 307, 308].map(|status| {
        let fault = Fault::Redirect {
            location: location.clone(),
            status,
        };
        // Only a 303 confirms that the request was performed.
        let approval = match status {
            303 => unknown(Status(status), 1),
            _ => known(Status(status), 1),
        };
        permanent(fault, Status(status), approval, false)
    });
    check_all(rows.into()).await;
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn clients_added_meanwhile_change_no_call() {
    check(permanent(
        Fault::insert_clients(500),
        Got::Ok,
        known(Got::Ok, 1),
        true,
    ))
    .await;
}

#[tokio::test]
async fn deleted_clients_are_not_found() {
    let hub = hub().await;
    let client = client(&hub, LONG).build().unwrap();
    let subject = Subject::of(&hub);
    hub.fault(Fault::remove_clients(100_000)).unwrap();
    for operation in OPERATIONS {
        let result = call(&client, &subject, operation, CallOptions::new()).await;
        let expected = match operation {
            "update_client" | "list_shared_client_numbers" => Status(404),
            _ => Got::Ok,
        };
        assert_eq!(got(&result), expected, "{operation}: {result:?}");
        assert_eq!(hub.count(operation), 1, "{operation}");
    }
    assert_eq!(hub.client_count(hub.partner_id()), 0);
}

#[tokio::test]
async fn an_expired_token_is_replaced_and_the_call_retried_except_for_an_approval() {
    for times in [None, Some(1)] {
        for operation in OPERATIONS {
            let hub = hub().await;
            let login = Client::with_login(hub.username(), hub.password());
            let client = settings(login, &hub, LONG).build().unwrap();
            let subject = Subject::of(&hub);
            let mut rule = Fault::ExpireToken.on(operation);
            rule.times = times;
            hub.fault(rule).unwrap();
            let result = call(&client, &subject, operation, CallOptions::new()).await;
            let (expected, requests, logins) = match (operation, times) {
                (APPROVAL, _) => (Status(401), 1, 1),
                (_, None) => (Status(401), 2, 2),
                (_, Some(_)) => (Got::Ok, 2, 2),
            };
            assert_eq!(got(&result), expected, "{operation}, {times:?}: {result:?}");
            let counts = (hub.count(operation), hub.count("token"));
            assert_eq!(counts, (requests, logins), "{operation}, {times:?}");
            let unknown = result.as_ref().is_err_and(Error::is_outcome_unknown);
            assert!(!unknown, "{operation}: nobody was let in");
            assert!(!subject.is_approved(&hub));
        }
    }
}

#[tokio::test]
async fn a_server_that_shuts_down_during_a_request_leaves_the_outcome_unknown() {
    for operation in OPERATIONS {
        let hub = hub().await;
        let client = client(&hub, LONG).build().unwrap();
        let subject = Subject::of(&hub);
        hub.fault(Fault::Refuse { for_ms: 60_000 }).unwrap();
        let error = call(&client, &subject, operation, CallOptions::new())
            .await
            .unwrap_err();
        // The retries of the others fail before they reach the server.
        let attempts = if operation == APPROVAL { 1 } else { 3 };
        assert_eq!(error.attempts(), attempts, "{operation}: {error}");
        assert_eq!(error.is_outcome_unknown(), operation == APPROVAL, "{error}");
        assert_eq!(subject.is_approved(&hub), operation == APPROVAL);
        assert_eq!(got(&Err(error)), Connection(None), "{operation}");
        assert_eq!(hub.count(operation), 1, "{operation}");
    }
}

#[tokio::test]
async fn requests_that_were_not_sent_are_retried_for_every_operation() {
    let hub = hub().await;
    let client = client(&hub, LONG).build().unwrap();
    let subject = Subject::of(&hub);
    hub.refuse_connections();
    for operation in OPERATIONS {
        let error = call(&client, &subject, operation, CallOptions::new())
            .await
            .unwrap_err();
        assert_eq!(error.attempts(), 3, "{operation}: {error}");
        assert!(!error.is_outcome_unknown(), "{operation}: {error}");
        assert_eq!(got(&Err(error)), Connection(None), "{operation}");
    }
    assert_eq!(hub.requests(), []);
}

#[tokio::test]
async fn an_approval_is_retried_until_the_server_is_reachable() {
    let hub = hub().await;
    let subject = Subject::of(&hub);
    hub.refuse_connections();
    let hub = std::sync::Arc::new(hub);
    let opening = std::sync::Arc::clone(&hub);
    let client = client(&hub, LONG)
        // The server is back before the second attempt.
        .on_attempt(move |attempt| {
            if attempt.number == 1 {
                opening.accept_connections().unwrap();
            }
        })
        .build()
        .unwrap();
    call(&client, &subject, APPROVAL, CallOptions::new())
        .await
        .unwrap();
    assert_eq!(hub.count(APPROVAL), 1);
    assert!(subject.is_approved(&hub));
}

#[tokio::test]
async fn a_failed_login_leaves_the_operation_unsent() {
    let faults = [
        Fault::status(503),
        Fault::status(403),
        Fault::GarbageJson,
        Fault::gzip_bomb(8),
        Fault::break_connection(BreakPoint::DuringBody, CloseMode::Reset),
        Fault::Refuse { for_ms: 60_000 },
    ];
    for fault in faults {
        for operation in OPERATIONS {
            let hub = hub().await;
            let login = Client::with_login(hub.username(), hub.password());
            let client = settings(login, &hub, LONG).build().unwrap();
            let subject = Subject::of(&hub);
            hub.fault(fault.clone().on("token")).unwrap();
            let error = call(&client, &subject, operation, CallOptions::new())
                .await
                .unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Login(_)), "{error:?}");
            assert!(!error.is_outcome_unknown(), "{operation}: {error}");
            assert_eq!(error.attempts(), 0, "{operation}: {error}");
            assert_eq!(hub.count(operation), 0);
        }
    }
}
