//! Locating the types of the lowered document in the original, by walking both in parallel.

use std::collections::BTreeMap;

use partner_api_codegen::contract::SchemaExtension;
use partner_api_codegen::document::Document;
use serde_json::Value;

use super::rust_types::{members, reference};
use crate::document::pointer;
use crate::document::visit::METHODS;

/// The pointers of the types that were found.
pub(super) struct Locator<'a> {
    /// The document in canonical form.
    document: &'a Value,
    /// The lowered document.
    lowered: &'a Document<'a>,
    found: BTreeMap<String, String>,
}

impl<'a> Locator<'a> {
    pub(super) fn new(document: &'a Value, lowered: &'a Document<'a>) -> Self {
        let found = BTreeMap::new();
        Self {
            document,
            lowered,
            found,
        }
    }

    /// The pointer of a type.
    pub(super) fn of_type(&self, name: &str) -> String {
        let found = self.found.get(name).cloned();
        found.unwrap_or_else(|| pointer::join("/components/schemas", name))
    }

    /// The pointer of the `readOnly` of a schema, of its target, or of one of its parts.
    pub(super) fn read_only(&self, at: &str) -> Option<String> {
        read_only_at(self.document, at, 0)
    }

    /// The pointer of a property of a schema or of its `allOf` parts.
    pub(super) fn property(&self, schema: &str, wire: &str) -> String {
        property_at(self.document, schema, wire, 0)
    }

    /// Walks to the types of a parameter, body or response; the schema is the lowered one.
    pub(super) fn walk_holder(&mut self, schema: &Value, holder: &str) {
        let at = resolved(self.document, holder);
        let content = self.document.pointer(&format!("{at}/content"));
        let place = match content.and_then(|content| members(content).next()) {
            Some((kind, _)) => format!("{}/schema", pointer::join(&format!("{at}/content"), kind)),
            None => format!("{at}/schema"),
        };
        self.walk(schema, &place);
    }

    /// Walks to the types of a webhook or callback; the schema is the lowered payload.
    pub(super) fn walk_received(&mut self, schema: &Value, at: &str) {
        let at = resolved(self.document, at);
        let item = self.document.pointer(&at).unwrap_or(&Value::Null);
        // The path items of a callback have one more name.
        let items = [(at.clone(), item)].into_iter();
        let inner = members(item).map(|(name, item)| (pointer::join(&at, name), item));
        let requests: Vec<_> = items
            .chain(inner)
            .flat_map(|(at, item)| {
                METHODS.map(|method| (format!("{at}/{method}"), item.get(method)))
            })
            .filter_map(|(at, request)| request.map(|_| format!("{at}/requestBody")))
            .collect();
        for at in requests {
            self.walk_holder(schema, &at);
        }
    }

    /// The pointer of an operation's first response with a status that begins like this.
    pub(super) fn response(&self, operation: &str, statuses: &[char]) -> String {
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
            let Some(target) = self.lowered.schemas.get(name) else {
                return;
            };
            if let Some(SchemaExtension::Query { schema, .. }) = &target.extension {
                self.walk(schema, &at);
            }
            for property in &target.properties {
                let place = self.property(&at, property.wire_name());
                self.walk(property.value, &place);
            }
            self.walk(target.value, &at);
            return;
        }
        for name in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(name) {
                self.walk(inner, &format!("{at}/{name}"));
            }
        }
    }
}

/// Follows references, and alternatives of null and one other schema.
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

/// The pointer of the `readOnly` of a schema, of its target, or of one of its parts.
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

/// The pointer of a property of a schema or of its `allOf` parts.
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
