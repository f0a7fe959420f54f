//! Names that are one in Rust: each pair is told with both places, and nothing is written.

use serde_json::json;

use crate::support::{Folder, answering, document, get_things, says};

#[test]
fn schemas_whose_names_collide_in_rust_name_both() {
    let schemas = json!({"FooBar": {"type": "string"}, "foo_bar": {"type": "integer"}});
    let page = document(json!({"/a": {"get": answering("a", json!({}))}}), schemas);
    let message = Folder::new().fragment("t.md", &page).refused();
    says(
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
fn properties_whose_names_collide_in_rust_name_both() {
    let thing = json!({"type": "object", "properties": {"fooBar": {}, "foo-bar": {}}});
    let message = Folder::new()
        .fragment("t.md", &get_things(answering("list_things", thing)))
        .refused();
    says(
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
fn operations_whose_names_collide_in_rust_name_both() {
    for (one, other) in [
        ("getThing", "get_thing"),
        ("getThing", "getThing"),
        ("list_v2", "listV2"),
    ] {
        let page = |path: &str, id: &str| {
            document(json!({path: {"get": answering(id, json!({}))}}), json!({}))
        };
        let folder = Folder::new()
            .fragment("a.md", &page("/a", one))
            .fragment("b.md", &page("/b", other));
        says(
            &folder.refused(),
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
fn values_whose_names_collide_in_rust_name_both() {
    let status = json!({"type": "string", "enum": ["on hold", "on-hold"]});
    let message = Folder::new()
        .fragment("t.md", &get_things(answering("list_things", status)))
        .refused();
    says(
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
fn parameters_whose_names_collide_in_rust_name_both() {
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    let mut operation = answering("list_things", json!({}));
    operation["parameters"] = json!([parameter("fooBar"), parameter("foo.bar")]);
    let message = Folder::new()
        .fragment("t.md", &get_things(operation))
        .refused();
    says(
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
fn parameters_called_as_what_every_builder_has_are_named() {
    for name in ["send", "new", "body", "client"] {
        let mut operation = answering("list_things", json!({}));
        operation["parameters"] =
            json!([{"name": name, "in": "query", "schema": {"type": "string"}}]);
        let message = Folder::new()
            .fragment("t.md", &get_things(operation))
            .refused();
        says(
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
