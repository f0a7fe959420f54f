//! Webhooks and callbacks: the requests that the API sends.

use std::fs;

use serde_json::{Value, json};

use crate::support::copy::Copy;
use crate::support::{Folder, assert_contains, document, generate, json_of, object, run, schema};

/// A document with these webhooks.
fn with(webhooks: Value) -> Value {
    let event = object(json!({"id": {"type": "string"}}));
    let mut document = document(json!({}), json!({"Event": event}));
    document["webhooks"] = webhooks;
    document
}

/// A webhook with this payload.
fn receiving(payload: Value) -> Value {
    json!({"post": {"requestBody": {"content": json_of(payload)}, "responses": {"200": {"description": ""}}}})
}

fn generated(document: &Value) -> (Folder, String) {
    let folder = Folder::new().fragment("t.md", document);
    let run = folder.generate(&[]);
    (folder, run.stderr)
}

#[test]
fn a_webhook_is_in_the_table_with_the_type_of_its_payload() {
    let mut created = receiving(schema("Event"));
    created["post"]["summary"] = json!("A thing was created");
    created["post"]["externalDocs"] = json!({"url": "https://docs.example/created"});
    let inline = receiving(object(json!({"reason": {"type": "string", "enum": ["a"]}})));
    let (folder, notes) = generated(&with(
        json!({"thing_created": created, "thing-deleted": inline}),
    ));
    let code: String = folder.text("generated.rs").split_whitespace().collect();
    assert_contains(
        &code,
        &[
            "pub(crate)modwebhooks{pubusesuper::types::EventKind;",
            r#"WebhookDoc{name:"thing_created",callback_of:::std::option::Option::None,payload:::std::option::Option::Some("Event"),summary:"Athingwascreated",docs:::std::option::Option::Some("https://docs.example/created"),}"#,
            r#"payload:::std::option::Option::Some("ThingDeletedPayload")"#,
            "pubstructThingDeletedPayload{",
            "pubenumEventKind{///AthingwascreatedThingCreated,///`thing-deleted`ThingDeleted,",
        ],
    );
    assert!(!notes.contains("note: "), "{notes}");
}

#[test]
fn a_document_without_webhooks_has_no_table() {
    let code = generate(&with(json!({}))).text("generated.rs");
    assert_contains(&code, &["pub type EventKind = ::std::string::String;"]);
    assert!(!code.contains("DOCUMENTED"));
}

#[test]
fn callbacks_are_in_the_table_with_their_operation() {
    let callback = json!({"{$request.body#/url}": receiving(object(json!({"state": {"type": "string", "nullable": true}})))});
    let operation = json!({
        "operationId": "subscribe",
        "responses": {"201": {"description": ""}},
        "callbacks": {"onState": {"$ref": "#/components/callbacks/State"}},
    });
    let mut document = document(json!({"/subscriptions": {"post": operation}}), json!({}));
    document["components"]["callbacks"] = json!({"State": callback});
    let (folder, _) = generated(&document);
    let code: String = folder.text("generated.rs").split_whitespace().collect();
    assert_contains(
        &code,
        &[
            r#"name:"onState",callback_of:::std::option::Option::Some("POST/subscriptions"),payload:::std::option::Option::Some("OnStatePayload")"#,
            "pubstructOnStatePayload{",
        ],
    );
    // It is normalised like the other parts of the document.
    assert_contains(&folder.text("openapi.json"), &["\"null\""]);
    // A callback is no webhook.
    assert_contains(&code, &["pubtypeEventKind="]);
}

#[test]
fn no_webhook_vanishes_without_a_note() {
    let form = json!({"requestBody": {"content": {"application/x-www-form-urlencoded": {}}}});
    let mut signed = receiving(json!({"type": "object"}));
    signed["post"]["parameters"] = json!([{"in": "header", "name": "signature"}]);
    signed["post"]["responses"]["200"]["content"] = json_of(json!({}));
    let (folder, notes) = generated(&with(json!({
        "empty": {"post": {}},
        "form": {"post": form},
        "nothing": {},
        "signed": signed,
    })));
    assert_contains(
        &notes,
        &[
            "note: t.md:4: /webhooks/form/post/requestBody: this request that the API sends has no JSON payload",
            "note: t.md:4: /webhooks/nothing: this webhook has no request, so it is left out",
            "note: t.md:4: /webhooks/signed/post/parameters: the parameters of a request that the API sends",
            "note: t.md:4: /webhooks/signed/post/responses: the body of the response to this request",
        ],
    );
    // Nothing of a request without a body is lost.
    assert!(!notes.contains("/webhooks/empty"), "{notes}");
    let code: String = folder.text("generated.rs").split_whitespace().collect();
    assert_contains(
        &code,
        &[
            r#"WebhookDoc{name:"empty",callback_of:::std::option::Option::None,payload:::std::option::Option::None,"#,
            r#"WebhookDoc{name:"form",callback_of:::std::option::Option::None,payload:::std::option::Option::None,"#,
        ],
    );
}

#[test]
fn a_payload_is_received_so_its_fields_may_be_missing() {
    let event =
        json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}});
    let mut document = with(json!({"created": receiving(schema("Event"))}));
    document["components"]["schemas"]["Event"] = event;
    // Programs send it as well, with everything that is required.
    let body = json!({"content": json_of(schema("Event"))});
    document["paths"] = json!({"/events": {"post": {"requestBody": body, "responses": {}}}});
    let (folder, _) = generated(&document);
    let lowered = folder.json("progenitor.json");
    let event = &lowered["components"]["schemas"]["Event"];
    assert!(event.get("required").is_none(), "{event}");
    // One name is an enum as well, because there will be others.
    assert_contains(&folder.text("generated.rs"), &["pub enum EventKind {"]);
}

#[test]
fn an_unsupported_payload_is_an_error_with_its_place() {
    let odd = json!({"type": "odd"});
    let folder = Folder::new().fragment("t.md", &with(json!({"odd": receiving(odd)})));
    assert_contains(
        &folder.rejected(),
        &[
            "t.md:4: /webhooks/odd/post/requestBody/content/application~1json/schema: unknown `type`",
        ],
    );
}

#[test]
fn changes_of_webhooks_are_reported() {
    let folder = Folder::new();
    let put = |name: &str, webhooks: Value| {
        let text = with(webhooks).to_string();
        fs::write(folder.path().join(name), text).unwrap();
    };
    let text = |name: &str| receiving(object(json!({name: {"type": "string"}})));
    put(
        "old.json",
        json!({"gone": {"post": {}}, "kept": text("a"), "retyped": text("a"), "typed": {"post": {}}}),
    );
    put(
        "new.json",
        json!({"kept": text("b"), "new": {"post": {}}, "retyped": receiving(schema("Event")), "typed": text("a")}),
    );
    let report = run(
        folder.path(),
        &["diff", "old.json", "--new", "new.json", "--format", "json"],
    );
    assert_eq!(report.code, Some(0), "{report:?}");
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    let changes = report["changes"].as_array().unwrap().iter();
    let found: Vec<_> = changes
        .map(|change| {
            let text = |name: &str| change[name].as_str().unwrap_or_default();
            format!("{} {}", text("rule"), text("subject"))
        })
        .collect();
    for expected in [
        "webhook-added webhook new",
        "webhook-removed webhook gone",
        "webhook-retyped webhook retyped",
        "webhook-typed webhook typed",
        "variant-removed EventKind::Gone",
        "variant-added EventKind::New",
        "field-removed KeptPayload.a",
        "field-added KeptPayload.b",
    ] {
        assert!(
            found.iter().any(|it| it == expected),
            "{expected} in {found:#?}"
        );
    }
}

#[test]
fn a_client_without_operations_compiles() {
    let names = json!({"newPet": receiving(schema("Event")), "a\"b`c": {"post": {"summary": "[x](y) <b>"}}});
    let (folder, _) = generated(&with(names));
    let built = Copy::with(&folder).cargo(&["build", "--lib"]);
    assert!(built.is_ok(), "{}", built.unwrap_err());
}
