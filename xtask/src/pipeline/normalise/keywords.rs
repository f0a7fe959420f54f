//! Rewriting the keywords of one schema from OpenAPI 3.0 to 3.1.

use serde_json::{Map, Value, json};

/// Rewrites `anyOf: [$ref, {type: object, nullable: true}]`, which means "null or this".
pub(super) fn null_or_this(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    for keyword in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = schema.get_mut(keyword) else {
            continue;
        };
        let placeholder = |branch: &Value| {
            // Inner schemas are visited first, so its `nullable` is already a type array.
            branch["type"] == json!(["object", "null"]) && says_nothing_but(branch, "type")
        };
        let is_content = |branch: &Value| {
            ["$ref", "properties", "allOf"]
                .iter()
                .any(|name| branch.get(*name).is_some())
        };
        if branches.len() > 1 && branches.iter().any(is_content) {
            for branch in branches {
                if placeholder(branch) {
                    *branch = json!({"type": "null"});
                    count("anyOf with a nullable object → null");
                }
            }
        }
    }
}

/// Whether a schema has no member but this one and those that describe it.
fn says_nothing_but(schema: &Value, name: &str) -> bool {
    let describes = [
        "title",
        "description",
        "example",
        "examples",
        "default",
        "deprecated",
    ];
    let mut members = schema.as_object().into_iter().flatten();
    members.all(|(member, _)| member == name || describes.contains(&member.as_str()))
}

/// Names that documents use for a type, with the type and the format that they mean.
const TYPES: [(&str, &str, &str); 14] = [
    ("str", "string", ""),
    ("text", "string", ""),
    ("date", "string", "date"),
    ("datetime", "string", "date-time"),
    ("date-time", "string", "date-time"),
    ("uuid", "string", "uuid"),
    ("uri", "string", "uri"),
    ("url", "string", "uri"),
    ("email", "string", "email"),
    ("file", "string", "binary"),
    ("int", "integer", ""),
    ("float", "number", ""),
    ("double", "number", ""),
    ("bool", "boolean", ""),
];

/// Rewrites a type that OpenAPI does not have, such as `date` or `String`, as the one that it means.
pub(super) fn type_name(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    let Some(Value::String(published)) = schema.get("type") else {
        return;
    };
    let name = published.to_ascii_lowercase();
    let meant = TYPES.iter().find(|(of, ..)| *of == name);
    let (name, format) = meant.map_or((&*name, ""), |(_, name, format)| (*name, *format));
    let is_known = ["object", "array", "string", "integer", "number", "boolean"].contains(&name);
    if name == published || !is_known {
        return;
    }
    schema.insert("type".into(), name.into());
    if !format.is_empty() {
        schema.entry("format").or_insert_with(|| format.into());
    }
    count("unknown type → known type");
}

/// Rewrites `nullable` of 3.0 as the type `null`.
pub(super) fn nullable(
    at: &str,
    schema: &mut Map<String, Value>,
    count: &mut impl FnMut(&'static str),
) {
    let Some(Value::Bool(nullable)) = schema.get("nullable").cloned() else {
        return;
    };
    let is_alone = says_nothing_but(&Value::Object(schema.clone()), "nullable");
    schema.shift_remove("nullable");
    count("nullable → type");
    if !nullable {
        return;
    }
    // Alone it allows any JSON, but beside other parts or branches it says that they may be null.
    match at.rsplit('/').nth(1).filter(|_| is_alone) {
        Some("anyOf" | "oneOf") => {
            schema.insert("type".into(), "null".into());
            return;
        }
        Some("allOf") => {
            let all = ["object", "array", "string", "number", "boolean", "null"];
            schema.insert("type".into(), all.into());
            return;
        }
        _ => {}
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match schema.get_mut("type") {
        Some(Value::Array(types)) => {
            if !types.contains(&json!("null")) {
                types.push("null".into());
            }
            return;
        }
        Some(name) => {
            *name = json!([name.take(), "null"]);
            return;
        }
        None => {}
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(branches)) = schema.get_mut(keyword) {
            if !branches.contains(&json!({"type": "null"})) {
                branches.push(json!({"type": "null"}));
            }
            return;
        }
    }
    let structural = ["$ref", "allOf"];
    let inner: Map<_, _> = structural
        .iter()
        .filter_map(|name| {
            schema
                .shift_remove(*name)
                .map(|value| ((*name).to_owned(), value))
        })
        .collect();
    if !inner.is_empty() {
        let mut inner = inner;
        plain_reference(&mut inner, &mut |_| {});
        schema.insert("anyOf".into(), json!([inner, {"type": "null"}]));
    }
}

/// Rewrites exclusive bounds, which are booleans in 3.0 and numbers in 3.1.
pub(super) fn exclusive_bounds(
    schema: &mut Map<String, Value>,
    count: &mut impl FnMut(&'static str),
) {
    for (exclusive, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        let Some(Value::Bool(is_exclusive)) = schema.get(exclusive).cloned() else {
            continue;
        };
        schema.shift_remove(exclusive);
        count("boolean exclusive bound → number");
        if is_exclusive && let Some(value) = schema.shift_remove(bound) {
            schema.insert(exclusive.into(), value);
        }
    }
}

/// Unwraps an `allOf` of one `$ref`: in 3.0 a `$ref` cannot have siblings.
pub(super) fn plain_reference(
    schema: &mut Map<String, Value>,
    count: &mut impl FnMut(&'static str),
) {
    let Some(Value::Array(branches)) = schema.get("allOf") else {
        return;
    };
    let [Value::Object(only)] = &branches[..] else {
        return;
    };
    let reference = match (only.len(), only.get("$ref")) {
        (1, Some(reference)) if !schema.contains_key("$ref") => reference.clone(),
        _ => return,
    };
    schema.shift_remove("allOf");
    schema.insert("$ref".into(), reference);
    count("allOf of one $ref → $ref");
}

/// Rewrites `example` of 3.0 as `examples`.
pub(super) fn example(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    if let Some(value) = schema.shift_remove("example") {
        schema.entry("examples").or_insert_with(|| json!([value]));
        count("example → examples");
    }
}
