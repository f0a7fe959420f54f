//! Texts and parameters that get types of their own: by name in the overlay, or by their shape.

use super::*;

/// What `x-codegen` says of a component.
fn codegen(document: &Value, name: &str) -> Value {
    document["components"]["schemas"][name]["x-codegen"].clone()
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The schema of a parameter of the one operation.
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
fn a_text_that_the_overlay_names_is_the_identifier_of_the_path() {
    let thing = json!({"properties": {
        "id": {"type": "string", "x-rust-type": "ThingId"},
        "parent": {"type": ["string", "null"], "x-rust-type": "ThingId", "description": "Above"},
        "owner": {"type": "string", "x-rust-type": "OwnerId"},
        "siblings": {"items": {"type": "string", "x-rust-type": "ThingId"}},
    }});
    let lowered = answering(json!({"A": thing}), &json!({"$ref": REF_A}));
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
        codegen(&lowered.document, "OwnerId"),
        json!({"identifier": true})
    );
    assert_eq!(schema(&lowered, "OwnerId")["description"], "One owner id.");
}

#[test]
fn an_identifier_cannot_have_the_name_of_a_schema() {
    let schemas = json!({
        "A": {"properties": {"owner": {"type": "string", "x-rust-type": "Owner"}}},
        "Owner": {"properties": {"name": {"type": "string"}}},
    });
    let operation = json!({"operationId": "x", "parameters": [path_parameter()], "responses": {}});
    let refused = lower(&document(schemas, operation), &SourceMap::default(), false);
    let error = refused.expect_err("two types of one name").to_string();
    assert!(error.contains("both are called `Owner`"), "{error}");
}

#[test]
fn a_timestamp_is_known_by_its_format_or_by_the_overlay() {
    let a = json!({"properties": {
        "at": {"type": "string", "format": "date-time"},
        "until": {"type": "string", "x-rust-type": "Timestamp"},
        "day": {"type": "string", "format": "date"},
        "either": {"anyOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}]},
    }});
    let lowered = answering(json!({"A": a}), &json!({"$ref": REF_A}));
    let a = schema(&lowered, "A");
    assert_eq!(a["properties"]["at"], reference("Timestamp"));
    assert_eq!(a["properties"]["until"], reference("Timestamp"));
    assert_eq!(a["properties"]["day"], json!({"type": "string"}));
    assert_eq!(
        codegen(&lowered.document, "Timestamp"),
        json!({"timestamp": true})
    );
    // A timestamp would take the number, too.
    let either = codegen(&lowered.document, "AEither");
    assert_eq!(
        either["alternatives"][1]["schema"],
        json!({"type": "string"})
    );
}

#[test]
fn limit_and_offset_together_are_numbers_of_rows() {
    let (limit, offset) = (
        query("limit", &json!({"type": "number", "default": 20})),
        query("offset", &json!({"type": "integer"})),
    );
    let both = with_parameters(&[limit.clone(), offset]);
    let rows = json!({"type": "integer", "format": "uint32"});
    assert_eq!(parameter(&both, "limit"), rows);
    assert_eq!(parameter(&both, "offset"), rows);
    let page = json!({"limit": "limit", "offset": "offset"});
    assert_eq!(patch(&both)["x-codegen"]["page"], page);
    let alone = with_parameters(&[limit]);
    assert_eq!(parameter(&alone, "limit"), reference("QueryNumber"));
    assert!(patch(&alone)["x-codegen"]["page"].is_null());
}

#[test]
fn a_default_is_told_and_nothing_else() {
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
fn an_array_in_one_value_has_commas_between_its_items() {
    let ids = json!({"type": "array", "items": {"type": ["number", "null"]}});
    let mut ids = query("ids", &ids);
    ids["explode"] = false.into();
    let document = with_parameters(&[ids.clone()]);
    assert_eq!(
        parameter(&document, "ids"),
        reference("UpdateThingIdsQuery")
    );
    let outer = json!({"query": {"encoding": "commas", "schema": reference("QueryNumber")}});
    assert_eq!(codegen(&document, "UpdateThingIdsQuery"), outer);
    ids["schema"]["items"] = json!({"type": "object"});
    let refused = operation(json!({"parameters": [path_parameter(), ids]})).expect_err("refused");
    assert!(
        refused.contains("an item of an array in one value"),
        "{refused}"
    );
}

#[test]
fn a_sort_whose_values_are_keys_takes_several_in_both_directions() {
    let keys =
        json!({"type": "string", "enum": ["name", "created_at"], "x-rust-type": "ThingSort"});
    let document = with_parameters(&[query("sort", &keys)]);
    assert_eq!(parameter(&document, "sort"), reference("ThingSortQuery"));
    let outer = json!({"query": {"encoding": "sort", "schema": reference("ThingSort")}});
    assert_eq!(codegen(&document, "ThingSortQuery"), outer);
    assert_eq!(codegen(&document, "ThingSort")["sort"], "closed");
}

#[test]
fn a_sort_of_a_component_keeps_values_it_does_not_know() {
    let schemas = json!({"Key": {"type": "string", "enum": ["name"]}});
    let sort = query("sort", &json!({"$ref": "#/components/schemas/Key"}));
    let operation =
        json!({"operationId": "x", "parameters": [path_parameter(), sort], "responses": {}});
    let lowered = lower(&document(schemas, operation), &SourceMap::default(), false);
    let lowered = lowered.expect("it can be lowered").document;
    assert_eq!(codegen(&lowered, "Key")["sort"], "open");
}

#[test]
fn a_document_that_says_descending_in_another_way_is_left_alone() {
    let keys = |values: Value| json!({"type": "string", "enum": values});
    let signed = with_parameters(&[query("sort", &keys(json!(["name", "-name"])))]);
    assert_eq!(parameter(&signed, "sort"), reference("UpdateThingSort"));
    let beside = with_parameters(&[
        query("sort", &keys(json!(["name"]))),
        query("direction", &keys(json!(["asc", "desc"]))),
    ]);
    assert_eq!(parameter(&beside, "sort"), reference("UpdateThingSort"));
    let other = with_parameters(&[query("order", &keys(json!(["name"])))]);
    assert_eq!(parameter(&other, "order"), reference("UpdateThingOrder"));
}

#[test]
fn an_object_in_one_parameter_takes_more_than_is_documented() {
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
fn an_update_that_may_set_nothing_is_known() {
    let update = |schema: Value| {
        let document = operation(json!({"requestBody": body(&schema)})).expect("it can be lowered");
        patch(&document)["x-codegen"]["update"].clone()
    };
    let note = json!({"note": {"type": "string"}});
    assert_eq!(update(json!({"type": "object", "properties": note})), true);
    let required = json!({"type": "object", "properties": note, "required": ["note"]});
    assert!(update(required).is_null());
    assert!(update(json!({"type": "object", "additionalProperties": {}})).is_null());
}

/// What becomes of a document with these handles.
fn handles(wanted: Value) -> Result<Value, String> {
    let operation =
        json!({"operationId": "get_thing", "parameters": [path_parameter()], "responses": {}});
    let mut document = document(json!({}), operation);
    document["x-rust-scopes"] = wanted;
    lower(&document, &SourceMap::default(), false)
        .map(|lowered| lowered.document["x-codegen"]["handles"].clone())
        .map_err(|error| error.to_string())
}

#[test]
fn a_handle_sets_a_parameter_that_paths_have() {
    let handle = json!({"name": "thing", "type": "ThingScope", "parameter": "thing_id", "schema": reference("ThingId")});
    assert_eq!(handles(json!({"thing": "thing_id"})), Ok(json!([handle])));
    let error = handles(json!({"owner": "owner_id"})).expect_err("no such parameter");
    assert!(
        error.contains("no path has a parameter `owner_id`"),
        "{error}"
    );
    let error = handles(json!({"get_thing": "thing_id"})).expect_err("an operation is called that");
    assert!(error.contains("both are called `get_thing`"), "{error}");
}
