//! Schemas and bodies of public APIs that generators often get wrong.

use partner_api_codegen::contract::{
    Extension as _, Member, MemberTest, PropertyExtension, SchemaExtension, Test,
};
use serde_json::{Value, json};

use crate::support::{
    Folder, assert_contains, code, document, generate, get_things, json_of, object, returning,
    schema, string,
};

fn lowered(page: &Value) -> Value {
    generate(page).json("progenitor.json")
}

fn posting(id: &str, body: Value) -> Value {
    let mut operation = returning(id, json!({}));
    operation["requestBody"] = json!({"required": true, "content": json_of(body)});
    operation
}

#[test]
fn a_fixed_value_inside_all_of_distinguishes_alternatives() {
    let part =
        |kind: &str| json!({"allOf": [schema("Base"), object(json!({"kind": {"const": kind}}))]});
    let union = json!({"oneOf": [schema("Circle"), schema("Square")], "discriminator": {"propertyName": "kind"}});
    let schemas = json!({
        "Shape": union,
        "Base": object(json!({"id": string()})),
        "Circle": part("round"),
        "Square": part("angular"),
    });
    let lowered = lowered(&document(
        json!({"/a": {"get": returning("get_a", schema("Shape"))}}),
        schemas,
    ));
    let union = SchemaExtension::of(&lowered["components"]["schemas"]["Shape"]);
    let Some(SchemaExtension::Union(alternatives)) = union else {
        panic!("expected a union, found {union:?}");
    };
    for (alternative, kind) in alternatives.iter().zip(["round", "angular"]) {
        let member = Member {
            name: "kind".into(),
            is: MemberTest::OneOf(vec![kind.into()]),
        };
        assert_eq!(alternative.when, Test::Object(vec![member]));
    }
}

#[test]
fn inline_alternatives_with_a_discriminator_are_distinguished() {
    let part = |kind: &str| object(json!({"kind": {"const": kind}, "size": {"type": "integer"}}));
    let union = json!({"oneOf": [part("round"), part("angular")], "discriminator": {"propertyName": "kind"}});
    let lowered = lowered(&get_things(returning("list_things", union)));
    assert_contains(
        &lowered.to_string(),
        &["{\"one_of\":[\"round\"]}", "{\"one_of\":[\"angular\"]}"],
    );
}

#[test]
fn a_base_type_with_subtypes_is_a_union() {
    let schemas = json!({
        "Pet": {"type": "object", "properties": {"kind": string()}, "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}}},
        "Cat": {"allOf": [schema("Pet"), object(json!({"lives": {"type": "integer"}}))]},
    });
    let lowered = lowered(&document(
        json!({"/a": {"get": returning("get_a", schema("Pet"))}}),
        schemas,
    ));
    let pet = SchemaExtension::of(&lowered["components"]["schemas"]["Pet"]);
    let Some(SchemaExtension::Union(alternatives)) = pet else {
        panic!("expected a union, found {pet:?}");
    };
    let names: Vec<_> = alternatives.iter().map(|it| &it.name).collect();
    assert_eq!(names, ["Cat", "Base"]);
}

#[test]
fn equal_inline_responses_are_one_type() {
    let response = |schema: Value| json!({"description": "", "content": json_of(schema)});
    let thing = object(json!({"id": string()}));
    let failure = object(json!({"message": string()}));
    let operation = json!({"operationId": "add_thing", "responses": {
        "200": response(thing.clone()), "201": response(thing),
        "400": response(failure.clone()), "404": response(failure),
    }});
    let lowered = lowered(&get_things(operation));
    let names: Vec<_> = lowered["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(names, ["AddThingError", "AddThingResponse"]);
}

#[test]
fn a_shared_response_may_be_recursive() {
    let again = "#/components/responses/Tree/content/application~1json/schema";
    let tree =
        object(json!({"name": string(), "children": {"type": "array", "items": {"$ref": again}}}));
    let mut page = get_things(
        json!({"operationId": "tree", "responses": {"200": {"$ref": "#/components/responses/Tree"}}}),
    );
    page["components"]["responses"] =
        json!({"Tree": {"description": "", "content": json_of(tree)}});
    let run = Folder::new().fragment("t.md", &page).run(&[]);
    assert!(matches!(run.code, Some(0 | 1)), "it crashed: {run:?}");
}

#[test]
fn a_cycle_of_references_does_not_crash() {
    let nested = json!({"$ref": "#/components/schemas/Z/properties/q"});
    let schemas = json!({"A": object(json!({"z": nested})), "Z": object(json!({"q": object(json!({"child": nested}))}))});
    let page = document(
        json!({"/a": {"get": returning("get_a", schema("A"))}}),
        schemas,
    );
    let run = Folder::new().fragment("t.md", &page).run(&[]);
    assert!(matches!(run.code, Some(0 | 1)), "it crashed: {run:?}");
    for cycle in [
        json!({"A": schema("B"), "B": schema("A")}),
        json!({"A": {"allOf": [schema("A")]}, "B": {}}),
    ] {
        let page = document(
            json!({"/a": {"get": returning("get_a", schema("A"))}}),
            cycle,
        );
        let run = Folder::new().fragment("t.md", &page).run(&[]);
        assert_eq!(run.code, Some(1), "nothing can be of such a type: {run:?}");
    }
}

#[test]
fn a_reference_may_point_to_a_property() {
    let thing = object(json!({
        "billing": object(json!({"street": string()})),
        "billing_backup": {"$ref": "#/components/schemas/Thing/properties/billing"},
    }));
    generate(&document(
        json!({"/a": {"get": returning("get_a", schema("Thing"))}}),
        json!({ "Thing": thing }),
    ));
}

#[test]
fn a_path_that_is_a_reference_is_read() {
    let mut page = document(
        json!({"/things": {"$ref": "#/components/pathItems/Things"}}),
        json!({}),
    );
    page["components"]["pathItems"] =
        json!({"Things": {"get": returning("list_things", string())}});
    let folder = Folder::new().fragment("t.md", &page);
    let run = folder.run(&[]);
    match run.code {
        Some(0) => assert_contains(&folder.text("generated.rs"), &["pub fn list_things("]),
        _ => assert_contains(&run.error(), &["t.md:4", "/paths/~1things"]),
    }
}

#[test]
fn a_request_does_not_require_response_only_properties() {
    let thing = json!({"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string", "readOnly": true}, "name": string()}});
    let lowered = lowered(&get_things(posting("add_thing", thing)));
    assert_eq!(
        lowered["components"]["schemas"]["AddThingBody"]["required"],
        json!(["name"])
    );
}

#[test]
fn a_nullable_field_can_be_sent_as_null() {
    let schemas = json!({
        "User": object(json!({"name": string()})),
        "NullableUser": {"anyOf": [schema("User"), {"type": "null"}]},
        "NullableThing": {"type": ["object", "null"], "properties": {"id": string()}},
    });
    let body = object(json!({"owner": schema("NullableUser"), "thing": schema("NullableThing")}));
    let lowered = lowered(&document(
        json!({"/a": {"patch": posting("update", body)}}),
        schemas,
    ));
    let properties = &lowered["components"]["schemas"]["UpdateBody"]["properties"];
    for name in ["thing", "owner"] {
        let extension = PropertyExtension::of(&properties[name]);
        assert!(extension.is_some_and(|it| it.nullable), "{name}");
    }
}

#[test]
fn a_nullable_response_is_optional() {
    let schemas = json!({"User": object(json!({"name": string()})), "NullableUser": {"anyOf": [schema("User"), {"type": "null"}]}});
    let code = code(&document(
        json!({"/a": {"get": returning("get_a", schema("NullableUser"))}}),
        schemas,
    ));
    assert_contains(
        &code,
        &["Result<ResponseValue<::std::option::Option<types::NullableUser>>,Error>"],
    );
}

#[test]
fn an_optional_body_may_be_left_out() {
    let mut operation = posting("lock", object(json!({"reason": string()})));
    operation["requestBody"]["required"] = json!(false);
    let code = code(&document(json!({"/a": {"put": operation}}), json!({})));
    assert!(
        !code.contains("body:isrequired"),
        "the call insists on a body"
    );
}

#[test]
fn a_form_with_objects_or_arrays_is_noted() {
    // URL-encoding has no standard form for them, and serde_urlencoded rejects them in every call.
    let form = object(
        json!({"card": object(json!({"number": string()})), "items": {"type": "array", "items": string()}}),
    );
    let mut operation = returning("pay", json!({}));
    operation["requestBody"] =
        json!({"content": {"application/x-www-form-urlencoded": {"schema": form}}});
    let run = Folder::new()
        .fragment(
            "t.md",
            &document(json!({"/pay": {"post": operation}}), json!({})),
        )
        .run(&[]);
    assert_contains(&run.stderr, &["t.md:4", "/paths/~1pay/post/requestBody"]);
}

#[test]
fn an_object_and_a_string_are_distinguished() {
    let either = json!({"type": ["object", "string"], "properties": {"id": string()}});
    generate(&get_things(returning("list_things", either)));
}
