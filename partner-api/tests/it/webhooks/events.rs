//! What is read of a verified body.

use partner_api::types;
use partner_api::webhooks::{EventKind, WebhookError};

use super::{headers, receive, webhooks};

#[test]
fn a_known_event_is_typed() {
    let body = br#"{"id": "42", "event": "channel_live", "data": {"id": "abcCH", "new": [1]}}"#;
    let event = receive(body).unwrap();
    assert_eq!(event.id.as_deref(), Some("42"));
    assert_eq!(event.kind, EventKind::ChannelLive);
    let channel: types::Channel = event.data().unwrap();
    assert_eq!(channel.id.unwrap(), "abcCH");
    assert_eq!(channel.extra["new"][0], 1);
    assert_eq!(event.raw(), body);
    assert_eq!(event.dedup_key(), "42");
}

#[test]
fn an_unknown_or_odd_event_is_still_an_event() {
    for (body, id, kind) in [
        (
            r#"{"event": "channel_sold", "data": 1}"#,
            None,
            "channel_sold",
        ),
        (r#"{"type": "channel_live"}"#, None, "channel_live"),
        (
            r#"{"id": 7, "event": null, "type": "channel_live"}"#,
            Some("7"),
            "channel_live",
        ),
        (r#"{"id": null, "event": ["x"]}"#, None, ""),
        (r#"{"id": "", "event": {}}"#, None, ""),
        (
            r#"{"id": "1", "id": "2", "event": "a", "event": "b"}"#,
            Some("2"),
            "b",
        ),
        ("{}", None, ""),
    ] {
        let event = receive(body.as_bytes()).unwrap();
        assert_eq!(event.id.as_deref(), id, "{body}");
        assert_eq!(event.kind.as_str(), kind, "{body}");
    }
    let event = receive(br#"{"event": "channel_live", "data": "odd"}"#).unwrap();
    assert!(event.data::<types::Channel>().is_err());
    assert_eq!(event.data::<serde_json::Value>().unwrap(), "odd");
    let event = receive(br#"{"event": "channel_live"}"#).unwrap();
    assert_eq!(event.data::<Option<types::Channel>>().unwrap(), None);
}

#[test]
fn an_event_without_an_id_is_recognised_by_its_body() {
    let key = |body: &str| receive(body.as_bytes()).unwrap().dedup_key().into_owned();
    let key_of_empty_object =
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(key("{}"), key_of_empty_object);
    assert_ne!(key("{}"), key("{ }"));
    assert_eq!(
        key(r#"{"id": "1"}"#),
        key(r#"{"id": "1", "event": "later"}"#)
    );
}

#[test]
fn signed_bytes_that_are_no_object_are_an_error_without_their_content() {
    let deep = "[".repeat(100_000);
    for body in [
        "",
        "null",
        "[]",
        "\"token-of-a-client\"",
        "{",
        "{\"token-of-a-client\": tru",
        "{} {}",
        "\u{feff}{}",
        &deep,
    ] {
        let error = receive(body.as_bytes()).unwrap_err();
        assert!(matches!(error, WebhookError::NotAnEvent { .. }), "{error}");
        assert_eq!(error.status(), 400);
        assert!(!error.to_string().contains("token"), "{error}");
    }
    let error = receive(b"{\"a\": \"\xff\"}").unwrap_err();
    assert_eq!(error.status(), 400);
}

#[test]
fn deep_data_is_an_event_whose_data_is_an_error() {
    let deep = format!(
        r#"{{"id": "1", "data": {}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let event = receive(deep.as_bytes()).unwrap();
    assert_eq!(event.dedup_key(), "1");
    assert!(event.data::<serde_json::Value>().is_err());
}

#[test]
fn a_large_body_is_rejected_unless_it_is_allowed() {
    let body = format!(r#"{{"id": "1", "data": "{}"}}"#, "x".repeat(2 << 20));
    let webhooks = webhooks();
    let signed = headers(&webhooks.sign(body.as_bytes()));
    let error = webhooks.verify(body.as_bytes(), &signed).unwrap_err();
    assert_eq!(
        (error.status().as_u16(), error),
        (413, WebhookError::TooLarge { limit: 1 << 20 })
    );
    let webhooks = webhooks.max_body_bytes(4 << 20);
    assert!(webhooks.verify(body.as_bytes(), &signed).is_ok());
}

#[test]
fn a_channel_becomes_ready_under_several_names() {
    let ready = |body: &str| {
        let readiness = receive(body.as_bytes()).unwrap().readiness();
        readiness.map(|readiness| readiness.channel_id)
    };
    for kind in ["channel_ready", "channel_running", "channel_live"] {
        let body = format!(r#"{{"event": "{kind}", "data": {{"id": "abcCH"}}}}"#);
        assert_eq!(ready(&body), Some(Some("abcCH".to_owned())), "{kind}");
    }
    let granted = |status: &str| {
        ready(&format!(
            r#"{{"event": "channel_permission_granted", "data": {{"id": "abcCH", "status": {status}}}}}"#
        ))
    };
    assert_eq!(granted("\"ready\""), Some(Some("abcCH".to_owned())));
    assert_eq!(granted("\"pending\""), None);
    assert_eq!(granted("null"), None);
    assert_eq!(
        ready(r#"{"event": "channel_created", "data": {"id": "abcCH"}}"#),
        None
    );
    assert_eq!(
        ready(r#"{"event": "channel_live", "data": [1]}"#),
        Some(None)
    );
}

#[test]
fn debug_output_shows_no_data() {
    let event =
        receive(br#"{"id": "1", "event": "client_created", "data": {"name": "Zoe"}}"#).unwrap();
    assert!(!format!("{event:?}").contains("Zoe"));
}
