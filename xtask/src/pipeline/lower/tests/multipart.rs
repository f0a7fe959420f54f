//! Bodies of `multipart/form-data`.

use partner_api_codegen::contract::Part;

use super::*;

const A: &str = "A";

/// Lowers an operation with this multipart body, and these responses.
fn upload(media: &Value, schemas: Value, response: &Value) -> Result<Lowered, String> {
    let operation = json!({
        "operationId": "updateThing",
        "parameters": [path_parameter()],
        "requestBody": {"content": {"multipart/form-data; charset=utf-8": media}},
        "responses": {"200": body(response)},
    });
    lower(&document(schemas, operation), &SourceMap::default(), false)
        .map_err(|error| error.to_string())
}

fn inline(schema: &Value) -> Result<Lowered, String> {
    upload(&json!({ "schema": schema }), json!({}), &json!({}))
}

fn part(lowered: &Lowered, name: &str) -> Value {
    schema(lowered, "UpdateThingBody")["properties"][name].clone()
}

#[test]
fn files_are_distinguished_from_strings() {
    let file = json!({"$ref": "#/components/schemas/FilePart"});
    let lowered = inline(&json!({"properties": {
        "old": {"type": "string", "format": "binary"},
        "new": {"contentMediaType": "image/png"},
        "several": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "base64": {"type": "string", "format": "byte"},
        "encoded": {"type": "string", "contentMediaType": "image/png", "contentEncoding": "base64"},
        "json": {"type": "string", "contentMediaType": "application/json"},
    }}));
    let lowered = lowered.expect("it can be lowered");
    let kind = |name| PropertyExtension::of(&part(&lowered, name)).and_then(|it| it.part);
    assert_eq!(part(&lowered, "old")["allOf"][0], file);
    assert_eq!(
        kind("new"),
        Some(Part::File {
            content_type: Some("image/png".into())
        })
    );
    assert_eq!(part(&lowered, "several")["items"], file);
    assert!(matches!(kind("several"), Some(Part::File { .. })));
    for text in ["base64", "encoded", "json"] {
        assert_eq!(part(&lowered, text)["type"], "string", "{text}");
    }
    assert_eq!(kind("json"), Some(Part::Json));
    let operation = OperationExtension::of(&patch(&lowered.document));
    assert!(operation.is_some_and(|it| it.body.is_some_and(|body| body.multipart)));
}

#[test]
fn a_body_without_parts_is_not_sent() {
    let lowered = inline(&json!({"type": "object", "properties": {}}));
    let lowered = lowered.expect("it can be lowered");
    assert_eq!(patch(&lowered.document)["requestBody"], Value::Null);
    let notes: Vec<_> = lowered.notes.iter().map(ToString::to_string).collect();
    assert!(
        notes.iter().any(|it| it.contains("has no parts")),
        "{notes:?}"
    );
}

#[test]
fn the_caller_names_parts_that_are_not_described() {
    for schema in [
        json!({"type": "object"}),
        json!({"type": "string", "format": "binary"}),
    ] {
        let lowered = inline(&schema).expect("it can be lowered");
        let parts = part(&lowered, "parts");
        let extension = PropertyExtension::of(&parts).and_then(|it| it.part);
        assert_eq!(extension, Some(Part::Named));
        let file = json!({"$ref": "#/components/schemas/FilePart"});
        assert_eq!(parts["additionalProperties"], file);
    }
}

#[test]
fn the_parts_of_an_all_of_are_those_of_one_body() {
    let media = json!({"schema": {"allOf": [
        {"$ref": REF_A},
        {"properties": {"note": {"type": "string"}}, "required": ["note"]},
    ]}});
    let a = json!({A: {"properties": {"file": {"format": "binary", "type": "string"}}, "required": ["file"]}});
    let lowered = upload(&media, a, &json!({})).expect("it can be lowered");
    let body = schema(&lowered, "UpdateThingBody");
    assert_eq!(body["required"], json!(["file", "note"]));
}

#[test]
fn a_component_that_is_only_uploaded_keeps_its_name() {
    let media = json!({"schema": {"$ref": REF_A}});
    let schemas = json!({A: {"properties": {"file": {"type": "string", "format": "binary"}}}});
    let uploaded = upload(&media, schemas.clone(), &json!({})).expect("it can be lowered");
    let multipart = Some(SchemaExtension::Multipart);
    assert_eq!(SchemaExtension::of(&schema(&uploaded, A)), multipart);
    let used_by_response =
        upload(&media, schemas, &json!({"$ref": REF_A})).expect("it can be lowered");
    assert_eq!(SchemaExtension::of(&schema(&used_by_response, A)), None);
    let body = schema(&used_by_response, "UpdateThingBody");
    assert_eq!(SchemaExtension::of(&body), multipart);
}

#[test]
fn a_part_with_an_invalid_name_is_rejected_with_its_place() {
    let error = inline(&json!({"properties": {"a\"": {}}})).expect_err("rejected");
    let content = "/patch/requestBody/content/multipart~1form-data; charset=utf-8/schema";
    assert!(error.starts_with("PATCH /things/{thing_id}: "), "{error}");
    let at = format!("{content}/properties/a\": ");
    assert!(error.contains(&at), "{error}");
    assert!(error.contains("cannot contain quotes"), "{error}");
}

#[test]
fn a_body_that_contradicts_itself_leaves_its_operation_out() {
    let both = json!({"allOf": [{"type": "object"}, {"type": "string"}]});
    let media = json!({"multipart/form-data": {"schema": both}});
    let operation = json!({
        "operationId": "updateThing",
        "parameters": [path_parameter()],
        "requestBody": {"content": media},
        "responses": {},
    });
    let document = document(json!({}), operation);
    let lowered = lower(&document, &SourceMap::default(), true).expect("the rest is lowered");
    assert!(lowered.operations.is_empty());
    assert_eq!(lowered.notes.len(), 1, "{:?}", lowered.notes);
    assert!(
        lowered.notes[0].to_string().starts_with("left out: "),
        "{:?}",
        lowered.notes
    );
}
