//! The fifth stage: from OpenAPI 3.1 to the subset of 3.0.3 that progenitor generates correctly.
//!
//! What the subset cannot express is an `x-codegen` member for the finishing pass. What neither can
//! express is an error that names its place, or is left out on request.

mod all_of;
mod components;
mod context;
mod doc;
mod lookalike;
mod media_type;
mod multipart;
mod names;
mod one_of;
mod operation;
mod pagination;
mod parameter;
mod properties;
mod query;
mod response;
mod schema;
mod scopes;
mod string;
pub(crate) mod usage;
mod webhooks;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use partner_api_codegen::contract::{DocumentExtension, Extension as _};
use serde_json::{Map, Value, json};

use context::{Diagnostic, Lowering, Nested, string_at};
use usage::Usage;

use crate::document::source_map::SourceMap;

/// A document for progenitor, with notes for the maintainer.
#[derive(Debug)]
pub struct Lowered {
    /// The OpenAPI 3.0.3 document.
    pub document: Value,
    /// What is simpler than published, became any JSON or was left out.
    pub notes: Vec<String>,
    /// The pointer of each operation in the 3.1 document, by its Rust name.
    pub operations: BTreeMap<String, String>,
}

impl Lowered {
    /// Leaves out an operation, or turns a schema into any JSON, by its Rust name.
    pub fn leave_out(&mut self, name: &str, reason: &str) {
        if self.operations.remove(name).is_none() {
            self.notes.push(format!("any JSON: {reason}"));
            self.document["components"]["schemas"][name] = json!({});
            return;
        }
        self.notes.push(format!("left out: {reason}"));
        for item in object(&mut self.document, "paths").filter_map(Value::as_object_mut) {
            item.retain(|_, operation| operation["operationId"] != name);
        }
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
    let mut lowering = Lowering {
        document,
        sources,
        usage: Usage::of(document),
        schemas: Map::new(),
        places: BTreeMap::new(),
        rust_names: BTreeMap::new(),
        skip_unsupported,
        problems: Vec::new(),
        any_json: Vec::new(),
        left_out: Vec::new(),
        notes: Vec::new(),
        identifiers: BTreeMap::new(),
        inner: BTreeMap::new(),
        sort_keys: BTreeSet::new(),
        nested: Nested::default(),
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
        webhooks,
        event_kind,
    };

    let Lowering {
        mut schemas,
        problems,
        any_json,
        left_out,
        mut notes,
        ..
    } = lowering;
    let line = |problem: &Diagnostic| message(document, sources, problem);
    if !problems.is_empty() {
        return Err(Error(problems.iter().map(line).collect()));
    }
    let any_json = any_json.iter().map(|it| format!("any JSON: {}", line(it)));
    notes.extend(any_json);
    let left_out = left_out.iter().map(|it| format!("left out: {}", line(it)));
    notes.extend(left_out);
    schemas.sort_keys();
    Ok(Lowered {
        document: extension.on(json!({
            "openapi": "3.0.3",
            "info": {"title": doc::line(string_at(document, "/info/title")), "version": string_at(document, "/info/version")},
            "paths": paths,
            "components": {"schemas": schemas},
        })),
        notes,
        operations,
    })
}

/// The message of a problem: page and line, operation, pointer, what is wrong and what to do.
fn message(document: &Value, sources: &SourceMap, problem: &Diagnostic) -> String {
    let place = sources.prefix(&problem.pointer);
    let operation = usage::operation_of(document, &problem.pointer);
    let operation = operation
        .map(|operation| format!("{operation}: "))
        .unwrap_or_default();
    format!("{place}{operation}{}: {}", problem.pointer, problem.text)
}
