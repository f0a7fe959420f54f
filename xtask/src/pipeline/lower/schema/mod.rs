//! Lowering one schema.

mod all_of;
mod alternatives;
mod integer;
pub(crate) mod properties;
mod string;
pub(crate) mod whole;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::pipeline::lower::content::{plain_ref, types_of};
use crate::pipeline::lower::context::Lowering;
use crate::pipeline::lower::doc;
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::schema::integer::number;
use crate::pipeline::lower::shape::Shape;
use crate::pipeline::lower::usage::Side;

impl Lowering<'_> {
    /// Lowers a schema that is a component.
    pub(crate) fn named_schema(
        &mut self,
        value: &Value,
        at: &str,
        rust: &str,
        side: Side,
    ) -> Value {
        let Shape { mut schema, .. } = match self.subtypes(&format!("#{at}")) {
            Some(whole) => self.alternatives(whole, at, rust, side),
            None => self.shape(value, at, rust, side),
        };
        describe(&mut schema, value);
        if let Some(reference) = schema.get("$ref").cloned() {
            // An alias: progenitor generates a newtype for it.
            schema.shift_remove("$ref");
            schema.insert("allOf".into(), json!([{"$ref": reference}]));
        }
        Value::Object(schema)
    }

    /// Lowers a schema inside another; if it needs a name, it becomes a component.
    pub(crate) fn schema(&mut self, value: &Value, at: &str, hint: &str, side: Side) -> Value {
        let Shape {
            mut schema,
            needs_name,
            nullable,
        } = self.shape(value, at, hint, side);
        describe(&mut schema, value);
        if needs_name {
            let chosen = value.get("x-rust-type").and_then(Value::as_str);
            let name = self.component(chosen, hint, at, Value::Object(schema.clone()));
            let description = schema.shift_remove("description");
            schema = object(json!({"$ref": format!("#/components/schemas/{name}")}));
            schema.extend(description.map(|text| ("description".to_owned(), text)));
        }
        if nullable && !schema.is_empty() {
            schema.insert("nullable".into(), true.into());
        }
        // In 3.0 a `$ref` cannot have siblings.
        if schema.len() > 1
            && let Some(reference) = schema.shift_remove("$ref")
        {
            schema.insert("allOf".into(), json!([{"$ref": reference}]));
        }
        Value::Object(schema)
    }

    /// Adds a component under the name from the overlay, or under a free one like `hint`.
    pub(crate) fn component(
        &mut self,
        chosen: Option<&str>,
        hint: &str,
        at: &str,
        schema: Value,
    ) -> String {
        let wanted = match chosen {
            Some(name) => names::type_name(name),
            None => names::short_type_name(hint),
        };
        let mut name = wanted.clone();
        let mut number = 2;
        while let Some(place) = self.places.get(&name).cloned() {
            // The same schema in several places, such as an error body, is one type.
            if self.schemas.get(&name) == Some(&schema) {
                return name;
            }
            if chosen.is_some() {
                self.collision(&name, &place, at);
                return name;
            }
            name = format!("{wanted}{number}");
            number += 1;
        }
        self.places.insert(name.clone(), at.to_owned());
        self.schemas.insert(name.clone(), schema);
        name
    }

    pub(crate) fn shape(&mut self, value: &Value, at: &str, hint: &str, side: Side) -> Shape {
        let Value::Object(source) = value else {
            return Shape::inline(json!({}));
        };
        self.note_validation(source, at);
        if let Some(reference) = plain_ref(value).filter(|base| !self.subtypes.has(base, at)) {
            return self.reference(reference, at, hint, side);
        }
        if ["$ref", "allOf", "oneOf", "anyOf"]
            .iter()
            .any(|name| source.contains_key(*name))
        {
            return self.combined(value, at, hint, side);
        }
        let (types, nullable) = types(source);
        let mut shape = match &types[..] {
            ["object"] => self.object(source, at, hint, side),
            ["array"] => self.array(source, at, hint, side),
            ["string"] => self.string(source, at),
            ["integer"] => self.integer(source),
            ["number"] => number(source, "number"),
            ["boolean"] => Shape::inline(json!({"type": "boolean"})),
            [] => Shape::inline(json!({})),
            [_] => self.unsupported(
                at,
                "unknown `type`; expected object, array, string, integer, number, boolean or null",
            ),
            several => {
                let branches = several.iter().map(|kind| only(source, kind)).collect();
                self.types_as_alternatives(branches, at, hint, side)
            }
        };
        shape.nullable |= nullable;
        shape
    }

    /// Notes the keywords of a schema and its parts that only decide which values are valid.
    fn note_validation(&mut self, source: &Map<String, Value>, at: &str) {
        let keywords = VALIDATION.iter().filter(|name| source.contains_key(**name));
        let keywords: Vec<_> = keywords.map(|name| format!("`{name}`")).collect();
        if !keywords.is_empty() {
            let text = format!(
                "{}: validation only, which is left to the API; a property that only this describes is in no type",
                keywords.join(", ")
            );
            self.note(at, &text);
        }
        for name in ["allOf", "anyOf", "oneOf"] {
            let parts = source.get(name).and_then(Value::as_array);
            for (index, part) in parts.into_iter().flatten().enumerate() {
                if let Value::Object(part) = part {
                    self.note_validation(part, &format!("{at}/{name}/{index}"));
                }
            }
        }
    }

    pub(crate) fn reference(&mut self, reference: &str, at: &str, hint: &str, side: Side) -> Shape {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let document = self.document;
        let target = pointer::resolve(document, reference).unwrap_or(&Value::Null);
        if let Some(constant) = self.constant(target) {
            return constant.shape();
        }
        let nullable = self.is_nullable(target, &mut BTreeSet::new());
        let component = pointer::schema_name(reference).and_then(|name| self.rust_names.get(name));
        if let Some(name) = component.or_else(|| self.inner.get(reference)) {
            return Shape {
                nullable,
                ..Shape::inline(to(name))
            };
        }
        // A reference to an inner schema. It may be recursive, so it gets a name before it is lowered.
        let name = self.component(None, hint, at, json!({}));
        self.inner.insert(reference.to_owned(), name.clone());
        let place = reference.trim_start_matches('#');
        let lowered = self.named_schema(target, place, &name, side);
        self.schemas.insert(name.clone(), lowered);
        Shape {
            nullable,
            ..Shape::inline(to(&name))
        }
    }

    /// Whether a schema, one of its alternatives or its target allows null.
    fn is_nullable<'s>(&'s self, schema: &'s Value, seen: &mut BTreeSet<&'s str>) -> bool {
        let Some(source) = schema.as_object() else {
            return false;
        };
        let branches = ["anyOf", "oneOf"].iter();
        let mut branches = branches
            .filter_map(|name| source.get(*name)?.as_array())
            .flatten();
        if types(source).1 || branches.any(|branch| self.is_nullable(branch, seen)) {
            return true;
        }
        let reference = source.get("$ref").and_then(Value::as_str);
        let reference = reference.filter(|reference| seen.insert(reference));
        let target = reference.and_then(|reference| pointer::resolve(self.document, reference));
        target.is_some_and(|target| self.is_nullable(target, seen))
    }

    fn array(&mut self, source: &Map<String, Value>, at: &str, hint: &str, side: Side) -> Shape {
        let place = format!("{at}/items");
        let hint = format!("{hint}Item");
        let items = match (source.get("prefixItems"), source.get("items")) {
            // The items of a tuple may be in any place of the list.
            (Some(Value::Array(first)), items) => {
                self.note(
                    at,
                    "a tuple is read as a list whose items are any of its items",
                );
                let rest = items.filter(|items| items.is_object());
                let branches = json!({"anyOf": first.iter().chain(rest).collect::<Vec<_>>()});
                self.schema(&branches, &format!("{at}/prefixItems"), &hint, side)
            }
            (_, Some(items)) => self.schema(items, &place, &hint, side),
            (_, None) => json!({}),
        };
        Shape::inline(json!({"type": "array", "items": items}))
    }

    /// The JSON type of a schema, if it has one.
    pub(crate) fn kind(&self, schema: &Value) -> Option<&'static str> {
        let parts = self.parts(schema).into_iter();
        let mut kinds = parts.filter(|part| !part.get("allOf").is_some_and(Value::is_array));
        kinds.find_map(|part| match &types(part.as_object()?).0[..] {
            ["object"] => Some("object"),
            ["array"] => Some("array"),
            ["string"] => Some("string"),
            ["integer" | "number"] => Some("number"),
            ["boolean"] => Some("boolean"),
            _ => None,
        })
    }

    /// A schema and its `allOf` parts, each once.
    pub(crate) fn parts<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        let mut parts: Vec<&Value> = Vec::new();
        let mut open = vec![schema];
        while let Some(schema) = open.pop() {
            let schema = self.resolved(schema);
            if !parts.iter().any(|part| std::ptr::eq(*part, schema)) {
                parts.push(schema);
                let inner = schema.get("allOf").and_then(Value::as_array);
                open.extend(inner.into_iter().flatten().rev());
            }
        }
        parts
    }

    pub(crate) fn resolved<'s>(&'s self, mut schema: &'s Value) -> &'s Value {
        for _ in 0..32 {
            let reference = schema.get("$ref").and_then(Value::as_str);
            match reference.and_then(|reference| pointer::resolve(self.document, reference)) {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }
}

/// The keywords that decide by a value which others are valid.
pub(crate) const VALIDATION: [&str; 4] = [
    "if",
    "dependentSchemas",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The types a schema allows beside null, and whether it allows null.
pub(crate) fn types(source: &Map<String, Value>) -> (Vec<&str>, bool) {
    let has = |names: &[&str]| names.iter().any(|name| source.contains_key(*name));
    let mut types = match source.get("type") {
        Some(kind) => types_of(kind),
        None if has(&["properties", "additionalProperties", "patternProperties"]) => vec!["object"],
        None if has(&["items", "prefixItems"]) => vec!["array"],
        None => Vec::new(),
    };
    if source
        .get("format")
        .is_some_and(|format| format == "int-or-string")
    {
        types = vec!["integer", "string"];
    }
    let is_scalar = |name: &&str| !["object", "array"].contains(name);
    if types.iter().all(is_scalar) {
        // Values of other types than the published one are values, too.
        let is_number = types.contains(&"number");
        for name in constants(source).map(type_of) {
            let is_known = types.contains(&name) || (name == "integer" && is_number);
            if !is_known {
                types.push(name);
            }
        }
    }
    let nullable = types.contains(&"null");
    types.retain(|name| *name != "null");
    if constants(source).next().is_some() && constants(source).all(Value::is_null) {
        types.clear();
    }
    if types
        .iter()
        .all(|name| ["integer", "number"].contains(name))
        && types.contains(&"number")
    {
        types = vec!["number"];
    }
    (types, nullable)
}

/// The values that a schema lists.
pub(crate) fn constants(source: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let values = source.get("enum").and_then(Value::as_array);
    values.into_iter().flatten().chain(source.get("const"))
}

/// The type of a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The part of a schema of several types that applies to one of them.
pub(crate) fn only(source: &Map<String, Value>, kind: &str) -> Value {
    let belongs_to_others = |name: &str| match name {
        "properties" | "required" | "additionalProperties" | "patternProperties" => {
            kind != "object"
        }
        "items" | "prefixItems" => kind != "array",
        // The names are those of all values.
        "enum" | "const" | "x-enum-varnames" => true,
        "format" => source
            .get("format")
            .is_some_and(|format| format == "int-or-string"),
        // It names the whole schema.
        "x-rust-type" => true,
        _ => false,
    };
    let is_text = source.get("type").is_some_and(|name| name == "string");
    let value = |value: &Value| match value {
        Value::Null => None,
        // A page may have dropped the quotes of a string.
        value if kind == "string" && is_text && !value.is_string() => {
            Some(value.to_string().into())
        }
        value => {
            let name = type_of(value);
            let is_it = name == kind || (name == "integer" && kind == "number");
            is_it.then(|| value.clone())
        }
    };
    let values: Vec<Value> = constants(source).filter_map(value).collect();
    let mut branch = source.clone();
    branch.retain(|name, _| !belongs_to_others(name));
    branch.insert("type".into(), kind.into());
    if !values.is_empty() {
        branch.insert("enum".into(), values.into());
    }
    Value::Object(branch)
}

fn describe(schema: &mut Map<String, Value>, source: &Value) {
    let description = doc::of(source);
    if !description.is_empty() {
        schema.insert("description".into(), description.into());
    }
}

/// A schema in the notation of 3.0: a `$ref` alone, or wrapped if it has siblings.
pub(crate) fn plain(mut schema: Map<String, Value>) -> Value {
    if schema.len() > 1
        && let Some(reference) = schema.shift_remove("$ref")
    {
        schema.insert("allOf".into(), json!([{"$ref": reference}]));
    }
    match schema
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([only]) if schema.len() == 1 => only.clone(),
        _ => Value::Object(schema),
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
