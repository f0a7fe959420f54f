//! Where the workspace is: around cargo's manifest folder, or around the current folder.
//!
//! The path is not compiled in, because several checkouts may share a target folder.

use std::env;
use std::path::{Path, PathBuf};

/// The command was run outside of a checkout.
#[derive(Debug, thiserror::Error)]
#[error(
    "no checkout of partner-api found: neither CARGO_MANIFEST_DIR nor the current folder is inside \
     one; run `cargo xtask` in a checkout"
)]
pub struct Missing;

/// The folder of the workspace.
///
/// # Errors
/// When neither cargo's manifest folder nor the current folder is inside a checkout.
pub(crate) fn folder() -> Result<PathBuf, Missing> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let current = env::current_dir().ok();
    let start = [manifest, current];
    let mut found = start.iter().flatten().filter_map(|start| enclosing(start));
    found.next().ok_or(Missing)
}

/// The folder of the workspace, relative to the current folder if that is the same, for messages.
///
/// # Errors
/// When there is no checkout.
pub(crate) fn relative() -> Result<PathBuf, Missing> {
    let folder = folder()?;
    Ok(match env::current_dir() {
        Ok(current) if current == folder => PathBuf::new(),
        _ => folder,
    })
}

/// The nearest workspace that encloses a folder.
fn enclosing(start: &Path) -> Option<PathBuf> {
    let parts = ["Cargo.toml", "xtask/Cargo.toml", "openapi"];
    let is_workspace = |folder: &&Path| parts.iter().all(|part| folder.join(part).exists());
    start.ancestors().find(is_workspace).map(Path::to_owned)
}
