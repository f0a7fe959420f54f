//! The documents that are compared: files, or what git has of them.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::workspace;

/// The document, as the workspace has it.
pub(super) const PATH: &str = "openapi/partner-api.json";

/// Why there is no document to compare.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command is run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// The file cannot be read.
    #[error("{place}: cannot be read: {reason}")]
    Unreadable {
        /// The file, or the revision with it.
        place: String,
        /// What the system or git says.
        reason: String,
    },
    /// The file is something else.
    #[error("{place}: is no OpenAPI 3.1 document: {reason}")]
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
/// When neither has it, or it is no OpenAPI 3.1 document.
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
        let said = String::from_utf8_lossy(&git.stderr);
        let said = said.lines().next().unwrap_or("git says nothing");
        return Err(unreadable(format!("it is no file, and git says: {said}")));
    }
    parse(&git.stdout, place.clone())
}

/// Reads a document from a file.
///
/// # Errors
/// When it cannot be read, or is no OpenAPI 3.1 document.
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
/// When it is no OpenAPI 3.1 document.
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
        "its `openapi` member does not say 3.1"
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
