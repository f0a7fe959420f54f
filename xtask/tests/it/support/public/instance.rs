//! Values of a published schema, with every property filled.
//!
//! This reads the document as it is published, not as the pipeline lowers it, so that both can be
//! compared. In each round another alternative, enum value and array length is taken.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::flat::{Flat, flatten};
use super::scalar;

/// Which of a schema's properties a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those that are not `readOnly`.
    Request,
    /// Those that are not `writeOnly`.
    Response,
}

/// Builds values.
pub struct Instances<'a> {
    document: &'a Value,
    side: Side,
    round: usize,
    /// How many more values may be optional: a document may refer to itself in many ways.
    budget: Cell<usize>,
}

/// How many levels have optional properties.
const DEEPEST: usize = 6;

impl<'a> Instances<'a> {
    pub const fn new(document: &'a Value, side: Side, round: usize) -> Self {
        Self {
            document,
            side,
            round,
            budget: Cell::new(2000),
        }
    }

    /// A value of this schema; none if every value contains another one.
    pub fn value(&self, schema: &Value) -> Option<Value> {
        self.budget.set(2000);
        self.inner(schema, &[], 0)
    }

    fn inner(&self, schema: &Value, inside: &[String], level: usize) -> Option<Value> {
        let flat = flatten(self.document, schema, inside, self.round)?;
        self.budget.set(self.budget.get().saturating_sub(1));
        let value = self.of(&flat, level);
        // A value that nothing describes is anything.
        value.or_else(|| flat.is_any().then(|| json!("anything")))
    }

    fn of(&self, flat: &Flat, level: usize) -> Option<Value> {
        let schema = &flat.schema;
        if let Some(value) = schema.get("const") {
            return Some(value.clone());
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let known: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
            let pick = known.get(self.round % known.len().max(1));
            return Some(pick.map_or(Value::Null, |value| (*value).clone()));
        }
        match &*flat.kind(self.round)?.to_lowercase() {
            "object" => self.object(flat, level).map(Value::from),
            "array" => self.array(flat, level),
            "string" => Some(scalar::string(schema, self.round).into()),
            "integer" => Some(scalar::integer(schema).into()),
            "number" => Some(scalar::number(schema)),
            "boolean" => Some(self.round.is_multiple_of(2).into()),
            "null" => Some(Value::Null),
            // Some documents write a format as the type.
            "date" => Some(json!("2024-02-03")),
            "datetime" | "date-time" => Some(json!("2024-02-03T04:05:06Z")),
            _ => None,
        }
    }

    fn object(&self, flat: &Flat, level: usize) -> Option<Map<String, Value>> {
        let schema = &flat.schema;
        let mut object = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let required = schema
                .get("required")
                .and_then(Value::as_array)
                .is_some_and(|names| names.iter().any(|it| it == name));
            if self.is_hidden(property) {
                continue;
            }
            if !required && (level >= DEEPEST || self.budget.get() == 0) {
                continue;
            }
            match self.inner(property, &flat.inside, level + 1) {
                Some(value) => {
                    object.insert(name.clone(), value);
                }
                None if required => return None,
                None => {}
            }
        }
        match schema.get("additionalProperties") {
            Some(others @ Value::Object(_)) if level < DEEPEST => {
                if let Some(value) = self.inner(others, &flat.inside, level + 1) {
                    object.insert("another_key".to_owned(), value);
                }
            }
            None | Some(Value::Bool(true)) if properties.is_none() => {
                object.insert("another_key".to_owned(), json!("anything"));
            }
            _ => {}
        }
        Some(object)
    }

    fn array(&self, flat: &Flat, level: usize) -> Option<Value> {
        let any = json!({});
        let items = flat.schema.get("items").unwrap_or(&any);
        let bound = |name: &str| flat.schema.get(name).and_then(Value::as_u64);
        let least = bound("minItems").unwrap_or(0);
        let most = bound("maxItems").unwrap_or(u64::MAX);
        if most == 0 || (level >= DEEPEST && least == 0) {
            return Some(json!([]));
        }
        let unique = flat.schema.get("uniqueItems") == Some(&json!(true));
        let wanted = if unique { 1 } else { 1 + self.round as u64 % 2 };
        let count = wanted.clamp(least, most.min(least.max(20)));
        let item = self.inner(items, &flat.inside, level + 1);
        match item {
            Some(item) => Some(vec![item; usize::try_from(count).ok()?].into()),
            None if least == 0 => Some(json!([])),
            None => None,
        }
    }

    /// Whether a property belongs to the other side only.
    fn is_hidden(&self, property: &Value) -> bool {
        let keyword = match self.side {
            Side::Request => "readOnly",
            Side::Response => "writeOnly",
        };
        let mut property = property;
        for _ in 0..10 {
            if property[keyword] == true {
                return true;
            }
            let parts = property["allOf"].as_array().into_iter().flatten();
            if parts.into_iter().any(|part| part[keyword] == true) {
                return true;
            }
            let Some(reference) = property["$ref"].as_str() else {
                return false;
            };
            let target = reference.strip_prefix('#');
            let Some(target) = target.and_then(|it| self.document.pointer(it)) else {
                return false;
            };
            property = target;
        }
        false
    }
}
