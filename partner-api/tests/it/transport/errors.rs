//! What an error reports and prints, whatever the server responded.

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::reqwest::header::HeaderName;
use partner_api::{CallOptions, Error, ErrorKind, RetryPolicy};
use serde_json::json;

use crate::support::calls::fetch;
use crate::support::mock_api::{KEY, MockApi, closed_port};

#[tokio::test]
async fn an_error_can_be_classified() {
    let get = async |api: &MockApi| fetch(&api.client()).await.unwrap_err();
    for status in [400, 401, 403, 404, 408, 418, 429, 500, 503, 504] {
        let error =
            get(&MockApi::json(status, &json!({"meta": {"developer_message": "No."}})).await).await;
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(error.is_auth(), [401, 403].contains(&status), "{status}");
        assert_eq!(error.is_not_found(), status == 404, "{status}");
        assert_eq!(error.is_timeout(), [408, 504].contains(&status), "{status}");
        assert_eq!(error.is_rate_limited(), status == 429, "{status}");
        assert_eq!(error.developer_message(), Some("No."));
        assert_eq!(error.retry_after(), None);
    }
}

#[tokio::test]
async fn an_error_has_the_time_to_wait() {
    let server = httpmock::MockServer::start_async().await;
    server.mock(|when, then| {
        when.any_request();
        then.status(429).header("retry-after", "30").body("");
    });
    let client = Client::with_api_key(KEY)
        .base_url(server.base_url())
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let error = fetch(&client).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn unexpected_error_bodies_keep_the_status() {
    let bodies = [
        json!(null),
        json!([]),
        json!("no"),
        json!({}),
        json!({"meta": null}),
        json!({"meta": []}),
        json!({"meta": "no"}),
        json!({"error": "invalid_grant", "error_description": "Wrong password."}),
    ];
    for body in bodies {
        let api = MockApi::json(401, &body).await;
        let error = fetch(&api.client()).await.unwrap_err();
        assert!(error.is_auth(), "{body}: {error:?}");
        assert!(matches!(error.kind(), ErrorKind::Api), "{body}: {error:?}");
        assert_eq!(error.developer_message(), None, "{body}");
    }
}

#[tokio::test]
async fn valid_fields_of_an_error_body_survive_invalid_ones() {
    let unexpected = [
        json!({"http_code": "401"}),
        json!({"success": "false"}),
        json!({"details": ["a", null]}),
        json!({"details": "no"}),
        json!({"360dialog_trace_id": 17}),
        json!({"error": {"code": 1}, "error_data": null}),
    ];
    for beside in unexpected {
        let mut meta = beside.clone();
        meta["developer_message"] = json!("Expired token.");
        let api = MockApi::json(401, &json!({"meta": meta, "status": "error"})).await;
        let error = fetch(&api.client()).await.unwrap_err();
        assert_eq!(
            error.developer_message(),
            Some("Expired token."),
            "{beside}"
        );
    }
}

#[tokio::test]
async fn a_response_that_cannot_be_decoded_names_the_place() {
    let body =
        json!({"clients": [{"id": "a"}, {"contact_info": {"email": "a"}}, {"max_channels": true}]});
    let api = MockApi::json(200, &body).await;
    let error = api
        .client()
        .list_clients()
        .partner_id("Kq3vTzPA")
        .send()
        .await
        .unwrap_err();
    let ErrorKind::Decode { path, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(path.as_deref(), Some("clients[2].max_channels"));
    assert!(
        error.to_string().contains("clients[2].max_channels"),
        "{error}"
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
}

#[tokio::test]
async fn a_closed_port_is_a_connection_error() {
    let client = Client::with_api_key(KEY)
        .base_url(format!("http://{}", closed_port()))
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    let error = fetch(&client).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connection(_)),
        "{error:?}"
    );
    assert_eq!(
        (error.status(), error.operation(), error.attempts()),
        (None, Some("get_partner"), 1)
    );
    assert!(!error.is_timeout());
    assert!(std::error::Error::source(&error).is_some());
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_short_key_does_not_make_an_error_body_unreadable() {
    let message = "The key is not of this partner.";
    let api = MockApi::json(403, &json!({"meta": {"developer_message": message}})).await;
    for key in ["key", "e"] {
        let client = Client::with_api_key(key)
            .base_url(api.base_url())
            .build()
            .unwrap();
        let error = fetch(&client).await.unwrap_err();
        assert!(error.meta().is_some(), "{key}: {error}");
    }
}

/// Characters that a terminal, a log file or a reader may interpret.
const CONTROLS: &str = "a\nb\r\tc\u{1b}[31mred\u{7f}\0\u{9b}2J\u{85}\u{2028}\u{2029}\u{202e}x\u{2066}\
    \u{200b}\u{200f}\u{61c}\u{feff}\u{ad}\u{e0041}z";

/// All output of an error: `{}`, `{:#}` and `{:?}`, of its sources and its parts.
fn printed(error: &Error) -> Vec<String> {
    let (kind, meta) = (error.kind(), error.meta());
    let mut printed = vec![format!("{kind}"), format!("{kind:?}"), format!("{meta:?}")];
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        printed.extend([
            format!("{error}"),
            format!("{error:#}"),
            format!("{error:?}"),
        ]);
        cause = error.source();
    }
    printed
}

#[track_caller]
fn assert_fit_for_a_log(error: &Error) {
    for text in printed(error) {
        let unexpected = text
            .chars()
            .find(|it| it.is_control() || CONTROLS[4..].contains(*it) && !it.is_ascii());
        assert_eq!(unexpected, None, "{text:?}");
        assert!(
            text.len() < 20_000,
            "{} bytes: {}…",
            text.len(),
            &text[..2_000]
        );
    }
}

#[tokio::test]
async fn strings_of_the_server_are_printed_on_one_line() {
    let text = format!("{CONTROLS} {}", "long ".repeat(10_000));
    let details = json!({ &*text: [text] });
    for meta in [
        json!({"developer_message": text}),
        json!({"360dialog_trace_id": text}),
        json!({"details": text}),
        json!({"details": details}),
        json!({"http_code": text, "success": text}),
        json!({ &*text: text }),
    ] {
        let api = MockApi::json(400, &json!({ "meta": meta })).await;
        let client = api.client();
        let call = client.get_partner().partner_id("Kq3vTzPA").send();
        let error = call.await.unwrap_err();
        assert_fit_for_a_log(&error);
        let kept = error.meta().unwrap();
        assert_eq!(
            kept.developer_message.as_ref().map(|it| json!(it)),
            meta.get("developer_message").cloned()
        );
        assert_eq!(
            kept.trace_id.as_ref().map(|it| json!(it)),
            meta.get("360dialog_trace_id").cloned()
        );
        assert_eq!(kept.details.as_ref(), meta.get("details"));
        assert_eq!(kept.http_code.as_ref(), meta.get("http_code"));
    }
}

#[tokio::test]
async fn a_printed_message_is_escaped_and_shortened() {
    let print = async |message: &str| {
        let api = MockApi::json(400, &json!({"meta": {"developer_message": message}})).await;
        let client = api.client();
        let call = client.get_partner().partner_id("Kq3vTzPA").send();
        call.await.unwrap_err().to_string()
    };
    let text = print("No.\r\n\u{1b}[31m2026 ERROR\u{202e} «Größe» \"x\" \\").await;
    assert!(
        text.contains(r#": No.\r\n\u{1b}[31m2026 ERROR\u{202e} «Größe» "x" \"#),
        "{text}"
    );
    let text = print(&"ü".repeat(500)).await;
    assert!(text.ends_with(&"ü".repeat(500)), "{text}");
    let text = print(&"ü".repeat(1_700)).await;
    assert!(
        text.ends_with(&format!("{}… (1200 more)", "ü".repeat(500))),
        "{text}"
    );
}

#[tokio::test]
async fn an_argument_is_printed_on_one_line() {
    let api = MockApi::json(200, &json!({})).await;
    let client = api.client();
    let list = client.list_clients().partner_id("Kq3vTzPA");
    let sort = format!("{CONTROLS}{}", "long".repeat(10_000));
    assert_fit_for_a_log(&list.sort(&sort).send().await.unwrap_err());
}

/// An error with each of its sources, as `anyhow` prints it with `{:#}`.
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn each_cause_is_printed_once() {
    #[derive(Debug)]
    struct Sealed(std::io::Error);
    impl std::fmt::Display for Sealed {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the vault is sealed")
        }
    }
    impl std::error::Error for Sealed {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    let no = MockApi::json(
        401,
        &json!({"meta": {"developer_message": "Wrong password."}}),
    )
    .await;
    let unexpected = MockApi::json(200, &json!({"access_token": {}})).await;
    let nobody = format!("http://{}", closed_port());
    let login = || Client::with_login("owner@shop.example", "c0rrect h0rse");
    let sealed = || async { Err(Sealed(std::io::Error::other("no quorum")).into()) };
    let refused = "Connection refused";
    for (builder, url, causes) in [
        (
            login(),
            no.base_url(),
            vec!["cannot log in", "Wrong password."],
        ),
        (
            login(),
            unexpected.base_url(),
            vec!["cannot log in", "cannot be decoded"],
        ),
        (
            login(),
            nobody.clone(),
            vec!["cannot log in", "cannot be reached", refused],
        ),
        (
            Client::with_credentials(sealed),
            nobody.clone(),
            vec!["the vault is sealed", "no quorum"],
        ),
        (
            Client::with_api_key(KEY),
            nobody.clone(),
            vec!["cannot be reached", refused],
        ),
        (
            Client::with_api_key(KEY),
            no.base_url(),
            vec!["Wrong password."],
        ),
    ] {
        let client = builder
            .base_url(url)
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap();
        let call = client.get_partner().partner_id("Kq3vTzPA").send();
        let error = call.await.unwrap_err();
        let text = with_causes(&error);
        for cause in causes {
            assert_eq!(text.matches(cause).count(), 1, "{cause}: {text}");
            // The advice is in the error itself.
            assert!([refused, "no quorum"].contains(&cause) || error.to_string().contains(cause));
        }
        let mut links: Vec<_> = text.split(": ").collect();
        links.sort_unstable();
        let all = links.len();
        links.dedup();
        assert_eq!(links.len(), all, "a part is printed twice: {text}");
        // The kind is an error type by itself.
        let kind = error.kind();
        if let Some(cause) = std::error::Error::source(kind) {
            assert!(
                !kind.to_string().contains(&cause.to_string()),
                "{kind}: {cause}"
            );
        }
    }
}

#[tokio::test]
async fn a_header_that_belongs_to_the_client_is_rejected() {
    let reserved = [
        ("content-length", "3", "body"),
        ("transfer-encoding", "chunked", "body"),
        ("trailer", "x-checksum", "body"),
        ("content-type", "text/plain", "body"),
        ("content-encoding", "gzip", "body"),
        ("expect", "100-continue", "body"),
        ("host", "s3cret.example", "base_url"),
        ("accept-encoding", "br", "configure_http"),
        ("connection", "x-api-key", "configure_http"),
        ("keep-alive", "timeout=1", "configure_http"),
        ("te", "trailers", "configure_http"),
        ("upgrade", "h2c", "configure_http"),
        ("http2-settings", "AAMAAABk", "configure_http"),
        ("proxy-authorization", "Basic s3cret", "configure_http"),
        ("proxy-connection", "close", "configure_http"),
        ("proxy-authenticate", "Basic", "configure_http"),
        ("authorization", "Bearer s3cret", "AuthExt"),
        ("x-api-key", "s3cret", "AuthExt"),
    ];
    let api = MockApi::json(200, &json!({})).await;
    let client = api.client();
    for (name, value, advice) in reserved {
        let header: HeaderName = name.parse().unwrap();
        let fine = HeaderName::from_static("x-request-id");
        let options = CallOptions::new()
            .header(fine, "7".parse().unwrap())
            .header(header, value.parse().unwrap());
        let body = types::PartnerUpdate {
            webhook_url: Some("https://shop.example/hook".into()),
            ..Default::default()
        };
        let update = client.update_partner().partner_id("Kq3vTzPA").body(body);
        let list = client.list_clients().partner_id("Kq3vTzPA");
        for error in [
            update.send_with(options.clone()).await.unwrap_err(),
            list.send_with(options).await.unwrap_err(),
        ] {
            assert!(
                matches!(error.kind(), ErrorKind::InvalidRequest(_)),
                "{name}: {error}"
            );
            let text = error.to_string();
            assert!(text.contains(&format!("header `{name}`")), "{text}");
            assert!(text.contains(advice), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
            assert_eq!((error.attempts(), error.is_outcome_unknown()), (0, false));
        }
    }
    assert_eq!(api.requests(), []);
}

#[tokio::test]
async fn other_headers_of_a_call_are_sent() {
    let headers = [
        ("accept", "application/json;q=1"),
        ("accept-language", "de"),
        ("cookie", "route=a"),
        ("if-none-match", "\"a\""),
        (
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
        ("user-agent", "billing/1"),
        ("x-request-id", "7"),
    ];
    let api = MockApi::json(200, &json!({})).await;
    let options = headers
        .iter()
        .fold(CallOptions::new(), |options, (name, value)| {
            options.header(name.parse().unwrap(), value.parse().unwrap())
        });
    let client = api.client();
    let call = client.get_partner().partner_id("Kq3vTzPA");
    call.send_with(options).await.unwrap();
    let sent = api.request().headers;
    for (name, value) in headers {
        let header = (name.to_owned(), value.to_owned());
        assert_eq!(
            sent.iter().filter(|it| it.0 == name).collect::<Vec<_>>(),
            [&header]
        );
    }
}
