//! Lowering strings: plain ones, enums, identifiers and timestamps.

use partner_api_codegen::contract::{EnumValue, Extension as _, SchemaExtension};
use serde_json::{Map, Value, json};

use super::context::Lowering;
use super::shape::Shape;
use super::{doc, names};

impl Lowering<'_> {
    /// Lowers a string: plain, an identifier, a timestamp, or an enum that keeps unknown values.
    pub(super) fn string(&mut self, source: &Map<String, Value>, at: &str) -> Shape {
        let values: Vec<_> = match (source.get("enum"), source.get("const")) {
            (Some(Value::Array(values)), _) => values.iter().filter_map(Value::as_str).collect(),
            (_, Some(Value::String(value))) => vec![value.as_str()],
            _ => Vec::new(),
        };
        if values.is_empty() {
            let text = |name: &str| source.get(name).and_then(Value::as_str);
            return Shape::inline(match (text("x-rust-type"), text("format")) {
                (Some(TIMESTAMP), _) | (None, Some("date-time")) => self.timestamp(at),
                (chosen @ Some(name), _) => self.identifier(chosen, name, at, ""),
                _ => json!({"type": "string"}),
            });
        }
        let description = source
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let chosen = source.get("x-enum-varnames").and_then(Value::as_array);
        let mut variants: Vec<EnumValue> = Vec::new();
        let mut seen: Vec<(String, &str)> = Vec::new();
        for (index, value) in values.iter().enumerate() {
            self.lookalike(value, &format!("{at}/enum"));
            let chosen = chosen
                .and_then(|names| names.get(index))
                .and_then(Value::as_str);
            let name = variant_name(chosen, value);
            // The variant for unknown values keeps this one as well.
            if name == "Unknown" || seen.iter().any(|(_, other)| other == value) {
                continue;
            }
            if let Some((_, other)) = seen.iter().find(|(other, _)| *other == name) {
                let text = format!(
                    "the values `{other}` and `{value}` collide in Rust: both are called `{name}`; \
                     name them with `x-enum-varnames` in the overlay"
                );
                self.problem(at, text);
                continue;
            }
            variants.push(EnumValue {
                name: name.clone(),
                value: (*value).to_owned(),
                description: explained(description, value).map(doc::for_rustdoc),
            });
            seen.push((name, value));
        }
        if variants.is_empty() {
            return Shape::inline(json!({"type": "string"}));
        }
        let extension = SchemaExtension::Enum {
            values: variants,
            sort: None,
        };
        Shape::named(extension.on(json!({"type": "string"})))
    }

    /// A string that identifies one resource, such as a client: one newtype for all of that name. The
    /// description in a path is the most specific, so it is used.
    pub(super) fn identifier(
        &mut self,
        chosen: Option<&str>,
        hint: &str,
        at: &str,
        description: &str,
    ) -> Value {
        let name = names::pascal(chosen.unwrap_or(hint));
        let given = match self.identifiers.get(&name) {
            Some(given) => given.clone(),
            None => {
                let schema = json!({
                    "type": "string",
                    "description": format!("The {}.", names::snake(&name).replace('_', " ")),
                });
                let schema = SchemaExtension::Identifier.on(schema);
                let given = self.component(chosen, &name, at, schema);
                self.identifiers.insert(name, given.clone());
                given
            }
        };
        if !description.is_empty()
            && let Some(schema) = self.schemas.get_mut(&given)
        {
            schema["description"] = doc::for_rustdoc(description).into();
        }
        json!({"$ref": format!("#/components/schemas/{given}")})
    }

    /// A reference to the crate's timestamp type.
    fn timestamp(&mut self, at: &str) -> Value {
        let schema = SchemaExtension::Timestamp.on(json!({"type": "string"}));
        let name = self.component(None, TIMESTAMP, at, schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// The crate's timestamp type.
const TIMESTAMP: &str = "Timestamp";

/// The explanation of a value in a description that lists them as `- **value**: this`.
fn explained<'a>(description: &'a str, value: &str) -> Option<&'a str> {
    let marks = [format!("**{value}**"), format!("`{value}`")];
    description.lines().find_map(|line| {
        let item = line.trim_start().strip_prefix(['-', '*'])?.trim_start();
        let rest = marks
            .iter()
            .find_map(|mark| item.strip_prefix(mark.as_str()))?;
        let text = rest.trim_start().strip_prefix([':', '-'])?.trim();
        (!text.is_empty()).then_some(text)
    })
}

/// The Rust name of an enum value.
fn variant_name(chosen: Option<&str>, value: &str) -> String {
    match (chosen, value) {
        (Some(name), _) => names::pascal(name),
        (None, "") => "Empty".to_owned(),
        (None, value) => match value.strip_prefix('-') {
            // The notation of APIs for a descending order.
            Some(key) if key.starts_with(char::is_alphabetic) => {
                format!("{}Descending", names::pascal(key))
            }
            _ => names::pascal(value),
        },
    }
}
