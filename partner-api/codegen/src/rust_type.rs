//! The Rust type of a lowered schema.

use serde_json::Value;

/// The type of a schema that is a reference, or needs no type of its own.
pub fn rust_type(schema: &Value) -> String {
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str());
    if let Some(name) = reference.and_then(|reference| reference.rsplit('/').next()) {
        return format!("crate::types::{name}");
    }
    match schema["type"].as_str() {
        Some("string") => "::std::string::String".into(),
        Some("boolean") => "bool".into(),
        Some("number") => "f64".into(),
        Some("integer") => match schema["format"].as_str() {
            Some("int32") => "i32".into(),
            Some("uint32") => "u32".into(),
            Some("uint64") => "u64".into(),
            _ => "i64".into(),
        },
        Some("array") => format!("::std::vec::Vec<{}>", rust_type(&schema["items"])),
        Some("object") => match rust_type(&schema["additionalProperties"]).as_str() {
            "::serde_json::Value" => {
                "::serde_json::Map<::std::string::String, ::serde_json::Value>".into()
            }
            value => format!("::std::collections::BTreeMap<::std::string::String, {value}>"),
        },
        _ => "::serde_json::Value".into(),
    }
}
