//! Why a fetch fails as a whole.

use super::sources;
use crate::pipeline::extract;
use crate::{output, workspace};

/// Why no page was saved.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command was run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// The sources cannot be used.
    #[error(transparent)]
    Sources(#[from] sources::Error),
    /// `--sources` without `--docs` would mix the pages of two sites.
    #[error(
        "--sources needs --docs, because openapi/docs is for the pages of openapi/sources.toml; add --docs DIR"
    )]
    DocsMissing,
    /// The saved pages cannot be read.
    #[error(transparent)]
    Saved(#[from] extract::Error),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
    /// The index cannot be used.
    #[error("{url}: {reason}; nothing was saved")]
    Index {
        /// The URL of the index.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Some pages were rejected, each with its reason.
    #[error("{}\n{} page(s) rejected; nothing was saved", .0.join("\n"), .0.len())]
    Rejected(Vec<String>),
    /// Too many saved pages would be removed.
    #[error(
        "{gone} of {saved} saved pages are gone, which is more than a quarter; nothing was saved; if that is right, pass --remove-gone"
    )]
    TooManyGone {
        /// How many are gone or moved.
        gone: usize,
        /// How many there were.
        saved: usize,
    },
    /// The pages cannot be written.
    #[error(transparent)]
    Write(#[from] output::Error),
}
