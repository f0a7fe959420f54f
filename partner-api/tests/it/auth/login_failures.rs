//! A login that fails: what the caller is told, and that the hub is left alone for a while.

use std::error::Error as _;
use std::time::Duration;

use crate::support::logins::{
    self, PASSWORD, Scripted, USERNAME, all_of, answer, approve, change_request, failures_of,
    fetch, get, json, later, login, millis, plain, slow, status_of,
};
use httpmock::HttpMockResponse;
use partner_api::prelude::*;
use partner_api::{Error, ErrorKind, RateLimit, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, Hub, RetryAfter};
use serde_json::{Value, json};

const SECOND: Duration = Duration::from_secs(1);

/// What failed behind a call: the error of the login.
#[track_caller]
fn cause(error: &Error) -> &Error {
    match error.kind() {
        ErrorKind::Login(login) => login,
        other => panic!("not a failed login: {other:?}"),
    }
}

fn wrong_password(hub: &Hub) -> Client {
    Client::with_login(hub.username(), PASSWORD)
        .base_url(hub.url())
        .build()
        .unwrap()
}

/// The answer of a login.
fn granted(token: &Value, expires_in: Option<Value>) -> HttpMockResponse {
    let mut body = json!({"access_token": token, "token_type": "Bearer"});
    if let (Some(body), Some(expires_in)) = (body.as_object_mut(), expires_in) {
        body.insert("expires_in".to_owned(), expires_in);
    }
    json(200, &body)
}

#[tokio::test]
async fn a_login_sends_the_user_and_password_as_json_and_nothing_else() {
    let hub = Scripted::new(
        |_, request| {
            assert_eq!(request.method_str(), "POST");
            assert_eq!(request.uri().path(), "/gateway/api/v2/token");
            let headers = request.headers_vec();
            let is = |name: &str| headers.iter().find(|it| it.0.eq_ignore_ascii_case(name));
            assert_eq!(is("content-type").unwrap().1, "application/json");
            assert!(is("authorization").is_none() && is("x-api-key").is_none());
            let body: Value = serde_json::from_str(&request.body_string()).unwrap();
            assert_eq!(
                body,
                json!({"username": USERNAME, "password": "\u{20ac} \"\\\n\u{0}"})
            );
            granted(&json!("t0k.en"), Some(json!(3600)))
        },
        |request| {
            let headers = request.headers_vec();
            let token = headers
                .iter()
                .find(|it| it.0.eq_ignore_ascii_case("authorization"));
            assert_eq!(token.unwrap().1, "Bearer t0k.en");
            json(200, &json!({"id": "Kq3vTzPA"}))
        },
    )
    .await;
    let client = Client::with_login(USERNAME, "\u{20ac} \"\\\n\u{0}")
        .base_url(format!("{}/gateway/", hub.url()))
        .build()
        .unwrap();
    fetch(&client).await.unwrap();
    assert_eq!((hub.login_count(), hub.call_count()), (1, 1));
}

#[tokio::test]
async fn a_wrong_password_is_told_as_what_it_is() {
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
async fn a_wrong_password_is_sent_once_in_a_while_for_all_callers() {
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
async fn a_login_that_works_again_ends_the_wait_and_its_doubling() {
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
async fn a_retry_after_holds_logins_back_for_a_minute_at_most() {
    for (asked, expected) in [(30, 30), (300, 60), (86_400, 60)] {
        let hub = plain().start().await.unwrap();
        let client = login(&hub)
            .retry_policy(RetryPolicy::none())
            // An idle connection does not live through the wait.
            .configure_http(|http| http.pool_max_idle_per_host(0))
            .build()
            .unwrap();
        let busy = Fault::Status {
            status: 503,
            retry_after: Some(RetryAfter::Seconds(asked)),
            body: ErrorBody::Envelope,
        };
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
async fn an_absurd_retry_after_of_a_login_is_survived() {
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
async fn a_failed_login_names_one_wait_only() {
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
    // What the server asked for is still there.
    assert_eq!(cause(&error).retry_after(), Some(86_400 * SECOND));
}

#[tokio::test]
async fn a_login_is_repeated_as_any_call_and_then_told() {
    for fault in [
        Fault::status(503),
        Fault::status(429),
        Fault::Break {
            at: BreakPoint::BeforeHeaders,
            how: CloseMode::Reset,
        },
        Fault::Break {
            at: BreakPoint::DuringBody,
            how: CloseMode::Close,
        },
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
    hub.fault(
        Fault::Break {
            at: BreakPoint::AfterHeaders,
            how: CloseMode::Stall,
        }
        .on("token"),
    )
    .unwrap();
    let error = get(&client, &hub).await.unwrap_err();
    assert!(error.is_timeout() && cause(&error).is_timeout(), "{error}");
}

#[tokio::test]
async fn an_unreachable_hub_is_told_by_the_login() {
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
async fn switched_off_tokens_are_told() {
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
async fn a_token_endpoint_that_makes_no_sense_is_told_and_left_alone() {
    let odd = [
        (502, "text/html", "<html>Bad gateway</html>"),
        (500, "text/plain", ""),
        (401, "application/json", ""),
        (400, "application/json", "[]"),
        (200, "text/html", "<html>Welcome</html>"),
        (200, "application/json", ""),
        (204, "application/json", ""),
        (200, "application/json", "{"),
        (200, "application/json", "[]"),
        (200, "application/json", "{}"),
        (200, "application/json", "\"t0k3n\""),
        (200, "application/json", r#"{"access_token": null}"#),
        (200, "application/json", r#"{"access_token": ""}"#),
        (200, "application/json", r#"{"access_token": 7}"#),
        (200, "application/json", r#"{"access_token": {"t0k3n": 1}}"#),
        (200, "application/json", r#"{"access_token": "t0k3n\n"}"#),
        (
            200,
            "application/json",
            r#"{"access_token": "t0k3n\r\nx-evil: 1"}"#,
        ),
        (
            200,
            "application/json",
            r#"{"access_token": "t0k3n\u0000"}"#,
        ),
        (200, "application/json", r#"{"access_token": "t0k3n 2"}"#),
        (
            200,
            "application/json",
            "{\"access_token\": \"t0k3n\u{20ac}\"}",
        ),
    ];
    for (status, content_type, body) in odd {
        let hub = Scripted::logins(move |_| answer(status, content_type, body)).await;
        let client = hub.client();
        for _ in 0..5 {
            let error = fetch(&client).await.unwrap_err();
            assert_eq!(cause(&error).is_auth(), status == 401, "{body}: {error}");
            assert_eq!(error.is_auth(), status == 401, "{body}: {error}");
            assert!(
                error.to_string().contains("cannot log in"),
                "{body}: {error}"
            );
            assert!(error.retry_after().is_some());
            let text = all_of(&error);
            assert!(
                !text.contains("t0k3n") && !text.contains("pa55"),
                "{body}: {text}"
            );
        }
        assert_eq!(
            (hub.login_count(), hub.call_count()),
            (1, 0),
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn a_login_that_is_not_found_is_not_what_was_asked_for_not_found() {
    let hub = Scripted::logins(|_| answer(404, "text/html", "<html>Not found</html>")).await;
    let error = fetch(&hub.client()).await.unwrap_err();
    assert!(
        !error.is_not_found(),
        "a program takes it for an absent partner: {error}"
    );
}

#[tokio::test]
async fn a_login_without_a_token_in_its_answer_says_what_is_missing() {
    let hub = Scripted::logins(|_| json(200, &json!({"accessToken": "t0k3n"}))).await;
    let error = fetch(&hub.client()).await.unwrap_err();
    assert!(error.to_string().contains("access_token"), "{error}");
}

#[tokio::test]
async fn an_odd_lifetime_is_an_unknown_one() {
    let odd = [
        json!(null),
        json!(0),
        json!(-1),
        json!(-1e300),
        json!(1e300),
        json!(u64::MAX),
        json!("soon"),
        json!(""),
        json!("inf"),
        json!("NaN"),
        json!(true),
        json!([]),
        json!({}),
    ];
    for expires_in in odd.map(Some).into_iter().chain([None]) {
        let answered = granted(&json!("t"), expires_in.clone());
        let hub = Scripted::logins(move |_| answered.clone()).await;
        let client = hub.client();
        fetch(&client).await.unwrap();
        later(Duration::from_secs(5 * 365 * 86_400)).await;
        fetch(&client).await.unwrap();
        assert_eq!(
            (hub.login_count(), hub.call_count()),
            (1, 2),
            "{expires_in:?}"
        );
    }
}

#[tokio::test]
async fn a_lifetime_may_be_a_text_or_a_fraction() {
    for expires_in in [
        json!(100),
        json!("100"),
        json!(" 100 "),
        json!(100.0),
        json!(99.5),
    ] {
        let answered = granted(&json!("t"), Some(expires_in.clone()));
        let hub = Scripted::logins(move |_| answered.clone()).await;
        let client = hub.client();
        fetch(&client).await.unwrap();
        later(Duration::from_secs(70)).await;
        fetch(&client).await.unwrap();
        assert_eq!(hub.login_count(), 1, "{expires_in}");
        later(Duration::from_secs(30)).await;
        fetch(&client).await.unwrap();
        assert_eq!(hub.login_count(), 2, "{expires_in}");
    }
}

#[tokio::test]
async fn a_lifetime_of_no_length_is_not_a_loop_of_logins() {
    for expires_in in [json!(1e-9), json!(0.000_001)] {
        let answered = granted(&json!("t"), Some(expires_in.clone()));
        let hub = Scripted::logins(move |_| answered.clone()).await;
        let client = hub.login().timeout(SECOND).build().unwrap();
        let outcome = fetch(&client).await;
        assert!(
            hub.login_count() <= 2,
            "{} logins of one call",
            hub.login_count()
        );
        outcome.unwrap();
    }
}

#[tokio::test]
async fn the_password_is_in_no_output() {
    // The hub sends it back, as it is and inside of a text.
    let echo = json!({"error": "invalid_grant", "error_description": format!("not {PASSWORD}."),
        "details": {PASSWORD: [PASSWORD]}});
    let hub = Scripted::logins(move |_| json(401, &echo)).await;
    let builder = hub.login();
    assert!(!format!("{builder:?} {builder:#?}").contains("pa55"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?} {client:#?}").contains("pa55"));
    let error = fetch(&client).await.unwrap_err();
    assert_eq!(error.developer_message(), Some("not ***."));
    let text = all_of(&error);
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
    let text = all_of(&error);
    assert!(!text.contains("pa55") && !text.contains("t0k3n"), "{text}");
}

#[tokio::test]
async fn a_login_keeps_to_the_limits_of_requests() {
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
async fn calls_that_waited_for_a_login_keep_to_the_limit() {
    let (told, seen) = std::sync::mpsc::channel();
    let hub = plain().start().await.unwrap();
    let limit = RateLimit::new(2, millis(200));
    let client = login(&hub)
        .operation_rate_limit("get_partner", limit)
        .on_attempt(move |attempt| {
            if attempt.operation == "get_partner" {
                told.send(std::time::Instant::now()).unwrap();
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
async fn an_observer_that_panics_is_not_a_loop_of_logins() {
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
async fn tokens_that_worked_in_between_are_not_useless() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(1000))
        .start()
        .await
        .unwrap();
    let client = login(&hub).build().unwrap();
    // The first token dies before its use, the second one lives and is renewed ahead.
    hub.fault(Fault::ExpireToken.on("get_partner").nth(1))
        .unwrap();
    for _ in 0..3 {
        get(&client, &hub).await.unwrap();
    }
    later(Duration::from_secs(860)).await;
    hub.fault(slow(50).on("token")).unwrap();
    get(&client, &hub).await.unwrap();
    logins::until("it is renewed", || {
        let logins = hub.requests().into_iter();
        logins
            .filter(|it| it.operation.as_deref() == Some("token") && it.status.is_some())
            .count()
            == 3
    })
    .await;
    later(millis(50)).await;
    // Another process ends the third before its first use, once.
    hub.expire_tokens();
    get(&client, &hub).await.unwrap();
}
