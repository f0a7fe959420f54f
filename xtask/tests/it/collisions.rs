//! Names that collide in Rust: one of them keeps the name, the others are numbered and noted. Only
//! names that the overlay chooses are an error.

use serde_json::{Value, json};

use crate::support::{Folder, assert_contains, document, get_things, returning};

/// The notes of a run, without the log of the stages.
fn notes(folder: &Folder) -> Vec<String> {
    let run = folder.generate(&[]);
    let lines = run.stderr.lines();
    let notes = lines.filter_map(|line| line.strip_prefix("note: "));
    notes.map(str::to_owned).collect()
}

#[test]
fn colliding_schemas_are_numbered_and_noted() {
    let schemas = json!({"FooBar": {"type": "string"}, "foo_bar": {"type": "integer"}});
    let page = document(json!({"/a": {"get": returning("a", json!({}))}}), schemas);
    let folder = Folder::new().fragment("t.md", &page);
    assert_eq!(
        notes(&folder),
        [
            "t.md:4: /components/schemas/foo_bar: \"foo_bar\" is called `FooBar2`, because \"FooBar\" is called \
             `FooBar`; for another name, give it an `x-rust-name` in the overlay"
        ]
    );
    let schemas = folder.json("progenitor.json")["components"]["schemas"].clone();
    assert_eq!(schemas["FooBar"]["type"], "string");
    assert_eq!(schemas["FooBar2"]["type"], "integer");
}

#[test]
fn colliding_operations_are_numbered_whatever_the_order_of_the_pages() {
    for (one, other) in [
        ("getThing", "get_thing"),
        ("getThing", "getThing"),
        ("list_v2", "listV2"),
    ] {
        let page = |path: &str, id: &str| {
            document(json!({path: {"get": returning(id, json!({}))}}), json!({}))
        };
        let (one, other) = (page("/a", one), page("/b", other));
        let folders = [("a.md", "b.md"), ("b.md", "a.md")]
            .map(|(first, second)| Folder::new().fragment(first, &one).fragment(second, &other));
        let ids = folders.map(|folder| {
            assert_eq!(notes(&folder).len(), 1);
            let lowered = folder.json("progenitor.json");
            let id = |path: &str| lowered["paths"][path]["get"]["operationId"].clone();
            (id("/a"), id("/b"))
        });
        assert_eq!(ids[0], ids[1]);
        assert_ne!(ids[0].0, ids[0].1);
    }
}

#[test]
fn names_of_the_overlay_that_collide_are_reported_with_both_places() {
    let property = json!({"type": "string"});
    let thing = json!({"type": "object", "properties": {"one": property, "two": property}});
    let page = get_things(returning("list_things", thing));
    let at =
        "$.paths['/things'].get.responses['200'].content['application/json'].schema.properties";
    let action = |name: &str| {
        format!("  - target: {at}.{name}\n    description: x\n    update: {{x-rust-name: it}}\n")
    };
    let folder = Folder::new()
        .fragment("t.md", &page)
        .actions(&(action("one") + &action("two")));
    assert_contains(
        &folder.rejected(),
        &[
            "t.md:4",
            "GET /things",
            "/properties/one",
            "/properties/two",
            "both are called `it`",
        ],
    );
}

#[test]
fn the_summary_counts_the_notes() {
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let mut operation = returning("clone", json!({"type": "string", "enum": ["a", "A"]}));
    operation["parameters"] = json!([parameter("fooBar"), parameter("foo.bar"), parameter("send")]);
    let folder = Folder::new().fragment("t.md", &get_things(operation));
    assert_eq!(notes(&folder).len(), 4);
    let run = folder.generate(&[]);
    assert_contains(
        &run.stdout,
        &["read 1 pages, 1 operations, 0 schemas; 4 notes; corrected: "],
    );
    let run = folder.generate(&["--skip-unsupported"]);
    assert_contains(
        &run.stdout,
        &["; left out 0 operations; any JSON in 0 places; 4 notes; "],
    );
}

#[test]
fn every_number_is_written_as_published() {
    let numbers: Value = serde_json::from_str(
        "[0.9687100052833557, 1.0, 1, 18446744073709551615, -9223372036854775808, 1e300, 5e-324]",
    )
    .unwrap();
    let mut operation = returning("list_things", json!({}));
    operation["x-numbers"] = numbers.clone();
    let folder = Folder::new().fragment("t.md", &get_things(operation));
    folder.generate(&[]);
    assert_contains(
        &folder.text("openapi.json"),
        &["0.9687100052833557,", "1.0,", "1,", "18446744073709551615,"],
    );
    let read = &folder.json("openapi.json")["paths"]["/things"]["get"]["x-numbers"];
    assert_eq!(*read, numbers);
}
