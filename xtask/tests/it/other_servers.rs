//! Operations that a document publishes for another server than that of the base URL.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::copy::Copy;
use crate::support::{
    Folder, assert_contains, document, generate, get_things, json_of, object, returning, schema,
    string,
};

/// A document with an operation for its server, and two for others.
fn page() -> Value {
    let thing = || schema("Thing");
    let files = json!({"type": "array", "items": thing()});
    let list = object(json!({"files": files, "total": {"type": "integer"}}));
    let query = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "integer"}});
    let mut upload = returning("upload", thing());
    upload["servers"] = json!([{"url": "https://upload.example/v1"}]);
    upload["requestBody"] = json!({"required": true, "content": json_of(thing())});
    let mut files = returning("list_files", list);
    files["parameters"] = json!([query("limit"), query("offset")]);
    let mut page = document(
        json!({
            "/things": {"get": returning("get_thing", thing()), "post": upload},
            "/files": {"get": files, "servers": [{"url": "https://{region}.files.example"}]},
        }),
        json!({"Thing": object(json!({"id": string()}))}),
    );
    page["components"]["securitySchemes"]["key"] =
        json!({"type": "apiKey", "in": "header", "name": "X-API-Key"});
    page["security"] = json!([{"key": []}]);
    page
}

#[test]
fn credentials_go_to_another_server_only_if_the_program_names_it() {
    let folder = Folder::new().fragment("t.md", &page());
    let run = folder.generate(&[]);
    for note in [
        "published for another server, https://upload.example/v1; its calls fail until",
        "https://{region}.files.example, whose `{region}` has no default",
    ] {
        assert_contains(&run.stderr, &[note]);
    }
    let copy = Copy::with(&folder);
    let resources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources");
    let program = fs::read_to_string(resources.join("other_servers_client.rs")).unwrap();
    copy.put("partner-api/tests/other_servers.rs", program);
    let passed = copy.cargo(&["test", "--test", "other_servers"]);
    assert!(passed.is_ok(), "{}", passed.unwrap_err());
}

#[test]
fn the_setting_is_there_only_if_an_operation_needs_it() {
    let mut operation = returning("list_things", string());
    operation["servers"] = json!([{"url": "https://things.example/v2"}]);
    let code = generate(&get_things(operation)).text("generated.rs");
    assert!(!code.contains("operation_base_url"), "{code}");
}
