//! Random schemas.

use serde_json::{Map, Value, json};

use super::Choices;

/// The components that a random document has.
pub const COMPONENTS: [&str; 12] = [
    "Thing",
    "ThingList",
    "thing_status",
    "Client-Out",
    "Error",
    "Option",
    "a.b",
    "_Meta",
    "1st",
    "String",
    "Größe",
    "My Thing",
];

/// Usual names, and a keyword of JSON Schema.
const PROPERTIES: [&str; 24] = [
    "id",
    "name",
    "total",
    "items",
    "created_at",
    "status",
    "kind",
    "parent",
    "settings",
    "count",
    "meta.info",
    "type",
    "$ref",
    "self",
    "extra",
    "1",
    "+1",
    "größe",
    "nullable",
    "default",
    "a-b",
    "Unknown",
    "enum",
    "new",
];

/// A schema; `depth` is how many more may be nested.
pub fn schema(choices: &mut Choices<'_>, depth: usize) -> Value {
    let kinds = if depth == 0 { 8 } else { 18 };
    let mut schema = match choices.below(kinds) {
        0 => json!({"type": "string"}),
        1 => {
            let formats = ["int32", "int64", "uint32", "double", "decimal"];
            let kind = choices.pick(&["integer", "number"]);
            json!({"type": kind, "format": choices.pick(&formats)})
        }
        2 => json!({"type": "boolean"}),
        3 => reference(choices),
        4 => json!({"type": "string", "enum": words(choices)}),
        5 => {
            let formats = ["date-time", "url", "uuid", "binary", "uri"];
            json!({"type": "string", "format": choices.pick(&formats)})
        }
        6 => json!({"const": choices.pick(&["thing", "list", ""])}),
        7 => json!({}),
        8..=10 => object(choices, depth - 1),
        11 | 12 => json!({"type": "array", "items": schema(choices, depth - 1)}),
        13 => json!({"type": "object", "additionalProperties": schema(choices, depth - 1)}),
        14 => json!({"allOf": parts(choices, depth - 1)}),
        15 => alternatives(choices, depth - 1),
        16 => {
            let placeholder = json!({"type": "object", "nullable": true});
            json!({"anyOf": [reference(choices), placeholder]})
        }
        _ => odd(choices, depth - 1),
    };
    if let Some(schema) = schema.as_object_mut() {
        decorate(choices, schema);
    }
    schema
}

/// A reference, mostly to a component.
pub fn reference(choices: &mut Choices<'_>) -> Value {
    let name = choices.pick(&COMPONENTS);
    let property = choices.pick(&PROPERTIES);
    let target = match choices.below(128) {
        126 => "nowhere".to_owned(),
        127 => format!("{name}/properties/{property}"),
        120..126 => name.replace(' ', "%20"),
        _ => name.to_owned(),
    };
    json!({"$ref": format!("#/components/schemas/{target}")})
}

/// An object with properties.
pub fn object(choices: &mut Choices<'_>, depth: usize) -> Value {
    let names: Vec<_> = (0..=choices.below(5))
        .map(|_| choices.pick(&PROPERTIES))
        .collect();
    let properties: Map<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), schema(choices, depth)))
        .collect();
    let mut object = json!({"type": "object", "properties": properties});
    if choices.one_in(2) {
        object["required"] = json!([choices.pick(&names)]);
    }
    if choices.one_in(4) {
        object["additionalProperties"] = match choices.below(3) {
            0 => json!(false),
            1 => json!(true),
            _ => schema(choices, depth),
        };
    }
    object
}

/// The parts of an `allOf`.
fn parts(choices: &mut Choices<'_>, depth: usize) -> Vec<Value> {
    let part = |choices: &mut Choices<'_>| match choices.below(8) {
        0..=2 => reference(choices),
        3..=5 => object(choices, depth),
        6 => json!({"description": description(choices)}),
        _ => schema(choices, depth),
    };
    (0..choices.below(4)).map(|_| part(choices)).collect()
}

/// Alternatives, most of them distinguishable.
fn alternatives(choices: &mut Choices<'_>, depth: usize) -> Value {
    let keyword = choices.pick(&["oneOf", "anyOf"]);
    match choices.below(8) {
        0..=2 => {
            let items = json!({"type": "array", "items": schema(choices, depth)});
            let all = [
                json!({"type": "string"}),
                items,
                object(choices, depth),
                json!({"type": "null"}),
            ];
            let from = choices.below(3);
            json!({keyword: all[from..]})
        }
        3..=5 => {
            let mut branch = |kind: &str| {
                let mut branch = object(choices, depth);
                branch["properties"]["kind"] = json!({"const": kind});
                branch
            };
            json!({keyword: [branch("text"), branch("Unknown"), branch("")]})
        }
        6 => {
            let branches = [reference(choices), reference(choices)];
            json!({keyword: branches, "discriminator": {"propertyName": "kind"}})
        }
        _ => json!({keyword: [schema(choices, depth), schema(choices, depth)]}),
    }
}

/// The values of an enum.
fn words(choices: &mut Choices<'_>) -> Vec<&'static str> {
    let words = [
        "active",
        "in-active",
        "-name",
        "name",
        "desc",
        "",
        "Unknown",
        "1",
        "größer als",
        "self",
        "a_b",
        "a-b",
    ];
    let count = 1 + choices.below(4);
    (0..count).map(|_| choices.pick(&words)).collect()
}

/// Rare schemas, and values that are not schemas.
fn odd(choices: &mut Choices<'_>, depth: usize) -> Value {
    match choices.below(12) {
        0 => json!({"type": ["string", "integer", "null"]}),
        1 => json!({"type": ["object", "array"], "items": schema(choices, depth)}),
        2 => json!({"patternProperties": {"^x-": schema(choices, depth)}}),
        3 => json!({"not": schema(choices, depth)}),
        4 => json!({"type": "file"}),
        5 => json!({"enum": [1, "a", null, {}]}),
        6 => json!(true),
        7 => json!({"type": "null"}),
        8 => json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true}),
        9 => json!({"prefixItems": [schema(choices, depth)], "type": "array"}),
        10 => json!({"type": "object", "additionalProperties": false}),
        _ => json!([]),
    }
}

/// The members that many schemas have beside their type.
fn decorate(choices: &mut Choices<'_>, schema: &mut Map<String, Value>) {
    match choices.below(16) {
        9 => schema.insert("nullable".into(), true.into()),
        10 => schema.insert("description".into(), description(choices).into()),
        11 => schema.insert("example".into(), json!({"$ref": "#/nowhere"})),
        12 => schema.insert("readOnly".into(), true.into()),
        13 => schema.insert("deprecated".into(), true.into()),
        14 => schema.insert("title".into(), "Thing".into()),
        15 => schema.insert("default".into(), Value::Null),
        _ => None,
    };
}

/// A text with Markdown that rustdoc reads differently.
pub fn description(choices: &mut Choices<'_>) -> &'static str {
    choices.pick(&[
        "What it is.",
        "",
        "See [the guide](https://docs.example/a) or https://docs.example/b.",
        "One of [`a`, `b`] or <none>.",
        "```\nlet x = \"unclosed",
        "    indented()\n\nand */ on /* \\",
        "~~~rust\npanic!()\n~~~",
        "- **active**: it works\n- `name`: by name",
        "| a | b |\n|---|---|\n| <b> | [x] |",
        "\u{feff}größer\r\nals \u{202e}0 #![deny] {{}}",
    ])
}
