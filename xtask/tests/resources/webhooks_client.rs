//! Tests of the webhooks of a whole specification, which `it/specifications.rs` runs in a copy of the crate.

#![allow(clippy::unwrap_used, missing_docs)]

use partner_api::types;
use partner_api::webhooks::{self, EventKind};

#[test]
fn every_webhook_is_in_the_table() {
    assert_eq!(webhooks::DOCUMENTED.len(), EventKind::KNOWN.len());
    let created = webhooks::DOCUMENTED.iter().find(|it| it.name == "client_created").unwrap();
    assert_eq!(created.payload, Some("ClientCreatedPayload"));
    assert_eq!(created.summary, "A client was created");
    assert_eq!((created.callback_of, created.docs), (None, None));
}

#[test]
fn events_that_are_not_known_are_kept() {
    assert_eq!(EventKind::from("channel_live"), EventKind::ChannelLive);
    let new = EventKind::from("channel_sold");
    assert_eq!(new, EventKind::Unknown("channel_sold".into()));
    assert_eq!(new.as_str(), "channel_sold");
}

#[test]
fn a_payload_is_read_whatever_is_missing() {
    let text = r#"{"event": "client_created", "data": {"client": {"id": "1CL", "name": null}}, "new": 1}"#;
    let payload: types::ClientCreatedPayload = serde_json::from_str(text).unwrap();
    let client = payload.data.unwrap().client.unwrap();
    assert_eq!((client.id.unwrap().to_string(), client.name), ("1CL".into(), None));
}
