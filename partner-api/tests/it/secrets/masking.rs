//! A credential that the server sends back is masked, and nothing else is.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use partner_api::Credential;
use partner_api::prelude::*;
#[cfg(feature = "http2")]
use partner_api::{ErrorKind, RetryPolicy};
use serde_json::{Value, json};

use crate::support::calls::fetch;
use crate::support::echo::{Echo, accessors, bodies};
use crate::support::mock_api::KEY;
use crate::support::output::{assert_hidden, output_of};
use crate::support::raw_server::{Server, Then};

#[tokio::test]
async fn a_credential_sent_back_in_another_encoding_is_hidden() {
    let key = "q83v/Ze+s3cret==";
    let password = "Sch\u{f6}n\"es Passw&rt/7";
    let spellings = [
        (key, "q83v%2FZe%2Bs3cret%3D%3D"),
        (key, "q83v%2fZe%2bs3cret%3d%3d"),
        (key, "q83v%252FZe%252Bs3cret%253D%253D"),
        (key, "%71%38%33%76/Ze+s3cret=="),
        (key, "q83v/Ze+s3cret== and q83v%2FZe%2Bs3cret%3D%3D"),
        (key, "q83v/Ze+%733cret=="),
        (key, "q83v/Ze s3cret=="),
        (key, "q83v&#47;Ze&#43;s3cret&#61;&#61;"),
        (key, "q83v&#x2f;Ze&#x2B;s3cret&equals;="),
        (key, "q83v&sol;Ze&plus;s3cret&equals;&equals;"),
        (key, "q83v&amp;#47;Ze&amp;#43;s3cret=="),
        (key, r"q83v\/Ze\u002bs3cret\u003d\u003D"),
        (key, r#"{\"key\": \"q83v\\/Ze+s3cret==\"}"#),
        (key, r"b'q83v\x2fZe\x2bs3cret=='"),
        (key, "Q83V/ZE+S3CRET=="),
        (key, "cTgzdi9aZStzM2NyZXQ9PQ=="),
        (key, "cTgzdi9aZStzM2NyZXQ9PQ"),
        (key, "aHViOnE4M3YvWmUrczNjcmV0PT0="),
        (key, "xaHViOnE4M3YvWmUrczNjcmV0PT0x"),
        (key, "cTgz di9a\nZStz M2Ny ZXQ9 PQ=="),
        (key, "Y1RnemRpOWFaU3R6TTJOeVpYUTlQUT09"),
        (key, "Authorization: Basic aHViOnE4M3YvWmUrczNjcmV0PT0="),
        (key, "713833762f5a652b7333637265743d3d"),
        (key, "71:38:33:76:2f:5a:65:2b:73:33:63:72:65:74:3d:3d"),
        (key, r"q83v\057Ze\053\1633cret\075="),
        (key, r"\161\070\063\166/Ze+\163\063\143\162\145\164=="),
        (key, r"q83v/Ze+\\1633cret=="),
        (key, "q83v&#47Ze&#43s3cret&#61&#61"),
        (key, "q83v/Ze+&#115&#51cret=="),
        (key, "q83v/Ze+&#x73&#x33&#x63ret=="),
        (key, "q83v/Ze+&amp#115&amp#51cret=="),
        (key, "q83v/Ze+&#000000000000000000115;3cret=="),
        (key, "q83v/Ze+&#x000000000000000000000073;3cret=="),
        (key, r"q83v/Ze+\u{0000000000000000073}3cret=="),
        (key, "OE4DG5RPLJSSW4ZTMNZGK5B5HU======"),
        (key, "oe4dg5rpljssw4ztmnzgk5b5hu======"),
        (key, "OE4DG5RPLJSS\nW4ZTMNZGK5B5HU"),
        (key, "xNB2WEOTRHAZXML22MUVXGM3DOJSXIPJ5"),
        (password, "Sch\u{f6}n&quotes Passw&amprt/7"),
        (password, r#"Sch\u00f6n\"es Passw&rt/7"#),
        (
            password,
            r#"{"password":"Sch\u00F6n\u0022es Passw\u0026rt\/7"}"#,
        ),
        (
            password,
            r#"{\"password\":\"Sch\\u00f6n\\\"es Passw&rt/7\"}"#,
        ),
        (password, "password=Sch%C3%B6n%22es+Passw%26rt%2F7"),
        (password, "Sch%F6n%22es%20Passw%26rt/7"),
        (password, "Sch&ouml;n&quot;es Passw&amp;rt&sol;7"),
        (password, "Sch&#246;n&#34;es Passw&#38;rt/7"),
        (password, "Sch\u{c3}\u{b6}n\"es Passw&rt/7"),
        (
            password,
            "b3duZXJAc2hvcC5leGFtcGxlOlNjaMO2biJlcyBQYXNzdyZydC83",
        ),
    ];
    let echo = Echo::start().await;
    for (secret, spelling) in spellings {
        let text = format!("The credential <{spelling}> is wrong.");
        for body in bodies(&text) {
            let client = match secret == key {
                true => echo.with_key(secret),
                false => echo.with_password(secret),
            };
            let error = echo.error(&client, &body).await;
            assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
            for shown in [output_of(&error), accessors(&error)] {
                assert_hidden(spelling, &shown);
                assert_hidden("s3cret", &shown.to_lowercase());
                assert_hidden(
                    "asswrt",
                    &shown.replace(|it: char| !it.is_alphanumeric(), ""),
                );
            }
        }
    }
}

#[tokio::test]
async fn strings_without_a_credential_are_unchanged() {
    let echo = Echo::start().await;
    // After a failed login, a client does not log in again for a while.
    let clients: [fn(&Echo) -> Client; 2] = [
        |echo| echo.with_key(KEY),
        |echo| echo.with_password("c0rrect h0rse"),
    ];
    let messages = [
        "The key is not of this partner.",
        "Wrong email or password.",
        "50% of the keys & 100%25 of the users have \\u0041 and &amp; in them",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAA is malformed",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "Sch\u{f6}ne Gr\u{fc}\u{df}e \u{1f6b2}",
        "live-s3cret is the start of a key, and k3y its end",
        "",
    ];
    for client in &clients {
        for message in messages {
            for body in bodies(message) {
                let error = echo.error(&client(&echo), &body).await;
                let meta = error.meta().unwrap();
                let rest = json!({
                    "developer_message": meta.developer_message, "360dialog_trace_id": meta.trace_id,
                    "details": meta.details, "http_code": meta.http_code,
                });
                let mut shown = rest.as_object().unwrap().clone();
                shown.extend(meta.other.clone());
                shown.retain(|_, value| !value.is_null());
                assert_eq!(Value::Object(shown), body["meta"]);
            }
        }
    }
}

#[tokio::test]
async fn a_long_message_without_a_credential_is_unchanged() {
    let echo = Echo::start().await;
    let client = echo.with_key(KEY);
    let messages = [
        "Nothing is wrong with this, but for its length. ".repeat(2_000),
        "&lt;p class=\\\"a\\\"&gt;%20\\n".repeat(3_000),
        "4bf92f3577b34da6a3ce929d0e0e4736".repeat(2_000),
        STANDARD.encode("Nothing is wrong with this, either. ".repeat(2_000)),
    ];
    for message in messages {
        let error = echo.error(&client, &bodies(&message)[0]).await;
        assert_eq!(error.developer_message(), Some(&*message));
    }
}

#[tokio::test]
async fn the_rest_of_a_masked_message_is_kept() {
    let echo = Echo::start().await;
    let client = echo.with_key("q83v/Ze+s3cret==");
    for (sent, shown) in [
        ("Key q83v/Ze+s3cret== is not live.", "Key *** is not live."),
        (
            "Key q83v%2FZe%2Bs3cret%3D%3D is not live.",
            "Key *** is not live.",
        ),
        ("q83v/Ze+s3cret== (cTgzdi9aZStzM2NyZXQ9PQ==)", "*** ***"),
        (
            "cTgz di9a ZStz M2Ny ZXQ9 PQ== is not live.",
            "(hidden: it contains a credential)",
        ),
    ] {
        let error = echo.error(&client, &bodies(sent)[0]).await;
        assert_eq!(error.developer_message(), Some(shown));
    }
}

#[tokio::test]
async fn a_credential_sent_back_in_pieces_or_as_a_number_is_hidden() {
    let echo = Echo::start().await;
    for (key, meta) in [
        (
            "live-s3cret-k3y",
            json!({"details": ["live", "s3cret", "k3y"]}),
        ),
        (
            "live-s3cret-k3y",
            json!({"details": {"live-s3": "cret-k3y"}, "x": 1}),
        ),
        (
            "live-s3cret-k3y",
            json!({"developer_message": "live-s3", "360dialog_trace_id": "cret-k3y"}),
        ),
        (
            "live-s3cret-k3y",
            json!({"360dialog_trace_id": "live-s3", "developer_message": "cret-k3y"}),
        ),
        (
            "live-s3cret-k3y",
            json!({"360dialog_trace_id": "live-s3", "details": ["cret-k3y"]}),
        ),
        (
            "90210731554",
            json!({"details": {"key": 90_210_731_554_u64}}),
        ),
        ("90210731554", json!({"http_code": 90_210_731_554_u64})),
        (
            "90210731554",
            json!({"developer_message": 90_210_731_554_u64}),
        ),
    ] {
        let error = echo
            .error(&echo.with_key(key), &json!({"meta": meta}))
            .await;
        let shown = output_of(&error) + &accessors(&error);
        assert_hidden(key, &shown);
        let letters = shown.replace(|it: char| !it.is_alphanumeric(), "");
        assert_hidden(&key.replace('-', ""), &letters);
    }
}

#[tokio::test]
async fn documented_member_names_are_not_masked() {
    let echo = Echo::start().await;
    for key in ["e", "developer", "message", "details"] {
        let body = json!({"meta": {"developer_message": "No.", "details": [1]}});
        let error = echo.error(&echo.with_key(key), &body).await;
        assert_eq!(error.developer_message(), Some("No."), "{key}");
        assert_eq!(error.meta().unwrap().details, Some(json!([1])), "{key}");
    }
}

#[tokio::test]
async fn the_previously_rejected_credential_is_hidden_too() {
    let responses = Mutex::new(0);
    let respond = move |_: &str| {
        let mut nth = responses.lock().unwrap();
        *nth += 1;
        let body = r#"{"meta": {"developer_message": "Not f1rst-s3cret-key."}}"#;
        let status = if *nth == 1 { "401 No" } else { "403 No" };
        vec![format!("HTTP/1.1 {status}\r\n\r\n{body}").into_bytes()]
    };
    let server = Server::responding(respond, Then::Close).await;
    let keys = Mutex::new(vec!["sec0nd-s3cret-key", "f1rst-s3cret-key"]);
    let client = Client::with_credentials(move || {
        let key = keys.lock().unwrap().pop().unwrap();
        async move { Ok(Credential::api_key(key)?) }
    });
    let client = client.base_url(server.url()).build().unwrap();
    let error = fetch(&client).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    assert_eq!(error.developer_message(), Some("Not ***."), "{error}");
}

#[tokio::test]
async fn a_large_and_hostile_body_is_masked_too() {
    let echo = Echo::start().await;
    let client = echo.with_key("q83v/Ze+s3cret==");
    let size = 100 * 1024;
    for filler in [
        "%25", "&amp;", "\\\\", "QUJD", "a ", "s3cre", "%", "&#", "\\u00",
    ] {
        let filler = filler.repeat(size / filler.len());
        let text = format!("{filler} cTgzdi9aZStzM2NyZXQ9PQ==");
        let error = echo.error(&client, &bodies(&text)[0]).await;
        let message = error.developer_message().unwrap();
        assert_hidden("cTgzdi9aZStzM2NyZXQ9PQ", message);
    }
    // As many members as fit into a body that is read.
    let members: serde_json::Map<_, _> = (0..5_000)
        .map(|nth| (nth.to_string(), json!("q83v%2FZe+s3cret==")))
        .collect();
    let error = echo
        .error(&client, &json!({"meta": {"details": members}}))
        .await;
    assert_hidden("s3cret", &accessors(&error));
}

/// An HTTP/2 GOAWAY frame with a reason.
#[cfg(feature = "http2")]
fn go_away(why: &str) -> Vec<u8> {
    let frame = |kind: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, 0, 0, 0, 0, 0], payload].concat()
    };
    let (settings, go_away) = (4, 7);
    let (last_stream, internal_error) = ([0; 4], [0, 0, 0, 2]);
    let reason = [&last_stream, &internal_error, why.as_bytes()].concat();
    [frame(settings, &[]), frame(go_away, &reason)].concat()
}

#[cfg(feature = "http2")]
#[tokio::test]
async fn the_reason_of_an_http2_goaway_is_hidden_if_it_contains_a_credential() {
    for (why, is_shown) in [
        ("too many requests of this kind", true),
        ("no live-s3cret-k3y here", false),
        ("bGl2ZS1zM2NyZXQtazN5", false),
    ] {
        let server = Server::start([go_away(why)], Then::Stall).await;
        let client = Client::with_api_key(KEY)
            .configure_http(|http| http.http2_prior_knowledge())
            .base_url(server.url())
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap();
        let error = fetch(&client).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Connection(_)),
            "{error:?}"
        );
        let text = output_of(&error);
        assert_eq!(text.contains(why), is_shown, "{text}");
        assert_hidden(KEY, &text);
    }
}
