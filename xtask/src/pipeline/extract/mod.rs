//! The first stage: from pages and specifications to OpenAPI fragments.

mod integers;
mod markdown;
mod specification;
mod version;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::document::source_map::Origin;
use crate::regular_file;
pub(crate) use specification::is_specification;

/// A docs page, or a specification, as it was published.
pub struct Page {
    /// The path inside the docs folder, with `/` on every system.
    pub name: String,
    /// The Markdown, YAML or JSON.
    pub text: String,
}

/// One OpenAPI document found in a page, or one part of a specification.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// Where it was found.
    pub origin: Origin,
    /// The document.
    pub document: Value,
}

/// What [`extract`] found in a page.
#[derive(Debug, Default)]
pub struct Extracted {
    /// The fragments in the order of the page.
    pub fragments: Vec<Fragment>,
    /// JSON that is not an OpenAPI document, and other content that was ignored.
    pub warnings: Vec<String>,
}

/// Why the pages cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or a page cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The folder or page.
        path: PathBuf,
        /// The I/O error.
        source: std::io::Error,
    },
    /// A file is too large to be a page or specification.
    #[error("{}: is larger than {} MiB; expected a page or specification", .0.display(), MAX_BYTES >> 20)]
    TooLarge(PathBuf),
    /// The folder has no page.
    #[error("{}: no Markdown pages; put the provider's pages (*.md) or specification (*.yaml, *.json) there, or pass their folder with --docs", .0.display())]
    NoPages(PathBuf),
    /// A fence is never closed.
    #[error(
        "{page}:{line}: this ```json fence is never closed, so the page is incomplete; fetch it again"
    )]
    NotClosed {
        /// The page.
        page: String,
        /// The line of the opening fence.
        line: usize,
    },
    /// A fence has invalid JSON.
    #[error(
        "{page}:{line}: this ```json fence is not JSON: {source}; expected an OpenAPI document; fetch the page again"
    )]
    NotJson {
        /// The page.
        page: String,
        /// The line of the syntax error.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A specification is neither YAML nor JSON, or more than one document.
    #[error(
        "{page}:{line}: cannot be read as YAML: {reason}; expected one OpenAPI document; fetch it again, or remove the file"
    )]
    NotYaml {
        /// The specification.
        page: String,
        /// The line of the error.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A fragment of an OpenAPI version the pipeline does not know.
    #[error(
        "{page}:{line}: OpenAPI {version} is not supported; expected a version such as 3.0.3, 3.1.0 or 3.2.0"
    )]
    Version {
        /// The page.
        page: String,
        /// The line of the fragment.
        line: usize,
        /// The version it states.
        version: String,
    },
    /// A document has what OpenAPI 3.1 cannot express.
    #[error(
        "{page}:{line}: {pointer}: only OpenAPI 3.2 has this, and it is not supported; publish it as 3.1, or without this part"
    )]
    Newer {
        /// The page.
        page: String,
        /// The line of the fragment.
        line: usize,
        /// The pointer of the part.
        pointer: String,
    },
}

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Reads every page and specification under `folder`, sorted by name.
///
/// # Errors
/// When the folder or a page cannot be read as UTF-8, or there is no page.
pub fn read_pages(folder: &Path) -> Result<Vec<Page>, Error> {
    let mut pages = Vec::new();
    read_folder(folder, "", &mut pages)?;
    if pages.is_empty() {
        return Err(Error::NoPages(folder.to_owned()));
    }
    pages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(pages)
}

fn read_folder(folder: &Path, prefix: &str, pages: &mut Vec<Page>) -> Result<(), Error> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Unreadable { path, source }
    };
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), pages)?;
        } else if is_page(&path) || is_specification(&name) {
            if fs::metadata(&path).is_ok_and(|file| file.len() > MAX_BYTES) {
                return Err(Error::TooLarge(path));
            }
            let text = regular_file::read_to_string(&path).map_err(unreadable(&path))?;
            pages.push(Page { name, text });
        }
    }
    Ok(())
}

fn is_page(path: &Path) -> bool {
    let ending = path.extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("md"))
}

/// Finds the OpenAPI fragments of a page: its ```` ```json ```` fences, also in lists and quotes. A
/// specification is cut into such fragments.
///
/// # Errors
/// When a fence is not closed, the page or fence is malformed, or it has an unknown OpenAPI version.
pub fn extract(page: &Page) -> Result<Extracted, Error> {
    match is_specification(&page.name) {
        true => specification::extract(page),
        false => markdown::extract(page),
    }
}
