//! The Rust types of lowered schemas.

use partner_api_codegen::document::{Property, Schema};
use partner_api_codegen::rust_type;
use serde_json::Value;

use crate::document::pointer;

/// What kind of type a component becomes.
pub(super) fn kind(schema: &Schema<'_>) -> String {
    if let Some(extension) = &schema.extension {
        extension.kind().to_owned()
    } else if schema.value.get("properties").is_some() {
        "struct".into()
    } else {
        format!("wrapper of {}", name(schema.value))
    }
}

/// The type of a field, as the finishing pass leaves it.
pub(super) fn field(property: &Property<'_>) -> String {
    let (ty, extension) = (name(property.value), &property.extension);
    let (required, value) = (property.required, property.value);
    let is_collection = matches!(string(value, "type"), "array" | "object");
    if extension.nullable {
        format!("Option<Option<{ty}>>")
    } else if extension.optional {
        format!("Option<{ty}>")
    } else if (required && value["nullable"] != true) || (!required && is_collection) {
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

pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

pub(super) fn string<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use partner_api_codegen::document::Document;

    use super::*;

    #[test]
    fn fields_have_the_types_of_the_generated_code() {
        let client = crate::workspace::folder()
            .expect("the workspace")
            .join("partner-api");
        let read = |name| std::fs::read_to_string(client.join(name)).expect("a generated file");
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
        let document = Document::read(&document).expect("a lowered document");
        for (name, schema) in &document.schemas {
            for property in &schema.properties {
                let rust = property.name;
                let (_, fields) = code
                    .split_once(&format!("pubstruct{name}{{"))
                    .expect("the struct");
                let ty: String = field(property).split_whitespace().collect();
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
