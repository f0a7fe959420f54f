//! Timestamps keep their string, never fail decoding, and are ordered by the instant they name.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

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

/// Instants as seconds and nanoseconds from 1970, and their strings.
const INSTANTS: [(i64, u32, &str); 9] = [
    (0, 0, "1970-01-01T00:00:00Z"),
    (-1, 999_999_000, "1969-12-31T23:59:59.999999Z"),
    (951_782_399, 0, "2000-02-28T23:59:59Z"),
    (951_782_400, 1_000, "2000-02-29T00:00:00.000001Z"),
    (1_772_357_400, 500_000_000, "2026-03-01T09:30:00.5Z"),
    (-62_167_219_200, 0, "0000-01-01T00:00:00Z"),
    (-62_167_219_201, 0, "-000001-12-31T23:59:59Z"),
    (253_402_300_799, 0, "9999-12-31T23:59:59Z"),
    (253_402_300_800, 0, "+010000-01-01T00:00:00Z"),
];

fn system_time(seconds: i64, nanoseconds: u32) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let second = match seconds {
        0.. => SystemTime::UNIX_EPOCH + distance,
        _ => SystemTime::UNIX_EPOCH - distance,
    };
    second + Duration::from_nanos(nanoseconds.into())
}

#[test]
fn a_system_time_converts_to_a_timestamp_and_back() {
    for (seconds, nanoseconds, text) in INSTANTS {
        let instant = system_time(seconds, nanoseconds);
        let timestamp = Timestamp::from(instant);
        assert_eq!(timestamp, text);
        assert!(timestamp.has_zone(), "{text}");
        assert_eq!(timestamp.to_system_time(), Some(instant), "{text}");
    }
    let with_zone = Timestamp::from("2026-03-01T11:30:00.5+02:00");
    let without = Timestamp::from("2026-03-01 09:30:00.5");
    for time in [with_zone, without] {
        let expected = system_time(1_772_357_400, 500_000_000);
        assert_eq!(time.to_system_time(), Some(expected), "{time}");
    }
}

#[test]
fn absurd_times_convert_without_a_panic() {
    let last = SystemTime::UNIX_EPOCH.checked_add(Duration::new(i64::MAX as u64, 999_999_999));
    for time in last.into_iter().chain(
        // Before the year -290,000,000,000.
        SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(i64::MAX as u64)),
    ) {
        assert_eq!(Timestamp::from(time).to_system_time(), Some(time));
    }
    for text in [
        "now",
        "",
        "2026-02-30",
        "+99999-01-01",
        "+999999999999-12-31",
        "-999999999999-01-01T00:00:00+23:59",
        "+9999999999999-01-01",
    ] {
        assert_eq!(Timestamp::from(text).to_system_time(), None, "{text}");
    }
}

#[cfg(feature = "jiff")]
#[test]
fn a_jiff_timestamp_converts_and_back() {
    for (seconds, nanoseconds, text) in INSTANTS {
        let Ok(instant) = jiff::Timestamp::new(seconds, nanoseconds.cast_signed()) else {
            assert_eq!(Timestamp::from(text).to_jiff(), None, "{text}");
            continue;
        };
        assert_eq!(Timestamp::from(instant), text);
        assert_eq!(Timestamp::from(text).to_jiff(), Some(instant));
    }
}

#[cfg(feature = "chrono")]
#[test]
fn a_chrono_date_time_converts_and_back() {
    for (seconds, nanoseconds, text) in INSTANTS {
        let instant = chrono::DateTime::from_timestamp(seconds, nanoseconds).unwrap();
        assert_eq!(Timestamp::from(instant), text);
        assert_eq!(Timestamp::from(text).to_chrono(), Some(instant));
        let zone = chrono::FixedOffset::east_opt(7_200).unwrap();
        assert_eq!(Timestamp::from(instant.with_timezone(&zone)), text);
    }
    let leap = chrono::DateTime::from_timestamp(1_735_689_599, 1_500_000_000).unwrap();
    assert_eq!(Timestamp::from(leap), "2025-01-01T00:00:00.5Z");
    let far = Timestamp::from("+999999-01-01");
    assert_eq!(far.to_chrono(), None);
}

#[cfg(feature = "time")]
#[test]
fn a_date_time_of_the_crate_time_converts_and_back() {
    for (seconds, nanoseconds, text) in INSTANTS {
        let instant = time::OffsetDateTime::from_unix_timestamp(seconds);
        let Ok(instant) = instant.map(|it| it.replace_nanosecond(nanoseconds).unwrap()) else {
            assert_eq!(Timestamp::from(text).to_time(), None, "{text}");
            continue;
        };
        assert_eq!(Timestamp::from(instant), text);
        assert_eq!(Timestamp::from(text).to_time(), Some(instant));
    }
}
