//! Base URLs that a key may be sent to.

use partner_api::ErrorKind;
use partner_api::prelude::*;
use serde_json::json;

use crate::support::mock_api::{KEY, MockApi};
use crate::support::output::{assert_hidden, output_of};

#[test]
fn the_key_is_not_sent_over_plain_http() {
    let rejected = [
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
    for (base_url, why) in rejected {
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
        let text = output_of(&error);
        assert_hidden(KEY, &text);
        assert_hidden("pw", &text.replace("password", ""));
    }
}

#[test]
fn https_and_loopback_http_are_accepted() {
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
        let api = MockApi::json(200, &json!({})).await;
        let client = Client::with_api_key(KEY)
            .base_url(api.base_url() + suffix)
            .build()
            .unwrap();
        client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap();
        assert_eq!(
            api.request().path,
            format!("{prefix}/api/v2/partners/Kq3vTzPA"),
            "{suffix}"
        );
    }
}
