//! The members that only the overlay may set: in a page they are ignored, with a warning.

use partner_api_codegen::contract;
use serde_json::{Value, json};

use crate::support::{Folder, assert_contains, document, json_of, object, schema, string};

/// A page that sets all of them, and has other members with the same names.
fn page() -> Value {
    let approve = json!({
        "operationId": "approve",
        "x-idempotent": true,
        "x-vendor": {"kept": true},
        "parameters": [
            {"name": "partner_id", "in": "path", "required": true, "x-rust-name": "renamed", "schema": {"type": "string", "x-rust-type": "Chosen"}},
            {"name": "filters", "in": "query", "x-json": true, "schema": object(json!({"a": string()}))},
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
                    "id": {"type": "string", "x-rust-type": "Timestamp", (contract::KEY): {"nullable": true}},
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
fn pages_cannot_set_them_and_get_a_warning() {
    let folder = Folder::new().fragment("t.md", &page());
    let run = folder.generate(&[]);
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
        (format!("{thing}/properties/id"), contract::KEY),
        (
            format!("{thing}/example/shared/properties/a"),
            "x-rust-name",
        ),
    ] {
        let warning = format!(
            "warning: t.md:4: {pointer}/{name}: ignored, because only the overlay may set it\n"
        );
        assert_contains(&run.stderr, &[&warning]);
    }
    assert_eq!(
        run.stderr.matches("only the overlay may set it").count(),
        11,
        "{}",
        run.stderr
    );

    let code: String = folder.text("generated.rs").split_whitespace().collect();
    assert_contains(
        &code,
        &[
            "idempotent:false",
            "pubstructThing{",
            "pubfnpartner_id<V,M>",
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
        contract::KEY,
    ] {
        assert!(!text.contains(name), "{name}");
    }
}

#[test]
fn the_overlay_can_set_them() {
    let folder = Folder::new().fragment("t.md", &page()).actions(
        "  - target: $.paths.*.post\n    description: x\n    update: {x-idempotent: true}\n\
         \x20 - target: $.components.schemas.Thing\n    description: x\n    update: {x-rust-name: Mine}\n",
    );
    folder.generate(&[]);
    let code: String = folder.text("generated.rs").split_whitespace().collect();
    assert_contains(&code, &["idempotent:true", "pubstructMine{"]);
}
