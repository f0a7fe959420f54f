//! Lowering one schema.

use serde_json::{Map, Value, json};

use super::reach::Side;
use super::{Lowering, names, prose, text};
use crate::pointer;

/// A lowered schema before it has a place.
struct Shape {
    schema: Map<String, Value>,
    /// It becomes a type of its own, so it cannot stay inline.
    needs_name: bool,
    nullable: bool,
}

impl Shape {
    fn inline(schema: Value) -> Self {
        Self {
            schema: object(schema),
            needs_name: false,
            nullable: false,
        }
    }

    fn named(schema: Value) -> Self {
        Self {
            needs_name: true,
            ..Self::inline(schema)
        }
    }
}

impl Lowering<'_> {
    /// Lowers a schema that is a component and so has a name.
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
            // An alias: progenitor makes it a type that wraps the other.
            schema.shift_remove("$ref");
            schema.insert("allOf".into(), json!([{"$ref": reference}]));
        }
        Value::Object(schema)
    }

    /// Lowers a schema for a place inside another; what needs a name becomes a component.
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
        // In 3.0 a `$ref` has no siblings.
        if schema.len() > 1
            && let Some(reference) = schema.shift_remove("$ref")
        {
            schema.insert("allOf".into(), json!([{"$ref": reference}]));
        }
        Value::Object(schema)
    }

    /// Adds a component under the name the overlay chose, or under a free one like `hint`.
    pub(super) fn component(
        &mut self,
        chosen: Option<&str>,
        hint: &str,
        at: &str,
        schema: Value,
    ) -> String {
        let wanted = names::pascal(chosen.unwrap_or(hint));
        let mut name = wanted.clone();
        let mut number = 2;
        while let Some(place) = self.places.get(&name).cloned() {
            // The same inline schema in several places, such as an error body, is one type.
            if self.schemas.get(&name) == Some(&schema) && (chosen.is_some() || place == at) {
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

    fn shape(&mut self, value: &Value, at: &str, hint: &str, side: Side) -> Shape {
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
            [_] => {
                self.problem(at, "unknown `type`; expected object, array, string, integer, number, boolean or null");
                Shape::inline(json!({}))
            }
            several => {
                let branches: Vec<_> = several
                    .iter()
                    .map(|kind| {
                        let mut branch = source.clone();
                        branch.insert("type".into(), (*kind).into());
                        Value::Object(branch)
                    })
                    .collect();
                self.one_of(value, &branches, at, hint, side)
            }
        };
        shape.nullable |= nullable;
        shape
    }

    fn reference(&mut self, reference: &str, at: &str, hint: &str, side: Side) -> Shape {
        if let Some(rust) =
            pointer::schema_name(reference).and_then(|name| self.rust_names.get(name))
        {
            let rust = rust.clone();
            let target = pointer::resolve(self.document, reference)
                .cloned()
                .unwrap_or_default();
            let nullable = target.as_object().is_some_and(|target| types(target).1);
            let schema = json!({"$ref": format!("#/components/schemas/{rust}")});
            return Shape {
                nullable,
                ..Shape::inline(schema)
            };
        }
        // A reference into the middle of something: the schema there is used as if it stood here.
        match pointer::resolve(self.document, reference).cloned() {
            Some(target) if !at.contains(reference.trim_start_matches('#')) => {
                self.shape(&target, at, hint, side)
            }
            _ => {
                self.problem(at, format!("`$ref: {reference}` cannot be followed; give its target a name of its own under components.schemas in the overlay"));
                Shape::inline(json!({}))
            }
        }
    }

    fn object(&mut self, source: &Map<String, Value>, at: &str, hint: &str, side: Side) -> Shape {
        let mut properties = Map::new();
        let mut required: Vec<Value> = Vec::new();
        let mut wire_names: Map<String, Value> = Map::new();
        let published = source.get("properties").and_then(Value::as_object);
        for (wire, value) in published.into_iter().flatten() {
            let place = pointer::join(&format!("{at}/properties"), wire);
            let rust = names::snake(
                value
                    .get("x-rust-name")
                    .and_then(Value::as_str)
                    .unwrap_or(wire),
            );
            if let Some(other) = wire_names.get(&rust).and_then(Value::as_str) {
                let first = pointer::join(&format!("{at}/properties"), other);
                self.collision(&rust, &first, &place);
            }
            let is_required = side_requires(source, wire, side);
            let property = self.property(
                value,
                &place,
                &format!("{hint}{}", names::pascal(wire)),
                side,
                is_required,
                wire,
                &rust,
            );
            properties.insert(rust.clone(), property);
            if is_required {
                required.push(rust.clone().into());
            }
            wire_names.insert(rust, wire.clone().into());
        }
        let rest = match source
            .get("additionalProperties")
            .or_else(|| first_pattern(source))
        {
            Some(Value::Bool(false)) => None,
            Some(rest @ Value::Object(_)) => {
                let place = format!("{at}/additionalProperties");
                Some(self.schema(rest, &place, &format!("{hint}Value"), side))
            }
            Some(_) => Some(json!({})),
            None => properties.is_empty().then(|| json!({})),
        };
        let mut schema = object(json!({"type": "object"}));
        let needs_name =
            !properties.is_empty() || source.get("additionalProperties") == Some(&json!(false));
        if !properties.is_empty() {
            schema.insert("properties".into(), properties.into());
        }
        if !required.is_empty() {
            schema.insert("required".into(), required.into());
        }
        schema.extend(rest.map(|rest| ("additionalProperties".to_owned(), rest)));
        Shape {
            needs_name,
            ..Shape::inline(Value::Object(schema))
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each is one fact of the property's place"
    )]
    fn property(
        &mut self,
        value: &Value,
        at: &str,
        hint: &str,
        side: Side,
        required: bool,
        wire: &str,
        rust: &str,
    ) -> Value {
        let mut property = object(self.schema(value, at, hint, side));
        let mut codegen = Map::new();
        let nullable = property.get("nullable") == Some(&Value::Bool(true));
        if nullable && !required {
            // To a reader null is absent; a sender must be able to say either.
            property.shift_remove("nullable");
            if side.request {
                codegen.insert("nullable".into(), true.into());
            }
        }
        if side.request
            && !required
            && matches!(text(&property.clone().into(), "/type"), "array" | "object")
        {
            // To leave a collection as it is and to empty it are two things.
            codegen.insert("optional".into(), true.into());
        }
        if wire != rust {
            codegen.insert("wire".into(), wire.into());
        }
        if value.get("deprecated") == Some(&Value::Bool(true)) {
            property.insert("deprecated".into(), true.into());
        }
        if !codegen.is_empty() {
            property.insert("x-codegen".into(), codegen.into());
        }
        if property.len() > 1
            && let Some(reference) = property.shift_remove("$ref")
        {
            property.insert("allOf".into(), json!([{"$ref": reference}]));
        }
        if property
            .get("allOf")
            .is_some_and(|all| all.as_array().is_some_and(|all| all.len() == 1))
            && property.len() == 1
        {
            return property["allOf"][0].clone();
        }
        Value::Object(property)
    }

    fn array(&mut self, source: &Map<String, Value>, at: &str, hint: &str, side: Side) -> Shape {
        let items = match source.get("items") {
            Some(items) => self.schema(items, &format!("{at}/items"), &format!("{hint}Item"), side),
            None => json!({}),
        };
        Shape::inline(json!({"type": "array", "items": items}))
    }

    fn string(&mut self, source: &Map<String, Value>, at: &str) -> Shape {
        let values: Vec<_> = match (source.get("enum"), source.get("const")) {
            (Some(Value::Array(values)), _) => values.iter().filter_map(Value::as_str).collect(),
            (_, Some(Value::String(value))) => vec![value.as_str()],
            _ => Vec::new(),
        };
        if values.is_empty() {
            return Shape::inline(json!({"type": "string"}));
        }
        let description = source
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let chosen = source.get("x-enum-varnames").and_then(Value::as_array);
        let mut variants: Vec<Value> = Vec::new();
        let mut seen: Vec<(String, &str)> = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let chosen = chosen
                .and_then(|names| names.get(index))
                .and_then(Value::as_str);
            let name = match (chosen, *value) {
                (Some(name), _) => names::pascal(name),
                (None, "") => "Empty".to_owned(),
                (None, value) => names::pascal(value),
            };
            // The variant that keeps unknown text keeps this one, too.
            if name == "Unknown" || seen.iter().any(|(_, other)| other == value) {
                continue;
            }
            if let Some((_, other)) = seen.iter().find(|(other, _)| *other == name) {
                let text = format!(
                    "the values `{other}` and `{value}` collide in Rust: both are called `{name}`; \
                     name them with `x-enum-varnames` in the overlay"
                );
                self.problem(at, text);
            }
            let mut variant = object(json!({"name": name, "value": value}));
            if let Some(text) = explained(description, value) {
                variant.insert("description".into(), prose::for_rustdoc(text).into());
            }
            seen.push((name, value));
            variants.push(Value::Object(variant));
        }
        Shape::named(json!({"type": "string", "x-codegen": {"enum": variants}}))
    }

    /// `allOf`: the object that has the properties of all its parts.
    fn all_of(&mut self, value: &Value, at: &str, hint: &str, side: Side) -> Shape {
        let mut whole = Map::new();
        if !self.flatten(value, at, &mut whole, 0) {
            return Shape::inline(json!({}));
        }
        self.shape(&Value::Object(whole), at, hint, side)
    }

    /// Adds what `part` says to `whole`; false when the two cannot be said as one.
    fn flatten(
        &mut self,
        part: &Value,
        at: &str,
        whole: &mut Map<String, Value>,
        depth: usize,
    ) -> bool {
        if depth > 32 {
            self.problem(
                at,
                "this `allOf` leads back to itself; say in the overlay what it is",
            );
            return false;
        }
        let Value::Object(part) = part else {
            return true;
        };
        let reference = part.get("$ref").and_then(Value::as_str);
        if let Some(target) = reference
            .and_then(|reference| pointer::resolve(self.document, reference))
            .cloned()
            && !self.flatten(&target, at, whole, depth + 1)
        {
            return false;
        }
        for inner in part
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if !self.flatten(inner, at, whole, depth + 1) {
                return false;
            }
        }
        for (name, value) in part {
            match (name.as_str(), whole.get_mut(name)) {
                (
                    "$ref" | "allOf" | "description" | "title" | "examples" | "discriminator"
                    | "deprecated" | "x-docs-name" | "x-rust-name" | "x-rust-type",
                    _,
                ) => {}
                ("properties", Some(Value::Object(known))) => {
                    for (property, value) in value.as_object().into_iter().flatten() {
                        let merged = match known.get(property) {
                            Some(other) if other != value && other != &json!({}) => {
                                json!({"allOf": [other, value]})
                            }
                            _ => value.clone(),
                        };
                        known.insert(property.clone(), merged);
                    }
                }
                ("required", Some(Value::Array(known))) => {
                    known.extend(value.as_array().into_iter().flatten().cloned());
                }
                ("type" | "oneOf" | "anyOf", Some(known)) if known != value => {
                    self.problem(at, format!("the parts of this `allOf` have a different `{name}` each; say in the overlay what it is"));
                    return false;
                }
                // In an `allOf` it closes one part, not the whole.
                ("additionalProperties", _) if value == &json!(false) => {}
                _ => {
                    whole.insert(name.clone(), value.clone());
                }
            }
        }
        true
    }

    /// `oneOf` and `anyOf`: what can be told apart becomes an enum.
    fn one_of(
        &mut self,
        value: &Value,
        branches: &[Value],
        at: &str,
        hint: &str,
        side: Side,
    ) -> Shape {
        let is_null = |branch: &Value| branch.get("type").is_some_and(|kind| kind == "null");
        let nullable = branches.iter().any(is_null);
        let mut rest: Vec<&Value> = Vec::new();
        for branch in branches.iter().filter(|branch| !is_null(branch)) {
            if !rest.contains(&branch) {
                rest.push(branch);
            }
        }
        let mut shape = match &rest[..] {
            [] => Shape::inline(json!({})),
            [only] => self.shape(only, at, hint, side),
            several => {
                let siblings = ["properties", "allOf"]
                    .iter()
                    .find(|name| value.get(**name).is_some());
                if let Some(name) = siblings {
                    self.problem(at, format!("`{name}` beside alternatives cannot be expressed; say in the overlay what it is"));
                    return Shape::inline(json!({}));
                }
                self.alternatives(value, several, at, hint, side)
            }
        };
        shape.nullable |= nullable;
        shape
    }

    fn alternatives(
        &mut self,
        value: &Value,
        branches: &[&Value],
        at: &str,
        hint: &str,
        side: Side,
    ) -> Shape {
        if let Some(shape) = self.tagged(value, branches) {
            return shape;
        }
        let kinds: Vec<_> = branches.iter().map(|branch| self.kind(branch, 0)).collect();
        if kinds.iter().all(|kind| *kind == Some("string")) {
            // Known words or any other text: an open enum says just that.
            let words: Vec<_> = branches
                .iter()
                .filter_map(|branch| self.resolved(branch).get("enum"))
                .collect();
            let words: Vec<_> = words
                .iter()
                .filter_map(|words| words.as_array())
                .flatten()
                .cloned()
                .collect();
            let mut source =
                object(json!({"type": "string", "description": text(value, "/description")}));
            if !words.is_empty() {
                source.insert("enum".into(), words.into());
            }
            return self.string(&source, at);
        }
        let disjoint = kinds
            .iter()
            .enumerate()
            .all(|(index, kind)| kind.is_some() && !kinds[..index].contains(kind));
        if !disjoint {
            self.problem(
                at,
                "these alternatives overlap, so an answer would be read as the wrong one; give them a \
                 `discriminator` in the overlay, or replace them by the one that is right or by `{}`",
            );
            return Shape::inline(json!({}));
        }
        let mut variants = Vec::new();
        for (index, (branch, kind)) in branches.iter().zip(&kinds).enumerate() {
            let kind = kind.unwrap_or_default();
            let name = match kind {
                "boolean" => "Bool".to_owned(),
                kind => names::pascal(kind),
            };
            let hint = format!("{hint}{name}");
            let schema = self.schema(branch, &format!("{at}/{index}"), &hint, side);
            variants.push(json!({"name": name, "json": kind, "schema": schema}));
        }
        Shape::named(json!({"x-codegen": {"alternatives": variants}}))
    }

    /// Alternatives that one property tells apart.
    fn tagged(&self, value: &Value, branches: &[&Value]) -> Option<Shape> {
        let names: Option<Vec<_>> = branches
            .iter()
            .map(|branch| pointer::schema_name(branch.get("$ref")?.as_str()?).map(str::to_owned))
            .collect();
        let names = names?;
        let tag = match value
            .pointer("/discriminator/propertyName")
            .and_then(Value::as_str)
        {
            Some(tag) => tag.to_owned(),
            None => self.implied_tag(branches)?,
        };
        let mapping = value
            .pointer("/discriminator/mapping")
            .and_then(Value::as_object);
        let mut variants = Vec::new();
        for name in &names {
            let rust = self.rust_names.get(name)?;
            let mapped: Vec<_> = mapping
                .into_iter()
                .flatten()
                .filter(|(_, target)| {
                    let target = target.as_str().unwrap_or_default();
                    target == name || pointer::schema_name(target) == Some(name)
                })
                .map(|(value, _)| value.clone())
                .collect();
            let values = match mapped.is_empty() {
                false => mapped,
                true => vec![self.fixed_value(name, &tag).unwrap_or_else(|| name.clone())],
            };
            variants.push(json!({"name": rust, "type": rust, "values": values}));
        }
        Some(Shape::named(
            json!({"x-codegen": {"union": {"tag": tag, "variants": variants}}}),
        ))
    }

    /// A property that has one fixed value, another in each branch.
    fn implied_tag(&self, branches: &[&Value]) -> Option<String> {
        let first = self.resolved(branches.first()?);
        let properties = first.get("properties")?.as_object()?;
        properties
            .keys()
            .find(|property| {
                let values: Option<Vec<_>> = branches
                    .iter()
                    .map(|branch| {
                        fixed(
                            self.resolved(branch)
                                .get("properties")?
                                .get(property.as_str())?,
                        )
                    })
                    .collect();
                values.is_some_and(|mut values| {
                    let all = values.len();
                    values.sort();
                    values.dedup();
                    values.len() == all
                })
            })
            .cloned()
    }

    fn fixed_value(&self, schema: &str, property: &str) -> Option<String> {
        let at = pointer::join("/components/schemas", schema);
        fixed(
            self.document
                .pointer(&at)?
                .get("properties")?
                .get(property)?,
        )
    }

    /// What JSON a schema describes, if it is of one kind.
    pub(super) fn kind(&self, schema: &Value, depth: usize) -> Option<&'static str> {
        if depth > 32 {
            return None;
        }
        let schema = self.resolved(schema);
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return parts.iter().find_map(|part| self.kind(part, depth + 1));
        }
        match &types(schema.as_object()?).0[..] {
            ["object"] => Some("object"),
            ["array"] => Some("array"),
            ["string"] => Some("string"),
            ["integer" | "number"] => Some("number"),
            ["boolean"] => Some("boolean"),
            _ => None,
        }
    }

    fn resolved<'s>(&'s self, mut schema: &'s Value) -> &'s Value {
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

/// The one text a property can have.
fn fixed(property: &Value) -> Option<String> {
    match (
        property.get("const"),
        property.get("enum").and_then(Value::as_array),
    ) {
        (Some(Value::String(value)), _) => Some(value.clone()),
        (_, Some(values)) => match &values[..] {
            [Value::String(value)] => Some(value.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Requests must have what they must have; of a response nothing is certain.
fn side_requires(source: &Map<String, Value>, property: &str, side: Side) -> bool {
    let required = source.get("required").and_then(Value::as_array);
    !side.response && required.is_some_and(|required| required.iter().any(|name| name == property))
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

fn first_pattern(source: &Map<String, Value>) -> Option<&Value> {
    source
        .get("patternProperties")?
        .as_object()?
        .values()
        .next()
}

/// What a description's list of values says of one: `- **value**: this`.
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

fn describe(schema: &mut Map<String, Value>, source: &Value) {
    let description = prose::for_rustdoc(text(source, "/description"));
    if !description.is_empty() {
        schema.insert("description".into(), description.into());
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
