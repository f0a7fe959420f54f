//! Pages whose strings try to control the terminal, the log of a workflow, or the report.

use std::fs;

use crate::support::docs_site::{DocsSite, PAGES, at};
use crate::support::site::page;
use crate::support::{
    Folder, Run, assert_contains, document, fence, get_things, json_of, object, returning, run,
};
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};

/// A string that ends the line, clears the screen, and has workflow commands.
const HOSTILE: &str = "x\n::add-mask::secret\r\n  ::error::forged\u{2028}##[error]forged\u{1b}[2J\u{9b}2J\u{202e}\u{7f}y";

/// Asserts that the output of a run is harmless.
#[track_caller]
fn is_harmless(run: &Run) {
    let printed = format!("{}{}", run.stdout, run.stderr);
    let is_control = |c: char| c != '\n' && c.is_control() || "\u{2028}\u{202e}".contains(c);
    assert!(!printed.contains(is_control), "{printed:?}");
    assert!(!printed.contains("##["), "{printed}");
    let is_command = |line: &str| line.trim_start().starts_with("::");
    assert!(!printed.lines().any(is_command), "{printed}");
}

#[test]
fn messages_about_a_page_are_harmless() {
    let version = json!({"openapi": HOSTILE});
    let mut titles = get_things(json!({"responses": {}}));
    titles["info"]["title"] = HOSTILE.into();
    let reference = json!({"$ref": format!("#/components/schemas/{HOSTILE}")});
    let dangling = get_things(json!({"responses": {"200": json_of(reference)}}));
    let media = json!({"requestBody": {"content": {HOSTILE: {}}}, "responses": {}});
    let media = get_things(media);
    let parameter = json!({"parameters": [{"name": HOSTILE, "in": HOSTILE}], "responses": {}});
    let parameter = get_things(parameter);
    let path = document(
        json!({HOSTILE: {"get": {"operationId": HOSTILE, "requestBody": {"content": {"text/xml": {}}}}}}),
        json!({}),
    );
    let name = document(json!({}), json!({HOSTILE: {"type": HOSTILE}}));
    for pages in [
        &[version][..],
        &[titles, get_things(json!({"responses": {}}))],
        &[dangling],
        &[media],
        &[parameter],
        &[path],
        &[name],
    ] {
        let mut folder = Folder::new();
        for (number, fragment) in pages.iter().enumerate() {
            folder = folder.fragment(&format!("{number}.md"), fragment);
        }
        let run = folder.run(&[]);
        println!("{}", run.stderr);
        is_harmless(&run);
        assert_eq!(run.code, Some(1), "{run:?}");
        run.error();
    }
}

/// A string that forges further lines in the format of the command.
const LINES: &str = "x\nerror: FORGED\nnote: FORGED\n\nwarning: FORGED";

#[test]
fn no_string_of_a_page_begins_a_line() {
    let paths = |paths| document(paths, json!({}));
    let schemas = |schemas| document(json!({}), schemas);
    let parameter = |parameter| get_things(json!({"parameters": [parameter], "responses": {}}));
    let body = |content| get_things(json!({"requestBody": {"content": content}, "responses": {}}));
    let properties = |properties: Value| object(properties);
    let strings = json!({"type": "string"});
    let used = |schema: Value| {
        let mut page = get_things(returning("get_things", crate::support::schema("Thing")));
        page["components"]["schemas"] = json!({"Thing": schema});
        page
    };
    let get = json!({"get": {"responses": {}}});
    let titled = |title: &str| {
        let mut page = get_things(json!({"responses": {}}));
        page["info"]["title"] = title.into();
        page
    };
    let reference = format!("#/components/schemas/{LINES}");
    for (what, pages) in [
        ("a version", vec![json!({"openapi": LINES})]),
        ("a path", vec![paths(json!({LINES: get}))]),
        (
            "a parameter of a path",
            vec![paths(json!({format!("/{{{LINES}}}"): get}))],
        ),
        ("a reference", vec![used(json!({"$ref": reference}))]),
        ("a schema", vec![schemas(json!({LINES: {"type": "x"}}))]),
        (
            "a type",
            vec![used(properties(json!({LINES: {"type": "x"}})))],
        ),
        (
            "a kind of parameter",
            vec![parameter(json!({"name": LINES, "in": LINES}))],
        ),
        (
            "a style",
            vec![parameter(
                json!({"name": LINES, "in": "query", "style": LINES, "schema": {"type": "object"}}),
            )],
        ),
        (
            "a content type",
            vec![body(json!({LINES: {"schema": strings}}))],
        ),
        (
            "a part",
            vec![body(
                json!({"multipart/form-data": {"schema": properties(json!({LINES: strings}))}}),
            )],
        ),
        (
            "a part of allOf",
            vec![used(json!({"allOf": [
                properties(json!({LINES: {"type": "string"}})),
                properties(json!({LINES: {"type": "integer"}})),
            ]}))],
        ),
        ("a conflict", vec![titled("Other"), titled(LINES)]),
    ] {
        let mut folder = Folder::new();
        for (number, fragment) in pages.iter().enumerate() {
            folder = folder.fragment(&format!("{number}.md"), fragment);
        }
        let error = folder.rejected();
        assert!(error.contains("FORGED"), "{what}: {error}");
        let is_indented = |line: &str| line.starts_with("  ") || line.is_empty();
        assert!(error.lines().skip(1).all(is_indented), "{what}: {error}");
    }
}

#[test]
fn a_note_about_strings_of_a_page_is_one_line() {
    let strings = json!({"type": "string"});
    let properties = json!({format!("!{LINES}"): strings, format!("?{LINES}"): strings});
    for (what, schema) in [
        ("names that collide", object(properties)),
        (
            "values that collide",
            json!({"type": "string", "enum": [LINES, format!("{LINES} ")]}),
        ),
    ] {
        let page = get_things(returning("get_things", schema));
        let run = Folder::new().fragment("t.md", &page).generate(&[]);
        let printed = run.stdout + &run.stderr;
        let forged = printed.lines().filter(|line| line.contains("FORGED"));
        let [note] = forged.collect::<Vec<_>>()[..] else {
            panic!("{what}: expected one line: {printed}");
        };
        assert!(note.starts_with("note: t.md:4: "), "{what}: {note}");
    }
}

#[test]
fn a_string_of_70_000_characters_is_truncated() {
    let reference = "é".repeat(70_000);
    let page = get_things(returning("get_things", json!({"$ref": reference})));
    let error = Folder::new().fragment("t.md", &page).rejected();
    let length = error.chars().count();
    assert!(length < 1100, "{length}");
    assert_contains(&error, &["error: t.md:4: ", "`$ref: éé", "…"]);
}

#[test]
fn a_fetch_reports_a_rejected_page_in_one_line() {
    let copy = DocsSite::fetched();
    copy.site
        .put(&at(PAGES[2]), page(fence(&json!({"openapi": HOSTILE}))));
    let run = copy.run(&[]);
    is_harmless(&run);
    let error = run.error();
    assert_eq!(error.lines().count(), 2, "{error}");
    assert_contains(
        &error,
        &[
            "OpenAPI x\\u000a::add-mask::secret\\u000d\\u000a",
            "is not supported",
        ],
    );
}

#[test]
fn the_report_has_strings_of_a_page_as_data() {
    const MARKDOWN: &str = "`` @octocat closes #1 <img src=x> ``|[a](https://evil.example) ![a](https://evil.example) | https://evil.example";
    let document = |text: &str| {
        let mut document = get_things(json!({
            "operationId": "list_things",
            "description": text,
            "security": [{text: []}],
            "parameters": [{"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["a", text]}}],
            "responses": {"200": {"description": text}},
        }));
        document["servers"][0]["url"] = format!("https://{}.example", text.len()).into();
        let scheme = json!({"type": "apiKey", "in": "header", "name": text, "description": text});
        document["components"]["securitySchemes"] = json!({text: scheme});
        document["components"]["schemas"] =
            json!({"Thing": {"type": "object", "properties": {text: {}}}});
        document.to_string()
    };
    let folder = Folder::new();
    fs::write(folder.path().join("old.json"), document("old")).unwrap();
    for text in [MARKDOWN, HOSTILE] {
        fs::write(folder.path().join("new.json"), document(text)).unwrap();
        let arguments = ["diff", "old.json", "--new", "new.json", "--docs", "docs"];
        let report = run(folder.path(), &arguments);
        assert_eq!(report.code, Some(0), "{report:?}");
        is_harmless(&report);
        assert!(
            report.stdout.contains("closes #1") == (text == MARKDOWN),
            "{}",
            report.stdout
        );
        for event in Parser::new_ext(&report.stdout, Options::all()) {
            match event {
                Event::Start(Tag::Link { .. } | Tag::Image { .. })
                | Event::Html(_)
                | Event::InlineHtml(_) => panic!("{event:?} in {}", report.stdout),
                Event::Text(text) => {
                    let is_ours = |part: &str| !text.contains(part);
                    assert!(
                        ["@", "#1", "https", "evil", "mask"]
                            .into_iter()
                            .all(is_ours),
                        "{text}"
                    );
                }
                _ => {}
            }
        }
    }
}
