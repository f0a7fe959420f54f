//! Invalid pages: each ends with exit code 1 and one message with the place, and nothing is written.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Folder, assert_contains, document, fence, files, get_things, returning, run};

/// A valid page.
fn good() -> Folder {
    Folder::new().fragment(
        "good.md",
        &get_things(returning("list_things", json!({"type": "string"}))),
    )
}

#[test]
fn an_unclosed_fence_is_reported_with_its_line() {
    for text in ["```json\n{\"openapi\":\"3.1.0\"", "```json\n", "```json"] {
        let folder = good().page("cut.md", format!("# Cut\n\nText\n\n{text}"));
        assert_contains(&folder.rejected(), &["cut.md:5", "never closed"]);
    }
}

#[test]
fn an_unclosed_fence_before_a_heading_is_reported_with_a_line() {
    let rest = fence(&get_things(returning("a", json!({}))));
    let page = format!("# Cut\n\n```json\n{{\"openapi\":\n\n## Next\n\n{rest}");
    assert_contains(
        &good().page("cut.md", page).rejected(),
        &["cut.md:6", "not JSON"],
    );
}

#[test]
fn invalid_json_is_reported_with_the_line_of_the_error() {
    let page = "# T\n\n```json\n{\n  \"openapi\": \"3.1.0\",\n  oops\n}\n```\n";
    assert_contains(
        &good().page("bad.md", page).rejected(),
        &["bad.md:6", "not JSON"],
    );
}

#[test]
fn an_unknown_version_is_reported_with_its_line() {
    for version in [json!("2.0"), json!("4.0.0"), json!(3.1), json!(null)] {
        let folder = good().fragment("old.md", &json!({"openapi": version, "paths": {}}));
        assert_contains(
            &folder.rejected(),
            &["old.md:4", "expected a version such as 3.0.3"],
        );
    }
}

#[test]
fn a_schema_defined_in_two_ways_is_reported_with_both_places_and_a_diff() {
    let page = |path: &str, kind: &str| {
        let thing = json!({"Thing": {"type": "object", "properties": {"id": {"type": kind}}}});
        document(json!({path: {"get": returning(path, json!({}))}}), thing)
    };
    let folder = Folder::new()
        .fragment("a.md", &page("/a", "string"))
        .fragment("b.md", &page("/b", "integer"));
    let difference = "\n  -      \"type\": \"string\"\n  +      \"type\": \"integer\"\n";
    assert_contains(
        &folder.rejected(),
        &["a.md:4", "b.md:4", "/components/schemas/Thing", difference],
    );
}

#[test]
fn an_operation_published_in_two_ways_is_reported_with_both_places_and_a_diff() {
    let page = |summary: &str| get_things(json!({"summary": summary, "responses": {}}));
    let folder = Folder::new()
        .fragment("a.md", &page("One"))
        .fragment("b.md", &page("Two"));
    let difference = "\n  -  \"summary\": \"One\",\n  +  \"summary\": \"Two\",\n";
    assert_contains(
        &folder.rejected(),
        &["a.md:4", "b.md:4", "/paths/~1things/get", difference],
    );
}

#[test]
fn every_kind_of_component_is_compared() {
    for kind in [
        "parameters",
        "responses",
        "headers",
        "requestBodies",
        "securitySchemes",
    ] {
        let page = |path: &str, text: &str| {
            json!({
                "openapi": "3.1.0",
                "info": {"title": "T", "version": "1"},
                "paths": {path: {"get": returning(path, json!({}))}},
                "components": {kind: {"X": {"description": text}}},
            })
        };
        let folder = Folder::new()
            .fragment("a.md", &page("/a", "One"))
            .fragment("b.md", &page("/b", "Two"));
        let pointer = format!("/components/{kind}/X");
        assert_contains(
            &folder.rejected(),
            &["a.md:4", "b.md:4", &pointer, "+  \"description\": \"Two\""],
        );
    }
}

#[test]
fn a_dangling_reference_is_reported_with_its_place() {
    for reference in [
        "#/components/schemas/Nowhere",
        "#/components/schemas/Here/properties/nowhere",
        "#/definitions/Here",
        "other.json#/components/schemas/Here",
        "https://things.example/openapi.json#/components/schemas/Here",
        "./Here.yaml",
    ] {
        let page = document(
            json!({"/things": {"get": returning("list_things", json!({"$ref": reference}))}}),
            json!({"Here": {"type": "object"}}),
        );
        let message = Folder::new().fragment("t.md", &page).rejected();
        let pointer = "/paths/~1things/get/responses/200/content/application~1json/schema";
        assert_contains(&message, &["t.md:4", pointer, reference]);
    }
}

#[test]
fn a_dangling_mapping_is_noted_with_its_place() {
    let union = json!({
        "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Nowhere"}},
    });
    let part = json!({"type": "object", "properties": {"kind": {"type": "string"}}});
    let page = document(
        json!({"/things": {"get": returning("list_things", union)}}),
        json!({"A": part, "B": part}),
    );
    let run = Folder::new().fragment("t.md", &page).generate(&[]);
    assert_contains(
        &run.stderr,
        &["note: t.md:4", "/schema/oneOf", "`mapping`", "Nowhere"],
    );
}

#[test]
fn a_folder_without_pages_is_an_error() {
    assert_contains(&Folder::new().rejected(), &["docs", "no Markdown pages"]);
    let prose = Folder::new()
        .page("prose.md", "# Prose\n")
        .page("notes.txt", "```json\n");
    assert_contains(
        &prose.rejected(),
        &["docs", "no OpenAPI fragment in 1 page"],
    );
}

#[test]
fn a_missing_folder_is_an_error() {
    let folder = Folder::new();
    fs::remove_dir(folder.docs()).unwrap();
    assert_contains(&folder.rejected(), &["docs", "cannot be read"]);
    fs::write(folder.docs(), "a file").unwrap();
    assert_contains(&folder.rejected(), &["docs", "cannot be read"]);
}

#[test]
fn a_page_that_is_not_utf_8_is_reported() {
    let folder = good().page("latin.md", b"# Caf\xe9\n");
    assert_contains(&folder.rejected(), &["latin.md", "cannot be read", "UTF-8"]);
}

#[test]
fn the_workspace_is_not_generated_from_other_pages() {
    let folder = good().actions("");
    for arguments in [["--docs", "docs"], ["--overlay", "overlay.yaml"]] {
        let run = run(folder.path(), &[&["codegen"], &arguments[..]].concat());
        assert_eq!(run.code, Some(1), "{run:?}");
        assert_contains(&run.error(), &["--docs", "--out"]);
    }
}

#[test]
fn a_failure_leaves_earlier_files_unchanged() {
    let folder = good();
    folder.generate(&[]);
    let before = files(&folder.out());
    let names: Vec<_> = before.keys().collect();
    assert_eq!(names, ["generated.rs", "openapi.json", "progenitor.json"]);
    let folder = folder.page("cut.md", "```json\n{");
    assert_eq!(folder.run(&[]).code, Some(1));
    assert_eq!(files(&folder.out()), before);
}

#[test]
fn a_read_only_folder_is_reported() {
    let folder = good();
    fs::write(folder.out(), "a file").unwrap();
    let run = folder.run(&[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_contains(
        &run.error(),
        &["out", "cannot be written", "no file was changed"],
    );
    assert_eq!(fs::read_to_string(folder.out()).unwrap(), "a file");
}

#[test]
fn what_progenitor_rejects_is_reported_with_its_place() {
    let mut operation = returning("get_thing", Value::Bool(true));
    operation["responses"]["200"]["content"] = json!({});
    let page = document(json!({"/things/{thing": {"get": operation}}), json!({}));
    let message = Folder::new().fragment("t.md", &page).rejected();
    assert_contains(&message, &["t.md:4", "/paths/~1things~1{thing/get"]);
}

#[test]
fn an_invalid_server_is_reported_with_its_place() {
    for (url, why) in [
        ("", "not an absolute URL"),
        ("//things.example", "not an absolute URL"),
        ("ftp://things.example", "neither https nor http"),
        ("javascript:alert(1)", "neither https nor http"),
        ("https://a@things.example", "user name"),
        ("https://things.example@evil.example", "user name"),
        ("https://things.example/?k=1", "query or fragment"),
        ("https://things.example#f", "query or fragment"),
        ("https://{region}.things.example", "without a default"),
        ("https://things.example/}", "without a default"),
        (
            "https://things.example\\@evil.example",
            "not allowed in a URL",
        ),
    ] {
        let mut page = get_things(returning("list_things", json!({"type": "string"})));
        page["servers"] = json!([{"url": url, "variables": {"other": {"default": "a"}}}]);
        let error = Folder::new().fragment("t.md", &page).rejected();
        assert_contains(&error, &["t.md:4", "/servers", why, "in the overlay"]);
    }
}

#[test]
fn the_variables_of_a_server_have_their_defaults() {
    let mut page = get_things(returning("list_things", json!({"type": "string"})));
    page["servers"] = json!([{
        "url": "https://{region}.things.example/{version}",
        "variables": {"region": {"default": "eu"}, "version": {"default": "v1"}},
    }]);
    let folder = Folder::new().fragment("t.md", &page);
    folder.generate(&[]);
    let code = folder.text("generated.rs");
    assert_contains(
        &code,
        &["BASE_URL: &str = \"https://eu.things.example/v1\""],
    );
}
