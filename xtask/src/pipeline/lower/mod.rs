//! The fifth stage: from OpenAPI 3.1 to the part of 3.0.3 that progenitor turns into right code.
//!
//! What that part cannot say is left as an `x-codegen` member for the finishing pass in
//! `partner-api/build`. What neither can express is an error that names its place, or, on request,
//! left out.

mod all_of;
mod doc;
mod lookalike;
mod multipart;
mod names;
mod one_of;
mod operation;
mod pagination;
mod parameter;
mod query;
mod response;
mod schema;
mod scopes;
mod string;
mod usage;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::document::source_map::SourceMap;
use crate::pipeline::server;

/// A document progenitor can read, and what was noticed on the way.
#[derive(Debug)]
pub struct Lowered {
    /// The OpenAPI 3.0.3 document.
    pub document: Value,
    /// What was left out or made simpler, for the maintainer to know.
    pub notes: Vec<String>,
    /// The pointer of each operation in the 3.1 document, by its Rust name.
    pub operations: BTreeMap<String, String>,
}

impl Lowered {
    /// Leaves out an operation, or has a schema be any JSON, by its Rust name.
    pub fn leave_out(&mut self, name: &str, note: String) {
        self.notes.push(format!("left out: {note}"));
        if self.operations.remove(name).is_none() {
            self.document["components"]["schemas"][name] = json!({});
            return;
        }
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

/// Something the generator cannot express.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    pointer: String,
    text: String,
}

/// Lowers a normalised document.
///
/// With `skip_unsupported`, operations that cannot be expressed are left out and schemas that
/// cannot be expressed become any JSON, each with a note.
///
/// # Errors
/// When something cannot be expressed and may not be left out, or two names collide in Rust.
pub fn lower(
    document: &Value,
    sources: &SourceMap,
    skip_unsupported: bool,
) -> Result<Lowered, Error> {
    let mut lowering = Lowering {
        document,
        sources,
        usage: usage::Usage::of(document),
        schemas: Map::new(),
        places: BTreeMap::new(),
        rust_names: BTreeMap::new(),
        problems: Vec::new(),
        notes: Vec::new(),
        identifiers: BTreeMap::new(),
        inner: BTreeMap::new(),
        sort_keys: BTreeSet::new(),
        nested: all_of::Nested::default(),
    };
    let mut skipped = Vec::new();
    lowering.components(&mut skipped, skip_unsupported);
    let (paths, operations) = lowering.paths(&mut skipped, skip_unsupported);
    lowering.circles(&mut skipped, skip_unsupported);
    lowering.mark_sort_keys();
    lowering.lookalikes_without_rust();
    let handles = lowering.handles(&paths, &operations);
    let server = lowering.server();

    let Lowering {
        mut schemas,
        problems,
        mut notes,
        ..
    } = lowering;
    let told = |problem: &Diagnostic| tell(document, sources, problem);
    if !problems.is_empty() {
        return Err(Error(problems.iter().map(told).collect()));
    }
    notes.extend(
        skipped
            .iter()
            .map(|problem| format!("left out: {}", told(problem))),
    );
    schemas.sort_keys();
    Ok(Lowered {
        document: json!({
            "openapi": "3.0.3",
            "info": {"title": doc::line(text(document, "/info/title")), "version": text(document, "/info/version")},
            "paths": paths,
            "components": {"schemas": schemas},
            "x-codegen": {"server": server, "handles": handles},
        }),
        notes,
        operations,
    })
}

pub(crate) struct Lowering<'a> {
    document: &'a Value,
    sources: &'a SourceMap,
    usage: usage::Usage,
    /// The lowered components.
    schemas: Map<String, Value>,
    /// Where each lowered component stands in the 3.1 document.
    places: BTreeMap<String, String>,
    /// The Rust name of each schema component of the 3.1 document.
    rust_names: BTreeMap<String, String>,
    problems: Vec<Diagnostic>,
    notes: Vec<String>,
    /// The components that are identifiers, by the name they were to have.
    identifiers: BTreeMap<String, String>,
    /// The components made of schemas inside others, by the reference that leads there.
    inner: BTreeMap<String, String>,
    /// The components that lists are sorted by.
    sort_keys: BTreeSet<String>,
    nested: all_of::Nested,
}

impl Lowering<'_> {
    pub(crate) fn problem(&mut self, pointer: &str, text: impl Into<String>) {
        self.problems.push(Diagnostic {
            pointer: pointer.to_owned(),
            text: text.into(),
        });
    }

    /// Tells of something simpler than published, once.
    pub(crate) fn note(&mut self, pointer: &str, text: &str) {
        let note = format!("{}{pointer}: {text}", self.sources.prefix(pointer));
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The address that a client calls unless its program gives another.
    fn server(&mut self) -> Option<String> {
        let address = server::address(&self.document["servers"])?;
        let problem = |why| self.problem("/servers/0/url", why);
        address.map_err(problem).ok()
    }

    /// Two names that are one in Rust.
    pub(crate) fn collision(&mut self, rust: &str, first: &str, second: &str) {
        let other = format!("{}{first}", self.sources.prefix(first));
        self.problem(
            second,
            format!(
                "collides in Rust with {other}: both are called `{rust}`; \
                 give one of them an `x-rust-name` in the overlay"
            ),
        );
    }

    /// Names and lowers every schema component.
    fn components(&mut self, skipped: &mut Vec<Diagnostic>, skip_unsupported: bool) {
        let document = self.document;
        let published = document
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        for name in published.into_iter().flatten().map(|(name, _)| name) {
            let rust = names::type_name(name);
            let at = pointer::join("/components/schemas", name);
            self.lookalike(name, &at);
            if let Some(first) = self.places.get(&rust).cloned() {
                self.collision(&rust, &first, &at);
            }
            self.places.insert(rust.clone(), at);
            self.rust_names.insert(name.clone(), rust);
        }
        for (name, value) in published.into_iter().flatten() {
            if self.usage.is_only_multipart(name) {
                continue;
            }
            let rust = self.rust_names.get(name).cloned().unwrap_or_default();
            let at = pointer::join("/components/schemas", name);
            let before = self.problems.len();
            let mut lowered = self.named_schema(value, &at, &rust, self.usage.side(name));
            if skip_unsupported && self.problems.len() > before {
                skipped.extend(self.problems.drain(before..));
                lowered = json!({"description": doc::for_rustdoc(text(value, "/description"))});
            }
            self.schemas.insert(rust, lowered);
        }
    }

    /// Finds the components that are another one, which is another one, and so on without an end.
    fn circles(&mut self, skipped: &mut Vec<Diagnostic>, skip_unsupported: bool) {
        let other = |name: &str| {
            let other = self.schemas.get(name)?.pointer("/allOf/0/$ref")?;
            pointer::schema_name(other.as_str()?)
        };
        let is_endless = |name: &&String| {
            let mut seen = BTreeSet::new();
            let mut others = std::iter::successors(Some(name.as_str()), |name| other(name));
            others.any(|name| !seen.insert(name))
        };
        let endless: Vec<String> = self.schemas.keys().filter(is_endless).cloned().collect();
        for name in endless {
            let at = self.places.get(&name).cloned().unwrap_or_default();
            self.problem(
                &at,
                "this schema is nothing but references in a circle; say in the overlay what it is",
            );
            if skip_unsupported {
                skipped.extend(self.problems.pop());
                self.schemas.insert(name, json!({}));
            }
        }
    }
}

/// One line for a person: page and line, operation, pointer, what is wrong and what to do.
fn tell(document: &Value, sources: &SourceMap, problem: &Diagnostic) -> String {
    let place = sources.prefix(&problem.pointer);
    let operation = usage::operation_of(document, &problem.pointer);
    let operation = operation
        .map(|operation| format!("{operation}: "))
        .unwrap_or_default();
    format!("{place}{operation}{}: {}", problem.pointer, problem.text)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
