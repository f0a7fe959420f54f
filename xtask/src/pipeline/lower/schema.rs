//! Lowering one schema.

use serde_json::{Map, Value, json};

use super::context::{Lowering, string_at};
use super::usage::Side;
use super::{doc, names};
use crate::document::pointer;

/// A lowered schema, before it is placed inline or as a component.
pub(super) struct Shape {
    pub(super) schema: Map<String, Value>,
    /// It becomes a type, so it cannot be inline.
    pub(super) needs_name: bool,
    pub(super) nullable: bool,
}

impl Shape {
    pub(super) fn inline(schema: Value) -> Self {
        Self {
            schema: object(schema),
            needs_name: false,
            nullable: false,
        }
    }

    pub(super) fn named(schema: Value) -> Self {
        Self {
            needs_name: true,
            ..Self::inline(schema)
        }
    }
}

impl Lowering<'_> {
    /// Lowers a schema that is a component.
    pub(super) fn named_schema(
        &mut self,
        value: &Value,
        at: &str,
        rust: &str,
        side: Side,
    ) -> Value {
        let Shape { mut schema, .. } = self.shape(value, at, rust, side);
        describe(&mut schema, value);
        if let Some(reference) = schema.get("$ref").cloned() {
            // An alias: progenitor generates a newtype for it.
            schema.shift_remove("$ref");
            schema.insert("allOf".into(), json!([{"$ref": reference}]));
        }
        Value::Object(schema)
    }

    /// Lowers a schema inside another; if it needs a name, it becomes a component.
    pub(super) fn schema(&mut self, value: &Value, at: &str, hint: &str, side: Side) -> Value {
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
    pub(super) fn component(
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

    pub(super) fn shape(&mut self, value: &Value, at: &str, hint: &str, side: Side) -> Shape {
        let Value::Object(source) = value else {
            return Shape::inline(json!({}));
        };
        if let Some(Value::String(reference)) = source.get("$ref") {
            return self.reference(reference, at, hint, side);
        }
        for keyword in ["allOf", "oneOf", "anyOf"] {
            if let Some(Value::Array(branches)) = source.get(keyword) {
                return match keyword {
                    "allOf" => self.all_of(value, at, hint, side),
                    _ => self.one_of(value, branches, &format!("{at}/{keyword}"), hint, side),
                };
            }
        }
        let (types, nullable) = types(source);
        let mut shape = match &types[..] {
            ["object"] => self.object(source, at, hint, side),
            ["array"] => self.array(source, at, hint, side),
            ["string"] => self.string(source, at),
            [kind @ ("integer" | "number")] => {
                let mut schema = object(json!({"type": kind}));
                if let Some(format) = source.get("format").and_then(Value::as_str)
                    && ["int32", "int64", "uint32", "uint64", "float", "double"].contains(&format)
                {
                    schema.insert("format".into(), format.into());
                }
                Shape::inline(Value::Object(schema))
            }
            ["boolean"] => Shape::inline(json!({"type": "boolean"})),
            [] => Shape::inline(json!({})),
            [_] => self.unsupported(
                at,
                "unknown `type`; expected object, array, string, integer, number, boolean or null",
            ),
            several => {
                let branches: Vec<_> = several.iter().map(|kind| only(source, kind)).collect();
                let whole = json!({"description": string_at(value, "/description")});
                self.one_of(&whole, &branches, at, hint, side)
            }
        };
        shape.nullable |= nullable;
        shape
    }

    fn reference(&mut self, reference: &str, at: &str, hint: &str, side: Side) -> Shape {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let target = pointer::resolve(self.document, reference)
            .cloned()
            .unwrap_or_default();
        if self.constant(&target).is_some() {
            return self.shape(&target, reference.trim_start_matches('#'), hint, side);
        }
        let nullable = self.is_nullable(&target, 0);
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
        let lowered = self.named_schema(&target, place, &name, side);
        self.schemas.insert(name.clone(), lowered);
        Shape {
            nullable,
            ..Shape::inline(to(&name))
        }
    }

    /// Whether a schema or its target allows null.
    fn is_nullable(&self, schema: &Value, depth: usize) -> bool {
        let Some(source) = schema.as_object().filter(|_| depth < 32) else {
            return false;
        };
        let reference = source.get("$ref").and_then(Value::as_str);
        let target = reference.and_then(|reference| pointer::resolve(self.document, reference));
        let branches = ["anyOf", "oneOf"]
            .iter()
            .filter_map(|name| source.get(*name));
        let mut branches = branches.filter_map(Value::as_array).flatten();
        types(source).1
            || branches.any(|branch| branch.get("type").is_some_and(|kind| kind == "null"))
            || target.is_some_and(|target| self.is_nullable(target, depth + 1))
    }

    fn array(&mut self, source: &Map<String, Value>, at: &str, hint: &str, side: Side) -> Shape {
        let items = match source.get("items") {
            Some(items) => self.schema(items, &format!("{at}/items"), &format!("{hint}Item"), side),
            None => json!({}),
        };
        Shape::inline(json!({"type": "array", "items": items}))
    }

    /// The JSON type of a schema, if it has one.
    pub(super) fn kind(&self, schema: &Value) -> Option<&'static str> {
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
    pub(super) fn parts<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
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

    pub(super) fn resolved<'s>(&'s self, mut schema: &'s Value) -> &'s Value {
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

/// The types a schema allows beside null, and whether it allows null.
fn types(source: &Map<String, Value>) -> (Vec<&str>, bool) {
    let mut types: Vec<_> = match source.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ if ["properties", "additionalProperties", "patternProperties"]
            .iter()
            .any(|name| source.contains_key(*name)) =>
        {
            vec!["object"]
        }
        _ if source.contains_key("items") => vec!["array"],
        _ => match (
            source.get("enum").and_then(Value::as_array),
            source.get("const"),
        ) {
            (Some(values), _)
                if values.iter().any(Value::is_string)
                    && values.iter().all(|v| v.is_string() || v.is_null()) =>
            {
                vec!["string"]
            }
            (_, Some(Value::String(_))) => vec!["string"],
            _ => Vec::new(),
        },
    };
    let all = types.len();
    types.retain(|name| *name != "null");
    if types.contains(&"number") {
        types.retain(|name| *name != "integer");
    }
    let nullable = all > types.len()
        && source.get("type").is_some_and(|types| {
            types == "null"
                || types
                    .as_array()
                    .is_some_and(|types| types.iter().any(|name| name == "null"))
        });
    (types, nullable)
}

/// The part of a schema of several types that applies to one of them.
fn only(source: &Map<String, Value>, kind: &str) -> Value {
    let belongs_to_others = |name: &str| match name {
        "properties" | "required" | "additionalProperties" | "patternProperties" => {
            kind != "object"
        }
        "items" => kind != "array",
        "enum" | "const" => kind != "string",
        // It names the whole schema.
        "x-rust-type" => true,
        _ => false,
    };
    let mut branch = source.clone();
    branch.retain(|name, _| !belongs_to_others(name));
    branch.insert("type".into(), kind.into());
    Value::Object(branch)
}

fn describe(schema: &mut Map<String, Value>, source: &Value) {
    let description = doc::of(source);
    if !description.is_empty() {
        schema.insert("description".into(), description.into());
    }
}

/// A schema in the notation of 3.0: a `$ref` alone, or wrapped if it has siblings.
pub(super) fn plain(mut schema: Map<String, Value>) -> Value {
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

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
