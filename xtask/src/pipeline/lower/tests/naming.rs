//! Names that Rust or the client uses, names that collide, and values that need no name.

use partner_api_codegen::contract::{
    Extension as _, OperationExtension, PropertyExtension, SchemaExtension,
};
use serde_json::{Value, json};

use super::{REF_A, body, document, operation, patch, path_parameter, returning, schema};
use crate::document::source_map::SourceMap;
use crate::pipeline::lower::{Kind, Lowered, lower};

/// Lowers a document with these paths and schemas.
fn lowered(paths: Value, schemas: Value) -> Lowered {
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "components": {"schemas": schemas},
        "paths": paths,
    });
    lower(&document, &SourceMap::default(), false).expect("it can be lowered")
}

fn get(id: &str) -> Value {
    json!({"get": {"operationId": id, "responses": {}}})
}

fn notes(lowered: &Lowered) -> Vec<String> {
    lowered.notes.iter().map(ToString::to_string).collect()
}

/// The variants of an enum, each with its value.
fn variants(values: &[&str]) -> Vec<(String, String)> {
    let lowered = returning(json!({}), &json!({"type": "string", "enum": values}));
    let Some(SchemaExtension::Enum { values, .. }) =
        SchemaExtension::of(&schema(&lowered, "UpdateThingResponse"))
    else {
        panic!("expected an enum");
    };
    values.into_iter().map(|it| (it.value, it.name)).collect()
}

fn names(values: &[&str]) -> Vec<String> {
    variants(values).into_iter().map(|(_, name)| name).collect()
}

#[test]
fn operations_are_numbered_whatever_their_order() {
    let paths = |pages: &[(&str, &str)]| -> Value {
        let items = pages.iter().map(|(path, id)| ((*path).to_owned(), get(id)));
        items.collect::<serde_json::Map<_, _>>().into()
    };
    let one = lowered(
        paths(&[("/a", "listX"), ("/b", "list_x"), ("/c", "ListX")]),
        json!({}),
    );
    let other = lowered(
        paths(&[("/c", "ListX"), ("/a", "listX"), ("/b", "list_x")]),
        json!({}),
    );
    assert_eq!(one.operations, other.operations);
    assert_eq!(one.operations["list_x"], "/paths/~1b/get");
    assert_eq!(one.operations["list_x_2"], "/paths/~1a/get");
    assert_eq!(one.operations["list_x_3"], "/paths/~1c/get");
    assert_eq!(
        notes(&one)[0],
        "/paths/~1a/get: \"listX\" is called `list_x_2`, because \"list_x\" is called `list_x`; \
         for another name, give it another `operationId` in the overlay"
    );
    assert_eq!(notes(&one).len(), 2);
}

#[test]
fn an_operation_is_not_called_as_something_of_the_client() {
    let lowered = lowered(
        json!({"/a": get("clone"), "/b": get("self"), "/c": get("Error"), "/d": get("cloneThing")}),
        json!({}),
    );
    let names: Vec<_> = lowered.operations.keys().collect();
    assert_eq!(
        names,
        [
            "clone_operation",
            "clone_thing",
            "error_operation",
            "self_operation"
        ]
    );
    assert_eq!(
        notes(&lowered)[0],
        "/paths/~1a/get: \"clone\" is called `clone_operation`, because Rust or the client uses that name itself; \
         for another name, give it another `operationId` in the overlay"
    );
}

#[test]
fn a_parameter_is_not_called_as_something_of_its_builder() {
    let send = json!({"in": "query", "name": "send", "schema": {"type": "string"}});
    let wire = |parameter: &Value| {
        let document = operation(json!({"parameters": [path_parameter(), parameter]}));
        let extension = OperationExtension::of(&patch(&document.expect("lowered")));
        extension.map(|it| it.wire).unwrap_or_default()
    };
    let sends = |name: &str| [(name.to_owned(), "send".to_owned())].into();
    assert_eq!(wire(&send), sends("send_param"));
    let mut named = send.clone();
    named["x-rust-name"] = "send_to".into();
    assert_eq!(wire(&named), sends("send_to"));
    named["x-rust-name"] = "stream".into();
    let error = operation(json!({"parameters": [path_parameter(), named]})).expect_err("taken");
    assert!(
        error.contains("the builder uses the name `stream` itself"),
        "{error}"
    );
}

#[test]
fn colliding_parameters_are_numbered() {
    let parameter = |name: &str, place: &str| json!({"in": place, "name": name, "schema": {}});
    let parameters = json!([
        path_parameter(),
        parameter("From", "query"),
        parameter("From<", "query"),
        parameter("Page", "header"),
        parameter("page", "query")
    ]);
    let document = operation(json!({ "parameters": parameters })).expect("lowered");
    let extension = OperationExtension::of(&patch(&document)).expect("an extension");
    assert_eq!(extension.wire["page_header"], "Page");
    assert_eq!(extension.wire["from_less_than"], "From<");
    assert!(!extension.wire.contains_key("page"));
}

#[test]
fn colliding_properties_are_numbered_and_keep_their_wire_names() {
    let a = json!({"type": "object", "properties": {"userId": {}, "user_id": {}, "": {}, "😀": {}, "x": {}}});
    let lowered = returning(json!({"A": a}), &json!({"$ref": REF_A}));
    let properties = schema(&lowered, "A")["properties"].clone();
    let wire = |name: &str| PropertyExtension::of(&properties[name]).and_then(|it| it.wire);
    assert_eq!(wire("user_id"), None);
    assert_eq!(wire("user_id_2").as_deref(), Some("userId"));
    assert_eq!(wire("x"), None);
    assert_eq!(wire("x_2").as_deref(), Some(""));
    assert_eq!(wire("x_3").as_deref(), Some("😀"));
}

#[test]
fn colliding_schemas_are_numbered_but_a_choice_of_the_overlay_is_kept() {
    let text = json!({"type": "string"});
    let lowered = lowered(
        json!({}),
        json!({"user": text, "User": {"type": "integer"}}),
    );
    assert_eq!(schema(&lowered, "User")["type"], "integer");
    assert_eq!(schema(&lowered, "User2")["type"], "string");

    let property = |name: &str| json!({"type": "integer", "x-rust-name": name});
    let chosen = json!({"type": "object", "properties": {"count": {}, "n": property("count")}});
    let lowered = returning(json!({"A": chosen}), &json!({"$ref": REF_A}));
    assert_eq!(
        schema(&lowered, "A")["properties"]["count"]["type"],
        "integer"
    );

    let twice = json!({"type": "object", "properties": {"a": property("n"), "b": property("n")}});
    let error = operation(json!({"responses": {"200": body(&twice)}})).expect_err("chosen twice");
    assert!(error.contains("both are called `n`"), "{error}");
}

#[test]
fn values_have_names_whatever_they_are_made_of() {
    assert_eq!(
        names(&["=", "!=", "<", ">"]),
        ["Equals", "NotEquals", "LessThan", "GreaterThan"]
    );
    assert_eq!(names(&["ASC", "asc"]), ["Asc2", "Asc"]);
    assert_eq!(names(&["asc", "ASC"]), ["Asc", "Asc2"]);
    assert_eq!(
        names(&[".", "X", "O", "*/", "...", " "]),
        ["Dot", "X", "O", "StarSlash", "DotDotDot", "Space"]
    );
    assert_eq!(names(&["😀", "😁", "名前", "é"]), ["X", "X2", "名前", "É"]);
    assert_eq!(
        names(&["A-", "A+", "A", "C#", "C++"]),
        ["AMinus", "APlus", "A", "C", "CPlusPlus"]
    );
    assert_eq!(names(&["on hold", "on-hold"]), ["OnHold", "OnHold2"]);
    assert_eq!(
        names(&["name", "-name", "", "self"]),
        ["Name", "NameDescending", "Empty", "Self_"]
    );
}

#[test]
fn names_of_the_overlay_are_not_numbered() {
    let values = |names: Value| {
        let schema = json!({"type": "string", "enum": ["a", "A"], "x-enum-varnames": names});
        operation(json!({"responses": {"200": body(&schema)}}))
    };
    assert!(values(json!(["Small", "Capital"])).is_ok());
    let error = values(json!(["Letter", "Letter"])).expect_err("chosen twice");
    assert!(error.contains("both are called `Letter`"), "{error}");
}

#[test]
fn one_value_is_a_constant_that_a_request_sends_by_itself() {
    let kind = json!({"type": "string", "enum": ["text"]});
    let a = json!({"type": "object", "required": ["kind", "version", "name", "odd"], "properties": {
        "kind": {"$ref": "#/components/schemas/Kind"},
        "version": {"type": "integer", "const": 2},
        "name": {"type": "string"},
        "mode": {"type": "string", "const": "fast"},
        "odd": {"type": ["string", "null"], "enum": ["x", null]},
    }});
    let operation = json!({
        "operationId": "updateThing",
        "parameters": [path_parameter()],
        "requestBody": body(&json!({"$ref": REF_A})),
        "responses": {"200": body(&json!({"$ref": "#/components/schemas/Kind"}))},
    });
    let document = document(json!({"A": a, "Kind": kind}), operation);
    let lowered = lower(&document, &SourceMap::default(), false).expect("lowered");
    let a = schema(&lowered, "A");
    assert_eq!(a["required"], json!(["name", "odd"]));
    let constant = |name: &str| {
        let extension = PropertyExtension::of(&a["properties"][name]);
        extension.and_then(|it| it.constant)
    };
    assert_eq!(constant("kind"), Some(json!("text")));
    assert_eq!(constant("version"), Some(json!(2)));
    assert_eq!(constant("mode"), None);
    assert_eq!(constant("odd"), None);
    assert_eq!(a["properties"]["kind"]["type"], "string");
    assert_eq!(
        a["properties"]["mode"]["description"],
        "The only documented value is `fast`."
    );
    let names: Vec<_> = lowered.document["components"]["schemas"]
        .as_object()
        .expect("schemas")
        .keys()
        .collect();
    assert_eq!(names, ["A", "ThingId"]);
}

#[test]
fn an_identifier_beside_a_schema_of_its_name_reads_well() {
    let path = |id: &str, name: &str| {
        let parameter =
            json!({"in": "path", "name": name, "required": true, "schema": {"type": "string"}});
        json!({"get": {"operationId": id, "parameters": [parameter], "responses": {}}})
    };
    let object = json!({"type": "object", "properties": {"id": {"type": "string"}}});
    let paths = json!({
        "/projects/{project}": path("a", "project"),
        "/projects/{project}/all": path("b", "project"),
        "/pets/{pet_id}": path("c", "pet_id"),
    });
    let lowered = lowered(
        paths,
        json!({"Project": object, "PetId": {"type": "string"}}),
    );
    let schemas = lowered.document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    assert_eq!(
        schemas.keys().collect::<Vec<_>>(),
        ["PetId", "Project", "ProjectId"]
    );
    assert_eq!(
        SchemaExtension::of(&schemas["PetId"]),
        Some(SchemaExtension::Identifier)
    );
    assert_eq!(
        SchemaExtension::of(&schemas["ProjectId"]),
        Some(SchemaExtension::Identifier)
    );
}

#[test]
fn long_names_are_cut_and_stay_different() {
    let mut inner = json!({"type": "object", "properties": {"end": {"type": "integer"}}});
    for name in [
        "image_url",
        "content",
        "messages",
        "choices",
        "completion_details",
    ] {
        inner = json!({"type": "object", "properties": {name: {"type": "array", "items": inner}}});
    }
    let lowered = returning(json!({}), &inner);
    let schemas = lowered.document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    assert!(
        schemas.keys().all(|name| name.len() <= 60),
        "{:?}",
        schemas.keys()
    );
    assert_eq!(schemas.len(), 7);
}

#[test]
fn what_several_operations_share_is_one_problem_and_one_note() {
    let operation = |id: &str| {
        json!({"get": {"operationId": id, "parameters": [{"$ref": "#/components/parameters/Odd"}],
            "responses": {"200": {"$ref": "#/components/responses/Odd"}}}})
    };
    let document = |kind: &str| {
        json!({
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1"},
            "paths": {"/a": operation("a"), "/b": operation("b"), "/c": get("c")},
            "components": {
                "parameters": {"Odd": {"in": kind, "name": "odd", "schema": {"type": "string"}}},
                "responses": {"Odd": body(&json!({"type": "strange"}))},
            },
        })
    };
    for (kind, place) in [
        ("nowhere", "/components/parameters/Odd"),
        (
            "query",
            "/components/responses/Odd/content/application~1json/schema",
        ),
    ] {
        let error = lower(&document(kind), &SourceMap::default(), false).expect_err("rejected");
        assert_eq!(error.0.len(), 1, "{error}");
        assert_eq!(error.0[0].split(": ").nth(1), Some(place));
    }
    let lowered = lower(&document("nowhere"), &SourceMap::default(), true).expect("lowered");
    assert_eq!(lowered.left_out, 2);
    assert_eq!(lowered.operations.len(), 1);
    let lowered = lower(&document("query"), &SourceMap::default(), true).expect("lowered");
    let kinds: Vec<_> = lowered.notes.iter().map(|note| note.kind).collect();
    assert_eq!(kinds, [Kind::AnyJson]);
    assert_eq!(lowered.left_out, 0);
}
