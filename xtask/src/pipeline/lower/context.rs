//! The state of lowering one document, with the problems and notes it collects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::shape::Shape;
use super::subtypes::Subtypes;
use super::usage::Usage;
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
    /// The schemas that became any JSON.
    pub(super) any_json: Vec<Diagnostic>,
    /// The operations that were left out.
    pub(super) left_out: Vec<Diagnostic>,
    pub(super) notes: Vec<String>,
    /// The components that are identifiers, by the name that was wanted.
    pub(super) identifiers: BTreeMap<String, String>,
    /// The components for inner schemas, by the reference that points to them.
    pub(super) inner: BTreeMap<String, String>,
    /// The components that lists are sorted by.
    pub(super) sort_keys: BTreeSet<String>,
    pub(super) nested: Nested,
}

/// Something that the generator cannot express.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    pub(super) pointer: String,
    pub(super) text: String,
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
        self.problems.push(Diagnostic {
            pointer: pointer.to_owned(),
            text: text.into(),
        });
    }

    /// A schema that cannot be expressed: an error, or any JSON on request.
    ///
    /// A schema that only errors have is any JSON anyway: it must not keep a call from being made.
    pub(super) fn unsupported(&mut self, pointer: &str, text: impl Into<String>) -> Shape {
        self.problem(pointer, text);
        if self.skip_unsupported || self.usage.is_only_of_errors(self.document, pointer) {
            self.any_json.extend(self.problems.pop());
        }
        Shape::inline(json!({}))
    }

    /// Leaves out an operation with the problems that it has since there were `before`, on request.
    pub(super) fn leaves_out(&mut self, before: usize) -> bool {
        let leaves_out = self.skip_unsupported && self.problems.len() > before;
        if leaves_out {
            self.left_out.extend(self.problems.drain(before..));
        }
        leaves_out
    }

    /// Notes something that is simpler than published, once.
    pub(crate) fn note(&mut self, pointer: &str, text: &str) {
        let note = format!("{}{pointer}: {text}", self.sources.prefix(pointer));
        if !self.notes.contains(&note) {
            self.notes.push(note);
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
