//! The fifth stage: from OpenAPI 3.1 to the subset of 3.0.3 that progenitor generates correctly.
//!
//! What the subset cannot express is an `x-codegen` member for the finishing pass. What neither can
//! express is an error that names its place, or is left out on request.

mod components;
mod content;
mod context;
mod doc;
mod media_type;
mod naming;
mod note;
mod operation;
mod schema;
mod scopes;
mod security;
mod shape;
mod subtypes;
pub(crate) mod usage;
mod webhooks;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use partner_api_codegen::contract::{DocumentExtension, Extension as _};
use serde_json::{Map, Value, json};

pub use note::{Kind, Note};

use context::{Lowering, Nested, string_at};
use note::Diagnostic;
use subtypes::Subtypes;
use usage::Usage;

use crate::document::source_map::SourceMap;

/// A document for progenitor, with notes for the maintainer.
#[derive(Debug)]
pub struct Lowered {
    /// The OpenAPI 3.0.3 document.
    pub document: Value,
    /// What is not as published, in the order of the pages.
    pub notes: Vec<Note>,
    /// How many operations were left out.
    pub left_out: usize,
    /// The pointer of each operation in the 3.1 document, by its Rust name.
    pub operations: BTreeMap<String, String>,
    /// The pointer of each schema in the 3.1 document, by its Rust name.
    pub schemas: BTreeMap<String, String>,
}

impl Lowered {
    /// The pointer in the 3.1 document of an operation or schema with this Rust name.
    #[must_use]
    pub fn pointer(&self, name: &str) -> &str {
        let pointer = self.operations.get(name).or_else(|| self.schemas.get(name));
        pointer.map_or("", String::as_str)
    }

    /// Leaves out an operation, or turns a schema into any JSON, by its Rust name.
    pub fn leave_out(&mut self, name: &str, reason: String, openapi: &Value, sources: &SourceMap) {
        let pointer = self.pointer(name).to_owned();
        let kind = if self.operations.remove(name).is_some() {
            self.left_out += 1;
            for item in object(&mut self.document, "paths").filter_map(Value::as_object_mut) {
                item.retain(|_, operation| operation["operationId"] != name);
            }
            Kind::LeftOut
        } else {
            self.document["components"]["schemas"][name] = json!({});
            Kind::AnyJson
        };
        let diagnostic = Diagnostic {
            pointer,
            kind,
            text: reason,
            operation: None,
        };
        self.notes.push(Note::new(diagnostic, openapi, sources));
        self.notes.sort();
    }
}

fn object<'a>(value: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    value
        .get_mut(name)
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(|members| members.values_mut())
}

/// Why a document cannot be lowered.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Error(pub Vec<String>);

/// Lowers a normalised document.
///
/// With `skip_unsupported`, a schema that cannot be expressed becomes any JSON where it is, and an
/// operation that cannot be expressed is left out, each with a note.
///
/// # Errors
/// When something cannot be expressed and is not to be left out, or two names collide in Rust.
pub fn lower(
    document: &Value,
    sources: &SourceMap,
    skip_unsupported: bool,
) -> Result<Lowered, Error> {
    let subtypes = Subtypes::of(document);
    let mut lowering = Lowering {
        document,
        sources,
        usage: Usage::of(document, &subtypes),
        subtypes,
        schemas: Map::new(),
        places: BTreeMap::new(),
        rust_names: BTreeMap::new(),
        skip_unsupported,
        problems: Vec::new(),
        notes: Vec::new(),
        left_out: 0,
        identifiers: BTreeMap::new(),
        inner: BTreeMap::new(),
        sort_keys: BTreeSet::new(),
        nested: Nested::default(),
        api_key_header: security::api_key_header(document),
    };
    lowering.components();
    let (paths, operations) = lowering.paths();
    let webhooks = lowering.webhooks();
    let event_kind = lowering.event_kind(&webhooks);
    lowering.cycles();
    lowering.mark_sort_keys();
    lowering.lookalikes_without_rust();
    let extension = DocumentExtension {
        scopes: lowering.scopes(&paths, &operations),
        server: lowering.server(),
        api_key_header: Some(lowering.api_key_header.clone())
            .filter(|name| name != security::API_KEY),
        webhooks,
        event_kind,
    };
    lowering.note_schemes();
    lowering.remove_unused(&[&paths, &extension.on(json!({}))]);

    let Lowering {
        mut schemas,
        places,
        problems,
        notes,
        left_out,
        ..
    } = lowering;
    // A part that several operations use is reported once.
    let placed = |all: Vec<Diagnostic>| -> BTreeSet<Note> {
        let notes = all.into_iter();
        notes.map(|it| Note::new(it, document, sources)).collect()
    };
    if !problems.is_empty() {
        return Err(Error(
            placed(problems).iter().map(Note::to_string).collect(),
        ));
    }
    schemas.sort_keys();
    Ok(Lowered {
        document: extension.on(json!({
            "openapi": "3.0.3",
            "info": {"title": doc::line(string_at(document, "/info/title")), "version": string_at(document, "/info/version")},
            "paths": paths,
            "components": {"schemas": schemas},
        })),
        notes: placed(notes).into_iter().collect(),
        left_out,
        operations,
        schemas: places,
    })
}
