//! The build-time half of `partner-api`: from the lowered document, `progenitor.json`, to the client,
//! `generated.rs`.
//!
//! progenitor generates the client, and the finishing pass adds what OpenAPI 3.0 cannot express. Two
//! programs use this crate: the build script of `partner-api`, behind its feature `codegen`, and the
//! project's `cargo xtask codegen`, for other documents.

mod code_span;
pub mod contract;
pub mod document;
mod finish;
pub mod list;
mod model;
mod progenitor;
pub mod rust_type;

use std::path::Path;
use std::{fmt, fs, io};

use serde_json::Value;

pub use code_span::code_span;

use document::Document;
use model::Model;

/// Why a document has no client.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the document cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The file is not JSON.
    #[error("the document is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// progenitor cannot generate some operations or schemas.
    #[error("progenitor cannot generate this document:\n{}", lines(.0))]
    Rejected(Vec<Rejection>),
}

/// A part of the document that progenitor cannot generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The Rust name of the operation or schema.
    pub name: String,
    /// What progenitor reports.
    pub message: String,
}

impl Rejection {
    /// A failure that no part of the document has alone.
    fn of_whole_document(message: String) -> Self {
        Self {
            name: "the document as a whole".into(),
            message,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

fn lines(rejections: &[Rejection]) -> String {
    let lines: Vec<_> = rejections.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Generates the client for a lowered document, and returns the source text of `generated.rs`.
///
/// # Errors
///
/// If progenitor or the finishing pass rejects the document. Each rejection names the operation or
/// schema at fault, if one of them fails alone.
pub fn generate(document: &Value) -> Result<String, Vec<Rejection>> {
    let of_whole = |message: String| vec![Rejection::of_whole_document(message)];
    let read = Document::read(document).map_err(|error| of_whole(error.to_string()))?;
    let output = progenitor::generate(document, &read)?;
    // A name that is not valid in Rust makes `quote` panic.
    progenitor::catch(|| finish::finish(&read, Model::read(output)?)).map_err(of_whole)
}

/// Generates the client for the lowered document in a file; see [`generate`].
///
/// # Errors
///
/// If the file cannot be read as JSON, or the document is rejected.
pub fn generate_file(path: &Path) -> Result<String, Error> {
    let document: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    generate(&document).map_err(Error::Rejected)
}
