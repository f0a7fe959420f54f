//! What the generator cannot express: told with its place, or left out on request.

use serde_json::{Value, json};

use crate::support::{Folder, answering, document, json_of, says, schema};

/// A parameter in a query.
fn query(members: Value) -> Value {
    let mut parameter = json!({"name": "x", "in": "query", "schema": {"type": "string"}});
    parameter
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    json!({ "parameters": [parameter] })
}

/// What cannot be expressed: its name, the method, members of the operation, and what the message
/// must say.
fn constructs() -> Vec<(&'static str, &'static str, Value, [&'static str; 2])> {
    let body =
        |kind: &str, schema: Value| json!({"requestBody": {"content": {kind: {"schema": schema}}}});
    let objects = json!([{"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}]);
    let made = json!({"200": {"description": "", "content": json_of(json!({"type": "string"}))}, "201": {"description": "", "content": json_of(json!({"type": "integer"}))}});
    let list = json!({"type": "array", "items": {"type": "string"}});
    vec![
        (
            "multipart",
            "post",
            body("multipart/form-data", json!({"type": "object"})),
            ["/requestBody", "names none of its parts"],
        ),
        (
            "xml",
            "post",
            body("application/xml", json!({"type": "object"})),
            ["/requestBody", "application/xml"],
        ),
        (
            "cookie",
            "get",
            query(json!({"in": "cookie"})),
            ["/parameters/0", "cookie"],
        ),
        (
            "deep",
            "get",
            query(json!({"style": "deepObject", "schema": {"type": "object"}})),
            ["/parameters/0", "deepObject"],
        ),
        (
            "pipes",
            "get",
            query(json!({"style": "pipeDelimited", "schema": list})),
            ["/parameters/0", "pipeDelimited"],
        ),
        (
            "commas",
            "get",
            query(json!({"explode": false, "schema": {"type": "object"}})),
            ["/parameters/0", "explode"],
        ),
        (
            "header_list",
            "get",
            query(json!({"in": "header", "name": "X-A", "schema": list})),
            ["/parameters/0", "array"],
        ),
        (
            "content",
            "get",
            query(json!({"content": {"text/csv": {}}})),
            ["/parameters/0", "content"],
        ),
        (
            "stray",
            "get",
            query(json!({"in": "path", "required": true})),
            ["/parameters/0", "`x`"],
        ),
        (
            "overlap",
            "get",
            answering("overlap", json!({ "oneOf": objects })),
            ["/schema/oneOf", "overlap"],
        ),
        (
            "both",
            "get",
            answering("both", json!({"properties": {"c": {}}, "anyOf": objects})),
            ["/schema/anyOf", "`properties`"],
        ),
        (
            "all",
            "get",
            answering(
                "all",
                json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
            ["/schema", "`type`"],
        ),
        (
            "answers",
            "post",
            json!({ "responses": made }),
            ["/responses", "200, 201"],
        ),
        ("options", "options", json!({}), ["/options", "OPTIONS"]),
        ("trace", "trace", json!({}), ["/trace", "TRACE"]),
        (
            "kind",
            "get",
            answering("kind", json!({"type": "file"})),
            ["/schema", "`type`"],
        ),
    ]
}

/// A page with one of them, and an operation that is fine.
fn page(name: &str, method: &str, members: &Value) -> Value {
    let mut operation = answering(name, json!({"type": "string"}));
    operation
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    document(
        json!({
            format!("/{name}"): {method: operation},
            "/good": {"get": answering("good", json!({"type": "string"}))},
        }),
        json!({}),
    )
}

#[test]
fn each_names_its_page_line_operation_and_place() {
    for (name, method, members, [place, word]) in constructs() {
        let message = Folder::new()
            .fragment("t.md", &page(name, method, &members))
            .refused();
        let operation = format!("{} /{name}", method.to_uppercase());
        let pointer = format!("/paths/~1{name}/{method}");
        says(
            &message,
            &["error: t.md:4: ", &operation, &pointer, place, word],
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn all_are_told_at_once() {
    let all = constructs();
    let folder = all
        .iter()
        .fold(Folder::new(), |folder, (name, method, members, _)| {
            let mut page = page(name, method, members);
            page["paths"].as_object_mut().unwrap().remove("/good");
            folder.fragment(&format!("{name}.md"), &page)
        });
    let message = folder.refused();
    assert_eq!(message.lines().count(), all.len(), "{message}");
    for (name, ..) in all {
        says(&message, &[&format!("{name}.md:4: ")]);
    }
}

#[test]
fn on_request_they_are_left_out_with_a_note_and_the_rest_is_made() {
    let all = constructs();
    let folder = all
        .iter()
        .fold(Folder::new(), |folder, (name, method, members, _)| {
            folder.fragment(&format!("{name}.md"), &page(name, method, members))
        });
    let run = folder.made(&["--skip-unsupported"]);
    for (name, method, _, [_, word]) in &all {
        let note = run
            .stderr
            .lines()
            .find(|line| line.contains(&format!(" {name}.md:4: ")));
        let note = note.unwrap_or_else(|| panic!("{name} in {}", run.stderr));
        says(
            note,
            &[
                "note: left out",
                &format!("{} /{name}", method.to_uppercase()),
                word,
            ],
        );
    }
    let lowered = folder.json("progenitor.json");
    let paths: Vec<_> = lowered["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/good"]);
    says(&folder.text("generated.rs"), &["pub fn good("]);
    // The document is still the whole one.
    assert_eq!(
        folder.json("openapi.json")["paths"]
            .as_object()
            .unwrap()
            .len(),
        all.len() + 1
    );
}

#[test]
fn on_request_a_schema_that_cannot_be_expressed_is_any_json() {
    let page = document(
        json!({"/a": {"get": answering("get_a", schema("Holder"))}}),
        json!({
            "Holder": {"type": "object", "properties": {"it": schema("Either")}},
            "Either": {"anyOf": [schema("One"), schema("Other")]},
            "One": {"type": "object", "properties": {"a": {"type": "string"}}},
            "Other": {"type": "object", "properties": {"b": {"type": "string"}}},
        }),
    );
    let folder = Folder::new().fragment("t.md", &page);
    says(
        &folder.refused(),
        &["t.md:4: GET /a: /components/schemas/Either/anyOf"],
    );
    let run = folder.made(&["--skip-unsupported"]);
    says(
        &run.stderr,
        &["note: ", "t.md:4: GET /a: /components/schemas/Either/anyOf"],
    );
    says(
        &folder.text("generated.rs"),
        &[
            "pub fn get_a(",
            "pub struct Either(pub ::serde_json::Value)",
        ],
    );
}

#[test]
fn two_names_that_collide_are_an_error_in_any_case() {
    let page = document(
        json!({"/a": {"get": answering("get_a", json!({}))}}),
        json!({"FooBar": {"type": "string"}, "foo_bar": {"type": "string"}}),
    );
    let folder = Folder::new().fragment("t.md", &page);
    let run = folder.run(&["--skip-unsupported"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(!folder.out().exists());
}
