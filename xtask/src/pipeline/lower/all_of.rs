//! Lowering `allOf`: one object with the properties of all parts.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::context::Lowering;
use super::schema::Shape;
use super::usage::Side;
use crate::document::pointer;

const MAX_DEPTH: usize = 32;
const MAX_COUNT: usize = 1000;

impl Lowering<'_> {
    /// Lowers an `allOf` to the object with the properties of all its parts.
    pub(super) fn all_of(&mut self, value: &Value, at: &str, hint: &str, side: Side) -> Shape {
        if self.nested.depth == 0 {
            self.nested.count = 0;
        }
        self.nested.count += 1;
        if self.nested.count > MAX_COUNT {
            return Shape::inline(json!({}));
        }
        if self.nested.depth == MAX_DEPTH || self.nested.count == MAX_COUNT {
            self.nested.count = MAX_COUNT;
            return self.unsupported(at, "this `allOf` contains itself; turn it into a component in the overlay, or define it without `allOf`");
        }
        let mut whole = Map::new();
        if !self.flatten(value, at, &mut whole, &mut BTreeSet::new(), 0) {
            return Shape::inline(json!({}));
        }
        self.nested.depth += 1;
        let shape = self.shape(&Value::Object(whole), at, hint, side);
        self.nested.depth -= 1;
        shape
    }

    /// Adds the members of `part` to `whole`; returns false if they contradict each other.
    ///
    /// The targets of the references in `added` are in `whole` already.
    pub(super) fn flatten(
        &mut self,
        part: &Value,
        at: &str,
        whole: &mut Map<String, Value>,
        added: &mut BTreeSet<String>,
        depth: usize,
    ) -> bool {
        if depth > 32 {
            self.unsupported(
                at,
                "this `allOf` refers to itself; define it in the overlay without the cycle",
            );
            return false;
        }
        let Value::Object(part) = part else {
            return true;
        };
        let reference = part.get("$ref").and_then(Value::as_str);
        if let Some(reference) = reference
            && !added.contains(reference)
            && let Some(target) = pointer::resolve(self.document, reference)
        {
            if !self.flatten(target, at, whole, added, depth + 1) {
                return false;
            }
            added.insert(reference.to_owned());
        }
        let parts = part.get("allOf").and_then(Value::as_array);
        for inner in parts.into_iter().flatten() {
            if !self.flatten(inner, at, whole, added, depth + 1) {
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
                ("properties", Some(Value::Object(known))) => merge_properties(known, value),
                ("required", Some(Value::Array(known))) => {
                    known.extend(value.as_array().into_iter().flatten().cloned());
                }
                ("type" | "oneOf" | "anyOf", Some(known)) if known != value => {
                    self.unsupported(at, format!("the parts of this `allOf` have different `{name}` members; set one for all in the overlay"));
                    return false;
                }
                // It closes one part only, not the whole.
                ("additionalProperties", _) if value == &json!(false) => {}
                _ => {
                    whole.insert(name.clone(), value.clone());
                }
            }
        }
        true
    }
}

/// Adds the properties of one part; a property of several parts is an `allOf` itself.
fn merge_properties(known: &mut Map<String, Value>, added: &Value) {
    for (property, value) in added.as_object().into_iter().flatten() {
        let merged = match known.get(property) {
            Some(other) if other != value && other != &json!({}) => {
                json!({"allOf": [other, value]})
            }
            _ => value.clone(),
        };
        known.insert(property.clone(), merged);
    }
}
