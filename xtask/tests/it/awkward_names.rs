//! Names of public APIs that Rust, the crate or progenitor use for something else.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::copy::Copy;
use crate::support::{
    Folder, assert_contains, code, document, generate, get_things, object, returning, schema,
    string,
};

#[track_caller]
fn compiles(page: &Value) {
    let built = Copy::with(&generate(page)).cargo(&["build", "--lib"]);
    assert!(built.is_ok(), "{}", built.unwrap_err());
}

#[test]
fn operations_whose_names_differ_in_case_are_distinct() {
    let mut one = returning("getUserName", string());
    one["parameters"] = json!([{"name": "a-b", "in": "query", "schema": string()}]);
    let other = returning("getUsername", string());
    let code = code(&document(
        json!({"/one": {"get": one}, "/other": {"get": other}}),
        json!({}),
    ));
    assert_contains(
        &code,
        &[
            "new(\"a-b\",",
            "&operations::GET_USER_NAME,request",
            "&operations::GET_USERNAME,request",
        ],
    );
}

#[test]
fn any_name_can_be_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let copy = Copy::with(&generate(
        &serde_json::from_str(&read("names.json")).unwrap(),
    ));
    copy.put("partner-api/tests/names.rs", read("names_client.rs"));
    let passed = copy.cargo(&["test", "--test", "names"]);
    assert!(passed.is_ok(), "{}", passed.unwrap_err());
}

#[test]
fn a_union_may_have_a_type_named_unknown() {
    let union = json!({"oneOf": [schema("Known"), schema("Unknown")], "discriminator": {"propertyName": "kind"}});
    let part = object(json!({"kind": string()}));
    compiles(&document(
        json!({"/a": {"get": returning("get_a", schema("Union"))}}),
        json!({"Union": union, "Known": part, "Unknown": part}),
    ));
}

#[test]
fn a_header_may_be_nullable() {
    let mut operation = returning("list_things", string());
    let number = json!({"type": ["integer", "null"]});
    operation["parameters"] = json!([{"name": "X-Size", "in": "header", "schema": number}]);
    compiles(&get_things(operation));
}

#[test]
fn a_minimal_client_compiles_without_a_warning() {
    compiles(&get_things(returning(
        "list_things",
        json!({"type": "integer"}),
    )));
}

#[test]
fn a_path_parameter_is_one_type_even_if_a_schema_has_its_name() {
    let path = |id: &str| {
        let mut operation = returning(id, string());
        operation["parameters"] =
            json!([{"name": "pet_id", "in": "path", "required": true, "schema": string()}]);
        json!({ "get": operation })
    };
    let paths = json!({"/a/{pet_id}": path("get_a"), "/b/{pet_id}": path("get_b"), "/c/{pet_id}": path("get_c")});
    let code = code(&document(paths, json!({"PetId": string()})));
    assert!(
        code.matches("pubstructPetId").count() <= 2,
        "PetId2, PetId3, …"
    );
}

#[test]
fn a_component_may_have_the_name_of_a_schema_keyword() {
    for name in ["default", "example", "const", "enum"] {
        let mut page = get_things(returning("list_things", string()));
        page["components"] = json!({
            "schemas": {"Old": {"type": "string", "enum": ["a"]}},
            "parameters": {name: {"name": "kind", "in": "query", "schema": schema("Old")}},
        });
        page["paths"]["/things"]["get"]["parameters"] =
            json!([{"$ref": format!("#/components/parameters/{name}")}]);
        let folder = Folder::new().fragment("t.md", &page).actions(
            "  - target: $.components.schemas.Old\n    description: x\n    update: {x-rust-name: Renamed}\n",
        );
        folder.generate(&[]);
        let parameter = &folder.json("openapi.json")["components"]["parameters"][name];
        assert_eq!(parameter["schema"], schema("Renamed"), "{name}");
    }
}
