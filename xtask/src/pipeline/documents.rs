//! The stages before progenitor, in their order: extract, merge, overlay, normalise, lower.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::console;
use crate::document::source_map::SourceMap;
use crate::pipeline::extract::{self, Fragment};
use crate::pipeline::lower::{self, Lowered, lower};
use crate::pipeline::merge::merge;
use crate::pipeline::normalise::{self, normalise};
use crate::pipeline::overlay::{self, Overlay};
use crate::pipeline::stage_log::StageLog;

/// The documents that the stages before progenitor produce.
#[derive(Debug)]
pub struct Documents {
    /// The OpenAPI 3.1 document.
    pub openapi: Value,
    /// The OpenAPI 3.0.3 document for progenitor.
    pub lowered: Lowered,
    /// Where each part of the OpenAPI 3.1 document was published.
    pub sources: SourceMap,
    /// The corrections, for the report.
    pub corrected: String,
}

/// Why the pages cannot be turned into documents.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pages cannot be read.
    #[error(transparent)]
    Extract(#[from] extract::Error),
    /// No page has a fragment.
    #[error("{}: no OpenAPI fragment in {pages} page(s); expected ```json fences or files with an `openapi` member; check the folder", folder.display())]
    NoFragments {
        /// The docs folder.
        folder: PathBuf,
        /// How many pages it has.
        pages: usize,
    },
    /// The overlay cannot be applied, or leaves a conflict.
    #[error(transparent)]
    Overlay(#[from] overlay::Error),
    /// The document cannot be rewritten as OpenAPI 3.1.
    #[error(transparent)]
    Normalise(#[from] normalise::Error),
    /// The generator cannot express the document.
    #[error(transparent)]
    Lower(#[from] lower::Error),
}

/// Reads the fragments of all pages of a folder, and returns how many pages there are.
///
/// # Errors
/// When a page cannot be read, or no page has a fragment.
pub(crate) fn read(docs: &Path, stage: &mut StageLog) -> Result<(usize, Vec<Fragment>), Error> {
    let pages = extract::read_pages(docs)?;
    let mut fragments = Vec::new();
    for page in &pages {
        let extracted = extract::extract(page)?;
        for warning in extracted.warnings {
            console::warning(warning);
        }
        if extracted.fragments.is_empty() && !extract::is_specification(&page.name) {
            console::warning(format_args!(
                "{}: no OpenAPI fragment in this page",
                page.name
            ));
        }
        fragments.extend(extracted.fragments);
    }
    if fragments.is_empty() {
        return Err(Error::NoFragments {
            folder: docs.to_owned(),
            pages: pages.len(),
        });
    }
    stage.done(
        "extract",
        &format!("{} fragments in {} pages", fragments.len(), pages.len()),
    );
    Ok((pages.len(), fragments))
}

/// Runs the stages between the pages and progenitor.
///
/// # Errors
/// When one of them fails.
pub fn documents(
    fragments: Vec<Fragment>,
    overlay: &Overlay,
    skip_unsupported: bool,
    stage: &mut StageLog,
) -> Result<Documents, Error> {
    let merged = merge(fragments);
    stage.done("merge", &format!("{} conflicts", merged.conflicts.len()));
    let (mut openapi, mut sources) = overlay.apply(merged)?;
    stage.done("overlay", &format!("{} actions", overlay.len()));
    let corrections = normalise(&mut openapi, &mut sources)?;
    stage.done(
        "normalise",
        &format!("{} corrections", corrections.values().sum::<usize>()),
    );
    let lowered = lower(&openapi, &sources, skip_unsupported)?;
    stage.done("lower", &format!("{} operations", lowered.operations.len()));

    let mut corrected: Vec<_> = corrections
        .iter()
        .map(|(kind, count)| format!("{kind} ({count})"))
        .collect();
    corrected.insert(0, format!("overlay actions ({})", overlay.len()));
    Ok(Documents {
        openapi,
        lowered,
        sources,
        corrected: corrected.join(", "),
    })
}
