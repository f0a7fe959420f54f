//! The request of a login, and what its response may be.

use std::time::Duration;

use partner_api::prelude::*;
use serde_json::{Value, json};

use crate::support::calls::fetch;
use crate::support::logins::{Scripted, USERNAME, cause, granted, json, later, response};
use crate::support::output::output_of;

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
async fn an_invalid_token_response_is_reported_and_not_retried() {
    let invalid = [
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
    for (status, content_type, body) in invalid {
        let hub = Scripted::logins(move |_| response(status, content_type, body)).await;
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
            let text = output_of(&error);
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
async fn a_404_of_a_login_is_not_a_404_of_the_operation() {
    let hub = Scripted::logins(|_| response(404, "text/html", "<html>Not found</html>")).await;
    let error = fetch(&hub.client()).await.unwrap_err();
    assert!(
        !error.is_not_found(),
        "a program takes it for an absent partner: {error}"
    );
}

#[tokio::test]
async fn a_token_response_without_a_token_names_the_missing_field() {
    let hub = Scripted::logins(|_| json(200, &json!({"accessToken": "t0k3n"}))).await;
    let error = fetch(&hub.client()).await.unwrap_err();
    assert!(error.to_string().contains("access_token"), "{error}");
}

#[tokio::test]
async fn an_invalid_lifetime_is_an_unknown_one() {
    let invalid = [
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
    for expires_in in invalid.map(Some).into_iter().chain([None]) {
        let granted_login = granted(&json!("t"), expires_in.clone());
        let hub = Scripted::logins(move |_| granted_login.clone()).await;
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
async fn a_lifetime_may_be_a_string_or_a_fraction() {
    for expires_in in [
        json!(100),
        json!("100"),
        json!(" 100 "),
        json!(100.0),
        json!(99.5),
    ] {
        let granted_login = granted(&json!("t"), Some(expires_in.clone()));
        let hub = Scripted::logins(move |_| granted_login.clone()).await;
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
async fn a_zero_lifetime_causes_no_login_loop() {
    for expires_in in [json!(1e-9), json!(0.000_001)] {
        let granted_login = granted(&json!("t"), Some(expires_in.clone()));
        let hub = Scripted::logins(move |_| granted_login.clone()).await;
        let client = hub.login().timeout(Duration::from_secs(1)).build().unwrap();
        let outcome = fetch(&client).await;
        assert!(
            hub.login_count() <= 2,
            "{} logins of one call",
            hub.login_count()
        );
        outcome.unwrap();
    }
}
