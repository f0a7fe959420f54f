//! A failed login: the error that callers get, and the interval before the next login.

use std::error::Error as _;
use std::time::Duration;

use httpmock::HttpMockResponse;
use partner_api::prelude::*;
use partner_api::{Error, ErrorKind, RateLimit, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, Fault, Hub, RetryAfter};
use serde_json::json;

use crate::support::calls::fetch;
use crate::support::logins::{
    self, PASSWORD, Scripted, approve, cause, change_request, failures_of, get, granted, json,
    later, login, millis, plain, slow, status_of,
};
use crate::support::output::output_of;

const SECOND: Duration = Duration::from_secs(1);

fn wrong_password(hub: &Hub) -> Client {
    Client::with_login(hub.username(), PASSWORD)
        .base_url(hub.url())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_wrong_password_is_reported_as_one() {
    let hub = plain().start().await.unwrap();
    let error = get(&wrong_password(&hub), &hub).await.unwrap_err();
    assert!(error.is_auth());
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(error.operation(), Some("get_partner"));
    assert_eq!(error.developer_message(), Some("Wrong email or password."));
    assert_eq!(error.attempts(), 0, "the call itself was not sent");
    let text = error.to_string();
    assert!(
        text.contains("cannot log in") && text.contains("Wrong email or password."),
        "{text}"
    );

    let login = cause(&error);
    assert_eq!(login.operation(), Some("token"));
    assert_eq!(login.attempts(), 1, "a wrong password is not sent twice");
    assert!(error.source().is_none(), "it is part of the error itself");
    assert_eq!((hub.count("token"), hub.count("get_partner")), (1, 0));
}

#[tokio::test]
async fn a_wrong_password_is_sent_at_intervals_that_all_callers_share() {
    let hub = plain().start().await.unwrap();
    let client = wrong_password(&hub);
    let mut waits = Vec::new();
    for logins in 1..=9 {
        let failures = failures_of(&client, &hub, 100).await;
        assert_eq!(failures.len(), 100);
        assert!(failures.iter().all(Error::is_auth));
        let error = get(&client, &hub).await.unwrap_err();
        assert_eq!(hub.count("token"), logins, "one login, however many calls");
        let wait = error.retry_after().unwrap();
        waits.push(wait.as_secs_f64().ceil() as u64);
        later(wait / 2).await;
        get(&client, &hub).await.unwrap_err();
        assert_eq!(hub.count("token"), logins, "not before the wait is over");
        later(wait / 2).await;
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
}

#[tokio::test]
async fn a_successful_login_resets_the_backoff() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    hub.fault(Fault::status(503).on("token").times(3)).unwrap();
    for seconds in [1, 2, 4] {
        let wait = get(&client, &hub).await.unwrap_err().retry_after().unwrap();
        assert!(
            wait <= seconds * SECOND && wait > (seconds - 1) * SECOND,
            "{wait:?}"
        );
        later(wait).await;
    }
    get(&client, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 4);

    hub.expire_tokens();
    hub.fault(Fault::status(503).on("token").times(1)).unwrap();
    let error = get(&client, &hub).await.unwrap_err();
    assert!(error.retry_after().unwrap() <= SECOND);
}

#[tokio::test]
async fn a_retry_after_delays_logins_for_a_minute_at_most() {
    for (requested, expected) in [(30, 30), (300, 60), (86_400, 60)] {
        let hub = plain().start().await.unwrap();
        let client = login(&hub)
            .retry_policy(RetryPolicy::none())
            // The wait is longer than an idle connection is kept.
            .configure_http(|http| http.pool_max_idle_per_host(0))
            .build()
            .unwrap();
        let busy = Fault::status_with_retry_after(503, RetryAfter::Seconds(requested));
        hub.fault(busy.on("token").times(1)).unwrap();
        let error = get(&client, &hub).await.unwrap_err();
        let wait = error.retry_after().unwrap();
        assert!(
            wait > (expected - 1) * SECOND && wait <= expected * SECOND,
            "{wait:?}"
        );
        later((expected - 1) * SECOND).await;
        get(&client, &hub).await.unwrap_err();
        assert_eq!(hub.count("token"), 1);
        later(SECOND).await;
        get(&client, &hub).await.unwrap();
    }
}

#[tokio::test]
async fn an_absurd_retry_after_of_a_login_does_not_panic() {
    let hub = Scripted::logins(|_| {
        HttpMockResponse::builder()
            .status(503)
            .header("retry-after", u64::MAX.to_string())
            .build()
    })
    .await;
    let client = hub.login().timeout(SECOND).build().unwrap();
    let error = fetch(&client).await.unwrap_err();
    assert_eq!(hub.login_count(), 1);
    assert_eq!(cause(&error).status().unwrap(), 503);
}

#[tokio::test]
async fn a_failed_login_reports_one_wait_only() {
    let hub = Scripted::logins(|_| {
        HttpMockResponse::builder()
            .status(503)
            .header("retry-after", "86400")
            .build()
    })
    .await;
    let error = fetch(&hub.client()).await.unwrap_err();
    let wait = error.retry_after().unwrap();
    assert!(wait > 59 * SECOND && wait <= 60 * SECOND, "{wait:?}");
    let text = error.to_string();
    assert!(!text.contains("86400"), "{text}");
    assert!(text.ends_with("; try again in 60s"), "{text}");
    assert!(!error.kind().to_string().contains("try again"));
    // The wait that the server requested for still applies.
    assert_eq!(cause(&error).retry_after(), Some(86_400 * SECOND));
}

#[tokio::test]
async fn a_login_is_retried_like_any_call_and_then_reported() {
    for fault in [
        Fault::status(503),
        Fault::status(429),
        Fault::break_connection(BreakPoint::BeforeHeaders, CloseMode::Reset),
        Fault::break_connection(BreakPoint::DuringBody, CloseMode::Close),
    ] {
        let hub = plain().start().await.unwrap();
        let client = login(&hub).build().unwrap();
        hub.fault(fault.clone().on("token")).unwrap();
        let error = get(&client, &hub).await.unwrap_err();
        assert_eq!(hub.count("token"), 4, "{fault:?}");
        assert_eq!(cause(&error).attempts(), 4);
        assert!(!error.is_auth());
    }
}

#[tokio::test]
async fn a_login_that_hangs_is_a_timeout() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub)
        .attempt_timeout(millis(50))
        .retry_policy(RetryPolicy::none());
    let client = client.build().unwrap();
    hub.fault(Fault::break_connection(BreakPoint::AfterHeaders, CloseMode::Stall).on("token"))
        .unwrap();
    let error = get(&client, &hub).await.unwrap_err();
    assert!(error.is_timeout() && cause(&error).is_timeout(), "{error}");
}

#[tokio::test]
async fn a_login_reports_an_unreachable_server() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    hub.refuse_connections();
    let error = get(&client, &hub).await.unwrap_err();
    assert!(
        matches!(cause(&error).kind(), ErrorKind::Connection(_)),
        "{error}"
    );
    assert!(error.to_string().contains("cannot be reached"), "{error}");
    hub.accept_connections().unwrap();
    later(SECOND).await;
    get(&client, &hub).await.unwrap();
}

#[tokio::test]
async fn a_disabled_token_endpoint_is_reported() {
    let hub = plain().start().await.unwrap();
    hub.change_partner(hub.partner_id(), |partner| {
        let settings = partner.settings.get_or_insert_default();
        settings.bearer_token_auth_disabled = Some(true);
    });
    let error = get(&login(&hub).build().unwrap(), &hub).await.unwrap_err();
    assert!(error.is_auth());
    assert_eq!(error.status().unwrap(), 403);
    assert!(error.developer_message().unwrap().contains("disabled"));
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_login_is_not_redirected() {
    let hub = plain().start().await.unwrap();
    let elsewhere = plain().start().await.unwrap();
    for status in [301, 302, 303, 307, 308] {
        hub.clear_faults();
        let location = format!("{}/api/v2/token", elsewhere.url());
        hub.fault(Fault::Redirect { location, status }.on("token"))
            .unwrap();
        let error = get(&login(&hub).build().unwrap(), &hub).await.unwrap_err();
        assert_eq!(cause(&error).status().unwrap(), status);
        assert!(
            error.to_string().contains("redirects are not followed"),
            "{error}"
        );
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn an_approval_without_a_login_was_certainly_not_sent() {
    for fault in [Fault::status(503), Fault::status(401), Fault::GarbageJson] {
        let hub = plain().start().await.unwrap();
        let client = login(&hub).build().unwrap();
        let id = change_request(&hub);
        hub.fault(fault.on("token")).unwrap();
        let error = approve(&client, &hub, &id).await.unwrap_err();
        assert!(!error.is_outcome_unknown(), "{error}");
        assert_eq!(hub.count("approve_partner_change_request"), 0);
        assert_eq!(status_of(&hub, &id).as_deref(), Some("created"));
    }
}

#[tokio::test]
async fn the_password_is_in_no_output() {
    // The server sends it back, by itself and within a message.
    let echo = json!({"error": "invalid_grant", "error_description": format!("not {PASSWORD}."),
        "details": {PASSWORD: [PASSWORD]}});
    let hub = Scripted::logins(move |_| json(401, &echo)).await;
    let builder = hub.login();
    assert!(!format!("{builder:?} {builder:#?}").contains("pa55"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?} {client:#?}").contains("pa55"));
    let error = fetch(&client).await.unwrap_err();
    assert_eq!(error.developer_message(), Some("not ***."));
    let text = output_of(&error);
    assert!(!text.contains("pa55"), "{text}");
}

#[tokio::test]
async fn the_token_and_password_are_in_no_error_of_a_call() {
    let echo =
        json!({"meta": {"developer_message": format!("t0k3n of {PASSWORD}"), "t0k3n": PASSWORD}});
    let hub = Scripted::new(
        |_, _| granted(&json!("t0k3n"), None),
        move |_| json(400, &echo),
    )
    .await;
    let error = fetch(&hub.client()).await.unwrap_err();
    assert_eq!(error.developer_message(), Some("*** of ***"));
    let text = output_of(&error);
    assert!(!text.contains("pa55") && !text.contains("t0k3n"), "{text}");
}

#[tokio::test]
async fn a_login_obeys_the_rate_limit() {
    let hub = plain().start().await.unwrap();
    let limit = RateLimit::new(1, Duration::from_secs(60));
    let client = login(&hub)
        .operation_rate_limit("token", limit)
        .build()
        .unwrap();
    get(&client, &hub).await.unwrap();
    hub.expire_tokens();
    let hurried = partner_api::CallOptions::new().timeout(millis(200));
    let error = logins::get_with(&client, &hub, hurried).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn calls_that_waited_for_a_login_obey_the_rate_limit() {
    let (observed, seen) = std::sync::mpsc::channel();
    let hub = plain().start().await.unwrap();
    let limit = RateLimit::new(2, millis(200));
    let client = login(&hub)
        .operation_rate_limit("get_partner", limit)
        .on_attempt(move |attempt| {
            if attempt.operation == "get_partner" {
                observed.send(std::time::Instant::now()).unwrap();
            }
        })
        .build()
        .unwrap();
    hub.fault(slow(900).on("token")).unwrap();
    assert!(failures_of(&client, &hub, 8).await.is_empty());
    let sent: Vec<_> = seen.try_iter().collect();
    let busiest = sent
        .windows(3)
        .map(|three| three[2] - three[0])
        .min()
        .unwrap();
    assert!(
        busiest > millis(150),
        "three calls within {busiest:?}, where two may go in 200 ms"
    );
}

#[tokio::test]
async fn an_observer_that_panics_causes_no_login_loop() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub)
        .timeout(SECOND)
        .on_attempt(|attempt| assert_ne!(attempt.operation, "token", "a bug of the program's"))
        .build()
        .unwrap();
    get(&client, &hub).await.unwrap_err();
    assert!(
        hub.count("token") <= 2,
        "{} logins of one call",
        hub.count("token")
    );
}

#[tokio::test]
async fn accepted_tokens_reset_the_count_of_rejections() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(1000))
        .start()
        .await
        .unwrap();
    let client = login(&hub).build().unwrap();
    // The first token is revoked before its first use; the second is valid and refreshed early.
    hub.fault(Fault::ExpireToken.on("get_partner").nth(1))
        .unwrap();
    for _ in 0..3 {
        get(&client, &hub).await.unwrap();
    }
    later(Duration::from_secs(860)).await;
    hub.fault(slow(50).on("token")).unwrap();
    get(&client, &hub).await.unwrap();
    logins::until("it is refreshed", || {
        let logins = hub.requests().into_iter();
        logins
            .filter(|it| it.operation.as_deref() == Some("token") && it.status.is_some())
            .count()
            == 3
    })
    .await;
    later(millis(50)).await;
    // Another process revokes the third token before its first use.
    hub.expire_tokens();
    get(&client, &hub).await.unwrap();
}
