//! Where the workspace is.

use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub(crate) fn folder() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The folder as the caller would write it, for messages.
pub(crate) fn relative() -> PathBuf {
    let folder = folder();
    match std::env::current_dir() {
        Ok(current) if current == folder => PathBuf::new(),
        _ => folder,
    }
}
