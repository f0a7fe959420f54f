//! Strings and numbers that a schema accepts.

use serde_json::{Value, json};

type Schema = serde_json::Map<String, Value>;

/// A string of the schema's format and length.
pub fn string(schema: &Schema, round: usize) -> String {
    let format = schema.get("format").and_then(Value::as_str);
    let fixed = match format.unwrap_or_default() {
        "date-time" => "2024-02-03T04:05:06Z",
        "date" => "2024-02-03",
        "time" => "04:05:06Z",
        "duration" => "P1D",
        "uuid" => "123e4567-e89b-42d3-a456-426614174000",
        "email" => "al@example.org",
        "uri" | "url" | "uri-reference" => "https://example.org/a?b=c",
        "hostname" => "example.org",
        "ipv4" | "ip" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "byte" | "base64" => "aGVsbG8=",
        "decimal" => "1.5",
        "int64" | "int32" | "integer" => "42",
        _ => "",
    };
    if !fixed.is_empty() {
        return fixed.to_owned();
    }
    let bound = |name: &str| {
        let bound = schema.get(name).and_then(Value::as_u64)?;
        usize::try_from(bound).ok()
    };
    let mut text = ["some text", "b+c é", "x%20&y=z"][round % 3].to_owned();
    while text.chars().count() < bound("minLength").unwrap_or(1).min(10_000) {
        text.push('a');
    }
    let longest = bound("maxLength").unwrap_or(usize::MAX);
    text.chars().take(longest).collect()
}

/// An integer between the schema's bounds.
pub fn integer(schema: &Schema) -> i64 {
    let (least, most) = bounds(schema);
    let step = schema
        .get("multipleOf")
        .and_then(Value::as_f64)
        .unwrap_or(1.0);
    let step = step.max(1.0);
    let wanted = 7.0_f64.clamp(least, most.max(least));
    // Whole numbers of this size are exact.
    ((wanted / step).ceil() * step) as i64
}

/// A number between the schema's bounds.
pub fn number(schema: &Schema) -> Value {
    let (least, most) = bounds(schema);
    let wanted = match schema.get("multipleOf").and_then(Value::as_f64) {
        Some(step) => (1.5_f64.max(least) / step).ceil() * step,
        None => 1.5,
    };
    let value = wanted.clamp(least, most.max(least));
    match value.fract() == 0.0 {
        true => json!(value as i64),
        false => json!(value),
    }
}

/// The least and the greatest number; an exclusive bound is moved by one.
fn bounds(schema: &Schema) -> (f64, f64) {
    let bound = |inclusive: &str, exclusive: &str, inward: f64| {
        let limit = schema.get(inclusive).and_then(Value::as_f64);
        match schema.get(exclusive) {
            Some(Value::Bool(true)) => limit.map(|limit| limit + inward),
            Some(value) => value.as_f64().map(|limit| limit + inward).or(limit),
            None => limit,
        }
    };
    let least = bound("minimum", "exclusiveMinimum", 1.0);
    let most = bound("maximum", "exclusiveMaximum", -1.0);
    (least.unwrap_or(f64::MIN), most.unwrap_or(f64::MAX))
}
