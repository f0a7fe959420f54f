//! Changes of the docs, each with the verdict of a careful maintainer.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Folder, files};

/// A change of the docs.
pub struct Change {
    pub name: &'static str,
    /// The change of each fragment.
    pub fragment: fn(&mut Value),
    /// The change of the overlay.
    pub overlay: fn(&str) -> String,
    /// `breaking`, `additive`, `docs-only`, or nothing.
    pub verdict: &'static str,
    /// The rule and subject of each finding.
    pub findings: &'static [(&'static str, &'static str)],
}

/// The workspace's own pages and overlay, after these changes.
pub fn changed(changes: &[&Change]) -> Folder {
    let openapi = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("openapi");
    let overlay = fs::read_to_string(openapi.join("overlay.yaml")).unwrap();
    let overlay = changes
        .iter()
        .fold(overlay, |overlay, change| (change.overlay)(&overlay));
    let mut folder = Folder::new().overlay(&overlay);
    for (name, text) in files(&openapi.join("docs")) {
        if !name.ends_with(".md") {
            continue;
        }
        let text = String::from_utf8(text).unwrap();
        let line = |line: &str| {
            let Ok(mut fragment) = serde_json::from_str::<Value>(line) else {
                return line.to_owned();
            };
            changes
                .iter()
                .for_each(|change| (change.fragment)(&mut fragment));
            fragment.to_string()
        };
        let lines: Vec<_> = text.lines().map(line).collect();
        folder = folder.page(&name, lines.join("\n") + "\n");
    }
    folder
}

/// The value at a path of names joined by dots, if the fragment has it.
fn at<'a>(fragment: &'a mut Value, place: &str) -> Option<&'a mut Value> {
    place
        .split('.')
        .try_fold(fragment, |value, name| value.get_mut(name))
}

fn schema<'a>(fragment: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    fragment
        .get_mut("components")?
        .get_mut("schemas")?
        .get_mut(name)
}

fn set(fragment: &mut Value, name: &str, place: &str, to: Value) {
    let Some(schema) = schema(fragment, name) else {
        return;
    };
    let (parent, member) = place.rsplit_once('.').unwrap_or(("", place));
    let parent = if parent.is_empty() {
        Some(schema)
    } else {
        at(schema, parent)
    };
    parent.unwrap()[member] = to;
}

fn remove(fragment: &mut Value, name: &str, property: &str) {
    if let Some(schema) = schema(fragment, name) {
        schema["properties"]
            .as_object_mut()
            .unwrap()
            .remove(property)
            .unwrap();
    }
}

/// The fragment's operation, if it has this id.
fn operation<'a>(fragment: &'a mut Value, id: &str) -> Option<&'a mut Value> {
    let item = fragment["paths"].as_object_mut()?.values_mut().next()?;
    let operation = item.as_object_mut()?.values_mut().next()?;
    operation["operationId"]
        .as_str()?
        .contains(id)
        .then_some(operation)
}

const CLIENTS: &str = "client_management_docs_api_get_list";
const CLIENT: &str = "ClientPayloadOut";
const UPDATE: &str = "PartnerClientUpdateIn";

fn parameters(fragment: &mut Value, id: &str, change: impl FnOnce(&mut Vec<Value>)) {
    if let Some(operation) = operation(fragment, id) {
        change(operation["parameters"].as_array_mut().unwrap());
    }
}

fn parameter(fragment: &mut Value, id: &str, name: &str, member: &str, to: Value) {
    parameters(fragment, id, |all| {
        all.iter_mut().find(|one| one["name"] == name).unwrap()[member] = to;
    });
}

/// The overlay without the actions that contain this.
fn without(overlay: &str, part: &str) -> String {
    let left: Vec<_> = overlay
        .split("\n\n")
        .filter(|action| !action.contains(part))
        .collect();
    assert!(left.len() < overlay.split("\n\n").count(), "{part}");
    left.join("\n\n")
}

fn same(overlay: &str) -> String {
    overlay.to_owned()
}

const CHANGE: Change = Change {
    name: "",
    fragment: |_| {},
    overlay: same,
    verdict: "",
    findings: &[],
};

/// The changes, grouped by verdict.
pub const CHANGES: &[Change] = &[
    // Docs-only, or no change.
    Change {
        name: "the members of a schema in another order",
        fragment: |fragment| {
            if let Some(schema) = schema(fragment, CLIENT) {
                let members = schema.as_object_mut().unwrap();
                let first = members.shift_remove("type").unwrap();
                members.insert("type".into(), first);
            }
        },
        ..CHANGE
    },
    Change {
        name: "an operationId that the overlay corrects in any case",
        fragment: |fragment| {
            if let Some(operation) = operation(fragment, "docs_api_get_partner") {
                operation["operationId"] = "get_one".into();
            }
        },
        ..CHANGE
    },
    Change {
        name: "another description of a field",
        fragment: |fragment| {
            set(
                fragment,
                CLIENT,
                "properties.name.description",
                json!("Its name"),
            )
        },
        verdict: "docs-only",
        findings: &[("docs-changed", "ClientAccount.name: description")],
        ..CHANGE
    },
    Change {
        name: "another description of an operation",
        fragment: |fragment| {
            if let Some(operation) = operation(fragment, CLIENTS) {
                operation["description"] = "All clients.".into();
            }
        },
        verdict: "docs-only",
        findings: &[("docs-changed", "list_clients: description")],
        ..CHANGE
    },
    Change {
        name: "a field of a response that is always there",
        fragment: |fragment| set(fragment, CLIENT, "required", json!(["id"])),
        verdict: "docs-only",
        findings: &[("presence-changed", "ClientAccount: required/id")],
        ..CHANGE
    },
    Change {
        name: "a field of a response that may be null",
        fragment: |fragment| set(fragment, CLIENT, "properties.name.nullable", json!(true)),
        verdict: "docs-only",
        findings: &[("presence-changed", "ClientAccount.name: type")],
        ..CHANGE
    },
    Change {
        name: "one more documented error",
        fragment: |fragment| {
            if let Some(operation) = operation(fragment, CLIENTS) {
                operation["responses"]["403"] = operation["responses"]["400"].clone();
            }
        },
        verdict: "docs-only",
        findings: &[("docs-changed", "list_clients: responses/403")],
        ..CHANGE
    },
    // Additive.
    Change {
        name: "a new field in a response",
        fragment: |fragment| {
            set(
                fragment,
                CLIENT,
                "properties.risk_score",
                json!({"type": "number"}),
            )
        },
        verdict: "additive",
        findings: &[("field-added", "ClientAccount.risk_score")],
        ..CHANGE
    },
    Change {
        name: "a new field in an update that need not be set",
        fragment: |fragment| {
            set(
                fragment,
                UPDATE,
                "properties.note",
                json!({"type": "string"}),
            )
        },
        verdict: "additive",
        findings: &[("field-added", "ClientUpdate.note")],
        ..CHANGE
    },
    Change {
        name: "a field that should not be used any more",
        fragment: |fragment| {
            set(
                fragment,
                CLIENT,
                "properties.status.deprecated",
                json!(true),
            )
        },
        verdict: "additive",
        findings: &[("field-deprecated", "ClientAccount.status")],
        ..CHANGE
    },
    Change {
        name: "a longest text",
        fragment: |fragment| {
            set(
                fragment,
                UPDATE,
                "properties.partner_payload.maxLength",
                json!(255),
            )
        },
        verdict: "additive",
        findings: &[("bounds-changed", "ClientUpdate.partner_payload: maxLength")],
        ..CHANGE
    },
    Change {
        name: "a new value of an enum",
        fragment: |fragment| {
            if let Some(channel) = schema(fragment, "ChannelPublicPayloadOut") {
                channel["properties"]["status"]["enum"]
                    .as_array_mut()
                    .unwrap()
                    .push("paused".into());
            }
        },
        verdict: "additive",
        findings: &[("variant-added", "ChannelStatus::Paused")],
        ..CHANGE
    },
    Change {
        name: "a new parameter that need not be set",
        fragment: |fragment| {
            let archived =
                json!({"in": "query", "name": "archived", "schema": {"type": "boolean"}});
            parameters(fragment, CLIENTS, |all| all.insert(0, archived));
        },
        verdict: "additive",
        findings: &[("parameter-added", "list_clients(archived)")],
        ..CHANGE
    },
    Change {
        name: "an operation that should not be used any more",
        fragment: |fragment| {
            if let Some(operation) = operation(fragment, "approve") {
                operation["deprecated"] = true.into();
            }
        },
        verdict: "additive",
        findings: &[("operation-deprecated", "approve_partner_change_request")],
        ..CHANGE
    },
    Change {
        name: "a new operation",
        fragment: |fragment| {
            if operation(fragment, CLIENTS).is_some() {
                let schema =
                    json!({"type": "object", "properties": {"total": {"type": "integer"}}});
                let response = json!({"description": "OK", "content": {"application/json": {"schema": schema}}});
                fragment["paths"]["/api/v2/count"]["get"] =
                    json!({"operationId": "count", "responses": {"200": response}});
            }
        },
        verdict: "additive",
        findings: &[
            ("operation-added", "count"),
            ("type-added", "CountResponse"),
        ],
        ..CHANGE
    },
    Change {
        name: "an operation that may be sent twice",
        overlay: |overlay| {
            let id = "      operationId: approve_partner_change_request\n";
            overlay.replace(id, &format!("{id}      x-idempotent: true\n"))
        },
        verdict: "security",
        findings: &[("operation-idempotency", "approve_partner_change_request")],
        ..CHANGE
    },
    Change {
        name: "another path of an operation",
        fragment: |fragment| {
            if operation(fragment, "approve").is_some() {
                let paths = fragment["paths"].take().to_string();
                fragment["paths"] =
                    serde_json::from_str(&paths.replace("/approve", "/accept")).unwrap();
            }
        },
        overlay: |overlay| overlay.replace("{pcr_id}/approve", "{pcr_id}/accept"),
        verdict: "additive",
        findings: &[("operation-moved", "approve_partner_change_request")],
    },
    Change {
        name: "another server",
        fragment: |fragment| fragment["servers"][0]["url"] = "https://hub.example".into(),
        verdict: "security",
        findings: &[("server-changed", "base URL")],
        ..CHANGE
    },
    // Breaking.
    Change {
        name: "a field that is gone from a response",
        fragment: |fragment| remove(fragment, CLIENT, "name"),
        verdict: "breaking",
        findings: &[("field-removed", "ClientAccount.name")],
        ..CHANGE
    },
    Change {
        name: "another type of a field",
        fragment: |fragment| {
            set(
                fragment,
                CLIENT,
                "properties.max_channels.type",
                json!("string"),
            )
        },
        verdict: "breaking",
        findings: &[("field-retyped", "ClientAccount.max_channels")],
        ..CHANGE
    },
    Change {
        name: "a number that is smaller in Rust",
        fragment: |fragment| {
            set(
                fragment,
                CLIENT,
                "properties.max_channels.format",
                json!("int32"),
            )
        },
        verdict: "breaking",
        findings: &[("field-retyped", "ClientAccount.max_channels")],
        ..CHANGE
    },
    Change {
        name: "a field of an update that must be set",
        fragment: |fragment| set(fragment, UPDATE, "required", json!(["partner_payload"])),
        verdict: "breaking",
        findings: &[("field-retyped", "ClientUpdate.partner_payload")],
        ..CHANGE
    },
    Change {
        name: "a new field in an update that must be set",
        fragment: |fragment| {
            set(
                fragment,
                UPDATE,
                "properties.reason",
                json!({"type": "string"}),
            );
            set(fragment, UPDATE, "required", json!(["reason"]));
        },
        verdict: "breaking",
        findings: &[("field-added-required", "ClientUpdate.reason")],
        ..CHANGE
    },
    Change {
        name: "a field of an update that can be set to null",
        fragment: |fragment| {
            set(
                fragment,
                UPDATE,
                "properties.max_channels.nullable",
                json!(true),
            )
        },
        verdict: "breaking",
        findings: &[("field-retyped", "ClientUpdate.max_channels")],
        ..CHANGE
    },
    Change {
        name: "a value that is gone from an enum",
        fragment: |fragment| {
            if let Some(channel) = schema(fragment, "ChannelPublicPayloadOut") {
                let values = channel["properties"]["status"]["enum"]
                    .as_array_mut()
                    .unwrap();
                values.retain(|value| value != "verified");
            }
        },
        verdict: "breaking",
        findings: &[("variant-removed", "ChannelStatus::Verified")],
        ..CHANGE
    },
    Change {
        name: "parameters that are gone",
        fragment: |fragment| {
            let is_page = |one: &Value| one["name"] == "offset" || one["name"] == "limit";
            parameters(fragment, CLIENTS, |all| all.retain(|one| !is_page(one)));
        },
        verdict: "breaking",
        findings: &[
            ("parameter-removed", "list_clients(limit)"),
            ("parameter-removed", "list_clients(offset)"),
            ("stream-removed", "list_clients().stream()"),
        ],
        ..CHANGE
    },
    Change {
        name: "another type of parameters",
        fragment: |fragment| {
            for name in ["offset", "limit"] {
                parameter(fragment, CLIENTS, name, "schema", json!({"type": "string"}));
            }
        },
        verdict: "breaking",
        findings: &[
            ("parameter-retyped", "list_clients(limit)"),
            ("parameter-retyped", "list_clients(offset)"),
            ("stream-removed", "list_clients().stream()"),
        ],
        ..CHANGE
    },
    Change {
        name: "a parameter that must be set",
        fragment: |fragment| parameter(fragment, CLIENTS, "limit", "required", json!(true)),
        verdict: "breaking",
        findings: &[("parameter-became-required", "list_clients(limit)")],
        ..CHANGE
    },
    Change {
        name: "a new parameter that must be set",
        fragment: |fragment| {
            let region = json!({"in": "query", "name": "region", "required": true, "schema": {"type": "string"}});
            parameters(fragment, CLIENTS, |all| all.push(region));
        },
        verdict: "breaking",
        findings: &[("parameter-added-required", "list_clients(region)")],
        ..CHANGE
    },
    Change {
        name: "an operation that is gone",
        fragment: |fragment| {
            if operation(fragment, "docs_api_get_partner").is_some() {
                fragment["paths"] = json!({});
            }
        },
        overlay: |overlay| without(overlay, "partners/{partner_id}'].get"),
        verdict: "breaking",
        findings: &[("operation-removed", "get_partner")],
    },
    Change {
        name: "another response of an operation",
        fragment: |fragment| {
            if let Some(operation) = operation(fragment, "shared_clients_numbers") {
                let schema =
                    &mut operation["responses"]["200"]["content"]["application/json"]["schema"];
                *schema = json!({"type": "object", "properties": {"numbers": schema.take()}});
            }
        },
        verdict: "breaking",
        findings: &[
            ("response-retyped", "list_shared_client_numbers response"),
            ("type-added", "ListSharedClientNumbersResponse"),
        ],
        ..CHANGE
    },
    Change {
        name: "another name of a type",
        overlay: |overlay| {
            overlay.replace("x-rust-name: ClientAccount\n", "x-rust-name: Customer\n")
        },
        verdict: "breaking",
        findings: &[("type-renamed", "Customer")],
        ..CHANGE
    },
    Change {
        name: "another name of a field",
        overlay: |overlay| overlay.replace("x-rust-name: trace_id\n", "x-rust-name: trace\n"),
        verdict: "breaking",
        findings: &[("field-renamed", "ErrorResponseMeta.trace")],
        ..CHANGE
    },
    Change {
        name: "another name of an operation",
        overlay: |overlay| {
            overlay.replace("operationId: get_partner\n", "operationId: read_partner\n")
        },
        verdict: "breaking",
        findings: &[("operation-renamed", "read_partner")],
        ..CHANGE
    },
    Change {
        name: "a credential that is not accepted any more",
        fragment: |fragment| fragment["security"] = json!([{"PartnerApiKeyV2": []}]),
        verdict: "security",
        findings: &[("credential-removed", "`Bearer` for every operation")],
        ..CHANGE
    },
    Change {
        name: "another header of the key",
        fragment: |fragment| {
            fragment["components"]["securitySchemes"]["PartnerApiKeyV2"]["name"] =
                "D360-API-KEY".into()
        },
        verdict: "security",
        findings: &[("credential-changed", "`PartnerApiKeyV2`")],
        ..CHANGE
    },
    Change {
        name: "another port, scheme or path prefix of the server",
        fragment: |fragment| {
            let url = &mut fragment["servers"][0]["url"];
            *url = "http://hub.360dialog.io:8443/v3".into();
        },
        verdict: "security",
        findings: &[("server-changed", "base URL")],
        ..CHANGE
    },
    Change {
        name: "the server in other words",
        fragment: |fragment| fragment["servers"][0]["url"] = "https://HUB.360dialog.io:443/".into(),
        verdict: "docs-only",
        findings: &[("docs-changed", "document: servers")],
        ..CHANGE
    },
    Change {
        name: "a server of one operation",
        fragment: |fragment| {
            if let Some(operation) = operation(fragment, CLIENTS) {
                operation["servers"] = json!([{"url": "https://hub.360dialog.io/v3"}]);
            }
        },
        verdict: "security",
        findings: &[("server-changed", "server of list_clients")],
        ..CHANGE
    },
    Change {
        name: "a server of the path of an operation",
        fragment: |fragment| {
            if operation(fragment, CLIENTS).is_some() {
                let item = fragment["paths"]
                    .as_object_mut()
                    .unwrap()
                    .values_mut()
                    .next()
                    .unwrap();
                item["servers"] = json!([{"url": "https://hub.360dialog.io/v3"}]);
            }
        },
        verdict: "security",
        findings: &[("server-changed", "server of list_clients")],
        ..CHANGE
    },
    Change {
        name: "another server of one page",
        fragment: |fragment| {
            if operation(fragment, "approve").is_some() {
                fragment["servers"] = json!([{"url": "https://hub.360dialog.io/v3"}]);
            }
        },
        verdict: "security",
        findings: &[
            ("docs-changed", "get_partner: servers"),
            ("docs-changed", "list_clients: servers"),
            ("docs-changed", "list_partner_change_requests: servers"),
            ("docs-changed", "list_shared_client_numbers: servers"),
            ("docs-changed", "update_client: servers"),
            ("docs-changed", "update_partner: servers"),
            ("server-changed", "base URL"),
            ("server-changed", "server of approve_partner_change_request"),
        ],
        ..CHANGE
    },
    Change {
        name: "a credential that is accepted and not described any more",
        fragment: |fragment| {
            let schemes = fragment["components"]["securitySchemes"]
                .as_object_mut()
                .unwrap();
            schemes.shift_remove("Bearer").unwrap();
        },
        verdict: "security",
        findings: &[("credential-changed", "`Bearer`")],
        ..CHANGE
    },
    Change {
        name: "a key that moves from a header to the query",
        fragment: |fragment| {
            fragment["components"]["securitySchemes"]["PartnerApiKeyV2"]["in"] = "query".into()
        },
        verdict: "security",
        findings: &[("credential-changed", "`PartnerApiKeyV2`")],
        ..CHANGE
    },
    Change {
        name: "the header of the key in another case",
        fragment: |fragment| {
            fragment["components"]["securitySchemes"]["PartnerApiKeyV2"]["name"] =
                "x-api-key".into()
        },
        verdict: "docs-only",
        findings: &[(
            "docs-changed",
            "document: components/securitySchemes/PartnerApiKeyV2/name",
        )],
        ..CHANGE
    },
    Change {
        name: "another name of a credential in the document",
        fragment: |fragment| {
            let schemes = fragment["components"]["securitySchemes"]
                .as_object_mut()
                .unwrap();
            let bearer = schemes.shift_remove("Bearer").unwrap();
            schemes.insert("Token".into(), bearer);
            fragment["security"] = json!([{"PartnerApiKeyV2": []}, {"Token": []}]);
        },
        verdict: "docs-only",
        findings: &[("credential-renamed", "`Token`")],
        ..CHANGE
    },
    Change {
        name: "an operation that needs no credential any more",
        fragment: |fragment| {
            if let Some(operation) = operation(fragment, CLIENTS) {
                operation["security"] = json!([]);
            }
        },
        verdict: "additive",
        findings: &[("credential-became-optional", "credential of list_clients")],
        ..CHANGE
    },
    Change {
        name: "no operation that needs a credential",
        fragment: |fragment| fragment["security"] = json!([{"Bearer": []}, {}]),
        verdict: "additive",
        findings: &[(
            "credential-became-optional",
            "credential of every operation",
        )],
        ..CHANGE
    },
    Change {
        name: "another code of success",
        fragment: |fragment| {
            if let Some(operation) = operation(fragment, CLIENTS) {
                operation["responses"]["201"] = operation["responses"]["200"].take();
                operation["responses"]
                    .as_object_mut()
                    .unwrap()
                    .shift_remove("200");
            }
        },
        verdict: "breaking",
        findings: &[
            ("status-added", "list_clients 201"),
            ("status-removed", "list_clients 200"),
        ],
        ..CHANGE
    },
    Change {
        name: "one more code of success",
        fragment: |fragment| {
            if let Some(operation) = operation(fragment, CLIENTS) {
                operation["responses"]["202"] = operation["responses"]["200"].clone();
            }
        },
        verdict: "additive",
        findings: &[("status-added", "list_clients 202")],
        ..CHANGE
    },
    Change {
        name: "another method of an operation",
        fragment: |fragment| {
            if operation(fragment, "patch_client").is_some() {
                let item = fragment["paths"]
                    .as_object_mut()
                    .unwrap()
                    .values_mut()
                    .next()
                    .unwrap();
                let patch = item.as_object_mut().unwrap().shift_remove("patch").unwrap();
                item["put"] = patch;
            }
        },
        overlay: |overlay| {
            overlay
                .replace("{client_id}'].patch", "{client_id}'].put")
                .replace("$.paths.*.patch", "$.paths.*['patch','put']")
        },
        verdict: "breaking",
        findings: &[("operation-method-changed", "update_client")],
    },
    Change {
        name: "a field of an update that cannot be set any more",
        fragment: |fragment| {
            set(
                fragment,
                UPDATE,
                "properties.partner_payload.readOnly",
                json!(true),
            )
        },
        verdict: "breaking",
        findings: &[("field-became-read-only", "ClientUpdate.partner_payload")],
        ..CHANGE
    },
    Change {
        name: "a field of an update that one of its parts has as read-only",
        fragment: |fragment| {
            if let Some(schema) = schema(fragment, UPDATE) {
                let field = &mut schema["properties"]["partner_payload"];
                *field = json!({"allOf": [field.take(), {"readOnly": true}]});
            }
        },
        verdict: "breaking",
        findings: &[
            ("field-became-read-only", "ClientUpdate.partner_payload"),
            ("presence-changed", "ClientUpdate.partner_payload: type"),
            ("docs-changed", "ClientUpdate.partner_payload: allOf"),
            ("docs-changed", "ClientUpdate.partner_payload: description"),
        ],
        ..CHANGE
    },
    Change {
        name: "a new credential",
        fragment: |fragment| {
            fragment["components"]["securitySchemes"]["Query"] =
                json!({"type": "apiKey", "in": "query", "name": "key"});
            let security = fragment["security"].as_array_mut().unwrap();
            security.push(json!({"Query": []}));
        },
        verdict: "security",
        findings: &[
            ("credential-added", "`Query` for every operation"),
            ("scheme-added", "`Query`"),
        ],
        ..CHANGE
    },
    Change {
        name: "a new credential that nothing accepts",
        fragment: |fragment| {
            fragment["components"]["securitySchemes"]["Query"] =
                json!({"type": "apiKey", "in": "query", "name": "key"})
        },
        verdict: "security",
        findings: &[("scheme-added", "`Query`")],
        ..CHANGE
    },
    Change {
        name: "a field of a response that cannot be set",
        fragment: |fragment| set(fragment, CLIENT, "properties.name.readOnly", json!(true)),
        verdict: "docs-only",
        findings: &[("presence-changed", "ClientAccount.name: readOnly")],
        ..CHANGE
    },
    Change {
        name: "a parameter in another case",
        fragment: |fragment| parameter(fragment, CLIENTS, "limit", "name", json!("Limit")),
        verdict: "additive",
        findings: &[("parameter-wire-name", "list_clients(limit)")],
        ..CHANGE
    },
    Change {
        name: "a field in another case",
        fragment: |fragment| {
            if let Some(schema) = schema(fragment, CLIENT) {
                let fields = schema["properties"].as_object_mut().unwrap();
                let field = fields.shift_remove("max_channels").unwrap();
                fields.insert("maxChannels".into(), field);
            }
        },
        verdict: "additive",
        findings: &[("field-wire-name", "ClientAccount.max_channels")],
        ..CHANGE
    },
    Change {
        name: "a value in another case",
        fragment: |fragment| {
            if let Some(channel) = schema(fragment, "ChannelPublicPayloadOut") {
                for value in channel["properties"]["status"]["enum"]
                    .as_array_mut()
                    .unwrap()
                {
                    if value == "verified" {
                        *value = "VERIFIED".into();
                    }
                }
            }
        },
        verdict: "additive",
        findings: &[("variant-wire-name", "ChannelStatus::Verified")],
        ..CHANGE
    },
    Change {
        name: "a list that has a second array of objects",
        fragment: |fragment| {
            let more = json!({"type": "array", "items": {"$ref": "#/components/schemas/ClientPayloadOut"}});
            set(
                fragment,
                "PartnerClientsPublicOut",
                "properties.others",
                more,
            );
        },
        verdict: "breaking",
        findings: &[
            ("field-added", "ClientList.others"),
            ("stream-removed", "list_clients().stream()"),
        ],
        ..CHANGE
    },
    Change {
        name: "the scope of a partner is gone",
        overlay: |overlay| {
            let (before, rest) = overlay.split_once("      x-rust-scopes:\n").unwrap();
            let (_, rest) = rest.split_once('\n').unwrap();
            format!("{before}      x-rust-scopes: {{}}\n{rest}")
        },
        verdict: "breaking",
        findings: &[("scope-removed", "client.partner()")],
        ..CHANGE
    },
];
