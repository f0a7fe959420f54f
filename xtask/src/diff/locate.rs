//! Where in a document the types of the lowered one stand, found by walking the two side by side.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rust_types::{members, reference, wire};
use crate::document::pointer;

/// The places of the types that were walked to.
pub(super) struct Locator<'a> {
    /// With its lists of parameters keyed.
    document: &'a Value,
    /// The lowered schemas.
    types: &'a Value,
    found: BTreeMap<String, String>,
}

impl<'a> Locator<'a> {
    pub(super) fn new(document: &'a Value, types: &'a Value) -> Self {
        let found = BTreeMap::new();
        Self {
            document,
            types,
            found,
        }
    }

    /// Where a type stands.
    pub(super) fn of_type(&self, name: &str) -> String {
        let found = self.found.get(name).cloned();
        found.unwrap_or_else(|| pointer::join("/components/schemas", name))
    }

    /// Where a schema, one that it refers to, or one of its parts is said to be read-only.
    pub(super) fn read_only(&self, at: &str) -> Option<String> {
        read_only_at(self.document, at, 0)
    }

    /// Where a property of a schema stands, which may be made of several parts.
    pub(super) fn property(&self, schema: &str, wire: &str) -> String {
        property_at(self.document, schema, wire, 0)
    }

    /// Walks to the types that a parameter, body or answer leads to; the schema is the lowered one.
    pub(super) fn walk_holder(&mut self, schema: &Value, holder: &str) {
        let at = resolved(self.document, holder);
        let content = self.document.pointer(&format!("{at}/content"));
        let place = match content.and_then(|content| members(content).next()) {
            Some((kind, _)) => format!("{}/schema", pointer::join(&format!("{at}/content"), kind)),
            None => format!("{at}/schema"),
        };
        self.walk(schema, &place);
    }

    /// Where an operation's answers stand whose status begins so.
    pub(super) fn answer(&self, operation: &str, statuses: &[char]) -> String {
        let at = format!("{operation}/responses");
        let all = self.document.pointer(&at).into_iter().flat_map(members);
        let mut fitting = all.filter(|(status, _)| status.starts_with(statuses));
        fitting
            .next()
            .map_or(at.clone(), |(status, _)| pointer::join(&at, status))
    }

    fn walk(&mut self, schema: &Value, at: &str) {
        let at = resolved(self.document, at);
        if let Some(name) = reference(schema) {
            if self.found.contains_key(name) {
                return;
            }
            self.found.insert(name.to_owned(), at.clone());
            let target = &self.types[name];
            if let Some(inner) = target["x-codegen"]["query"].get("schema") {
                self.walk(inner, &at);
            }
            self.walk(target, &at);
            return;
        }
        for (rust, property) in members(&schema["properties"]) {
            let place = self.property(&at, wire(rust, property));
            self.walk(property, &place);
        }
        for name in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(name) {
                self.walk(inner, &format!("{at}/{name}"));
            }
        }
    }
}

/// Follows references, and what is null or one other thing.
fn resolved(document: &Value, at: &str) -> String {
    let mut at = at.to_owned();
    for _ in 0..32 {
        let value = document.pointer(&at).unwrap_or(&Value::Null);
        if let Some(target) = value["$ref"]
            .as_str()
            .and_then(|target| target.strip_prefix('#'))
        {
            at = target.to_owned();
            continue;
        }
        let is_null = |branch: &Value| branch["type"] == "null";
        let only = ["anyOf", "oneOf", "allOf"].iter().find_map(|name| {
            let branches = value[name].as_array()?.iter().enumerate();
            let mut rest = branches.filter(|(_, branch)| !is_null(branch));
            let (index, _) = rest.next()?;
            rest.next()
                .is_none()
                .then(|| format!("{at}/{name}/{index}"))
        });
        match only {
            Some(only) => at = only,
            None => break,
        }
    }
    at
}

/// Where a schema, one that it refers to, or one of its parts is said to be read-only.
fn read_only_at(document: &Value, at: &str, depth: usize) -> Option<String> {
    let value = document.pointer(at).filter(|_| depth < 32)?;
    if value["readOnly"] == true {
        return Some(format!("{at}/readOnly"));
    }
    let inner = |at: &str| read_only_at(document, at, depth + 1);
    let target = value["$ref"].as_str();
    let target = target.and_then(|target| inner(target.strip_prefix('#')?));
    let parts = value["allOf"].as_array().map_or(0, Vec::len);
    let in_parts = || (0..parts).find_map(|index| inner(&format!("{at}/allOf/{index}")));
    let one = || Some(resolved(document, at)).filter(|one| one != at);
    target
        .or_else(in_parts)
        .or_else(|| one().and_then(|one| inner(&one)))
}

/// Where a property of a schema stands, which may be made of several parts.
fn property_at(document: &Value, schema: &str, wire: &str, depth: usize) -> String {
    let own = pointer::join(&format!("{schema}/properties"), wire);
    let parts = document
        .pointer(&format!("{schema}/allOf"))
        .and_then(Value::as_array);
    let parts = 0..parts.filter(|_| depth < 32).map_or(0, Vec::len);
    if document.pointer(&own).is_some() || parts.is_empty() {
        return own;
    }
    let in_part = |index| {
        let part = resolved(document, &format!("{schema}/allOf/{index}"));
        let at = property_at(document, &part, wire, depth + 1);
        document.pointer(&at).is_some().then_some(at)
    };
    parts.into_iter().find_map(in_part).unwrap_or(own)
}
