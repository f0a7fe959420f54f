//! What the generator cannot express: an error with its place, or skipped with a flag.

use serde_json::{Value, json};

use crate::support::{Folder, assert_contains, document, returning, schema};

/// A parameter in a query.
fn query(members: Value) -> Value {
    let mut parameter = json!({"name": "x", "in": "query", "schema": {"type": "string"}});
    parameter
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    json!({ "parameters": [parameter] })
}

/// What cannot be expressed: a label, the method, members of the operation, and a part of the message.
fn constructs() -> Vec<(&'static str, &'static str, Value, [&'static str; 2])> {
    let body =
        |kind: &str, schema: Value| json!({"requestBody": {"content": {kind: {"schema": schema}}}});
    let objects = json!([{"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}]);
    let list = json!({"type": "array", "items": {"type": "string"}});
    vec![
        (
            "mixed",
            "post",
            body("multipart/mixed", json!({"type": "object"})),
            ["/requestBody", "multipart/mixed"],
        ),
        (
            "form",
            "post",
            body("application/x-www-form-urlencoded", list.clone()),
            ["/requestBody", "a form is an object"],
        ),
        (
            "cookie",
            "get",
            query(json!({"in": "cookie", "schema": list})),
            ["/parameters/0", "cookie"],
        ),
        (
            "pipes",
            "get",
            query(
                json!({"style": "pipeDelimited", "explode": false, "schema": {"type": "object"}}),
            ),
            ["/parameters/0", "pipeDelimited"],
        ),
        (
            "commas",
            "get",
            query(
                json!({"explode": false, "schema": {"type": "object", "properties": {"a": list}}}),
            ),
            ["/parameters/0", "the member `a`"],
        ),
        (
            "header_list",
            "get",
            query(
                json!({"in": "header", "name": "X-A", "schema": {"type": "array", "items": list}}),
            ),
            ["/parameters/0", "array"],
        ),
        (
            "server",
            "get",
            json!({"servers": [{"url": "https://ann@upload.example"}]}),
            ["/servers", "a user name or password"],
        ),
        (
            "overlap",
            "get",
            returning("overlap", json!({ "oneOf": objects })),
            ["/schema/oneOf", "overlap"],
        ),
        (
            "all",
            "get",
            returning(
                "all",
                json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
            ["/schema", "`type`"],
        ),
        ("trace", "trace", json!({}), ["/trace", "TRACE"]),
        (
            "kind",
            "get",
            returning("kind", json!({"type": "odd"})),
            ["/schema", "`type`"],
        ),
    ]
}

/// Those that are schemas, which become any JSON on request.
const ANY_JSON: [&str; 3] = ["overlap", "all", "kind"];

fn kind_of_note(name: &str) -> &'static str {
    match ANY_JSON.contains(&name) {
        true => "note: any JSON: ",
        false => "note: left out: ",
    }
}

/// A page with one of them, and a valid operation.
fn page(name: &str, method: &str, members: &Value) -> Value {
    let mut operation = returning(name, json!({"type": "string"}));
    operation
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    document(
        json!({
            format!("/{name}"): {method: operation},
            "/good": {"get": returning("good", json!({"type": "string"}))},
        }),
        json!({}),
    )
}

#[test]
fn each_is_reported_with_page_line_operation_and_pointer() {
    for (name, method, members, [place, word]) in constructs() {
        let message = Folder::new()
            .fragment("t.md", &page(name, method, &members))
            .rejected();
        let operation = format!("{} /{name}", method.to_uppercase());
        let pointer = format!("/paths/~1{name}/{method}");
        assert_contains(
            &message,
            &["error: t.md:4: ", &operation, &pointer, place, word],
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn all_are_reported_together() {
    let all = constructs();
    let folder = all
        .iter()
        .fold(Folder::new(), |folder, (name, method, members, _)| {
            let mut page = page(name, method, members);
            page["paths"].as_object_mut().unwrap().remove("/good");
            folder.fragment(&format!("{name}.md"), &page)
        });
    let message = folder.rejected();
    assert_eq!(message.lines().count(), all.len(), "{message}");
    for (name, ..) in all {
        assert_contains(&message, &[&format!("{name}.md:4: ")]);
    }
}

#[test]
fn with_the_flag_they_are_skipped_with_a_note() {
    let all = constructs();
    let folder = all
        .iter()
        .fold(Folder::new(), |folder, (name, method, members, _)| {
            folder.fragment(&format!("{name}.md"), &page(name, method, members))
        });
    let run = folder.generate(&["--skip-unsupported"]);
    let notes: Vec<_> = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("note: "))
        .collect();
    for (name, method, _, [_, word]) in &all {
        let note = run
            .stderr
            .lines()
            .find(|line| line.contains(&format!(" {name}.md:4: ")));
        let note = note.unwrap_or_else(|| panic!("{name} in {}", run.stderr));
        assert_contains(
            note,
            &[
                kind_of_note(name),
                &format!("{} /{name}", method.to_uppercase()),
                word,
            ],
        );
    }
    let lowered = folder.json("progenitor.json");
    let paths: Vec<_> = lowered["paths"].as_object().unwrap().keys().collect();
    let mut expected = ANY_JSON.map(|name| format!("/{name}")).to_vec();
    expected.push("/good".to_owned());
    expected.sort();
    assert_eq!(paths, expected.iter().collect::<Vec<_>>());
    assert_contains(
        &run.stdout,
        &[&format!(
            "; left out {} operations; any JSON in {} places; ",
            all.len() - ANY_JSON.len(),
            ANY_JSON.len()
        )],
    );
    let mut sorted = notes.clone();
    sorted.sort_by_key(|note| {
        note.split_once(".md:")
            .map(|(page, _)| page[page.rfind(' ').unwrap()..].to_owned())
    });
    assert_eq!(notes, sorted, "in the order of the pages");
    assert_contains(&folder.text("generated.rs"), &["pub fn good("]);
    // The OpenAPI document is still complete.
    assert_eq!(
        folder.json("openapi.json")["paths"]
            .as_object()
            .unwrap()
            .len(),
        all.len() + 1
    );
}

#[test]
fn with_the_flag_an_unsupported_schema_is_any_json() {
    let page = document(
        json!({"/a": {"get": returning("get_a", schema("Holder"))}}),
        json!({
            "Holder": {"type": "object", "properties": {"it": schema("Either")}},
            "Either": {"anyOf": [schema("One"), schema("Other")]},
            "One": {"type": "object", "properties": {"a": {"type": "string"}}},
            "Other": {"type": "object", "properties": {"b": {"type": "string"}}},
        }),
    );
    let folder = Folder::new().fragment("t.md", &page);
    assert_contains(
        &folder.rejected(),
        &["t.md:4: GET /a: /components/schemas/Either/anyOf"],
    );
    let run = folder.generate(&["--skip-unsupported"]);
    assert_contains(
        &run.stderr,
        &["note: ", "t.md:4: GET /a: /components/schemas/Either/anyOf"],
    );
    assert_contains(
        &folder.text("generated.rs"),
        &[
            "pub fn get_a(",
            "pub struct Either(pub ::serde_json::Value)",
        ],
    );
}
