//! The state of lowering one document, with the problems and notes it collects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::note::Kind;
use super::shape::Shape;
use super::subtypes::Subtypes;
use super::usage::Usage;
use crate::document::pointer;
use crate::document::source_map::SourceMap;

pub(crate) struct Lowering<'a> {
    pub(super) document: &'a Value,
    pub(super) sources: &'a SourceMap,
    pub(super) usage: Usage,
    pub(super) subtypes: Subtypes,
    /// The lowered components.
    pub(super) schemas: Map<String, Value>,
    /// The pointer of each lowered component in the 3.1 document.
    pub(super) places: BTreeMap<String, String>,
    /// The Rust name of each schema component of the 3.1 document.
    pub(super) rust_names: BTreeMap<String, String>,
    /// Whether a part that cannot be expressed is simplified or left out, instead of an error.
    pub(super) skip_unsupported: bool,
    pub(super) problems: Vec<Diagnostic>,
    /// What is not as published.
    pub(super) notes: Vec<Diagnostic>,
    /// How many operations were left out.
    pub(super) left_out: usize,
    /// The components that are identifiers, by the name that was wanted.
    pub(super) identifiers: BTreeMap<String, String>,
    /// The components for inner schemas, by the reference that points to them.
    pub(super) inner: BTreeMap<String, String>,
    /// The components that lists are sorted by.
    pub(super) sort_keys: BTreeSet<String>,
    pub(super) nested: Nested,
    /// The header of the API key, in lower case.
    pub(super) api_key_header: String,
}

/// Something that the generator cannot express, or expresses in another way.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    pub(super) pointer: String,
    pub(super) kind: Kind,
    pub(super) text: String,
    /// The operation that is left out because of it.
    pub(super) operation: Option<String>,
}

/// How deeply, and how often, an `allOf` is lowered inside another.
///
/// The bounds on both end a part that contains the whole, and one that multiplies.
#[derive(Default)]
pub(super) struct Nested {
    pub(super) depth: usize,
    pub(super) count: usize,
}

impl Lowering<'_> {
    pub(crate) fn problem(&mut self, pointer: &str, text: impl Into<String>) {
        let problem = self.diagnostic(Kind::Problem, pointer, text.into());
        self.problems.push(problem);
    }

    /// A schema that cannot be expressed: an error, or any JSON on request.
    ///
    /// A schema that only errors have is any JSON anyway: it must not keep a call from being made.
    pub(super) fn unsupported(&mut self, pointer: &str, text: impl Into<String>) -> Shape {
        if self.skip_unsupported || self.usage.is_only_of_errors(self.document, pointer) {
            let note = self.diagnostic(Kind::AnyJson, pointer, text.into());
            self.notes.push(note);
        } else {
            self.problem(pointer, text);
        }
        Shape::inline(json!({}))
    }

    /// Leaves out the operation `name` at a pointer, on request, with the problems that it has since
    /// there were `before`.
    pub(super) fn leaves_out(&mut self, before: usize, at: &str, name: &str) -> bool {
        let leaves_out = self.skip_unsupported && self.problems.len() > before;
        if leaves_out {
            self.left_out += 1;
            let inside = format!("{at}/");
            let is_inside = |it: &str| it == at || it.starts_with(&inside);
            self.notes.retain(|it| !is_inside(&it.pointer));
            let problems = self.problems.drain(before..);
            self.notes.extend(problems.map(|problem| Diagnostic {
                kind: Kind::LeftOut,
                operation: Some(name.to_owned()),
                ..problem
            }));
        }
        leaves_out
    }

    /// Notes something that is simpler than published, or has another name.
    pub(crate) fn note(&mut self, pointer: &str, text: &str) {
        let note = self.diagnostic(Kind::Simplified, pointer, text.to_owned());
        self.notes.push(note);
    }

    /// A diagnostic of the place where a part is published: what several operations refer to has one
    /// place, and so is reported once.
    fn diagnostic(&self, kind: Kind, pointer: &str, text: String) -> Diagnostic {
        Diagnostic {
            pointer: pointer::published(self.document, pointer),
            kind,
            text,
            operation: None,
        }
    }

    /// Reports two names that are the same in Rust.
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
}

/// The string at a pointer, or an empty one.
pub(super) fn string_at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
