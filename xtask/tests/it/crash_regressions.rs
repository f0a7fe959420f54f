//! Input that once caused a panic, a hang, or an error without a message.

use partner_api_codegen::contract::{Extension as _, SchemaExtension};
use serde_json::{Map, Value, json};
use xtask::document::source_map::Origin;
use xtask::pipeline::extract::Fragment;
use xtask::pipeline::lower::{self, Lowered, lower};
use xtask::pipeline::merge::merge;
use xtask::pipeline::normalise::normalise;

fn fragment(page: &str, document: Value) -> Fragment {
    let origin = Origin {
        page: page.into(),
        line: 4,
        heading: None,
        url: None,
    };
    Fragment { origin, document }
}

fn lowered(schemas: Value) -> Result<Lowered, lower::Error> {
    let document = json!({"openapi": "3.1.0", "paths": {}, "components": {"schemas": schemas}});
    lowered_with(document, false)
}

fn lowered_with(document: Value, skip_unsupported: bool) -> Result<Lowered, lower::Error> {
    let merged = merge(vec![fragment("a.md", document)]);
    let (mut document, mut sources) = (merged.document, merged.sources);
    normalise(&mut document, &mut sources).unwrap();
    lower(&document, &sources, skip_unsupported)
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The conflicts of two fragments.
fn conflicts(one: &Value, other: &Value) -> Vec<String> {
    let document = |part: &Value| {
        let mut document = json!({"openapi": "3.1.0"});
        document["components"] = part.clone();
        document
    };
    let merged = merge(vec![
        fragment("a.md", document(one)),
        fragment("b.md", document(other)),
    ]);
    let pointers = merged.conflicts.iter();
    pointers.map(|conflict| conflict.pointer.clone()).collect()
}

#[test]
fn an_object_that_is_not_one_on_another_page_is_a_conflict_in_any_order() {
    let (good, bad) = (json!({"schemas": {"A": {}}}), json!({"schemas": []}));
    assert_eq!(conflicts(&good, &bad), ["/components/schemas"]);
    assert_eq!(conflicts(&bad, &good), ["/components/schemas"]);
}

#[test]
fn a_renamed_schema_keeps_its_percent_encoded_references() {
    let reference = json!({"$ref": "#/components/schemas/My%20Thing"});
    let named =
        json!({"type": "object", "properties": {"parent": reference}, "x-rust-name": "Thing"});
    let lowered = lowered(json!({"My Thing": named})).unwrap().document;
    let parent = &lowered["components"]["schemas"]["Thing"]["properties"]["parent"];
    assert_eq!(parent, &schema("Thing"));
}

#[test]
fn schemas_that_are_only_each_other_or_null_are_rejected() {
    let or_null = |name: &str| json!({"anyOf": [schema(name), {"type": "null"}]});
    let error = lowered(json!({"A": or_null("B"), "B": or_null("A")})).unwrap_err();
    for (line, name) in error.0.iter().zip(["A", "B"]) {
        let expected = format!("a.md:4: /components/schemas/{name}: this schema is a cycle");
        assert!(line.starts_with(&expected), "{line}");
    }
}

#[test]
fn an_enum_of_unknown_only_is_a_string() {
    let lowered = lowered(json!({"A": {"type": "string", "enum": ["Unknown", "unknown"]}}));
    let lowered = lowered.unwrap().document;
    let text = json!({"type": "string"});
    assert_eq!(lowered["components"]["schemas"]["A"], text);
}

#[test]
fn an_enum_has_each_name_once() {
    let words = json!({"schema": {"type": "string", "enum": ["a-b", "a_b", "c"]}});
    let operation = json!({"responses": {"200": {"content": {"application/json": words}}}});
    let document = json!({"openapi": "3.1.0", "paths": {"/a": {"get": operation}}});
    let lowered = lowered_with(document, true).unwrap().document;
    let response = SchemaExtension::of(&lowered["components"]["schemas"]["GetAResponse"]);
    let Some(SchemaExtension::Enum { values, .. }) = response else {
        panic!("expected an enum, found {response:?}");
    };
    let names: Vec<_> = values.iter().map(|value| &value.name).collect();
    assert_eq!(names, ["Ab", "Ab2", "C"]);
}

#[test]
fn an_all_of_that_contains_itself_is_rejected() {
    let own = json!({"type": "object", "properties": {"note": {"type": "string"}}});
    let parent = json!({"allOf": [schema("A"), own]});
    let error = lowered(json!({"A": {"type": "object", "properties": {"parent": parent}}}))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("a.md:4: /components/schemas/A/properties/parent"),
        "{error}"
    );
}

/// Each schema has the next one as two of its parts: 2^30 parts in total.
fn doubled(keyword: &str, last: Value) -> Value {
    let mut schemas: Map<String, Value> = (0..30)
        .map(|index| {
            let next = schema(&format!("A{}", index + 1));
            let part = json!({"type": "object", "properties": {"a": {"type": "string"}}});
            (format!("A{index}"), json!({keyword: [next, part, next]}))
        })
        .collect();
    schemas.insert("A30".into(), last);
    schemas.into()
}

#[test]
fn an_exponential_all_of_does_not_hang() {
    let last = json!({"type": "object", "properties": {"z": {"type": "string"}}});
    let _ = lowered(doubled("allOf", last));
}

#[test]
fn exponential_alternatives_do_not_hang() {
    let mut schemas = doubled("allOf", json!({"description": "Anything."}));
    schemas["Either"] = json!({"oneOf": [schema("A0"), schema("A1")]});
    let _ = lowered(schemas);
}
