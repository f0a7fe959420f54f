//! What the finishing pass makes of progenitor's code, rule by rule, on one small page.

use std::fs;
use std::sync::OnceLock;

use serde_json::{Value, json};
use xtask::codegen::{Options, Outcome, run};

/// The generated code without white space, made once for all tests.
fn code() -> &'static str {
    static CODE: OnceLock<String> = OnceLock::new();
    CODE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let docs = folder.path().join("docs");
        let out = folder.path().join("out");
        fs::create_dir(&docs).unwrap();
        let page = format!("# Things\n\n```json\n{}\n```\n", document());
        fs::write(docs.join("things.md"), page).unwrap();
        let overlay = folder.path().join("overlay.yaml");
        fs::write(&overlay, OVERLAY).unwrap();
        let options = Options {
            docs: Some(docs),
            overlay: Some(overlay),
            out: Some(out.clone()),
            ..Options::default()
        };
        assert_eq!(run(&options).unwrap(), Outcome::UpToDate);
        let code = fs::read_to_string(out.join("generated.rs")).unwrap();
        code.split_whitespace().collect()
    })
}

const OVERLAY: &str = "overlay: 1.1.0
info: {title: T, version: 1.0.0}
actions:
  - target: $
    description: A handle.
    update: {x-rust-scopes: {thing: thing_id}}
  - target: $.components.schemas.Thing.properties.owner
    description: A type of its own.
    update: {x-rust-type: OwnerId}
";

fn document() -> Value {
    let answer = |schema: Value| json!({"200": {"description": "", "content": {"application/json": {"schema": schema}}}});
    let filters = json!({"type": "object", "properties": {"status": {}}});
    let thing = json!({"$ref": "#/components/schemas/Thing"});
    let id = json!({"in": "path", "name": "thing_id", "required": true, "description": "Which thing.", "schema": {"type": "string"}});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1.0.0"},
        "servers": [{"url": "https://things.example/v1"}],
        "components": {"schemas": {
            "Thing": {"type": "object", "properties": {
                "tags": {"type": "array", "items": {"type": "string"}},
                "slots": {"type": "array", "items": {"type": ["string", "null"]}},
                "sizes": {"type": "object", "additionalProperties": {"type": "integer"}},
                "free": {"type": "object"},
                "old": {"type": "string", "deprecated": true},
                "createdAt": {"type": "string"},
                "status": {"type": "string", "enum": ["ready"]},
                "owner": {"type": "string"},
                "seenAt": {"type": "string", "format": "date-time"},
            }},
            "ThingUpdate": {"type": "object", "properties": {
                "note": {"type": ["string", "null"]},
                "tags": {"type": "array", "items": {"type": "string"}},
            }},
        }},
        "paths": {
            "/things": {"get": {
                "operationId": "list_things",
                "summary": "List things",
                "externalDocs": {"url": "https://docs.example/things"},
                "parameters": [
                    {"in": "query", "name": "pageSize", "schema": {"type": "integer"}},
                    {"in": "query", "name": "limit", "schema": {"type": "integer"}},
                    {"in": "query", "name": "offset", "schema": {"type": "integer"}},
                    {"in": "query", "name": "sort", "schema": {"type": "string", "enum": ["status"]}},
                    {"in": "query", "name": "filters", "content": {"application/json": {"schema": filters}}},
                    {"in": "header", "name": "X-Trace", "schema": {"type": "string"}},
                ],
                "responses": answer(json!({"type": "array", "items": thing})),
            }},
            "/a+b(c/{thing_id}/[d*.json": {"get": {
                "operationId": "odd_path",
                "parameters": [id],
                "responses": {"204": {"description": ""}},
            }},
            "/things/{thing_id}": {
                "patch": {
                    "operationId": "update_thing",
                    "parameters": [id],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingUpdate"}}}},
                    "responses": {"200": answer(thing.clone())["200"], "204": {"description": ""}},
                },
                "delete": {"operationId": "delete_thing", "parameters": [id], "deprecated": true, "responses": {"204": {"description": ""}}},
                "post": {
                    "operationId": "submit_thing",
                    "parameters": [id],
                    "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}},
                    "responses": {"200": {"description": "", "content": {"image/png": {}}}},
                },
            },
        },
    })
}

fn has(expected: &str) {
    let expected: String = expected.split_whitespace().collect();
    assert!(code().contains(&expected), "not generated: {expected}");
}

fn has_not(unexpected: &str) {
    assert!(
        !code().contains(unexpected),
        "still generated: {unexpected}"
    );
}

#[test]
fn collections_are_read_from_null() {
    has(
        r#"deserialize_with = "crate::values::lenient::list")] pub tags: ::std::vec::Vec<::std::string::String>"#,
    );
    has(
        r#"deserialize_with = "crate::values::lenient::map")] pub sizes: ::std::collections::BTreeMap<"#,
    );
    has(
        r#"deserialize_with = "crate::values::lenient::null_as_empty")] pub free: ::serde_json::Map<"#,
    );
}

#[test]
fn documented_null_items_are_kept() {
    has(
        r#"deserialize_with = "crate::values::lenient::null_as_empty")] pub slots: ::std::vec::Vec<::std::option::Option<"#,
    );
}

#[test]
fn a_request_has_absent_null_and_value_and_absent_and_empty() {
    has("pub note: ::std::option::Option<::std::option::Option<::std::string::String>>,");
    has("pub tags: ::std::option::Option<::std::vec::Vec<::std::string::String>>,");
    has(r#"deserialize_with = "crate::values::lenient::present""#);
}

#[test]
fn names_on_the_wire_are_as_published() {
    has(r#"#[serde(rename = "createdAt")] pub created_at:"#);
    has(r#"QueryParam::new("pageSize", &page_size)"#);
    has(r#"header_map.append("X-Trace","#);
    has(r#"crate::values::query::pairs("pageSize", &value)"#);
}

#[test]
fn deprecated_fields_and_operations_say_so() {
    has("#[deprecated] pub old:");
    has("#[deprecated] pub fn delete_thing(&self)");
}

#[test]
fn enums_keep_unknown_values_and_identifiers_refuse_bad_ones() {
    has("pub enum ThingStatus { ///`ready` Ready,");
    has("Unknown(::std::string::String),");
    has("crate::values::identifier::identifier!(ThingId);");
}

#[test]
fn answers_are_read_by_the_one_transport() {
    has(
        "crate::transport::response::list(client, &operations::LIST_THINGS, request, &options).await",
    );
    has(
        "crate::transport::response::optional(client, &operations::UPDATE_THING, request, &options).await",
    );
    has(
        "crate::transport::response::empty(client, &operations::DELETE_THING, request, &options).await",
    );
    has(
        "crate::transport::response::stream(client, &operations::SUBMIT_THING, request, &options).await",
    );
    has_not("UnexpectedResponse");
}

#[test]
fn ids_and_times_are_types_of_their_own() {
    has("pub owner: ::std::option::Option<crate::types::OwnerId>,");
    has("pub struct OwnerId(::std::sync::Arc<str>);");
    has("pub seen_at: ::std::option::Option<crate::types::Timestamp>,");
    has("pub use crate::values::timestamp::Timestamp;");
}

#[test]
fn which_rows_and_in_which_order_is_typed() {
    has("V: ::std::convert::TryInto<crate::Limit>,");
    has("V: ::std::convert::TryInto<crate::Offset>,");
    has("V: ::std::convert::TryInto<crate::values::sort::Sort<crate::types::ListThingsSort>>,");
    has("crate::values::sort::closed_sort_key!(ListThingsSort);");
}

#[test]
fn filters_take_more_than_is_documented() {
    has("pub extra: ::serde_json::Map<::std::string::String, ::serde_json::Value>,");
    has("impl ListThingsFilters {");
    has("self.extra.insert(name.into(), value.into());");
}

#[test]
fn a_handle_has_every_operation_with_its_parameter() {
    has("pub fn thing<V>(&self, thing_id: V) -> builder::ThingScope<'_>");
    has(
        "pub fn update_thing(&self) -> UpdateThing<'a> { UpdateThing { thing_id: self.thing_id.clone(), ..UpdateThing::new(self.client) } }",
    );
    has("#[deprecated] pub fn delete_thing(&self) -> DeleteThing<'a>");
    has_not("pubfnlist_things(&self)->ListThings<'a>");
}

#[test]
fn a_form_is_sent_as_one() {
    has(".form(&body)");
}

#[test]
fn setters_are_documented_and_name_the_argument_they_refuse() {
    has("///Which thing. pub fn thing_id<V>(mut self, value: V)");
    has(r#"crate::values::argument::checked("thing_id", value, crate::values::identifier::check"#);
    has(r#"crate::values::argument::read("page_size", value).map(Some)"#);
    has(
        r#"crate::values::argument::checked("body", value, crate::values::argument::sets_something"#,
    );
    has(r#"crate::values::argument::checked("filters", value, crate::values::query::check"#);
}

#[test]
fn methods_link_to_the_page_they_were_published_on() {
    has(
        "///List things. /// ///Sends `GET /things`. /// ///[Published documentation](https://docs.example/things)",
    );
}

#[test]
fn there_is_no_client_without_credentials_and_no_version_header() {
    has_not("new_with_client");
    has_not("api-version");
    has(r#"pub(crate) const BASE_URL: &str = "https://things.example/v1";"#);
}

#[test]
fn builders_of_types_are_left_out() {
    has_not("pubfnbuilder()");
    has_not("body_map");
}

#[test]
fn a_mock_takes_a_path_as_it_is_written() {
    has(r#"regex::Regex::new("^/a\\+b\\(c/[^/]*/\\[d\\*\\.json$")"#);
    has(r#"format!("^/a\\+b\\(c/{}/\\[d\\*\\.json$", regex::escape("#);
}
