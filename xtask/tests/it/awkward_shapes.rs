//! Schemas and bodies that public APIs have and a generator gets wrong easily.

use serde_json::{Value, json};

use crate::support::{
    Folder, answering, code, document, get_things, json_of, made, object, says, schema, text,
};

fn lowered(page: &Value) -> Value {
    made(page).json("progenitor.json")
}

fn posting(id: &str, body: Value) -> Value {
    let mut operation = answering(id, json!({}));
    operation["requestBody"] = json!({"required": true, "content": json_of(body)});
    operation
}

#[test]
fn a_fixed_value_inside_all_of_tells_the_alternatives_of_a_union_apart() {
    let part =
        |kind: &str| json!({"allOf": [schema("Base"), object(json!({"kind": {"const": kind}}))]});
    let union = json!({"oneOf": [schema("Circle"), schema("Square")], "discriminator": {"propertyName": "kind"}});
    let schemas = json!({
        "Shape": union,
        "Base": object(json!({"id": text()})),
        "Circle": part("round"),
        "Square": part("angular"),
    });
    let lowered = lowered(&document(
        json!({"/a": {"get": answering("get_a", schema("Shape"))}}),
        schemas,
    ));
    let variants = &lowered["components"]["schemas"]["Shape"]["x-codegen"]["union"]["variants"];
    assert_eq!(variants[0]["values"], json!(["round"]));
    assert_eq!(variants[1]["values"], json!(["angular"]));
}

#[test]
fn inline_alternatives_with_a_discriminator_are_told_apart() {
    let part = |kind: &str| object(json!({"kind": {"const": kind}, "size": {"type": "integer"}}));
    let union = json!({"oneOf": [part("round"), part("angular")], "discriminator": {"propertyName": "kind"}});
    let lowered = lowered(&get_things(answering("list_things", union)));
    says(
        &lowered.to_string(),
        &["\"values\":[\"round\"]", "\"values\":[\"angular\"]"],
    );
}

#[test]
fn a_base_type_that_stands_for_its_subtypes_is_a_union_or_told() {
    let schemas = json!({
        "Pet": {"type": "object", "properties": {"kind": text()}, "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}}},
        "Cat": {"allOf": [schema("Pet"), object(json!({"lives": {"type": "integer"}}))]},
    });
    let page = document(
        json!({"/a": {"get": answering("get_a", schema("Pet"))}}),
        schemas,
    );
    let folder = Folder::new().fragment("t.md", &page);
    let run = folder.made(&[]);
    let union =
        !folder.json("progenitor.json")["components"]["schemas"]["Pet"]["x-codegen"]["union"]
            .is_null();
    assert!(
        union || run.stderr.contains("/components/schemas/Pet: "),
        "{}",
        run.stderr
    );
}

#[test]
fn equal_answers_written_inline_are_one_type() {
    let answer = |schema: Value| json!({"description": "", "content": json_of(schema)});
    let thing = object(json!({"id": text()}));
    let failure = object(json!({"message": text()}));
    let operation = json!({"operationId": "add_thing", "responses": {
        "200": answer(thing.clone()), "201": answer(thing),
        "400": answer(failure.clone()), "404": answer(failure),
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
fn a_shared_answer_may_have_itself_in_it() {
    let again = "#/components/responses/Tree/content/application~1json/schema";
    let tree =
        object(json!({"name": text(), "children": {"type": "array", "items": {"$ref": again}}}));
    let mut page = get_things(
        json!({"operationId": "tree", "responses": {"200": {"$ref": "#/components/responses/Tree"}}}),
    );
    page["components"]["responses"] =
        json!({"Tree": {"description": "", "content": json_of(tree)}});
    let run = Folder::new().fragment("t.md", &page).run(&[]);
    assert!(matches!(run.code, Some(0 | 1)), "it crashed: {run:?}");
}

#[test]
fn references_in_a_circle_are_no_crash() {
    let nested = json!({"$ref": "#/components/schemas/Z/properties/q"});
    let schemas = json!({"A": object(json!({"z": nested})), "Z": object(json!({"q": object(json!({"child": nested}))}))});
    let page = document(
        json!({"/a": {"get": answering("get_a", schema("A"))}}),
        schemas,
    );
    let run = Folder::new().fragment("t.md", &page).run(&[]);
    assert!(matches!(run.code, Some(0 | 1)), "it crashed: {run:?}");
    for circle in [
        json!({"A": schema("B"), "B": schema("A")}),
        json!({"A": {"allOf": [schema("A")]}, "B": {}}),
    ] {
        let page = document(
            json!({"/a": {"get": answering("get_a", schema("A"))}}),
            circle,
        );
        let run = Folder::new().fragment("t.md", &page).run(&[]);
        assert_eq!(run.code, Some(1), "nothing can be of such a type: {run:?}");
    }
}

#[test]
fn a_reference_may_lead_to_a_property_with_a_shorter_name() {
    let thing = object(json!({
        "billing": object(json!({"street": text()})),
        "billing_backup": {"$ref": "#/components/schemas/Thing/properties/billing"},
    }));
    made(&document(
        json!({"/a": {"get": answering("get_a", schema("Thing"))}}),
        json!({ "Thing": thing }),
    ));
}

#[test]
fn a_path_that_is_a_reference_is_not_lost() {
    let mut page = document(
        json!({"/things": {"$ref": "#/components/pathItems/Things"}}),
        json!({}),
    );
    page["components"]["pathItems"] = json!({"Things": {"get": answering("list_things", text())}});
    let folder = Folder::new().fragment("t.md", &page);
    let run = folder.run(&[]);
    match run.code {
        Some(0) => says(&folder.text("generated.rs"), &["pub fn list_things("]),
        _ => says(&run.error(), &["t.md:4", "/paths/~1things"]),
    }
}

#[test]
fn a_request_need_not_have_what_only_answers_have() {
    let thing = json!({"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string", "readOnly": true}, "name": text()}});
    let lowered = lowered(&get_things(posting("add_thing", thing)));
    assert_eq!(
        lowered["components"]["schemas"]["AddThingBody"]["required"],
        json!(["name"])
    );
}

#[test]
fn a_field_whose_schema_says_that_it_may_be_null_can_be_sent_as_null() {
    let schemas = json!({
        "User": object(json!({"name": text()})),
        "NullableUser": {"anyOf": [schema("User"), {"type": "null"}]},
        "NullableThing": {"type": ["object", "null"], "properties": {"id": text()}},
    });
    let body = object(json!({"owner": schema("NullableUser"), "thing": schema("NullableThing")}));
    let lowered = lowered(&document(
        json!({"/a": {"patch": posting("update", body)}}),
        schemas,
    ));
    let properties = &lowered["components"]["schemas"]["UpdateBody"]["properties"];
    assert_eq!(properties["thing"]["x-codegen"]["nullable"], true);
    assert_eq!(properties["owner"]["x-codegen"]["nullable"], true);
}

#[test]
fn an_answer_that_may_be_null_is_optional() {
    let schemas = json!({"User": object(json!({"name": text()})), "NullableUser": {"anyOf": [schema("User"), {"type": "null"}]}});
    let code = code(&document(
        json!({"/a": {"get": answering("get_a", schema("NullableUser"))}}),
        schemas,
    ));
    says(
        &code,
        &["Result<ResponseValue<::std::option::Option<types::NullableUser>>,Error>"],
    );
}

#[test]
fn a_body_that_is_not_required_may_be_left_out() {
    let mut operation = posting("lock", object(json!({"reason": text()})));
    operation["requestBody"]["required"] = json!(false);
    let code = code(&document(json!({"/a": {"put": operation}}), json!({})));
    assert!(
        !code.contains("body:isrequired"),
        "the call insists on a body"
    );
}

#[test]
fn a_form_with_more_than_plain_values_is_told() {
    // URL-encoding has no standard form for them, and serde_urlencoded refuses them in every call.
    let form = object(
        json!({"card": object(json!({"number": text()})), "items": {"type": "array", "items": text()}}),
    );
    let mut operation = answering("pay", json!({}));
    operation["requestBody"] =
        json!({"content": {"application/x-www-form-urlencoded": {"schema": form}}});
    let run = Folder::new()
        .fragment(
            "t.md",
            &document(json!({"/pay": {"post": operation}}), json!({})),
        )
        .run(&[]);
    says(&run.stderr, &["t.md:4", "/paths/~1pay/post/requestBody"]);
}

#[test]
fn an_object_or_a_text_is_told_apart() {
    let either = json!({"type": ["object", "string"], "properties": {"id": text()}});
    made(&get_things(answering("list_things", either)));
}
