//! How a lowered schema looks in Rust.

use serde_json::Value;

use crate::pointer;

#[path = "../../../partner-api/build/rust_type.rs"]
mod rust_type;

/// What kind of type a component becomes.
pub(super) fn kind(schema: &Value) -> String {
    let codegen = schema["x-codegen"].as_object();
    if let Some(kind) = codegen.and_then(|codegen| codegen.keys().next()) {
        kind.clone()
    } else if schema.get("properties").is_some() {
        "struct".into()
    } else {
        format!("wrapper of {}", name(schema))
    }
}

/// The type of a field, as the finishing pass of the build leaves it.
pub(super) fn field(property: &Value, required: bool) -> String {
    let (ty, codegen) = (name(property), &property["x-codegen"]);
    let is_collection = matches!(text(property, "type"), "array" | "object");
    if codegen["nullable"] == true {
        format!("Option<Option<{ty}>>")
    } else if codegen["optional"] == true {
        format!("Option<{ty}>")
    } else if (required && property["nullable"] != true) || (!required && is_collection) {
        ty
    } else {
        format!("Option<{ty}>")
    }
}

/// The type of a schema, without the path to it.
pub(super) fn name(schema: &Value) -> String {
    let ty = rust_type::rust_type(schema);
    let paths = [
        "crate::types::",
        "::std::string::",
        "::std::vec::",
        "::std::collections::",
        "::serde_json::",
    ];
    paths.iter().fold(ty, |ty, path| ty.replace(path, ""))
}

/// The component a schema refers to.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str())?;
    pointer::schema_name(reference)
}

/// What a property is called in JSON.
pub(super) fn wire<'a>(rust: &'a str, property: &'a Value) -> &'a str {
    property["x-codegen"]["wire"].as_str().unwrap_or(rust)
}

pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
