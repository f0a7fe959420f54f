//! Messages for the maintainer: what is not as published, and what cannot be generated.

use std::fmt;

use serde_json::Value;

use super::context::Diagnostic;
use super::usage;
use crate::document::source_map::SourceMap;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something cannot be expressed, which is an error.
    Problem,
    /// Something is simpler than published, or has another name.
    Simplified,
    /// A schema that cannot be expressed became any JSON.
    AnyJson,
    /// An operation that cannot be expressed was left out.
    LeftOut,
}

/// A note, ordered by its place in the pages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    page: String,
    line: usize,
    pointer: String,
    /// What it is about.
    pub kind: Kind,
    text: String,
}

impl Note {
    pub(super) fn new(diagnostic: Diagnostic, document: &Value, sources: &SourceMap) -> Self {
        let kind = diagnostic.kind;
        let origin = sources.find(&diagnostic.pointer);
        let (page, line) = origin.map_or((String::new(), 0), |it| (it.page.clone(), it.line));
        let operation = match (diagnostic.operation, kind) {
            (None, Kind::Simplified) => None,
            (None, _) => usage::operation_of(document, &diagnostic.pointer),
            (operation, _) => operation,
        };
        let operation = operation.map(|it| format!("{it}: ")).unwrap_or_default();
        Self {
            page,
            line,
            kind,
            text: format!("{operation}{}: {}", diagnostic.pointer, diagnostic.text),
            pointer: diagnostic.pointer,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Problem | Kind::Simplified => "",
            Kind::AnyJson => "any JSON: ",
            Kind::LeftOut => "left out: ",
        })?;
        if !self.page.is_empty() {
            write!(f, "{}:{}: ", self.page, self.line)?;
        }
        f.write_str(&self.text)
    }
}
