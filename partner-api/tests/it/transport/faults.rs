//! What a caller gets, and how many requests are sent for it, when anything goes wrong that the
//! emulated hub can do wrong: each fault, with each operation.
//!
//! A fault that stays is met by 3 requests, the first and 2 repetitions; one that strikes once by 2.

use std::time::Duration;

use crate::support::calls::{APPROVAL, OPERATIONS, Subject, call};
use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, Error, ErrorKind, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, FaultRule, Hub, RetryAfter};
use tokio::task::JoinSet;

/// What a caller gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Got {
    Ok,
    /// The API's answer.
    Status(u16),
    /// The client's patience ended.
    Timeout,
    /// The connection was not made or broke, here after this status.
    Connection(Option<u16>),
    /// The answer could not be read.
    Decode(u16),
    /// The answer was too large.
    TooLarge(u16),
}

use Got::{Connection, Decode, Status, Timeout, TooLarge};

/// What a caller gets, in how many requests, and whether the error says that it may have been done.
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

/// A line of the table.
struct Row {
    rule: FaultRule,
    patience: Duration,
    /// When the fault stays: every operation but the approval.
    always: Outcome,
    /// When it strikes once.
    once: Outcome,
    /// However often it strikes.
    approval: Outcome,
    /// Whether the approval was done.
    approved: bool,
}

/// More than any answer takes on a machine that does other things, too.
const LONG: Duration = Duration::from_secs(60);
/// For what never comes. What comes does it after this, or a test fails that should not; it is
/// repeated then, and the hub is not asked anything else.
const SHORT: Duration = Duration::from_millis(400);

/// A fault that passes and is told to the caller when it does not.
fn passing(rule: impl Into<FaultRule>, got: Got, approved: bool) -> Row {
    Row {
        rule: rule.into(),
        patience: if got == Timeout { SHORT } else { LONG },
        always: known(got, 3),
        once: known(Got::Ok, 2),
        approval: unknown(got, 1),
        approved,
    }
}

/// A fault that no repetition helps against.
fn lasting(rule: impl Into<FaultRule>, got: Got, approval: Outcome, approved: bool) -> Row {
    Row {
        rule: rule.into(),
        patience: LONG,
        always: known(got, 1),
        once: known(got, 1),
        approval,
        approved,
    }
}

fn client(hub: &Hub, patience: Duration) -> ClientBuilder {
    settings(Client::with_api_key(hub.api_key()), hub, patience)
}

fn settings(builder: ClientBuilder, hub: &Hub, patience: Duration) -> ClientBuilder {
    let tiny = Duration::from_millis(1);
    builder
        .base_url(hub.url())
        .attempt_timeout(patience)
        .max_response_bytes(1024 * 1024)
        .retry_policy(
            RetryPolicy::max(2)
                .backoff(tiny, tiny)
                .max_retry_after(tiny),
        )
}

async fn hub() -> Hub {
    Hub::builder()
        .clients(3)
        .anomaly_rate(0.0)
        .start()
        .await
        .unwrap()
}

/// Checks a row: the fault as it stays, and as it strikes once.
async fn check(row: Row) {
    for times in [None, Some(1)] {
        let hub = hub().await;
        let client = client(&hub, row.patience).build().unwrap();
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

/// Checks rows side by side.
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
    // 1 ms is what is waited for at most.
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
                true => lasting(rule, got, unknown(got, 1), after_work),
                false => passing(rule, got, after_work),
            });
        }
    }
    rows
}

#[tokio::test]
async fn a_status_that_passes_is_met_with_repetitions_unless_the_wait_is_too_long() {
    let statuses = [408, 429, 500, 502, 503, 504];
    check_all(statuses.into_iter().flat_map(rows_of_status).collect()).await;
}

#[tokio::test]
async fn a_status_that_does_not_pass_is_given_back_at_once() {
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
        lasting(fault, Status(status), known(Status(status), 1), false)
    });
    check_all(rows.into()).await;
}

#[tokio::test]
async fn a_success_without_its_body_is_an_error_that_may_be_a_success() {
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
        rows.push(lasting(rule, got, unknown(got, 1), after_work));
    }
    check_all(rows).await;
}

#[tokio::test]
async fn a_connection_that_ends_early_is_met_with_repetitions() {
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
            // The hub had done the work before it broke the connection.
            rows.push(passing(Fault::Break { at, how }, got, true));
        }
    }
    check_all(rows).await;
}

#[tokio::test]
async fn a_late_answer_is_waited_for_as_long_as_an_attempt_may_take() {
    let late = |ms| Fault::Latency { ms, jitter_ms: 1 };
    check_all(vec![
        lasting(late(20), Got::Ok, known(Got::Ok, 1), true),
        // Not done yet when the caller gives up, nor ever, as the connection ends then.
        passing(late(600_000), Timeout, false),
    ])
    .await;
}

#[tokio::test]
async fn an_answer_that_is_not_as_documented_is_not_asked_for_again() {
    check_all(vec![
        lasting(Fault::WrongContentType, Got::Ok, known(Got::Ok, 1), true),
        lasting(
            Fault::GarbageJson,
            Decode(200),
            unknown(Decode(200), 1),
            true,
        ),
        lasting(
            Fault::GzipBomb { mib: 8 },
            TooLarge(200),
            unknown(TooLarge(200), 1),
            true,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_redirect_is_an_error_and_what_it_leads_to_is_not_asked() {
    let elsewhere = hub().await;
    let location = format!("{}/api/v2/partners/x", elsewhere.url());
    let rows = [301, 302, 303, 307, 308].map(|status| {
        let fault = Fault::Redirect {
            location: location.clone(),
            status,
        };
        // Only a 303 says that what was asked for was done.
        let approval = match status {
            303 => unknown(Status(status), 1),
            _ => known(Status(status), 1),
        };
        lasting(fault, Status(status), approval, false)
    });
    check_all(rows.into()).await;
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn clients_that_come_change_no_call() {
    check(lasting(
        Fault::InsertClients { count: 500 },
        Got::Ok,
        known(Got::Ok, 1),
        true,
    ))
    .await;
}

#[tokio::test]
async fn clients_that_go_are_not_found() {
    let hub = hub().await;
    let client = client(&hub, LONG).build().unwrap();
    let subject = Subject::of(&hub);
    hub.fault(Fault::RemoveClients { count: 100_000 }).unwrap();
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
async fn an_expired_token_is_replaced_once_and_not_for_an_approval() {
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
async fn a_hub_that_goes_away_under_a_request_may_have_done_it() {
    for operation in OPERATIONS {
        let hub = hub().await;
        let client = client(&hub, LONG).build().unwrap();
        let subject = Subject::of(&hub);
        hub.fault(Fault::Refuse { for_ms: 600_000 }).unwrap();
        let error = call(&client, &subject, operation, CallOptions::new())
            .await
            .unwrap_err();
        // The repetitions of the others are refused before they come to the hub.
        let attempts = if operation == APPROVAL { 1 } else { 3 };
        assert_eq!(error.attempts(), attempts, "{operation}: {error}");
        assert_eq!(error.is_outcome_unknown(), operation == APPROVAL, "{error}");
        assert_eq!(subject.is_approved(&hub), operation == APPROVAL);
        assert_eq!(got(&Err(error)), Connection(None), "{operation}");
        assert_eq!(hub.count(operation), 1, "{operation}");
    }
}

#[tokio::test]
async fn what_was_not_sent_is_tried_again_whatever_it_is() {
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
async fn an_approval_that_found_no_hub_is_sent_when_there_is_one() {
    let hub = hub().await;
    let subject = Subject::of(&hub);
    hub.refuse_connections();
    let hub = std::sync::Arc::new(hub);
    let opening = std::sync::Arc::clone(&hub);
    let client = client(&hub, LONG)
        // The hub is back before the second try.
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
async fn a_login_that_fails_leaves_the_operation_unsent() {
    let faults = [
        Fault::status(503),
        Fault::status(403),
        Fault::GarbageJson,
        Fault::GzipBomb { mib: 8 },
        Fault::Break {
            at: BreakPoint::DuringBody,
            how: CloseMode::Reset,
        },
        Fault::Refuse { for_ms: 600_000 },
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
