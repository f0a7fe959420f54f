//! Ids: each kind has a type, responses may have any string, and no argument changes the path.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use futures_util::future::LocalBoxFuture;
use partner_api::prelude::*;
use partner_api::{Error, ErrorKind, InvalidIdentifier};
use serde_json::{Value, json};

use crate::support::json::document;
use crate::support::mock_api::MockApi;
use crate::support::raw_server::{Server, Then};

/// Strings that would change the path, and why each is rejected.
const REJECTED: [(&str, InvalidIdentifier); 14] = [
    ("", InvalidIdentifier::Empty),
    (".", InvalidIdentifier::DotSegment),
    ("..", InvalidIdentifier::DotSegment),
    ("/", InvalidIdentifier::Slash),
    ("a/b", InvalidIdentifier::Slash),
    ("../x", InvalidIdentifier::Slash),
    ("a\\b", InvalidIdentifier::Slash),
    ("..\\..\\x", InvalidIdentifier::Slash),
    ("\t..", InvalidIdentifier::Control),
    (".\n.", InvalidIdentifier::Control),
    ("a\r\nb", InvalidIdentifier::Control),
    ("a\0", InvalidIdentifier::Control),
    ("\u{7f}", InvalidIdentifier::Control),
    ("\u{85}", InvalidIdentifier::Control),
];

/// Strings that are unusual but valid, with their form in the path.
const UNUSUAL: [(&str, &str); 13] = [
    ("a b", "a%20b"),
    (" ", "%20"),
    ("ü", "%C3%BC"),
    ("🚲", "%F0%9F%9A%B2"),
    ("%2e%2e", "%252e%252e"),
    ("%2F", "%252F"),
    ("a?b#c", "a%3Fb%23c"),
    ("a&b=c;d,e+f", "a%26b%3Dc%3Bd%2Ce%2Bf"),
    ("user@host:80", "user%40host%3A80"),
    ("..;", "..%3B"),
    ("...", "..."),
    ("~", "~"),
    ("{partner_id}", "%7Bpartner_id%7D"),
];

/// Calls every operation with one argument set to `text` and the others to `x`. Returns the
/// operation, the argument, the path of the request, and the result.
async fn calls(
    client: &Client,
    text: &str,
) -> Vec<(&'static str, &'static str, &'static str, Option<Error>)> {
    macro_rules! call {
        ($operation:ident ($($fine:ident),*) $argument:ident $path:literal $(.body($body:expr))?) => {
            (
                stringify!($operation),
                stringify!($argument),
                $path,
                client.$operation()$(.$fine("x"))*.$argument(text)$(.body($body))?.send().await.err(),
            )
        };
    }
    vec![
        call!(get_partner () partner_id "/api/v2/partners/{}"),
        call!(update_partner () partner_id "/api/v2/partners/{}".body(types::PartnerUpdate { webhook_url: Some("x".into()), ..Default::default() })),
        call!(list_clients () partner_id "/api/v2/partners/{}/clients"),
        call!(update_client (client_id) partner_id "/api/v2/partners/{}/clients/x".body(types::ClientUpdate { max_channels: Some(1), ..Default::default() })),
        call!(update_client (partner_id) client_id "/api/v2/partners/x/clients/{}".body(types::ClientUpdate { max_channels: Some(1), ..Default::default() })),
        call!(list_shared_client_numbers (client_id) partner_id
            "/api/v2/partners/{}/clients/x/shared_client_numbers"),
        call!(list_shared_client_numbers (partner_id) client_id
            "/api/v2/partners/x/clients/{}/shared_client_numbers"),
        call!(list_partner_change_requests () partner_id "/api/v2/partners/{}/selective_partner_change_requests"),
        call!(approve_partner_change_request (pcr_id) partner_id
            "/api/v2/partners/{}/selective_partner_change_requests/x/approve"),
        call!(approve_partner_change_request (partner_id) pcr_id
            "/api/v2/partners/x/selective_partner_change_requests/{}/approve"),
    ]
}

#[tokio::test]
async fn an_argument_that_changes_the_path_is_rejected_before_anything_is_sent() {
    let api = MockApi::json(200, &json!({})).await;
    let client = api.client();
    for (text, reason) in REJECTED {
        for (operation, argument, _, error) in calls(&client, text).await {
            let error = error.unwrap_or_else(|| panic!("{operation} took {text:?} as {argument}"));
            assert!(
                matches!(error.kind(), ErrorKind::InvalidRequest(_)),
                "{error:?}"
            );
            assert_eq!(
                (error.operation(), error.status(), error.attempts()),
                (Some(operation), None, 0)
            );
            let message = error.to_string();
            assert!(
                message.contains(&format!("{argument}: {reason}")),
                "{argument} {text:?}: {message}"
            );
        }
    }
    assert_eq!(api.requests(), []);
}

#[tokio::test]
async fn unusual_strings_arrive_as_one_path_segment() {
    for (text, segment) in UNUSUAL {
        let api = MockApi::json(200, &json!({})).await;
        let paths: Vec<_> = calls(&api.client(), text)
            .await
            .into_iter()
            .map(|(_, _, path, _)| path)
            .collect();
        let seen: Vec<_> = api
            .requests()
            .into_iter()
            .map(|request| (request.path, request.query))
            .collect();
        let expected: Vec<_> = paths
            .iter()
            .map(|path| (path.replace("{}", segment), Vec::new()))
            .collect();
        assert_eq!(seen, expected, "{text:?}");
    }
}

/// A server that records the first line of each request.
async fn request_lines() -> (Server, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lines);
    let respond = move |request: &str| {
        let line = request.split("\r\n").next().unwrap_or_default();
        seen.lock().unwrap().push(line.to_owned());
        vec![b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}".to_vec()]
    };
    (Server::responding(respond, Then::Close).await, lines)
}

#[tokio::test]
async fn every_character_of_an_argument_stays_in_its_segment() {
    let (server, lines) = request_lines().await;
    let client = Client::with_api_key("key")
        .base_url(server.url())
        .build()
        .unwrap();
    let unusual =
        "\u{a0}\u{e9}\u{2024}\u{2028}\u{202e}\u{ff0e}\u{ff0f}\u{2215}\u{ff1b}\u{feff}\u{1f6b2}";
    for character in (0..=0x7f).map(char::from).chain(unusual.chars()) {
        for text in [
            format!("{character}"),
            format!("..{character}"),
            format!("{character}.."),
            format!(".{character}."),
            format!("a{character}b"),
            format!("%{character}e"),
        ] {
            let is_rejected = "/\\".contains(character)
                || character.is_control()
                || ["", ".", ".."].contains(&&*text);
            // RFC 3986, section 2.3: unreserved characters mean the same everywhere.
            let is_plain = |it: &u8| it.is_ascii_alphanumeric() || b"-._~".contains(it);
            let segment: String = text
                .bytes()
                .map(|it| match is_plain(&it) {
                    true => char::from(it).to_string(),
                    false => format!("%{it:02X}"),
                })
                .collect();
            let partner = client.get_partner().partner_id(&text);
            let scope = client.partner(&text);
            let [one, other] = [(&*text, "x"), ("x", &*text)].map(|(partner, request)| {
                let call = client.approve_partner_change_request();
                call.partner_id(partner).pcr_id(request)
            });
            let partners = format!("/api/v2/partners/{segment}");
            let requests = "selective_partner_change_requests";
            let of_x = format!("/api/v2/partners/x/{requests}/{segment}");
            let calls: [(String, LocalBoxFuture<'_, Option<Error>>); 4] = [
                (
                    format!("GET {partners}"),
                    Box::pin(async { partner.send().await.err() }),
                ),
                (
                    format!("GET {partners}"),
                    Box::pin(async { scope.get_partner().send().await.err() }),
                ),
                (
                    format!("POST {partners}/{requests}/x/approve"),
                    Box::pin(async { one.send().await.err() }),
                ),
                (
                    format!("POST {of_x}/approve"),
                    Box::pin(async { other.send().await.err() }),
                ),
            ];
            for (line, call) in calls {
                let error = call.await;
                let sent: Vec<_> = lines.lock().unwrap().drain(..).collect();
                if is_rejected {
                    let error = error.unwrap_or_else(|| panic!("{line} took {text:?}"));
                    let is_known = matches!(error.kind(), ErrorKind::InvalidRequest(_));
                    assert!(is_known, "{error}");
                    assert_eq!(sent, [""; 0], "{text:?}");
                } else {
                    assert!(error.is_none(), "{line}, {text:?}: {error:?}");
                    assert_eq!(sent, [format!("{line} HTTP/1.1")], "{text:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn random_arguments_never_change_the_path() {
    let (server, lines) = request_lines().await;
    let client = Client::with_api_key("key")
        .base_url(server.url())
        .build()
        .unwrap();
    let mut random = fastrand::Rng::with_seed(3);
    let parts = [
        ".", "..", "/", "\\", "%2e", "%2f", "%5c", "%00", ";", "?", "#", "@", ":", "//", "a", "é",
        "\t", " ", "&", "=", "+", "..;", "http://", "%", "\u{2024}", "\u{ff0f}",
    ];
    for _ in 0..300 {
        let mut text = || -> String {
            let count = random.usize(1..6);
            (0..count).map(|_| random.choice(parts).unwrap()).collect()
        };
        let (partner, request) = (text(), text());
        let call = client.approve_partner_change_request();
        let result = call.partner_id(&partner).pcr_id(&request).send().await;
        let sent: Vec<_> = lines.lock().unwrap().drain(..).collect();
        let Some(line) = sent.first() else {
            let error = result.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::InvalidRequest(_)),
                "{error}"
            );
            continue;
        };
        let path = line.split(' ').nth(1).unwrap();
        let segments: Vec<_> = path.split('/').collect();
        let [
            "",
            "api",
            "v2",
            "partners",
            one,
            "selective_partner_change_requests",
            other,
            "approve",
        ] = segments[..]
        else {
            panic!("{partner:?}, {request:?}: {line}")
        };
        for (segment, text) in [(one, partner), (other, request)] {
            assert!(
                !segment.contains([';', '?', '#', '@', ':', '\\', '=', '&']),
                "{line}"
            );
            assert!(![".", ".."].contains(&segment), "{line}");
            let decoded = percent_encoding::percent_decode_str(segment);
            assert_eq!(decoded.decode_utf8().unwrap(), text);
        }
    }
}

#[tokio::test]
async fn a_missing_argument_is_named_and_nothing_is_sent() {
    let api = MockApi::json(200, &json!({})).await;
    let client = api.client();
    let errors = [
        ("partner_id", client.get_partner().send().await.err()),
        (
            "partner_id",
            client.list_clients().limit(1).send().await.err(),
        ),
        (
            "client_id",
            client
                .list_shared_client_numbers()
                .partner_id("x")
                .send()
                .await
                .err(),
        ),
        (
            "pcr_id",
            client
                .approve_partner_change_request()
                .partner_id("x")
                .send()
                .await
                .err(),
        ),
        (
            "body",
            client
                .update_client()
                .partner_id("x")
                .client_id("x")
                .send()
                .await
                .err(),
        ),
        (
            "body",
            client.update_partner().partner_id("x").send().await.err(),
        ),
    ];
    for (argument, error) in errors {
        let message = error.unwrap().to_string();
        assert!(
            message.contains(&format!("{argument}: is required")),
            "{message}"
        );
    }
    assert_eq!(api.requests(), []);
}

#[test]
fn a_response_keeps_any_id_and_none_fails_decoding() {
    for text in REJECTED
        .map(|(text, _)| text)
        .into_iter()
        .chain(UNUSUAL.map(|(text, _)| text))
    {
        let client: types::ClientAccount = serde_json::from_value(json!({ "id": text })).unwrap();
        assert_eq!(client.id.as_ref().map(|it| it.as_str()), Some(text));
        assert_eq!(
            serde_json::to_value(&client).unwrap(),
            json!({ "id": text })
        );
    }
    for (sent, kept) in [
        ("17", "17"),
        ("-3", "-3"),
        ("18446744073709551615", "18446744073709551615"),
        ("1.5", "1.5"),
        ("true", "true"),
        (r#"["a",{"b":null}]"#, r#"["a",{"b":null}]"#),
        (r#""\u00fc\n""#, "ü\n"),
    ] {
        let partner: types::Partner = serde_json::from_str(&format!(r#"{{"id":{sent}}}"#)).unwrap();
        assert_eq!(partner.id.as_ref().map(|it| it.as_str()), Some(kept));
    }
    let request = json!({"id": null, "migrated_channels": ["aCH", null, 7]});
    let request: types::PartnerChangeRequest = serde_json::from_value(request).unwrap();
    assert_eq!(request.id, None);
    assert_eq!(request.migrated_channels, ["aCH", "7"]);
}

#[tokio::test]
async fn an_id_of_a_response_is_an_argument_of_the_next_call() {
    let api = MockApi::json(200, &json!({"id": "abcPA", "clients": [{"id": "xyzCL"}]})).await;
    let client = api.client();
    let partner = client
        .get_partner()
        .partner_id("abcPA")
        .send()
        .await
        .unwrap();
    let partner_id = partner.id.as_ref().unwrap();
    let page = client
        .list_clients()
        .partner_id(partner_id)
        .send()
        .await
        .unwrap();
    let call = client.list_shared_client_numbers().partner_id(partner_id);
    for account in page.into_inner().clients {
        // The response is not a list; only the request is checked.
        let _ = call.clone().client_id(account.id.unwrap()).send().await;
    }
    let paths: Vec<_> = api
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(
        paths[2],
        "/api/v2/partners/abcPA/clients/xyzCL/shared_client_numbers"
    );
}

#[test]
fn an_id_is_compared_and_printed_as_its_string() {
    let id = types::ClientId::from("xyzCL");
    assert_eq!(id, "xyzCL");
    assert_eq!(id, *"xyzCL");
    assert_eq!(id, "xyzCL".to_owned());
    assert_eq!(
        (format!("{id:>7}"), format!("{id:?}")),
        ("  xyzCL".into(), "\"xyzCL\"".into())
    );
    assert_eq!((id.as_ref(), id.as_str()), ("xyzCL", "xyzCL"));
    assert_eq!(String::from(id.clone()), "xyzCL");
    assert_eq!("xyzCL".parse(), Ok(id.clone()));
    assert_eq!(serde_json::Value::from(id.clone()), "xyzCL");

    let by_id = HashMap::from([(id.clone(), 1)]);
    assert_eq!(by_id.get("xyzCL"), Some(&1));
    let sorted = BTreeSet::from([id.clone(), "abcCL".into(), "Z".into()]);
    assert!(sorted.contains("abcCL"));
    assert_eq!(
        sorted.into_iter().collect::<Vec<_>>(),
        ["Z", "abcCL", "xyzCL"]
    );
}

/// Fails to compile if one of these id types converts into another.
macro_rules! no_other {
    ($($kind:ident),*) => {
        const KINDS: &[&str] = &[$(stringify!($kind)),*];
        no_other!(@ [] $($kind)*);
    };
    (@ [$($before:ident)*] $kind:ident $($after:ident)*) => {
        $(no_other!($kind is no $before);)*
        $(no_other!($kind is no $after);)*
        no_other!(@ [$($before)* $kind] $($after)*);
    };
    (@ [$($before:ident)*]) => {};
    ($from:ident is no $to:ident) => {{
        trait Ambiguous<A> {
            fn is_fine() {}
        }
        impl<T> Ambiguous<()> for T {}
        impl<T: TryInto<types::$to>> Ambiguous<u8> for T {}
        <types::$from as Ambiguous<_>>::is_fine();
        <&types::$from as Ambiguous<_>>::is_fine();
        <Option<types::$to> as Ambiguous<_>>::is_fine();
    }};
}

/// The values of `x-rust-type` anywhere in a document.
fn rust_types(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("x-rust-type").and_then(Value::as_str);
            let inner = members.values().flat_map(rust_types);
            inner.chain(own.map(str::to_owned)).collect()
        }
        Value::Array(items) => items.iter().flat_map(rust_types).collect(),
        _ => BTreeSet::new(),
    }
}

#[test]
fn ids_of_different_kinds_do_not_mix() {
    no_other!(ChannelId, ClientId, PartnerChangeRequestId, PartnerId);
    let documented: BTreeSet<_> = rust_types(&document())
        .into_iter()
        .filter(|name| name.ends_with("Id"))
        .collect();
    assert_eq!(documented, KINDS.iter().map(ToString::to_string).collect());
}
