//! Lowering objects and their properties.

use partner_api_codegen::contract::{Extension as _, PropertyExtension};
use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::naming::distinct::{Named, Wanted};
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::schema::{object, plain};
use crate::pipeline::lower::shape::Shape;
use crate::pipeline::lower::usage::Side;

impl Lowering<'_> {
    /// Lowers an object with its properties.
    pub(crate) fn object(
        &mut self,
        source: &Map<String, Value>,
        at: &str,
        hint: &str,
        side: Side,
    ) -> Shape {
        let mut properties = Map::new();
        let mut required: Vec<Value> = Vec::new();
        let published = source.get("properties").and_then(Value::as_object);
        let rest = other_properties(source, side);
        let names = self.property_names(published.into_iter().flatten(), at, rest.is_some());
        for ((wire, value), rust) in published.into_iter().flatten().zip(names) {
            let place = pointer::join(&format!("{at}/properties"), wire);
            self.lookalike(wire, &place);
            let need = self.need(source, wire, value, side);
            let property = self.property(
                value,
                &place,
                &format!("{hint}{}", names::pascal(wire)),
                side,
                need,
                wire,
                &rust,
            );
            properties.insert(rust.clone(), property);
            if need == Need::Required {
                required.push(rust.into());
            }
        }
        let rest = rest.map(|rest| {
            let place = format!("{at}/additionalProperties");
            self.schema(rest, &place, &format!("{hint}Value"), side)
        });
        if source.contains_key("discriminator") {
            self.note(at, "its subtypes are read as this type, without their own properties; to distinguish them, give it a `oneOf` in the overlay");
        }
        let is_closed = source.get("additionalProperties") == Some(&json!(false));
        Shape {
            needs_name: !properties.is_empty() || is_closed,
            ..object_of(properties, required, rest)
        }
    }

    /// The Rust names of properties, which are all different.
    pub(crate) fn property_names<'v>(
        &mut self,
        properties: impl Iterator<Item = (&'v String, &'v Value)>,
        at: &str,
        is_open: bool,
    ) -> Vec<String> {
        let wanted = properties.map(|(published, value)| {
            let chosen = value.get("x-rust-name").and_then(Value::as_str);
            let rust = names::snake(chosen.unwrap_or(published));
            Wanted {
                at: pointer::join(&format!("{at}/properties"), published),
                published: published.clone(),
                // progenitor gives the map of all other properties that name.
                rust: match rust.as_str() {
                    "extra" if is_open => "extra_field".to_owned(),
                    _ => rust,
                },
                is_chosen: chosen.is_some(),
            }
        });
        let wanted: Vec<_> = wanted.collect();
        self.distinct(Named::Property, &wanted)
    }

    /// Whether a program must set a property: in a response it may be missing, and a constant is sent
    /// by itself.
    pub(crate) fn need(
        &self,
        source: &Map<String, Value>,
        wire: &str,
        value: &Value,
        side: Side,
    ) -> Need {
        let required = source.get("required").and_then(Value::as_array);
        let is_required = required.is_some_and(|names| names.iter().any(|name| name == wire));
        if !is_required || !side.request || self.is_read_only(value) {
            return Need::Optional;
        }
        match self.constant(value) {
            Some(constant) if !constant.nullable => Need::Constant,
            _ if side.response => Need::Optional,
            _ => Need::Required,
        }
    }

    /// Whether a schema, its target or one of its parts is `readOnly`.
    fn is_read_only(&self, schema: &Value) -> bool {
        let parts = self.parts(schema).into_iter().chain([schema]);
        parts
            .into_iter()
            .any(|part| part.get("readOnly") == Some(&Value::Bool(true)))
    }

    /// Lowers one property.
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
        need: Need,
        wire: &str,
        rust: &str,
    ) -> Value {
        let mut property = object(self.schema(value, at, hint, side));
        let mut extension = PropertyExtension::default();
        let required = need == Need::Required;
        if let Some(constant) = self.constant(value) {
            let is_sent = need == Need::Constant;
            // Responses that differ in such a value alone, such as error bodies, are one type.
            if side.request {
                constant.describe(&mut property, is_sent);
            }
            extension.constant = is_sent.then_some(constant.value);
        }
        let nullable = property.get("nullable") == Some(&Value::Bool(true));
        if nullable && !required {
            // In a response null means absent; in a request they differ.
            property.shift_remove("nullable");
            if side.request {
                extension.nullable = true;
            }
        }
        if side.request
            && !required
            && matches!(
                string_at(&property.clone().into(), "/type"),
                "array" | "object"
            )
        {
            // An absent collection is left unchanged; an empty one clears it.
            extension.optional = true;
        }
        if wire != rust {
            extension.wire = Some(wire.to_owned());
        }
        if value.get("deprecated") == Some(&Value::Bool(true)) {
            property.insert("deprecated".into(), true.into());
        }
        if extension != PropertyExtension::default() {
            extension.write(&mut property);
        }
        plain(property)
    }
}

/// Whether a program must set a property.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Optional,
    Required,
    /// It has one value, which is sent by itself.
    Constant,
}

/// An object with these properties, and with others of the schema `rest` if it has one.
fn object_of(properties: Map<String, Value>, required: Vec<Value>, rest: Option<Value>) -> Shape {
    let mut schema = object(json!({"type": "object"}));
    if !properties.is_empty() {
        schema.insert("properties".into(), properties.into());
    }
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema.extend(rest.map(|rest| ("additionalProperties".to_owned(), rest)));
    Shape::inline(Value::Object(schema))
}

/// The schema of the properties that are not listed, if there may be others.
///
/// A response may have others whatever the document says, so that nothing in it is lost.
fn other_properties(source: &Map<String, Value>, side: Side) -> Option<&Value> {
    let pattern = || {
        source
            .get("patternProperties")?
            .as_object()?
            .values()
            .next()
    };
    match source.get("additionalProperties").or_else(pattern) {
        Some(Value::Bool(false)) if !side.response => None,
        None if !side.response && has_properties(source) => None,
        published => Some(published.unwrap_or(&Value::Null)),
    }
}

fn has_properties(source: &Map<String, Value>) -> bool {
    let properties = source.get("properties").and_then(Value::as_object);
    properties.is_some_and(|properties| !properties.is_empty())
}
