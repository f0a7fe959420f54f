//! A whole specification, made of the crate's pages, those it does not cover yet, and webhooks.

use std::path::Path;

use serde_json::{Map, Value, json};
use xtask::pipeline::extract::{extract, read_pages};
use xtask::pipeline::merge::merge;

use super::{json_of, object, schema, string};

/// The events that the provider's pages name.
pub const EVENTS: [&str; 13] = [
    "client_created",
    "channel_created",
    "channel_ready",
    "channel_running",
    "channel_live",
    "channel_submitted",
    "account_violation",
    "account_restriction",
    "template_messaging_enabled",
    "template_messaging_disabled",
    "history",
    "smb_app_state_sync",
    "waba_template_status_changed",
];

/// The specification in YAML.
pub fn whole() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut fragments = Vec::new();
    for folder in ["../openapi/docs", "tests/resources/future_pages"] {
        for page in read_pages(&here.join(folder)).unwrap() {
            // It has the names of that folder, and is no specification.
            if page.name.ends_with(".md") {
                fragments.extend(extract(&page).unwrap().fragments);
            }
        }
    }
    let mut document = merge(fragments).document;
    for (_, item) in document["paths"].as_object_mut().unwrap() {
        for (_, operation) in item.as_object_mut().unwrap() {
            // Merging adds the links to the pages.
            operation.as_object_mut().unwrap().remove("externalDocs");
        }
    }
    document["webhooks"] = webhooks().into();
    serde_saphyr::to_string(&document).unwrap()
}

/// A webhook for each event; what their payloads have is seen in clients.
fn webhooks() -> Map<String, Value> {
    let named = object(json!({"id": string(), "name": string()}));
    let channel =
        json!({"allOf": [schema("ChannelPublicPayloadOut"), object(json!({"client": named}))]});
    let template = object(json!({"id": string(), "new_status": string(), "language": string()}));
    let violation = object(json!({"phone_number": string(), "violation_type": string()}));
    let webhook = |event: &&str| {
        let data = match *event {
            "client_created" => object(json!({"client": named})),
            "waba_template_status_changed" => object(json!({"id": string(), "template": template})),
            "account_violation" | "account_restriction" => violation.clone(),
            event if event.starts_with("channel_") => channel.clone(),
            _ => json!({"type": "object"}),
        };
        let envelope = object(json!({"id": string(), "event": string(), "data": data}));
        let body = json!({"content": json_of(envelope)});
        let request = json!({
            "summary": format!("The event {event}"),
            "requestBody": body,
            "responses": {"200": {"description": "It is stored"}},
        });
        ((*event).to_owned(), json!({"post": request}))
    };
    EVENTS.iter().map(webhook).collect()
}
