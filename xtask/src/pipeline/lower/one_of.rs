//! Lowering `oneOf` and `anyOf`: distinguishable alternatives become an enum, others are an error.

use partner_api_codegen::contract::{Alternative, Extension as _, SchemaExtension, UnionVariant};
use serde_json::{Value, json};

use super::context::{Lowering, string_at};
use super::names;
use super::schema::{Shape, object};
use super::usage::Side;
use crate::document::pointer;

impl Lowering<'_> {
    /// Lowers `oneOf` or `anyOf`; null is not an alternative.
    pub(super) fn one_of(
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
                    return self.unsupported(at, format!("`{name}` beside alternatives cannot be expressed; move it into each alternative in the overlay"));
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
        if let Some(shape) = self.tagged(value, branches, at, hint, side) {
            return shape;
        }
        let kinds: Vec<_> = branches.iter().map(|branch| self.kind(branch)).collect();
        if kinds.iter().all(|kind| *kind == Some("string")) {
            return self.strings(value, branches, at);
        }
        let disjoint = kinds
            .iter()
            .enumerate()
            .all(|(index, kind)| kind.is_some() && !kinds[..index].contains(kind));
        if !disjoint {
            return self.unsupported(
                at,
                "these alternatives overlap, so a response could be read as the wrong one; give them a \
                 `discriminator` in the overlay, or replace them by the right one or by `{}`",
            );
        }
        let mut variants = Vec::new();
        for (index, (branch, kind)) in branches.iter().zip(&kinds).enumerate() {
            let kind = kind.unwrap_or_default();
            let name = match kind {
                "boolean" => "Bool".to_owned(),
                kind => names::pascal(kind),
            };
            let hint = format!("{hint}{name}");
            // A timestamp accepts any JSON, and so would take the values of the other alternatives.
            let is_time = self.resolved(branch).get("format") == Some(&json!("date-time"));
            let plain = json!({"type": "string"});
            let branch = if is_time { &plain } else { *branch };
            let schema = self.schema(branch, &format!("{at}/{index}"), &hint, side);
            variants.push(Alternative {
                name,
                json: kind.to_owned(),
                schema,
            });
        }
        Shape::named(SchemaExtension::Alternatives(variants).on(json!({})))
    }

    /// Lowers alternatives that are all strings: known values or any other, which is an open enum.
    fn strings(&mut self, value: &Value, branches: &[&Value], at: &str) -> Shape {
        let enums = branches
            .iter()
            .filter_map(|branch| self.resolved(branch).get("enum")?.as_array());
        let values: Vec<_> = enums.flatten().cloned().collect();
        let mut source =
            object(json!({"type": "string", "description": string_at(value, "/description")}));
        if !values.is_empty() {
            source.insert("enum".into(), values.into());
        }
        self.string(&source, at)
    }

    /// Lowers alternatives that one property distinguishes.
    fn tagged(
        &mut self,
        value: &Value,
        branches: &[&Value],
        at: &str,
        hint: &str,
        side: Side,
    ) -> Option<Shape> {
        let tag = match value
            .pointer("/discriminator/propertyName")
            .and_then(Value::as_str)
        {
            Some(tag) => tag.to_owned(),
            None => self.implied_tag(branches)?,
        };
        let mapping = value.pointer("/discriminator/mapping");
        let mut variants = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let values = self.tag_values(branch, &tag, mapping);
            // Without a value an inline alternative cannot be distinguished.
            let hint = format!("{hint}{}", names::pascal(values.first()?));
            let lowered = self.schema(branch, &format!("{at}/{index}"), &hint, side);
            let reference = lowered
                .get("$ref")
                .or_else(|| lowered.pointer("/allOf/0/$ref"))?;
            let name = pointer::schema_name(reference.as_str()?)?.to_owned();
            // The variant for unknown values has that name.
            let variant = if name == "Unknown" {
                "UnknownType"
            } else {
                &name
            };
            variants.push(UnionVariant {
                name: variant.to_owned(),
                type_name: name,
                values,
            });
        }
        let union = SchemaExtension::Union { tag, variants };
        Some(Shape::named(union.on(json!({}))))
    }

    /// The values of the tag for a branch: those of the mapping, its fixed value, or its name.
    fn tag_values(&self, branch: &Value, tag: &str, mapping: Option<&Value>) -> Vec<String> {
        let reference = branch.get("$ref").and_then(Value::as_str);
        let published = pointer::schema_name(reference.unwrap_or_default());
        let is_target = |target: &Value| {
            let target = target.as_str().unwrap_or_default();
            let name = pointer::schema_name(target).unwrap_or(target);
            published == Some(name)
        };
        let mapping = mapping.and_then(Value::as_object).into_iter().flatten();
        let mapped = mapping.filter(|(_, target)| is_target(target));
        let values: Vec<_> = mapped.map(|(value, _)| value.clone()).collect();
        if !values.is_empty() {
            return values;
        }
        let fixed = self.fixed_value(branch, tag);
        let value = fixed.or_else(|| published.map(str::to_owned));
        value.into_iter().collect()
    }

    /// A property with one fixed value in each branch, all different.
    fn implied_tag(&self, branches: &[&Value]) -> Option<String> {
        let properties = self.properties(branches.first()?);
        let distinguishes = |name: &&String| {
            let values: Option<Vec<_>> = branches
                .iter()
                .map(|branch| self.fixed_value(branch, name))
                .collect();
            values.is_some_and(|values| {
                let mut seen = values.iter().enumerate();
                seen.all(|(index, value)| !values[..index].contains(value))
            })
        };
        properties
            .iter()
            .map(|(name, _)| *name)
            .find(distinguishes)
            .cloned()
    }

    /// The only string that a property can have in a schema.
    fn fixed_value(&self, schema: &Value, property: &str) -> Option<String> {
        self.properties(schema)
            .iter()
            .filter(|(name, _)| *name == property)
            .find_map(|(_, value)| fixed(value))
    }

    /// The properties of a schema and of its `allOf` parts.
    fn properties<'s>(&'s self, schema: &'s Value) -> Vec<(&'s String, &'s Value)> {
        let parts = self.parts(schema).into_iter();
        let properties = parts.filter_map(|part| part.get("properties")?.as_object());
        properties.flatten().collect()
    }
}

/// The only string that a property can have.
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
