//! Reading the documents to compare: files, or their version in a git revision.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::workspace;

/// The path of the document in the workspace.
pub(super) const PATH: &str = "openapi/partner-api.json";

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command was run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// The file cannot be read.
    #[error("{place}: cannot be read: {reason}")]
    Unreadable {
        /// The file, or the revision with it.
        place: String,
        /// The error of the system or of git.
        reason: String,
    },
    /// The file is not an OpenAPI 3.1 document.
    #[error("{place}: not an OpenAPI 3.1 document: {reason}")]
    Malformed {
        /// The file, or the revision with it.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a document from a file, or, if there is no such file, from a git revision.
///
/// # Errors
/// When neither has it, or it is not an OpenAPI 3.1 document.
pub(super) fn base(name: &str) -> Result<Value, Error> {
    if Path::new(name).is_file() {
        return file(Path::new(name));
    }
    let place = format!("{name}:{PATH}");
    let unreadable = |reason: String| Error::Unreadable {
        place: place.clone(),
        reason,
    };
    let git = Command::new("git")
        .current_dir(workspace::folder()?)
        .args(["show", &place])
        .output();
    let git = git.map_err(|error| unreadable(format!("git cannot be run: {error}")))?;
    if !git.status.success() {
        let error = String::from_utf8_lossy(&git.stderr);
        let error = error.lines().next().unwrap_or("git printed no error");
        return Err(unreadable(format!(
            "there is no such file, and git has no such revision: {error}"
        )));
    }
    parse(&git.stdout, place.clone())
}

/// Reads a document from a file.
///
/// # Errors
/// When it cannot be read, or is not an OpenAPI 3.1 document.
pub(super) fn file(path: &Path) -> Result<Value, Error> {
    let place = path.display().to_string();
    match fs::read(path) {
        Ok(text) => parse(&text, place),
        Err(error) => Err(Error::Unreadable {
            place,
            reason: error.to_string(),
        }),
    }
}

/// Reads a document.
///
/// # Errors
/// When it is not an OpenAPI 3.1 document.
pub(super) fn parse(text: &[u8], place: String) -> Result<Value, Error> {
    let document: Value = match serde_json::from_slice(text) {
        Ok(document) => document,
        Err(error) => {
            return Err(Error::Malformed {
                place,
                reason: error.to_string(),
            });
        }
    };
    let version = document["openapi"].as_str().unwrap_or_default();
    let reason = if !version.starts_with("3.1.") {
        "its `openapi` member is not 3.1"
    } else if !document["paths"].is_object() {
        "it has no `paths`"
    } else {
        return Ok(document);
    };
    Err(Error::Malformed {
        place,
        reason: reason.into(),
    })
}
