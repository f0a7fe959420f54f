//! `cargo xtask diff`: what a new document means to users of the crate.

mod canonical;
mod compare;
mod document;
mod locate;
mod markdown;
mod rename;
mod report;
mod residual;
mod rules;
mod rust_types;
mod security;
pub(crate) mod semver;
mod surface;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::Value;

pub use document::Error as DocumentError;
pub use report::Report;
pub use rules::Verdict;

use crate::console;
use crate::document::source_map::SourceMap;
use crate::fetch;
use crate::output::GeneratedFile;
use crate::pipeline::documents::documents;
use crate::pipeline::extract::{extract, read_pages};
use crate::pipeline::lower::{self, Kind, lower};
use crate::pipeline::overlay::Overlay;
use crate::pipeline::stage_log::StageLog;
use crate::workspace;
use canonical::canonical;

/// The options of `cargo xtask diff`.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The old document: a file, or a git revision with openapi/partner-api.json
    #[arg(default_value = "HEAD")]
    pub base: String,
    /// The new document [default: openapi/partner-api.json]
    #[arg(long, value_name = "FILE")]
    pub new: Option<PathBuf>,
    /// The folder of the docs pages, to show page and line of each change [default: openapi/docs]
    #[arg(long, value_name = "DIR")]
    pub docs: Option<PathBuf>,
    /// The overlay of these pages [default: openapi/overlay.yaml, or none with --docs]
    #[arg(long, value_name = "FILE")]
    pub overlay: Option<PathBuf>,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Exits with 0 for no or docs-only changes, 1 for additive ones, 2 for breaking ones, 3 if the
    /// documents cannot be compared, and 4 for security changes.
    #[arg(long)]
    pub exit_code: bool,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Format {
    /// Markdown for a pull request.
    #[default]
    Markdown,
    /// JSON for tools.
    Json,
}

/// Why two documents cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command was run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// One of them cannot be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// One of them cannot be lowered.
    #[error("the {which} document cannot be compared:\n{reason}")]
    Lower {
        /// `old` or `new`.
        which: &'static str,
        /// What is wrong with it.
        reason: lower::Error,
    },
    /// Lowering breaks its contract with generation.
    #[error(transparent)]
    Contract(#[from] partner_api_codegen::contract::Error),
}

/// Compares the documents and writes the report to standard output.
///
/// # Errors
/// When one of them cannot be read or lowered.
pub fn run(options: &Options) -> Result<ExitCode, Error> {
    let report = report(options)?;
    console::print(&match options.format {
        Format::Markdown => report.markdown(),
        Format::Json => report.json(),
    });
    Ok(match (options.exit_code, report.verdict()) {
        (true, Some(Verdict::Security)) => ExitCode::from(4),
        (true, Some(Verdict::Breaking)) => ExitCode::from(2),
        (true, Some(Verdict::Additive)) => ExitCode::from(1),
        _ => ExitCode::SUCCESS,
    })
}

/// Compares the documents.
///
/// # Errors
/// When one of them cannot be read or lowered.
pub fn report(options: &Options) -> Result<Report, Error> {
    let new = match &options.new {
        Some(new) => new.clone(),
        None => workspace::relative()?.join(document::PATH),
    };
    compare(options, &document::file(&new)?)
}

/// Compares the old document with a generated one, which may not be written yet.
///
/// # Errors
/// When one of them cannot be read or lowered.
pub(crate) fn report_on(options: &Options, new: &GeneratedFile) -> Result<Report, Error> {
    let place = new.path.display().to_string();
    compare(options, &document::parse(new.text.as_bytes(), place)?)
}

fn compare(options: &Options, new: &Value) -> Result<Report, Error> {
    let mut old = document::base(&options.base)?;
    let mut found = rename::rename(&mut old, new);
    let read = |which, document: &Value| {
        let lowered = lower(document, &SourceMap::default(), true);
        let lowered = lowered.map_err(|reason| Error::Lower { which, reason })?;
        // An operation that was left out is missing from the report, or reported as removed.
        for note in lowered
            .notes
            .iter()
            .filter(|note| note.kind == Kind::LeftOut)
        {
            console::note(format_args!("in the {which} document, {note}"));
        }
        let document = canonical(document);
        let surface = surface::read(&document, &lowered)?;
        Ok::<_, Error>((document, surface))
    };
    let (old, before) = read("old", &old)?;
    let (new, after) = read("new", new)?;
    found.extend(compare::compare(&before, &after));
    found.extend(security::compare((&old, &before), (&new, &after)));
    found.extend(residual::compare((&old, &before), (&new, &after), &found));

    let overlay = overlay(options).unwrap_or_else(|why| {
        console::note(format_args!(
            "the report has no accepted security changes: {why}"
        ));
        Overlay::default()
    });
    let origins = origins(options, &overlay).unwrap_or_else(|why| {
        console::note(format_args!("the report has no pages and lines: {why}"));
        SourceMap::default()
    });
    let site = workspace::relative()?.join("openapi/sources.toml");
    let site = fetch::sources::Sources::read(&site).ok();
    Ok(Report::new(
        found,
        |pointer| origins.find(pointer),
        |url| site.as_ref().is_some_and(|site| site.has(url)),
        |change| overlay.accepts(change),
        env!("CARGO_PKG_VERSION"),
    ))
}

/// The overlay of the pages.
fn overlay(options: &Options) -> Result<Overlay, Box<dyn std::error::Error>> {
    Ok(match (&options.overlay, &options.docs) {
        (Some(path), _) => Overlay::read(path)?,
        (None, None) => Overlay::read(&workspace::relative()?.join("openapi/overlay.yaml"))?,
        (None, Some(_)) => Overlay::default(),
    })
}

/// Where each part of the new document was published.
fn origins(options: &Options, overlay: &Overlay) -> Result<SourceMap, Box<dyn std::error::Error>> {
    let docs = match &options.docs {
        Some(docs) => docs.clone(),
        None => workspace::relative()?.join("openapi/docs"),
    };
    let mut fragments = Vec::new();
    for page in read_pages(&docs)? {
        fragments.extend(extract(&page)?.fragments);
    }
    let documents = documents(fragments, overlay, true, &mut StageLog::silent())?;
    Ok(documents.sources)
}
