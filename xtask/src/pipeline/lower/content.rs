//! Which keywords of a schema say what a value holds. All others describe it, or restrict it further.

use serde_json::Value;

/// These keywords.
pub(super) const CONTENT: [&str; 11] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "enum",
    "items",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "properties",
];

/// The reference that a schema is, unless it has more content beside it.
pub(super) fn plain_ref(schema: &Value) -> Option<&str> {
    let members = schema.as_object()?;
    let reference = members.get("$ref")?.as_str()?;
    let mut content = CONTENT.iter().filter(|name| **name != "$ref");
    let is_plain = !content.any(|name| match members.get(*name) {
        Some(rest) => *name != "additionalProperties" || rest.is_object(),
        None => false,
    });
    is_plain.then_some(reference)
}

/// The names in a `type` keyword.
pub(super) fn types_of(kind: &Value) -> Vec<&str> {
    match kind {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
