//! Names that collide in Rust: each pair is reported with both places, and nothing is written.

use serde_json::json;

use crate::support::{Folder, assert_contains, document, get_things, returning};

#[test]
fn colliding_schema_names_are_reported_with_both_places() {
    let schemas = json!({"FooBar": {"type": "string"}, "foo_bar": {"type": "integer"}});
    let page = document(json!({"/a": {"get": returning("a", json!({}))}}), schemas);
    let message = Folder::new().fragment("t.md", &page).rejected();
    assert_contains(
        &message,
        &[
            "t.md:4",
            "/components/schemas/FooBar",
            "/components/schemas/foo_bar",
            "`FooBar`",
        ],
    );
}

#[test]
fn colliding_property_names_are_reported_with_both_places() {
    let thing = json!({"type": "object", "properties": {"fooBar": {}, "foo-bar": {}}});
    let message = Folder::new()
        .fragment("t.md", &get_things(returning("list_things", thing)))
        .rejected();
    assert_contains(
        &message,
        &[
            "t.md:4",
            "GET /things",
            "/properties/fooBar",
            "/properties/foo-bar",
            "`foo_bar`",
        ],
    );
}

#[test]
fn colliding_operation_names_are_reported_with_both_places() {
    for (one, other) in [
        ("getThing", "get_thing"),
        ("getThing", "getThing"),
        ("list_v2", "listV2"),
    ] {
        let page = |path: &str, id: &str| {
            document(json!({path: {"get": returning(id, json!({}))}}), json!({}))
        };
        let folder = Folder::new()
            .fragment("a.md", &page("/a", one))
            .fragment("b.md", &page("/b", other));
        assert_contains(
            &folder.rejected(),
            &[
                "a.md:4",
                "b.md:4",
                "GET /b",
                "/paths/~1a/get",
                "/paths/~1b/get",
            ],
        );
    }
}

#[test]
fn colliding_value_names_are_reported_with_both_values() {
    let status = json!({"type": "string", "enum": ["on hold", "on-hold"]});
    let message = Folder::new()
        .fragment("t.md", &get_things(returning("list_things", status)))
        .rejected();
    assert_contains(
        &message,
        &[
            "t.md:4",
            "GET /things",
            "/schema",
            "`on hold`",
            "`on-hold`",
            "`OnHold`",
        ],
    );
}

#[test]
fn colliding_parameter_names_are_reported_with_both_places() {
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let mut operation = returning("list_things", json!({}));
    operation["parameters"] = json!([parameter("fooBar"), parameter("foo.bar")]);
    let message = Folder::new()
        .fragment("t.md", &get_things(operation))
        .rejected();
    assert_contains(
        &message,
        &[
            "t.md:4",
            "GET /things",
            "/parameters/0",
            "/parameters/1",
            "`foo_bar`",
        ],
    );
}

#[test]
fn parameters_with_reserved_names_are_reported() {
    for name in ["send", "new", "body", "client"] {
        let mut operation = returning("list_things", json!({}));
        operation["parameters"] =
            json!([{"name": name, "in": "query", "schema": {"type": "string"}}]);
        let message = Folder::new()
            .fragment("t.md", &get_things(operation))
            .rejected();
        assert_contains(
            &message,
            &[
                "t.md:4",
                "GET /things",
                "/parameters/0",
                &format!("`{name}`"),
                "x-rust-name",
            ],
        );
    }
}
