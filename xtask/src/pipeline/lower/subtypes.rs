//! Base types: objects with a `discriminator` whose subtypes refer to them in `allOf`.
//!
//! A value of such a type is one of its subtypes, or only what the base says of it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::content::plain_ref;
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

    /// The references to the subtypes of a base.
    pub(super) fn of_base(&self, base: &str) -> Option<&[String]> {
        self.0.get(base).map(Vec::as_slice)
    }

    /// Whether the component at a pointer is a subtype of a base.
    pub(super) fn has(&self, base: &str, at: &str) -> bool {
        let subtypes = self.of_base(base).unwrap_or_default();
        subtypes.iter().any(|it| it.strip_prefix('#') == Some(at))
    }

    /// The references to all bases.
    pub(super) fn bases(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
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
