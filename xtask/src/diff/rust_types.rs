//! How a lowered schema looks in Rust.

use partner_api_codegen::{list, rust_type};
use serde_json::Value;

use crate::document::pointer;

/// The type of the rows, if an operation gives a list that can be read whole.
pub(super) fn rows(document: &Value, operation: &Value) -> Option<String> {
    list::List::of(document, operation).map(|list| list.row.to_owned())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_types_of_the_generated_code() {
        let client = crate::workspace::folder()
            .expect("the workspace")
            .join("partner-api");
        let read = |name| std::fs::read_to_string(client.join(name)).expect("a made file");
        let document: Value = serde_json::from_str(&read("progenitor.json")).expect("JSON");
        let code: String = read("src/generated.rs").split_whitespace().collect();
        let paths = [
            "::std::option::",
            "::std::string::",
            "::std::vec::",
            "::std::collections::",
            "::serde_json::",
            "crate::types::",
        ];
        let code = paths
            .iter()
            .fold(code, |code, path| code.replace(path, ""))
            .replace(",>", ">");
        let mut seen = 0;
        for (name, schema) in members(&document["components"]["schemas"]) {
            for (rust, property) in members(&schema["properties"]) {
                let required = schema["required"].as_array();
                let required = required.is_some_and(|names| names.contains(&rust.clone().into()));
                let (_, fields) = code
                    .split_once(&format!("pubstruct{name}{{"))
                    .expect("the struct");
                let ty: String = field(property, required).split_whitespace().collect();
                let (_, rest) = fields
                    .split_once(&format!("pub{rust}:"))
                    .expect("the field");
                assert!(
                    rest.starts_with(&ty),
                    "{name}.{rust}: expected {ty}, found {}",
                    &rest[..40]
                );
                seen += 1;
            }
        }
        assert!(seen > 50, "{seen} fields");
    }
}
