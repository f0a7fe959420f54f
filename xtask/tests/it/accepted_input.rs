//! Unusual pages that are accepted.

use serde_json::{Value, json};

use crate::support::{Folder, assert_contains, document, get_things, returning};

fn fragment() -> Value {
    get_things(returning("list_things", json!({"type": "string"})))
}

/// The operations generated from a page.
fn operations(text: impl AsRef<[u8]>) -> Vec<String> {
    let folder = Folder::new().page("t.md", text);
    folder.generate(&[]);
    let lowered = folder.json("progenitor.json");
    let items = lowered["paths"].as_object().unwrap().values();
    items
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn fences_of_every_notation_are_read() {
    let json = fragment().to_string();
    let lines = format!("{:#}", fragment());
    for text in [
        format!("```json\r\n{}\r\n```\r\n", lines.replace('\n', "\r\n")),
        format!("\u{feff}```json\n{json}\n```\n"),
        format!("~~~json\n{json}\n~~~\n"),
        format!("~~~~~json\n{json}\n~~~\n~~~~~\n").replace("\n~~~\n~~~~~", "\n~~~~~"),
        format!("```json title=\"openapi.json\" {{% lineNumbers=true %}}\n{json}\n```\n"),
        format!("```json{{1,3}}\n{json}\n```\n"),
        format!("```JSON\n{json}\n```\n"),
        format!("   ```  json\n{json}\n   ```\n"),
        format!(
            "- one\n\n  ```json\n  {}\n  ```\n- two\n",
            lines.replace('\n', "\n  ")
        ),
        format!(
            "1. one\n\n   > ```json\n   > {}\n   > ```\n",
            lines.replace('\n', "\n   > ")
        ),
        format!("> ```json\n> {json}\n> ```\n"),
        format!("<details>\n<summary>Show</summary>\n\n```json\n{json}\n```\n\n</details>\n"),
        format!("{{% tabs %}}\n{{% tab title=\"x\" %}}\n```json\n{json}\n```\n{{% endtab %}}\n"),
        format!("````json\n{json}\n````"),
    ] {
        assert_eq!(operations(&text), ["list_things"], "{text}");
    }
}

#[test]
fn other_fences_html_and_prose_are_ignored() {
    let page = format!(
        "---\ntitle: x\n---\n<div>\n<p>html</p>\n</div>\n\n```\nplain {{\n```\n\n```js\nlet a = {{\n```\n\n\
         ```jsonc\n{{ // no\n```\n\n```json5\n{{a:1,\n```\n\n    ```json\n    indented\n\n`json` ``` \n\n```yaml\nopenapi: 3.1.0\n```\n\n\
         ```json\n{}\n```\n\n~~~\n```json\n~~~\n",
        fragment()
    );
    assert_eq!(operations(page), ["list_things"]);
}

#[test]
fn json_that_is_not_openapi_is_ignored_with_a_warning() {
    let page = format!(
        "# T\n\n```json\n{{\"id\": 1}}\n```\n\n```json\n[1]\n```\n\n```json\n{}\n```\n",
        fragment()
    );
    let run = Folder::new().page("t.md", page).generate(&[]);
    assert_contains(&run.stderr, &["warning: t.md:4: ", "warning: t.md:8: "]);
    assert_eq!(run.stderr.matches("warning: ").count(), 2, "{}", run.stderr);
}

#[test]
fn a_page_without_fragments_is_a_warning() {
    let folder = Folder::new()
        .fragment("a.md", &fragment())
        .page("prose.md", "# Prose\n")
        .page("empty.md", "");
    let run = folder.generate(&[]);
    assert_contains(
        &run.stderr,
        &[
            "warning: prose.md: no OpenAPI fragment",
            "warning: empty.md: no OpenAPI fragment",
        ],
    );
}

#[test]
fn pages_in_folders_are_read_and_other_files_are_not() {
    let folder = Folder::new()
        .fragment("a/b/things.md", &fragment())
        .fragment(
            "OTHER.MD",
            &document(
                json!({"/o": {"get": returning("other", json!({}))}}),
                json!({}),
            ),
        )
        .page("notes.txt", "```json\n{")
        .page("md", "```json\n{");
    let run = folder.generate(&[]);
    assert_contains(&run.stdout, &["read 2 pages, 2 operations"]);
}

#[test]
fn several_operations_and_fragments_under_one_heading_are_read() {
    let both = document(
        json!({
            "/things": {"get": returning("list_things", json!({})), "post": returning("add_thing", json!({}))},
            "/others": {"get": returning("list_others", json!({}))},
        }),
        json!({}),
    );
    let page = format!(
        "# T\n\n```json\n{both}\n```\n```json\n{}\n```\n",
        document(
            json!({"/more": {"get": returning("more", json!({}))}}),
            json!({})
        )
    );
    let mut operations = operations(page);
    operations.sort();
    assert_eq!(
        operations,
        ["add_thing", "list_others", "list_things", "more"]
    );
}

#[test]
fn a_fragment_in_the_form_of_3_0_becomes_one_of_3_1() {
    let thing = json!({
        "type": "object",
        "properties": {
            "note": {"type": "string", "nullable": true, "example": "x"},
            "size": {"type": "integer", "minimum": 0, "exclusiveMinimum": true},
            "link": {"type": "string", "format": "url"},
            "owner": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Owner"}]},
            "kind": {"type": "string", "nullable": true, "enum": ["a"]},
            "nullable": {"type": "boolean"},
            "example": {"type": "object", "properties": {"nullable": {"type": "string"}}, "example": {"nullable": true}},
        },
    });
    let mut page = document(
        json!({"/things": {"get": returning("list_things", json!({"$ref": "#/components/schemas/Thing"}))}}),
        json!({"Thing": thing, "Owner": {"type": "object"}}),
    );
    page["openapi"] = json!("3.0.3");
    let folder = Folder::new().fragment("t.md", &page);
    folder.generate(&[]);
    let generated = folder.json("openapi.json");
    assert_eq!(generated["openapi"], "3.1.0");
    assert_eq!(
        generated["components"]["schemas"]["Thing"]["properties"],
        json!({
            "note": {"type": ["string", "null"], "examples": ["x"]},
            "size": {"type": "integer", "exclusiveMinimum": 0},
            "link": {"type": "string", "format": "uri"},
            "owner": {"anyOf": [{"$ref": "#/components/schemas/Owner"}, {"type": "null"}]},
            "kind": {"type": ["string", "null"], "enum": ["a", null]},
            "nullable": {"type": "boolean"},
            "example": {"type": "object", "properties": {"nullable": {"type": "string"}}, "examples": [{"nullable": true}]},
        })
    );
}

#[test]
fn equal_parts_of_several_pages_are_merged_in_any_member_order() {
    let page = |path: &str, thing: &str| {
        let thing: Value = serde_json::from_str(thing).unwrap();
        document(
            json!({path: {"get": returning(path, json!({"$ref": "#/components/schemas/Thing"}))}}),
            json!({ "Thing": thing }),
        )
    };
    let folder = Folder::new()
        .fragment(
            "a.md",
            &page(
                "/a",
                r#"{"type": "object", "properties": {"x": {}, "y": {}}}"#,
            ),
        )
        .fragment(
            "b.md",
            &page(
                "/b",
                r#"{"properties": {"y": {}, "x": {}}, "type": "object"}"#,
            ),
        );
    folder.generate(&[]);
    assert_eq!(
        folder.json("openapi.json")["components"]["schemas"]
            .as_object()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn webhooks_are_documented_without_a_method() {
    let folder = Folder::new().fragment("a.md", &fragment()).fragment(
        "hooks.md",
        &json!({
            "openapi": "3.1.0",
            "info": {"title": "Things", "version": "1.0.0"},
            "servers": [{"url": "https://things.example"}],
            "webhooks": {"thing": {"post": {"operationId": "on_thing", "responses": {}}}},
        }),
    );
    let run = folder.generate(&[]);
    assert_contains(&run.stdout, &["1 operations"]);
    assert_eq!(
        folder.json("openapi.json")["webhooks"]["thing"]["post"]["operationId"],
        "on_thing"
    );
    assert!(!folder.text("generated.rs").contains("on_thing"));
}
