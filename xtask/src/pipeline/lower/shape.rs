//! A lowered schema, before it is placed inline or as a component.

use serde_json::{Map, Value};

/// A lowered schema.
pub(super) struct Shape {
    pub(super) schema: Map<String, Value>,
    /// It becomes a type, so it cannot be inline.
    pub(super) needs_name: bool,
    pub(super) nullable: bool,
}

impl Shape {
    pub(super) fn inline(schema: Value) -> Self {
        let schema = match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        };
        Self {
            schema,
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
