//! Base types: objects with a `discriminator` whose subtypes refer to them in `allOf`.
//!
//! A value of such a type is one of its subtypes, or only what the base says of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::all_of::{Group, Whole};
use super::context::Lowering;
use super::schema::plain_ref;
use super::usage::follow;
use crate::document::pointer;

/// The subtypes of each base type, as references by the reference to the base.
pub(crate) struct Subtypes(BTreeMap<String, Vec<String>>);

impl Subtypes {
    pub(crate) fn of(document: &Value) -> Self {
        let schemas = document.pointer("/components/schemas");
        let schemas = schemas.and_then(Value::as_object).into_iter().flatten();
        let mut subtypes = BTreeMap::new();
        for (name, schema) in schemas.clone().filter(|(_, schema)| is_base(schema)) {
            let mapping = schema.pointer("/discriminator/mapping");
            let mapping = mapping.and_then(Value::as_object).into_iter().flatten();
            let targets = mapping.filter_map(|(_, target)| target.as_str());
            let targets = targets.map(|target| match target.starts_with('#') {
                true => target.to_owned(),
                false => reference(target),
            });
            let base = reference(name);
            let mut found: Vec<String> = Vec::new();
            for target in targets {
                let is_there = pointer::resolve(document, &target).is_some();
                if is_there && target != base && !found.contains(&target) {
                    found.push(target);
                }
            }
            subtypes.insert(base, found);
        }
        for (name, schema) in schemas {
            let parts = schema.get("allOf").and_then(Value::as_array);
            let parts = parts.into_iter().flatten().filter_map(plain_ref);
            // A reference alone is another name of the base.
            let own = schema.get("$ref").and_then(Value::as_str);
            let own = own.filter(|_| plain_ref(schema).is_none());
            for base in parts.chain(own) {
                let name = reference(name);
                if let Some(found) = subtypes.get_mut(base)
                    && !found.contains(&name)
                {
                    found.push(name);
                }
            }
        }
        subtypes.retain(|_, found| !found.is_empty());
        Self(subtypes)
    }

    /// Adds what the subtypes of the reached bases reach.
    pub(super) fn follow(&self, document: &Value, reached: &mut BTreeSet<String>) {
        let mut open: Vec<&String> = self.0.keys().collect();
        // A subtype may reach another base.
        while let Some(place) = open.iter().position(|base| reached.contains(*base)) {
            for subtype in &self.0[open.swap_remove(place)] {
                follow(document, Some(&json!({"$ref": subtype})), reached);
            }
        }
    }
}

fn reference(name: &str) -> String {
    format!("#{}", pointer::join("/components/schemas", name))
}

/// Whether a schema is an object with a discriminator, and does not list its subtypes itself.
fn is_base(schema: &Value) -> bool {
    let tag = schema.pointer("/discriminator/propertyName");
    tag.is_some() && schema.get("oneOf").is_none() && schema.get("anyOf").is_none()
}

impl Lowering<'_> {
    /// The alternatives of a base type: its subtypes, and the base for what is none of them.
    pub(super) fn subtypes(&self, base: &str) -> Option<Whole> {
        let subtypes = self.subtypes.0.get(base)?;
        let mut rest = pointer::resolve(self.document, base)?.as_object()?.clone();
        let discriminator = rest.shift_remove("discriminator");
        let branches = subtypes.iter().map(|it| json!({"$ref": it})).collect();
        let group = Group {
            branches,
            at: base.trim_start_matches('#').to_owned(),
            discriminator,
            rest: Some(rest.into()),
        };
        Some(Whole {
            members: Map::new(),
            groups: vec![group],
        })
    }

    /// Whether the component at a pointer is a subtype of a base.
    pub(super) fn is_subtype(&self, at: &str, base: &str) -> bool {
        let subtypes = self.subtypes.0.get(base);
        subtypes.is_some_and(|all| all.iter().any(|it| it.strip_prefix('#') == Some(at)))
    }
}
