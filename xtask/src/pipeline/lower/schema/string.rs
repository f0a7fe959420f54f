//! Lowering strings: plain ones, enums, identifiers and timestamps.

use partner_api_codegen::code_span;
use partner_api_codegen::contract::{EnumValue, Extension as _, SchemaExtension};
use serde_json::{Map, Value, json};

use crate::pipeline::lower::content::types_of;
use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::doc;
use crate::pipeline::lower::naming::distinct::{Named, Wanted};
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::schema::constants;
use crate::pipeline::lower::shape::Shape;

impl Lowering<'_> {
    /// Lowers a string: plain, an identifier, a timestamp, or an enum that keeps unknown values.
    pub(crate) fn string(&mut self, source: &Map<String, Value>, at: &str) -> Shape {
        let (values, nullable) = values(source);
        let string = |name: &str| source.get(name).and_then(Value::as_str);
        let is_named = string("x-rust-type").is_some() || source.contains_key("x-enum-varnames");
        // One value is a constant, and needs no type.
        let is_enum = values.len() > usize::from(!is_named);
        let shape = match is_enum {
            true => match self.enumeration(source, at) {
                Some(schema) => Shape::named(schema),
                None => Shape::inline(json!({"type": "string"})),
            },
            false => Shape::inline(match (string("x-rust-type"), string("format")) {
                (Some(TIMESTAMP), _) | (None, Some("date-time")) => self.timestamp(at),
                (chosen @ Some(name), _) => self.identifier(chosen, name, at, ""),
                _ => json!({"type": "string"}),
            }),
        };
        Shape { nullable, ..shape }
    }

    /// Lowers an enum of strings, unless it has no variant. A value that would be called `Unknown` is
    /// kept by the variant for unknown values.
    pub(crate) fn enumeration(&mut self, source: &Map<String, Value>, at: &str) -> Option<Value> {
        let description = source.get("description").and_then(Value::as_str);
        let names = source.get("x-enum-varnames").and_then(Value::as_array);
        let mut wanted = Vec::new();
        for (index, value) in values(source).0.into_iter().enumerate() {
            self.lookalike(&value, &format!("{at}/enum"));
            let chosen = names.and_then(|names| names.get(index)?.as_str());
            let rust = variant_name(chosen, &value);
            if rust != "Unknown" {
                wanted.push(Wanted {
                    at: at.to_owned(),
                    published: value,
                    rust,
                    is_chosen: chosen.is_some(),
                });
            }
        }
        let names = self.distinct(Named::Value, &wanted);
        if wanted.is_empty() {
            return None;
        }
        let values = wanted.into_iter().zip(names).map(|(wanted, name)| {
            let meaning = explained(description.unwrap_or_default(), &wanted.published);
            EnumValue {
                name,
                description: meaning.map(doc::for_rustdoc),
                value: wanted.published,
            }
        });
        let extension = SchemaExtension::Enum {
            values: values.collect(),
            sort: None,
        };
        Some(extension.on(json!({"type": "string"})))
    }

    /// The only value that a schema allows beside null, if it is one that needs no type.
    pub(crate) fn constant(&self, schema: &Value) -> Option<Constant> {
        let has = |name: &&str| self.resolved(schema).get(*name).is_some();
        if !["const", "enum", "allOf"].iter().any(has) {
            return None;
        }
        let parts = self.parts(schema);
        let needs_type = |part: &Value| NEEDS_TYPE.iter().any(|name| part.get(*name).is_some());
        if parts.iter().any(|part| needs_type(part)) {
            return None;
        }
        let types = parts.iter().filter_map(|part| part.get("type"));
        let types: Vec<_> = types.flat_map(types_of).collect();
        let mut listed = parts.iter().filter_map(|part| part.as_object());
        let mut values: Vec<_> = listed
            .find(|part| constants(part).next().is_some())
            .map(constants)?
            .collect();
        let nullable = types.contains(&"null") || values.iter().any(|it| it.is_null());
        values.retain(|value| !value.is_null());
        values.dedup();
        let is_string = types.contains(&"string");
        let value = match values[..] {
            [Value::String(value)] => value.as_str().into(),
            [value @ (Value::Number(_) | Value::Bool(_))] if is_string => value.to_string().into(),
            [value @ (Value::Number(_) | Value::Bool(_))] => value.clone(),
            _ => return None,
        };
        Some(Constant { value, nullable })
    }

    /// A string that identifies one resource, such as a client: one newtype for all of that name. The
    /// description in a path is the most specific, so it is used.
    pub(crate) fn identifier(
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
                let given = match chosen {
                    Some(_) => self.component(chosen, &name, at, schema),
                    None => self.identifier_component(&name, at, schema),
                };
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

    /// Adds an identifier that no schema is published for. Beside a schema `Project`, the identifier
    /// `project` is called `ProjectId`; a schema that is just a string becomes the identifier itself.
    fn identifier_component(&mut self, name: &str, at: &str, schema: Value) -> String {
        let id = format!("{name}Id");
        for name in [name, &id] {
            let name = names::short_type_name(name);
            match self.schemas.get_mut(&name) {
                Some(published) if is_plain(published) => {
                    *published = SchemaExtension::Identifier.on(published.take());
                    return name;
                }
                Some(_) => {}
                None => return self.component(None, &name, at, schema),
            }
        }
        self.component(None, &id, at, schema)
    }

    /// A reference to the crate's timestamp type.
    fn timestamp(&mut self, at: &str) -> Value {
        let schema = SchemaExtension::Timestamp.on(json!({"type": "string"}));
        let name = self.component(None, TIMESTAMP, at, schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// The members of a schema that has a type of its own, whatever its values.
const NEEDS_TYPE: [&str; 5] = [
    "x-rust-type",
    "x-enum-varnames",
    "oneOf",
    "anyOf",
    "properties",
];

/// The only value that a schema allows.
pub(crate) struct Constant {
    pub(crate) value: Value,
    /// Whether null is allowed, too.
    pub(crate) nullable: bool,
}

impl Constant {
    /// The schema of the value.
    pub(crate) fn shape(&self) -> Shape {
        let kind = match &self.value {
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            _ => "string",
        };
        Shape {
            nullable: self.nullable,
            ..Shape::inline(json!({"type": kind}))
        }
    }

    /// Adds the value to the description of a part, which sends it by itself or not.
    pub(crate) fn describe(&self, part: &mut Map<String, Value>, is_sent: bool) {
        let value = code_span(&match &self.value {
            Value::String(value) => value.clone(),
            value => value.to_string(),
        });
        let text = match is_sent {
            true => format!("`None` sends the only documented value, {value}."),
            false => format!("The only documented value is {value}."),
        };
        let described = match part.get("description").and_then(Value::as_str) {
            Some(description) => format!("{description}\n\n{text}"),
            None => text,
        };
        part.insert("description".into(), described.into());
    }
}

/// The strings that a schema allows, each once, and whether null is one of the values. Numbers of a
/// YAML document are what their author wrote without quotes.
fn values(source: &Map<String, Value>) -> (Vec<String>, bool) {
    let mut values: Vec<String> = Vec::new();
    let mut nullable = false;
    for value in constants(source) {
        let value = match value {
            Value::String(value) => value.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            other => {
                nullable |= other.is_null();
                continue;
            }
        };
        if !values.contains(&value) {
            values.push(value);
        }
    }
    (values, nullable)
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

/// Whether a lowered component is a string of which nothing else is known.
fn is_plain(schema: &Value) -> bool {
    let members = schema.as_object().into_iter().flatten();
    let mut members = members.filter(|(name, _)| *name != "description");
    schema["type"] == "string" && members.next().is_some() && members.next().is_none()
}

/// The Rust name of an enum value.
fn variant_name(chosen: Option<&str>, value: &str) -> String {
    if let Some(name) = chosen {
        return names::pascal(name);
    }
    match value.strip_prefix('-') {
        _ if value.is_empty() => "Empty".to_owned(),
        // The notation of APIs for a descending order.
        Some(key) if key.starts_with(char::is_alphabetic) => {
            format!("{}Descending", names::pascal(key))
        }
        _ if names::has_no_word(value) => names::pascal(&names::spelled(value)),
        _ => names::pascal(value),
    }
}
