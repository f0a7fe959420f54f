//! Whole specifications, in YAML or JSON, beside the pages.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::copy::Copy;
use crate::support::site::{Site, page};
use crate::support::specification::{EVENTS, whole};
use crate::support::{
    Folder, assert_contains, document, fence, files, get_things, returning, run, run_within,
};

/// A page with an operation that a specification has as well.
fn things() -> Folder {
    let operation = returning("list_things", json!({"type": "string"}));
    Folder::new().fragment("things.md", &get_things(operation))
}

const SPECIFICATION: &str = "\
openapi: 3.1.0
info: {title: Things, version: 1.0.0}
servers: [url: https://things.example]
paths:
  /things:
    get:
      operationId: list_things
      responses:
        200: &ok
          description: ''
          content: {application/json: {schema: {type: string}}}
  /others:
    get:
      operationId: list_others
      responses:
        200: *ok
";

#[test]
fn a_specification_is_a_page_like_the_others() {
    let folder = things().page("api/whole.yaml", SPECIFICATION);
    let run = folder.generate(&[]);
    assert_contains(&run.stdout, &["read 2 pages, 2 operations"]);
    assert!(!run.stderr.contains("warning: "), "{}", run.stderr);
    let paths = &folder.json("openapi.json")["paths"];
    assert_eq!(
        paths["/others"]["get"]["responses"],
        paths["/things"]["get"]["responses"]
    );

    // JSON is read in the same way, and no page is needed.
    let json = json!({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": returning("a", json!({}))}}});
    let folder = Folder::new().page("whole.json", format!("{json:#}"));
    assert_contains(
        &folder.generate(&[]).stdout,
        &["read 1 pages, 1 operations"],
    );
}

#[test]
fn other_files_of_the_folder_are_ignored_with_a_warning() {
    let folder = things()
        .page("openapi.yml", "name: something else\n")
        .page("package.json", "{\"name\": \"x\"}")
        .page(".fetch.json", "not JSON")
        .page("notes.txt", "openapi: 3.1.0");
    let warnings = folder.generate(&[]).stderr;
    assert_contains(
        &warnings,
        &[
            "warning: openapi.yml: ignored, because this file is not an OpenAPI document",
            "warning: package.json: ignored, because this file is not an OpenAPI document",
        ],
    );
    assert_eq!(warnings.matches("warning: ").count(), 2, "{warnings}");
}

#[test]
fn a_part_that_cannot_be_generated_is_reported_with_its_line() {
    let text = SPECIFICATION.replace("operationId: list_others", "operationId: a\n      parameters: [{in: cookie, name: c, required: true, schema: {type: odd}}]");
    let error = Folder::new().page("whole.yaml", text.replace("{type: string}", "{type: odd}"));
    assert_contains(
        &error.rejected(),
        &[
            "whole.yaml:6: GET /things: /paths/~1things/get/responses/200/",
            "unknown `type`",
        ],
    );
}

#[test]
fn a_difference_that_many_pages_have_is_reported_once() {
    let mut folder = Folder::new();
    let mut paths = json!({});
    for number in 0..200 {
        let path = format!("/things/{number:03}");
        let id = format!("get_{number}");
        let operation = returning(&id, json!({"$ref": "#/components/schemas/Thing"}));
        let own = json!({&*path: {"get": operation}});
        let thing = json!({"Thing": {"type": "object", "properties": {"id": {"type": "integer"}}}});
        folder = folder.fragment(&format!("{number:03}.md"), &document(own, thing));
        paths[path] = json!({"get": returning(&id, json!({"$ref": "#/components/schemas/Thing"}))});
        // Each operation differs in the same way.
        paths[format!("/things/{number:03}")]["get"]["deprecated"] = json!(true);
    }
    let thing = json!({"Thing": {"type": "object", "properties": {"id": {"type": "string"}}}});
    let folder = folder.page("whole.json", document(paths, thing).to_string());
    let error = folder.rejected();
    assert_contains(
        &error,
        &[
            "the pages contradict each other in 201 place(s)",
            "GET /things/000, GET /things/001, GET /things/002, GET /things/003, GET /things/004 and 195 more: 000.md:4 and whole.json:1 differ in /paths/~1things~1000/get",
            "The same differs in /paths/~1things~1001/get (001.md:4, whole.json:1), ",
            " and 194 more.",
            "000.md:4 and whole.json:1 differ in /components/schemas/Thing",
        ],
    );
    assert_eq!(error.matches("--- ").count(), 2, "{error}");
    assert!(error.lines().count() < 80, "{error}");

    let resolved = folder.actions(
        "  - target: $.paths.*.*\n    description: They are not.\n    update: {deprecated: false}\n\
         \x20 - target: $.components.schemas.Thing.properties.id\n    description: It is a number.\n    update: {type: integer}\n",
    );
    resolved.generate(&[]);
}

#[test]
fn conflicts_are_in_the_order_of_the_operations() {
    let operation = |kind: &str| json!({"get": returning(kind, json!({"type": kind}))});
    let page = json!({"/b": operation("string"), "/a": operation("string")});
    let whole = json!({"/a": operation("integer"), "/b": operation("number")});
    let folder = Folder::new()
        .fragment("one.md", &document(page, json!({})))
        .page("two.yaml", document(whole, json!({})).to_string());
    let error = folder.rejected();
    let at = |text: &str| {
        error
            .find(text)
            .unwrap_or_else(|| panic!("{text} in {error}"))
    };
    assert!(at("GET /b") < at("GET /a"));
}

#[test]
fn malformed_files_are_errors_with_their_line() {
    let mut bomb = "a0: &a0 [lol, lol, lol, lol]\n".to_owned();
    for level in 1..40 {
        let inner = format!("*a{}", level - 1);
        writeln!(
            bomb,
            "a{level}: &a{level} [{inner}, {inner}, {inner}, {inner}]"
        )
        .unwrap();
    }
    for (text, why) in [
        (
            bomb,
            "whole.yaml:9: cannot be read as YAML: its anchors and aliases multiply to more than 16 MiB",
        ),
        (
            "openapi: 3.1.0\npaths: &p {a: *p}\n".into(),
            "whole.yaml:2: cannot be read as YAML: this alias is inside the value",
        ),
        (
            "openapi: ".to_owned() + &"[".repeat(1_000_000),
            "whole.yaml:1: cannot be read as YAML: ",
        ),
        (
            "openapi: 3.1.0\npaths: {}\ninfo: {}\npaths: {}\n".into(),
            "whole.yaml:4: cannot be read as YAML: the key `paths` is here for the second time",
        ),
        (
            "openapi: 3.1.0\n---\nopenapi: 3.1.0\n".into(),
            "whole.yaml:2: cannot be read as YAML: a second document begins here",
        ),
        (
            "openapi: 3.1.0\n  paths: {}\n".into(),
            "whole.yaml:2: cannot be read as YAML: ",
        ),
        (
            "swagger: '2.0'\n".into(),
            "whole.yaml:1: OpenAPI 2.0 is not supported",
        ),
        (
            "openapi: 3.2.0\npaths:\n  /a:\n    query: {}\n".into(),
            "whole.yaml:4: /paths/~1a/query: only OpenAPI 3.2 has this",
        ),
        (
            " ".repeat((16 << 20) + 1),
            "whole.yaml: is larger than 16 MiB",
        ),
    ] {
        let folder = things().page("whole.yaml", text);
        let arguments = ["codegen", "--docs", "docs", "--out", "out"];
        let run = run_within(Duration::from_secs(20), folder.path(), &arguments);
        assert_eq!(run.code, Some(1), "{why}: {}", run.stderr);
        assert_contains(&run.error(), &[why]);
        assert!(!folder.out().exists());
    }
    let folder = things().page("whole.yaml", b"openapi: \xff\n");
    assert_contains(
        &folder.rejected(),
        &["whole.yaml: cannot be read: it is not UTF-8"],
    );
}

#[test]
fn references_to_other_files_are_errors() {
    for target in [
        "common.yaml#/Thing",
        "https://a.example/thing.json",
        "./thing.json",
    ] {
        let text = SPECIFICATION.replace("{type: string}", &format!("{{$ref: '{target}'}}"));
        assert_contains(
            &Folder::new().page("whole.yaml", text).rejected(),
            &[
                "whole.yaml:6: /paths/~1things/get/responses/200/content/application~1json/schema",
                &format!("`$ref: {target}` refers to another document, which is not read"),
            ],
        );
    }
}

#[test]
fn version_3_2_is_read_with_a_warning() {
    let folder = Folder::new().page("whole.yaml", SPECIFICATION.replace("3.1.0\n", "3.2.0\n"));
    let run = folder.generate(&[]);
    assert_contains(
        &run.stderr,
        &["warning: whole.yaml:1: OpenAPI 3.2.0 is read as 3.1"],
    );
    let folder = Folder::new().fragment("a.md", &json!({"openapi": "3.2.1", "paths": {}}));
    assert_contains(
        &folder.generate(&[]).stderr,
        &["warning: a.md:4: OpenAPI 3.2.1 is read as 3.1"],
    );
}

#[test]
fn a_linked_specification_becomes_a_client_of_all_of_it() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let site = Site::start();
    let storage = Site::start();
    let mut index = String::new();
    for (name, text) in files(&here.join("../openapi/docs")) {
        if name.ends_with(".md") {
            site.put(&format!("/api/{name}"), page(text));
            writeln!(index, "- [{name}](/api/{name})").unwrap();
        }
    }
    let link = format!(
        "/raw/{}.yaml?X-Amz-Signature=1",
        "0123456789abcdef".repeat(4)
    );
    storage.put(&link, page(whole()));
    let blocks = EVENTS.map(|event| {
        let url = storage.url(&link);
        format!("{{% openapi-webhook spec=\"partners-v2-api\" name=\"{event}\" method=\"post\" %}}\n[OpenAPI partners-v2-api]({url})\n{{% endopenapi-webhook %}}\n\n")
    });
    site.put(
        "/api/webhooks.md",
        page(format!("# Webhooks\n\n{}", blocks.concat())),
    );
    site.put(
        "/llms.txt",
        page(index + "- [webhooks](/api/webhooks.md)\n"),
    );

    let read = |path: &str| fs::read_to_string(here.join(path)).unwrap();
    let overlay =
        read("../openapi/overlay.yaml") + &read("tests/resources/future_pages/names.yaml");
    let folder = Folder::new().overlay(&overlay);
    let sources = format!(
        "index = '{}'\npages = ['api/']\nspecifications = ['{}']\n",
        site.url("/llms.txt"),
        storage.url("/raw/")
    );
    fs::write(folder.path().join("sources.toml"), sources).unwrap();
    let base = here.join("../openapi/partner-api.json");
    let mut arguments = vec!["update", "--no-test", "--base", base.to_str().unwrap()];
    arguments.extend(["--docs", "docs", "--out", "out"]);
    arguments.extend(["--sources", "sources.toml", "--overlay", "overlay.yaml"]);
    let updated = run(folder.path(), &arguments);
    assert_eq!(updated.code, Some(0), "{updated:?}");
    assert_contains(
        &updated.stdout,
        &[
            "new      partners-v2-api.yaml\n",
            "fetch    4 page(s) changed\ncodegen  done\n",
            "| `webhook client_created` | webhook typed: `nothing` → `ClientCreatedPayload` |",
        ],
    );
    assert!(!format!("{updated:?}").contains("X-Amz"), "{updated:?}");

    // It sends, pages and mocks like the client of the pages themselves.
    let copy = Copy::with(&folder);
    copy.put(
        "partner-api/tests/future_pages.rs",
        read("tests/resources/future_pages_client.rs"),
    );
    copy.put(
        "partner-api/tests/webhooks.rs",
        read("tests/resources/webhooks_client.rs"),
    );
    let passed = copy.cargo(&[
        "test",
        "--features",
        "webhooks",
        "--test",
        "future_pages",
        "--test",
        "webhooks",
    ]);
    assert!(passed.is_ok(), "{}", passed.unwrap_err());
}

#[test]
fn a_fence_and_a_specification_give_the_same_document() {
    let document: Value = json!({
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://a.example"}],
        "paths": {"/a": {"get": returning("a", json!({"type": "number", "default": 1.10, "enum": [1.1, 1e3]}))}},
    });
    let text = serde_saphyr::to_string(&document).unwrap();
    let folder = Folder::new()
        .page("a.md", fence(&document))
        .page("a.yaml", text);
    folder.generate(&[]);
}
