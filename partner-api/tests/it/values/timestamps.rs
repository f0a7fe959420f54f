//! Timestamps keep their string, never fail decoding, and are ordered by the instant they name.

use std::collections::HashSet;

use partner_api::Timestamp;
use partner_api::prelude::*;
use serde_json::{Value, json};

/// Timestamps in order. Those on one line name the same instant and are ordered by string.
const ORDERED: [&[&str]; 10] = [
    &["", "2026-02-30", "now", "ü"],
    &["1969-12-31T23:59:59.999999999Z"],
    &[
        "1970-01-01",
        "1970-01-01 00:00",
        "1970-01-01T00:00:00Z",
        "1970-01-01T02:00:00+02:00",
    ],
    &["1970-01-01T00:00:00.000000001"],
    &["2024-02-29T23:59:59Z"],
    &[
        "2024-02-29 23:59:59.5-0000",
        "2024-02-29T23:59:59.50",
        "2024-03-01T00:59:59.5+01:00",
    ],
    &["2024-03-01", "2024-03-01T00:00:00Z"],
    &["2026-03-01T12:00:00+14:00"],
    &["2026-03-01T00:00:00"],
    &["2026-03-01T00:00:00-12"],
];

#[test]
fn timestamps_are_ordered_by_instant_and_then_by_string() {
    let expected: Vec<Timestamp> = ORDERED.concat().into_iter().map(Timestamp::from).collect();
    let mut sorted = expected.clone();
    sorted.reverse();
    sorted.sort();
    assert_eq!(sorted, expected);
    for (index, one) in expected.iter().enumerate() {
        for (other_index, other) in expected.iter().enumerate() {
            assert_eq!(one.cmp(other), index.cmp(&other_index), "{one} {other}");
            assert_eq!(one == other, index == other_index, "{one} {other}");
        }
    }
}

#[test]
fn a_response_keeps_any_timestamp() {
    for text in ORDERED.concat() {
        let sent = json!({ "created_at": text });
        let account: types::ClientAccount = serde_json::from_value(sent.clone()).unwrap();
        assert_eq!(
            account.created_at.as_ref().map(Timestamp::as_str),
            Some(text)
        );
        assert_eq!(serde_json::to_value(account).unwrap(), sent);
    }
    for (sent, kept) in [
        ("1772357400", "1772357400"),
        ("1772357400.25", "1772357400.25"),
        ("false", "false"),
        (r#"{"$date":[1]}"#, r#"{"$date":[1]}"#),
    ] {
        let channel = format!(r#"{{"created_at":{sent},"cancelled_at":null}}"#);
        let channel: types::Channel = serde_json::from_str(&channel).unwrap();
        assert_eq!(channel.created_at.unwrap(), kept);
        assert_eq!(channel.cancelled_at, None);
    }
}

#[test]
fn only_a_timestamp_with_an_offset_has_an_instant() {
    for text in [
        "2026-03-01T00:00:00Z",
        "2026-03-01 00:00:00.1+0200",
        "2026-03-01T00:00-03",
    ] {
        assert!(Timestamp::from(text).has_zone(), "{text}");
    }
    for text in [
        "2026-03-01",
        "2026-03-01T00:00:00",
        "Z",
        "",
        "2026-02-30T00:00:00Z",
    ] {
        assert!(!Timestamp::from(text).has_zone(), "{text}");
    }
}

#[test]
fn the_newest_of_a_list_is_found() {
    let page = json!({"clients": [
        {"name": "b", "created_at": "2026-03-01T10:00:00+02:00"},
        {"name": "c", "created_at": "2026-03-01T09:00:00"},
        {"name": "a"},
    ]});
    let page: types::ClientList = serde_json::from_value(page).unwrap();
    let newest = page.clients.iter().max_by_key(|client| &client.created_at);
    assert_eq!(newest.and_then(|client| client.name.as_deref()), Some("c"));
}

#[test]
fn a_timestamp_is_compared_and_printed_as_its_string() {
    let time = Timestamp::from("2026-03-01T00:00:00Z".to_owned());
    assert_eq!(time, "2026-03-01T00:00:00Z");
    assert_eq!(
        (time.to_string(), format!("{time:?}")),
        (
            "2026-03-01T00:00:00Z".into(),
            "\"2026-03-01T00:00:00Z\"".into()
        )
    );
    assert!(time.as_str().starts_with("2026"));
    assert_eq!(Value::from(time.clone()), "2026-03-01T00:00:00Z");
    assert_eq!(HashSet::from([time.clone(), time.clone()]).len(), 1);
    let other_text = Timestamp::from("2026-03-01T00:00:00+00:00");
    assert_ne!(time, other_text);
}

#[cfg(feature = "jiff")]
#[test]
fn jiff_parses_the_same_instant() {
    for text in ORDERED.concat() {
        let time = Timestamp::from(text);
        // jiff requires a zone; without one, the timestamp is in UTC.
        let expected = match text.parse::<jiff::Timestamp>() {
            Ok(instant) => Some(instant),
            Err(_) => text.parse::<jiff::civil::DateTime>().ok().and_then(|time| {
                let utc = time.to_zoned(jiff::tz::TimeZone::UTC);
                utc.ok().map(|zoned| zoned.timestamp())
            }),
        };
        assert_eq!(time.to_jiff(), expected, "{text}");
    }
}
