//! The members that only the overlay may set: in a page they are ignored, with a warning.

use serde_json::{Value, json};

use crate::support::{Folder, document, json_of, object, says, schema, text};

/// A page that sets all of them, as well as things that only look like them.
fn page() -> Value {
    let approve = json!({
        "operationId": "approve",
        "x-idempotent": true,
        "x-vendor": {"kept": true},
        "parameters": [
            {"name": "partner_id", "in": "path", "required": true, "x-rust-name": "renamed", "schema": {"type": "string", "x-rust-type": "Chosen"}},
            {"name": "filters", "in": "query", "x-json": true, "schema": object(json!({"a": text()}))},
        ],
        "responses": {"200": {"description": "", "content": json_of(schema("Thing"))}},
    });
    let shared = object(json!({"a": {"type": "string", "x-rust-name": "from_an_example"}}));
    let mut page = document(
        json!({"/{partner_id}/approve": {"post": approve}}),
        json!({
            "Thing": {
                "type": "object",
                "x-rust-name": "Other",
                "x-docs-name": "Another",
                "properties": {
                    "kind": {"type": "string", "enum": ["a", "b"], "x-enum-varnames": ["First", "Second"]},
                    "id": {"type": "string", "x-rust-type": "Timestamp", "x-codegen": {"nullable": true}},
                    "x-json": {"type": "string", "description": "A property of this name."},
                    "shared": {"$ref": "#/components/schemas/Thing/example/shared"},
                },
                "example": {"kind": "x-rust-name", "shared": shared},
            },
            "x-rust-name": {"type": "string", "enum": ["a component of this name"]},
        }),
    );
    page["x-rust-scopes"] = json!({"partner": "partner_id"});
    page
}

#[test]
fn in_a_page_they_are_ignored_with_a_warning() {
    let folder = Folder::new().fragment("t.md", &page());
    let run = folder.made(&[]);
    let thing = "/components/schemas/Thing";
    let operation = "/paths/~1{partner_id}~1approve/post";
    for (pointer, name) in [
        (String::new(), "x-rust-scopes"),
        (operation.into(), "x-idempotent"),
        (format!("{operation}/parameters/0"), "x-rust-name"),
        (format!("{operation}/parameters/0/schema"), "x-rust-type"),
        (format!("{operation}/parameters/1"), "x-json"),
        (thing.into(), "x-rust-name"),
        (thing.into(), "x-docs-name"),
        (format!("{thing}/properties/kind"), "x-enum-varnames"),
        (format!("{thing}/properties/id"), "x-rust-type"),
        (format!("{thing}/properties/id"), "x-codegen"),
        (
            format!("{thing}/example/shared/properties/a"),
            "x-rust-name",
        ),
    ] {
        let warning =
            format!("warning: t.md:4: {pointer}/{name}: ignored: it counts only in the overlay\n");
        says(&run.stderr, &[&warning]);
    }
    assert_eq!(
        run.stderr.matches("counts only in the overlay").count(),
        11,
        "{}",
        run.stderr
    );

    let code: String = folder.text("generated.rs").split_whitespace().collect();
    says(
        &code,
        &[
            "idempotent:false",
            "pubstructThing{",
            "pubfnpartner_id<V>",
            "pubenumThingKind{///`a`A,",
        ],
    );
    for ignored in [
        "Chosen",
        "fnpartner<",
        "First",
        "crate::values::query::JsonParam",
        "Timestamp",
        "from_an_example",
    ] {
        assert!(!code.contains(ignored), "{ignored}");
    }
    let openapi = folder.json("openapi.json");
    let operation = openapi.pointer(operation).unwrap();
    assert_eq!(operation["x-vendor"], json!({"kept": true}));
    let schemas = &openapi["components"]["schemas"];
    assert_eq!(schemas["Thing"]["properties"]["x-json"]["type"], "string");
    assert_eq!(schemas["x-rust-name"]["type"], "string");
    let text = openapi.to_string();
    for name in [
        "x-idempotent",
        "x-rust-type",
        "x-rust-scopes",
        "x-enum-varnames",
        "x-docs-name",
        "x-codegen",
    ] {
        assert!(!text.contains(name), "{name}");
    }
}

#[test]
fn in_the_overlay_they_count() {
    let folder = Folder::new().fragment("t.md", &page()).actions(
        "  - target: $.paths.*.post\n    description: x\n    update: {x-idempotent: true}\n\
         \x20 - target: $.components.schemas.Thing\n    description: x\n    update: {x-rust-name: Mine}\n",
    );
    folder.made(&[]);
    let code: String = folder.text("generated.rs").split_whitespace().collect();
    says(&code, &["idempotent:true", "pubstructMine{"]);
}
