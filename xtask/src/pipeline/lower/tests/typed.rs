//! Strings and parameters that become newtypes, by their name in the overlay or by their shape.

use partner_api_codegen::contract::{DocumentExtension, Scope, SortKeys};

use super::*;

/// The extension of a component.
fn extension(document: &Value, name: &str) -> Option<SchemaExtension> {
    SchemaExtension::of(&document["components"]["schemas"][name])
}

/// What an enum is to the lists that are sorted by it.
fn sort_keys(document: &Value, name: &str) -> Option<SortKeys> {
    match extension(document, name)? {
        SchemaExtension::Enum { sort, .. } => sort,
        _ => None,
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The schema of a parameter of the operation.
fn parameter(document: &Value, name: &str) -> Value {
    let operation = patch(document);
    let all = operation["parameters"].as_array().expect("parameters");
    let found = all.iter().find(|parameter| parameter["name"] == name);
    found.expect(name)["schema"].clone()
}

fn query(name: &str, schema: &Value) -> Value {
    json!({"in": "query", "name": name, "schema": schema})
}

fn with_parameters(parameters: &[Value]) -> Value {
    let mut all = vec![path_parameter()];
    all.extend_from_slice(parameters);
    operation(json!({ "parameters": all })).expect("it can be lowered")
}

#[test]
fn a_string_named_by_the_overlay_is_the_identifier_of_the_path() {
    let thing = json!({"properties": {
        "id": {"type": "string", "x-rust-type": "ThingId"},
        "parent": {"type": ["string", "null"], "x-rust-type": "ThingId", "description": "Above"},
        "owner": {"type": "string", "x-rust-type": "OwnerId"},
        "siblings": {"items": {"type": "string", "x-rust-type": "ThingId"}},
    }});
    let lowered = returning(json!({"A": thing}), &json!({"$ref": REF_A}));
    let a = schema(&lowered, "A");
    assert_eq!(a["properties"]["id"], reference("ThingId"));
    let parent = json!({"description": "Above", "allOf": [reference("ThingId")]});
    assert_eq!(a["properties"]["parent"], parent);
    assert_eq!(a["properties"]["siblings"]["items"], reference("ThingId"));
    assert_eq!(
        parameter(&lowered.document, "thing_id"),
        reference("ThingId")
    );
    assert_eq!(
        extension(&lowered.document, "OwnerId"),
        Some(SchemaExtension::Identifier)
    );
    assert_eq!(schema(&lowered, "OwnerId")["description"], "The owner id.");
}

#[test]
fn an_identifier_cannot_have_the_name_of_a_schema() {
    let schemas = json!({
        "A": {"properties": {"owner": {"type": "string", "x-rust-type": "Owner"}}},
        "Owner": {"properties": {"name": {"type": "string"}}},
    });
    let operation = json!({"operationId": "x", "parameters": [path_parameter()], "responses": {}});
    let rejected = lower(&document(schemas, operation), &SourceMap::default(), false);
    let error = rejected.expect_err("two types of one name").to_string();
    assert!(error.contains("both are called `Owner`"), "{error}");
}

#[test]
fn a_timestamp_is_recognised_by_its_format_or_by_the_overlay() {
    let a = json!({"properties": {
        "at": {"type": "string", "format": "date-time"},
        "until": {"type": "string", "x-rust-type": "Timestamp"},
        "day": {"type": "string", "format": "date"},
        "either": {"anyOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}]},
    }});
    let lowered = returning(json!({"A": a}), &json!({"$ref": REF_A}));
    let a = schema(&lowered, "A");
    assert_eq!(a["properties"]["at"], reference("Timestamp"));
    assert_eq!(a["properties"]["until"], reference("Timestamp"));
    assert_eq!(a["properties"]["day"], json!({"type": "string"}));
    assert_eq!(
        extension(&lowered.document, "Timestamp"),
        Some(SchemaExtension::Timestamp)
    );
    let either = extension(&lowered.document, "AEither");
    let Some(SchemaExtension::Union(either)) = either else {
        panic!("expected a union");
    };
    assert_eq!(either[1].schema, reference("Timestamp"));
}

#[test]
fn limit_and_offset_together_are_numbers_of_items() {
    let (limit, offset) = (
        query("limit", &json!({"type": "number", "default": 20})),
        query("offset", &json!({"type": "integer"})),
    );
    let both = with_parameters(&[limit.clone(), offset]);
    let rows = json!({"type": "integer", "format": "uint32"});
    assert_eq!(parameter(&both, "limit"), rows);
    assert_eq!(parameter(&both, "offset"), rows);
    let paged = |document| OperationExtension::of(&patch(document)).map(|it| it.paged);
    assert_eq!(paged(&both), Some(true));
    let alone = with_parameters(&[limit]);
    assert_eq!(parameter(&alone, "limit"), reference("QueryNumber"));
    assert_eq!(paged(&alone), Some(false));
}

#[test]
fn a_default_is_documented_only() {
    let schema = json!({"type": "string", "default": "month"});
    let mut period = query("period", &schema);
    period["description"] = "How long".into();
    let document = with_parameters(&[period]);
    let parameter = patch(&document)["parameters"][1].clone();
    assert_eq!(
        parameter["description"],
        "How long\n\nDefault of the API: `\"month\"`"
    );
    assert_eq!(parameter["schema"].get("default"), None);
}

#[test]
fn an_array_in_one_value_is_comma_separated() {
    let ids = json!({"type": "array", "items": {"type": ["number", "null"]}});
    let mut ids = query("ids", &ids);
    ids["explode"] = false.into();
    let document = with_parameters(&[ids.clone()]);
    assert_eq!(
        parameter(&document, "ids"),
        reference("UpdateThingIdsQuery")
    );
    let outer = SchemaExtension::Query {
        encoding: Encoding::Commas,
        schema: reference("QueryNumber"),
    };
    assert_eq!(extension(&document, "UpdateThingIdsQuery"), Some(outer));
    ids["schema"]["items"] = json!({"type": "object"});
    let rejected = operation(json!({"parameters": [path_parameter(), ids]})).expect_err("rejected");
    assert!(rejected.contains("an item of this array"), "{rejected}");
}

#[test]
fn a_sort_of_keys_accepts_several_in_both_directions() {
    let keys =
        json!({"type": "string", "enum": ["name", "created_at"], "x-rust-type": "ThingSort"});
    let document = with_parameters(&[query("sort", &keys)]);
    assert_eq!(parameter(&document, "sort"), reference("ThingSortQuery"));
    let outer = SchemaExtension::Query {
        encoding: Encoding::Sort,
        schema: reference("ThingSort"),
    };
    assert_eq!(extension(&document, "ThingSortQuery"), Some(outer));
    assert_eq!(sort_keys(&document, "ThingSort"), Some(SortKeys::Closed));
}

#[test]
fn a_sort_of_a_component_keeps_unknown_values() {
    let schemas = json!({"Key": {"type": "string", "enum": ["name", "age"]}});
    let sort = query("sort", &json!({"$ref": "#/components/schemas/Key"}));
    let operation =
        json!({"operationId": "x", "parameters": [path_parameter(), sort], "responses": {}});
    let lowered = lower(&document(schemas, operation), &SourceMap::default(), false);
    let lowered = lowered.expect("it can be lowered").document;
    assert_eq!(sort_keys(&lowered, "Key"), Some(SortKeys::Open));
}

#[test]
fn a_sort_with_its_own_notation_is_left_alone() {
    let keys = |values: Value| json!({"type": "string", "enum": values});
    let signed = with_parameters(&[query("sort", &keys(json!(["name", "-name"])))]);
    assert_eq!(parameter(&signed, "sort"), reference("UpdateThingSort"));
    let beside = with_parameters(&[
        query("sort", &keys(json!(["name", "age"]))),
        query("direction", &keys(json!(["asc", "desc"]))),
    ]);
    assert_eq!(parameter(&beside, "sort"), reference("UpdateThingSort"));
    let other = with_parameters(&[query("order", &keys(json!(["name", "age"])))]);
    assert_eq!(parameter(&other, "order"), reference("UpdateThingOrder"));
}

#[test]
fn an_object_in_one_parameter_accepts_undocumented_members() {
    let filters = |properties: Value| {
        let schema =
            json!({"type": "object", "properties": properties, "additionalProperties": false});
        let content = json!({"application/json": {"schema": schema}});
        with_parameters(&[json!({"in": "query", "name": "filters", "content": content})])
    };
    let open = filters(json!({"id": {}}));
    let open = &open["components"]["schemas"]["UpdateThingFilters"];
    assert_eq!(open["additionalProperties"], json!({}));
    // That name is taken by the map of the others.
    let taken = filters(json!({"extra": {}}));
    let taken = &taken["components"]["schemas"]["UpdateThingFilters"];
    assert!(taken["additionalProperties"].is_null(), "{taken}");
}

#[test]
fn an_update_that_may_be_empty_is_marked() {
    let update = |schema: Value| {
        let document = operation(json!({"requestBody": body(&schema)})).expect("it can be lowered");
        OperationExtension::of(&patch(&document))
            .is_some_and(|it| it.body.is_some_and(|body| body.update))
    };
    let note = json!({"note": {"type": "string"}});
    assert!(update(json!({"type": "object", "properties": note})));
    let required = json!({"type": "object", "properties": note, "required": ["note"]});
    assert!(!update(required));
    assert!(!update(
        json!({"type": "object", "additionalProperties": {}})
    ));
}

/// Lowers a document with these scopes.
fn scopes(wanted: Value) -> Result<Vec<Scope>, String> {
    let operation =
        json!({"operationId": "get_thing", "parameters": [path_parameter()], "responses": {}});
    let mut document = document(json!({}), operation);
    document["x-rust-scopes"] = wanted;
    lower(&document, &SourceMap::default(), false)
        .map(|lowered| {
            DocumentExtension::of(&lowered.document)
                .unwrap_or_default()
                .scopes
        })
        .map_err(|error| error.to_string())
}

#[test]
fn a_scope_sets_a_path_parameter() {
    let scope = Scope {
        name: "thing".into(),
        type_name: "ThingScope".into(),
        parameter: "thing_id".into(),
        schema: reference("ThingId"),
    };
    assert_eq!(scopes(json!({"thing": "thing_id"})), Ok(vec![scope]));
    let error = scopes(json!({"owner": "owner_id"})).expect_err("no such parameter");
    assert!(
        error.contains("no path has a parameter `owner_id`"),
        "{error}"
    );
    let error = scopes(json!({"get_thing": "thing_id"})).expect_err("an operation is called that");
    assert!(error.contains("both are called `get_thing`"), "{error}");
}
