//! Where the workspace is: what cargo says of this run, or what is around the current folder.
//!
//! It is not fixed when the program is built, because checkouts may share a target folder.

use std::env;
use std::path::{Path, PathBuf};

/// The program is run outside of a checkout.
#[derive(Debug, thiserror::Error)]
#[error(
    "no checkout of partner-api: neither CARGO_MANIFEST_DIR nor the current folder is inside one; \
     run `cargo xtask` in the checkout"
)]
pub struct Missing;

/// The folder of the workspace.
///
/// # Errors
/// When neither cargo nor the current folder leads to it.
pub(crate) fn folder() -> Result<PathBuf, Missing> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let current = env::current_dir().ok();
    let start = [manifest, current];
    let mut found = start.iter().flatten().filter_map(|start| above(start));
    found.next().ok_or(Missing)
}

/// The folder as the caller would write it, for messages.
///
/// # Errors
/// When there is no such folder.
pub(crate) fn relative() -> Result<PathBuf, Missing> {
    let folder = folder()?;
    Ok(match env::current_dir() {
        Ok(current) if current == folder => PathBuf::new(),
        _ => folder,
    })
}

/// The nearest workspace around a folder.
fn above(start: &Path) -> Option<PathBuf> {
    let parts = ["Cargo.toml", "xtask/Cargo.toml", "openapi"];
    let is_workspace = |folder: &&Path| parts.iter().all(|part| folder.join(part).exists());
    start.ancestors().find(is_workspace).map(Path::to_owned)
}
