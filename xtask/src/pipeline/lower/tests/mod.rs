//! What progenitor cannot generate, and what the lowered document has instead.

mod multipart;
mod naming;
mod requests;
mod typed;
mod unions;

use partner_api_codegen::contract::{
    Encoding, EnumValue, Extension as _, OperationExtension, PropertyExtension, SchemaExtension,
};
use serde_json::{Value, json};

use super::{Lowered, lower};
use crate::document::source_map::SourceMap;

/// A document with these schemas and one operation.
fn document(schemas: Value, operation: Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "components": {"schemas": schemas},
        "paths": {"/things/{thing_id}": {"patch": operation}},
    })
}

fn path_parameter() -> Value {
    json!({"in": "path", "name": "thing_id", "required": true, "schema": {"type": "string"}})
}

fn body(schema: &Value) -> Value {
    json!({"content": {"application/json": {"schema": schema}}})
}

/// Lowers an operation that returns `response`.
fn returning(schemas: Value, response: &Value) -> Lowered {
    let operation = json!({
        "operationId": "updateThing",
        "parameters": [path_parameter()],
        "responses": {"200": body(response)},
    });
    lower(&document(schemas, operation), &SourceMap::default(), false).expect("it can be lowered")
}

/// Lowers an operation with these further members.
fn operation(members: Value) -> Result<Value, String> {
    let mut operation =
        json!({"operationId": "updateThing", "parameters": [path_parameter()], "responses": {}});
    if let (Value::Object(operation), Value::Object(members)) = (&mut operation, members) {
        operation.extend(members);
    }
    lower(
        &document(json!({}), operation),
        &SourceMap::default(),
        false,
    )
    .map(|lowered| lowered.document)
    .map_err(|error| error.to_string())
}

fn schema(lowered: &Lowered, name: &str) -> Value {
    lowered.document["components"]["schemas"][name].clone()
}

const REF_A: &str = "#/components/schemas/A";

fn patch(document: &Value) -> Value {
    document["paths"]["/things/{thing_id}"]["patch"].clone()
}

#[test]
fn a_response_requires_nothing_and_is_open() {
    let a = json!({"type": "object", "required": ["id"], "additionalProperties": false,
        "properties": {"id": {"type": ["string", "null"], "format": "uuid", "minLength": 3}}});
    let lowered = returning(json!({"A": a}), &json!({"$ref": REF_A}));
    assert_eq!(
        schema(&lowered, "A"),
        json!({"type": "object", "properties": {"id": {"type": "string"}}, "additionalProperties": {}})
    );
    assert_eq!(lowered.document["openapi"], "3.0.3");
}

#[test]
fn a_request_keeps_required_fields_and_distinguishes_null_from_absent() {
    let a = json!({"type": "object", "required": ["id"], "properties": {
        "id": {"type": "string"},
        "note": {"type": ["string", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}},
    }});
    let operation = json!({
        "operationId": "updateThing",
        "parameters": [path_parameter()],
        "requestBody": body(&json!({"$ref": REF_A})),
        "responses": {},
    });
    let lowered = lower(
        &document(json!({"A": a}), operation),
        &SourceMap::default(),
        false,
    )
    .expect("lowered");
    let a = schema(&lowered, "A");
    assert_eq!(a["required"], json!(["id"]));
    assert_eq!(
        a["properties"]["note"],
        PropertyExtension {
            nullable: true,
            ..PropertyExtension::default()
        }
        .on(json!({"type": "string"}))
    );
    assert_eq!(
        PropertyExtension::of(&a["properties"]["tags"]).map(|tags| tags.optional),
        Some(true)
    );
}

#[test]
fn a_request_needs_nothing_that_is_read_only() {
    let created = json!({"type": "string", "readOnly": true});
    let reference = json!({"$ref": "#/components/schemas/Created"});
    let a = json!({"required": ["id", "at", "by", "name"], "properties": {
        "id": {"type": "string", "readOnly": true},
        "at": reference,
        "by": {"allOf": [{"description": "Who"}, reference]},
        "name": {"type": "string"},
    }});
    let operation = json!({
        "operationId": "updateThing",
        "parameters": [path_parameter()],
        "requestBody": body(&json!({"$ref": REF_A})),
        "responses": {},
    });
    let document = document(json!({"A": a, "Created": created}), operation);
    let lowered = lower(&document, &SourceMap::default(), false).expect("lowered");
    assert_eq!(schema(&lowered, "A")["required"], json!(["name"]));
}

#[test]
fn inline_schemas_become_components() {
    let inline = json!({"type": "object", "title": "Same", "properties": {
        "owner": {"type": "object", "title": "Same", "properties": {"name": {"type": "string"}}},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
    }});
    // A component already has the name that the response would get.
    let lowered = returning(json!({"UpdateThingResponse": {"type": "string"}}), &inline);
    let response =
        &patch(&lowered.document)["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(
        response["$ref"],
        "#/components/schemas/UpdateThingResponse2"
    );
    let hoisted = schema(&lowered, "UpdateThingResponse2");
    assert_eq!(
        hoisted["properties"]["owner"]["$ref"],
        "#/components/schemas/UpdateThingResponseOwner"
    );
    assert_eq!(
        hoisted["properties"]["parts"]["items"]["$ref"],
        "#/components/schemas/UpdateThingResponsePartsItem"
    );
    assert_eq!(hoisted.get("title"), None);
}

#[test]
fn an_enum_is_lowered_with_the_description_of_each_value() {
    let status = json!({"type": "string", "enum": ["created", "on hold", ""], "x-rust-type": "Status",
        "description": "One of:\n- **created**: It is new.\n- **on hold**: [deprecated]"});
    let lowered = returning(
        json!({}),
        &json!({"type": "object", "properties": {"status": status}}),
    );
    let value = |name: &str, value: &str, description: Option<&str>| EnumValue {
        name: name.into(),
        value: value.into(),
        description: description.map(str::to_owned),
    };
    assert_eq!(
        SchemaExtension::of(&schema(&lowered, "Status")),
        Some(SchemaExtension::Enum {
            values: vec![
                value("Created", "created", Some("It is new.")),
                value("OnHold", "on hold", Some("\\[deprecated]")),
                value("Empty", "", None),
            ],
            sort: None,
        })
    );
}

#[test]
fn null_or_this_is_this() {
    let a = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let holder = json!({"type": "object", "properties": {"a": {"anyOf": [{"$ref": REF_A}, {"type": "null"}], "deprecated": true}}});
    let lowered = returning(
        json!({"A": a, "Holder": holder}),
        &json!({"$ref": "#/components/schemas/Holder"}),
    );
    assert_eq!(
        schema(&lowered, "Holder")["properties"]["a"],
        json!({"deprecated": true, "allOf": [{"$ref": REF_A}]})
    );
}

#[test]
fn all_of_becomes_one_object() {
    let a = json!({"type": "object", "properties": {"id": {"type": "string"}}});
    let whole = json!({"allOf": [{"$ref": REF_A}, {"type": "object", "properties": {"n": {"type": "integer"}}}]});
    let lowered = returning(
        json!({"A": a, "Whole": whole}),
        &json!({"$ref": "#/components/schemas/Whole"}),
    );
    assert_eq!(
        schema(&lowered, "Whole")["properties"],
        json!({"id": {"type": "string"}, "n": {"type": "integer"}})
    );
}

#[test]
fn a_recursive_schema_is_lowered() {
    let a = json!({"type": "object", "properties": {"child": {"$ref": REF_A}}});
    let lowered = returning(json!({"A": a}), &json!({"$ref": REF_A}));
    assert_eq!(
        schema(&lowered, "A")["properties"]["child"],
        json!({"$ref": REF_A})
    );
}

#[test]
fn a_path_parameter_is_an_identifier() {
    let lowered = returning(json!({}), &json!({}));
    assert_eq!(
        patch(&lowered.document)["parameters"][0]["schema"]["$ref"],
        "#/components/schemas/ThingId"
    );
    assert_eq!(
        SchemaExtension::of(&schema(&lowered, "ThingId")),
        Some(SchemaExtension::Identifier)
    );
}

#[test]
fn an_object_in_the_query_has_its_encoding() {
    let object = json!({"type": "object", "properties": {"q": {"type": "string"}}});
    for (parameter, encoding) in [
        (
            json!({"in": "query", "name": "filters", "schema": object}),
            Encoding::Form,
        ),
        (
            json!({"in": "query", "name": "filters", "content": {"application/json": {"schema": object}}}),
            Encoding::Json,
        ),
    ] {
        let document =
            operation(json!({"parameters": [path_parameter(), parameter]})).expect("lowered");
        let query = &document["components"]["schemas"]["UpdateThingFiltersQuery"];
        let schema = json!({"$ref": "#/components/schemas/UpdateThingFilters"});
        let expected = SchemaExtension::Query { encoding, schema };
        assert_eq!(SchemaExtension::of(query), Some(expected));
    }
}

#[test]
fn errors_are_one_type_at_4xx_and_5xx() {
    let error =
        |name: &str| body(&json!({"type": "object", "properties": {name: {"type": "string"}}}));
    let responses = json!({"204": {}, "400": error("a"), "404": error("b"), "default": error("c")});
    let document = operation(json!({"responses": responses})).expect("lowered");
    let responses = patch(&document)["responses"].clone();
    let codes: Vec<_> = responses
        .as_object()
        .expect("responses")
        .keys()
        .cloned()
        .collect();
    assert_eq!(codes, ["204", "4XX", "5XX"]);
    assert_eq!(
        responses["4XX"]["content"]["application/json"]["schema"],
        json!({})
    );
}

#[test]
fn success_is_one_type() {
    let text = || body(&json!({"type": "string"}));
    let document = operation(json!({"responses": {"200": text(), "204": {}}})).expect("lowered");
    let schema = &patch(&document)["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(schema["nullable"], true, "sometimes there is no body");

    let responses = json!({"2XX": {}, "200": text(), "201": body(&json!({"type": "integer"}))});
    let document = operation(json!({"responses": responses})).expect("lowered");
    let schema = &document["components"]["schemas"]["UpdateThingResponse"];
    let Some(SchemaExtension::Responses(bodies)) = SchemaExtension::of(schema) else {
        panic!("an enum by status: {schema}");
    };
    let bodies: Vec<_> = bodies.iter().map(|it| (&*it.name, it.status)).collect();
    let expected = [
        ("Ok", (200, 200)),
        ("Created", (201, 201)),
        ("Success", (200, 299)),
    ];
    assert_eq!(bodies, expected);
}

#[test]
fn keywords_that_only_validate_are_noted_where_they_are() {
    let conditional = json!({"if": {"required": ["a"]}, "then": {"properties": {"b": {}}}});
    let a = json!({"type": "object", "unevaluatedProperties": false, "properties": {
        "c": {"allOf": [{"type": "object"}, conditional]},
        "if": {"type": "string"},
    }});
    let lowered = returning(json!({"A": a}), &json!({"$ref": REF_A}));
    let notes: Vec<_> = lowered.notes.iter().map(ToString::to_string).collect();
    let text = "validation only, which is left to the API; a property that only this describes is in no type";
    let at = "/components/schemas/A";
    assert_eq!(
        notes,
        [
            format!("{at}: `unevaluatedProperties`: {text}"),
            format!("{at}/properties/c/allOf/1: `if`: {text}"),
        ]
    );
}

#[test]
fn unsupported_operations_are_left_out_on_request() {
    let operation = json!({"operationId": "x", "responses": {}, "requestBody": {"content": {"multipart/mixed": {}}}});
    let mut document = document(json!({}), operation);
    document["paths"]["/fine"] = json!({"get": {"responses": {}}});
    let lowered = lower(&document, &SourceMap::default(), true).expect("the rest is lowered");
    assert_eq!(lowered.operations.keys().collect::<Vec<_>>(), ["get_fine"]);
    let notes: Vec<_> = lowered.notes.iter().map(ToString::to_string).collect();
    assert!(
        notes[0].starts_with("left out: PATCH /things/{thing_id}: "),
        "{notes:?}"
    );
}
