//! The API key goes to the hub and nowhere else.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fmt::Debug;

use partner_api::prelude::*;
use partner_api::{Error, ErrorKind};
use serde_json::json;
use support::{Hub, KEY, closed_port, own_http_client};

/// What can be printed of a value.
fn debug(value: &impl Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

/// What can be printed of an error and all that caused it.
fn all_of(error: &Error) -> String {
    let mut text = debug(error.kind()) + &debug(&error.meta());
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        text += &format!("\n{error}\n{error:#}\n{error:?}\n{error:#?}");
        cause = error.source();
    }
    text
}

#[track_caller]
fn assert_hidden(secret: &str, text: &str) {
    assert!(!text.contains(secret), "{secret} is in:\n{text}");
}

#[tokio::test]
async fn the_key_is_in_no_output_of_a_client_or_builder() {
    let hub = Hub::json(200, &json!({"id": "Kq3vTzPA"})).await;
    assert_hidden(KEY, &debug(&Client::with_api_key(KEY)));
    assert_hidden(
        KEY,
        &debug(&Client::with_api_key(KEY).http_client(own_http_client())),
    );

    let client = hub.client();
    assert_hidden(KEY, &debug(&client));
    assert_hidden(KEY, &debug(&client.get_partner().partner_id("Kq3vTzPA")));
    assert_hidden(
        KEY,
        &debug(
            &client
                .update_partner()
                .body(types::PartnerUpdate::default()),
        ),
    );
    assert_hidden(KEY, &debug(&client.list_clients().limit(1)));
    assert_hidden(
        KEY,
        &debug(&client.update_client().body(types::ClientUpdate::default())),
    );
    assert_hidden(KEY, &debug(&client.list_shared_client_numbers()));
    assert_hidden(KEY, &debug(&client.list_partner_change_requests()));
    assert_hidden(KEY, &debug(&client.approve_partner_change_request()));

    let answer = client
        .get_partner()
        .partner_id("Kq3vTzPA")
        .send()
        .await
        .unwrap();
    assert_hidden(KEY, &debug(&answer));
    assert!(
        hub.request()
            .headers
            .contains(&("x-api-key".to_owned(), KEY.to_owned())),
        "it was sent all the same"
    );
}

#[tokio::test]
async fn the_key_is_in_no_error_of_a_call() {
    let unreachable = Client::with_api_key(KEY)
        .base_url(format!("http://{}", closed_port()))
        .build()
        .unwrap();
    let hubs = [
        Hub::json(
            401,
            &json!({"meta": {"developer_message": "Invalid key.", "http_code": 401}}),
        )
        .await,
        Hub::new(500, "text/html", "<html>oops</html>").await,
        Hub::new(200, "application/json", r#"{"brand_name": {}}"#).await,
        Hub::new(200, "application/json", "{").await,
        Hub::redirecting(307, "https://example.com/").await,
    ];
    let mut clients: Vec<_> = hubs.iter().map(Hub::client).collect();
    clients.push(unreachable);
    for client in &clients {
        let error = client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err();
        assert_hidden(KEY, &all_of(&error));
        let refused = client
            .get_partner()
            .partner_id("..")
            .send()
            .await
            .unwrap_err();
        assert_hidden(KEY, &all_of(&refused));
    }
}

#[tokio::test]
async fn a_key_that_the_server_sends_back_is_in_no_error() {
    // A key such as base64 makes, as servers write it in JSON.
    let key = "q83v/Ze+s3cret==";
    for sent in [key, r"q83v\/Ze+s3cret==", r"q83v\u002FZe\u002bs3cret=="] {
        let hubs = [
            (
                401,
                format!(r#"{{"meta": {{"developer_message": "Bad key {sent}."}}}}"#),
            ),
            (
                401,
                format!(r#"{{"meta": {{"details": {{"{sent}": ["{sent}"]}}}}}}"#),
            ),
            (
                401,
                format!(r#"{{"meta": {{"360dialog_trace_id": "{sent}", "key": "{sent}"}}}}"#),
            ),
            (502, format!("<html>{sent}</html>")),
            (
                200,
                format!(r#"{{"allow_client_to_add_phone_no": "{sent}"}}"#),
            ),
            (
                200,
                format!(r#"{{"payment_plan": {{"{sent}": "{sent}"}}, "country": 1}}"#),
            ),
        ];
        for (status, body) in hubs {
            let hub = Hub::new(status, "application/json", &body).await;
            let client = Client::with_api_key(key)
                .base_url(hub.base_url())
                .build()
                .unwrap();
            let error = client
                .get_partner()
                .partner_id("Kq3vTzPA")
                .send()
                .await
                .unwrap_err();
            assert_hidden(key, &all_of(&error));
            assert_hidden("s3cret", &all_of(&error));
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        }
    }
}

#[test]
fn a_key_that_cannot_be_a_header_is_refused_without_being_shown() {
    for key in [
        "",
        "s3cret\n",
        "s3cret\r\nx-admin: 1",
        "s3cret\0",
        "\ts3cret",
        "s3cret k3y",
        "s3crét",
        "s3cret\u{7f}",
    ] {
        let error = Client::with_api_key(key).build().unwrap_err();
        let ErrorKind::Configuration { setting, .. } = error.kind() else {
            panic!("{error:?}")
        };
        assert_eq!(*setting, "api_key");
        assert_eq!(
            (error.operation(), error.status(), error.attempts()),
            (None, None, 0)
        );
        let text = all_of(&error);
        assert!(text.contains("api_key"), "{text}");
        assert_hidden("s3cr", &text);
    }
}

#[tokio::test]
async fn no_error_shows_the_callers_data_in_the_query() {
    let hubs = [
        Hub::new(500, "text/html", "").await,
        Hub::new(200, "text/html", "<html>").await,
    ];
    let mut clients: Vec<_> = hubs.iter().map(Hub::client).collect();
    clients.push(
        Client::with_api_key(KEY)
            .base_url(format!("http://{}", closed_port()))
            .build()
            .unwrap(),
    );
    for client in &clients {
        let filters = types::ClientFilters {
            contact_info_email: Some("office@shop.example".into()),
            ..Default::default()
        };
        let error = client
            .list_clients()
            .partner_id("Kq3vTzPA")
            .filters(filters)
            .send()
            .await
            .unwrap_err();
        assert_hidden("shop.example", &all_of(&error));
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_shown() {
    let bodies = [
        r#"{"allow_client_to_add_phone_no": "office@shop.example"}"#,
        r#"{"brand_name": "office@shop.example", "country": 1}"#,
        r#""office@shop.example""#,
        "office@shop.example",
    ];
    for body in bodies {
        let hub = Hub::new(200, "application/json", body).await;
        let error = hub
            .client()
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Decode { .. }),
            "{error:?}"
        );
        assert_hidden("shop.example", &all_of(&error));
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_and_the_key_stays_here() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Hub::json(200, &json!({"id": "stolen"})).await;
        let hub = Hub::redirecting(
            status,
            &format!("{}/api/v2/partners/Kq3vTzPA", elsewhere.base_url()),
        )
        .await;
        let client = hub.client();
        let read = client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err();
        let write = client
            .approve_partner_change_request()
            .partner_id("x")
            .pcr_id("y")
            .send()
            .await
            .unwrap_err();
        assert_eq!(read.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(write.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(hub.requests().len(), 2);
        assert_eq!(elsewhere.requests(), []);
    }
}

#[test]
fn the_key_is_not_sent_where_others_could_read_it() {
    let refused = [
        ("", "not a URL"),
        ("hub.360dialog.io", "not a URL"),
        ("/api", "not a URL"),
        ("http://hub.360dialog.io", "https"),
        ("http://192.168.0.1", "https"),
        ("http://0.0.0.0", "https"),
        ("http://127.0.0.1.example.com", "https"),
        ("http://localhost.example.com", "https"),
        ("http://example.com/127.0.0.1", "https"),
        ("http://[2001:db8::1]", "https"),
        ("ftp://127.0.0.1", "https"),
        ("file:///etc/hosts", "https"),
        ("ws://127.0.0.1", "https"),
        ("https://user:pw@hub.360dialog.io", "user name or password"),
        ("https://user@hub.360dialog.io", "user name or password"),
        ("https://:pw@hub.360dialog.io", "user name or password"),
        ("http://127.0.0.1@hub.360dialog.io", "user name or password"),
        ("https://hub.360dialog.io?x=1", "query"),
        ("https://hub.360dialog.io/?", "query"),
        ("https://hub.360dialog.io#f", "fragment"),
        ("https://hub.360dialog.io/#", "fragment"),
    ];
    for (base_url, why) in refused {
        let error = match Client::with_api_key(KEY).base_url(base_url).build() {
            Ok(client) => panic!("{base_url} was accepted: {client:?}"),
            Err(error) => error,
        };
        let ErrorKind::Configuration { setting, reason } = error.kind() else {
            panic!("{error:?}")
        };
        assert_eq!(*setting, "base_url");
        assert!(reason.contains(why), "{base_url}: {reason}");
        assert!(error.to_string().contains("base_url"), "{error}");
        let text = all_of(&error);
        assert_hidden(KEY, &text);
        assert_hidden("pw", &text.replace("password", ""));
    }
}

#[test]
fn https_and_this_machine_are_fine() {
    let accepted = [
        "https://hub.360dialog.io",
        "HTTPS://HUB.360dialog.io/",
        "https://192.168.0.1:8443/hub",
        "http://127.0.0.1:8360",
        "http://127.8.9.10",
        "http://localhost:8360",
        "http://LocalHost",
        "http://[::1]:8360",
    ];
    for base_url in accepted {
        Client::with_api_key(KEY)
            .base_url(base_url)
            .build()
            .unwrap_or_else(|error| panic!("{base_url}: {error}"));
    }
}

#[tokio::test]
async fn a_base_url_may_have_a_path_and_slashes_at_its_end() {
    for (suffix, prefix) in [
        ("", ""),
        ("/", ""),
        ("/hub", "/hub"),
        ("/hub/", "/hub"),
        ("/a%20b/c//", "/a%20b/c"),
    ] {
        let hub = Hub::json(200, &json!({})).await;
        let client = Client::with_api_key(KEY)
            .base_url(hub.base_url() + suffix)
            .build()
            .unwrap();
        client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap();
        assert_eq!(
            hub.request().path,
            format!("{prefix}/api/v2/partners/Kq3vTzPA"),
            "{suffix}"
        );
    }
}
