//! `cargo xtask codegen`: the whole pipeline.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value};

use crate::console;
use crate::document::source_map::SourceMap;
use crate::output::{self, GeneratedFile};
use crate::pipeline::documents::{self, Documents, documents, read};
use crate::pipeline::generate::{self, PlacedRejection};
use crate::pipeline::inert;
use crate::pipeline::lower::{Kind, Lowered};
use crate::pipeline::overlay::Overlay;
use crate::pipeline::stage_log::StageLog;
use crate::workspace;

/// The options of `cargo xtask codegen`.
#[derive(Args, Debug, Default)]
pub struct Options {
    /// Writes nothing; exits with 1 and a unified diff if a generated file is stale.
    #[arg(long)]
    pub check: bool,
    /// The folder of the docs pages [default: openapi/docs]
    #[arg(long, value_name = "DIR")]
    pub docs: Option<PathBuf>,
    /// The overlay [default: openapi/overlay.yaml, or none with --docs]
    #[arg(long, value_name = "FILE")]
    pub overlay: Option<PathBuf>,
    /// Writes openapi.json, progenitor.json and generated.rs to this folder, and nothing to the workspace.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Turns schemas that cannot be expressed into any JSON, and leaves out operations that cannot be
    /// sent, with a note for each.
    #[arg(long)]
    pub skip_unsupported: bool,
}

/// The result of a run without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The generated files match the docs.
    UpToDate,
    /// `--check` found a stale file.
    Stale,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::UpToDate => Self::SUCCESS,
            Outcome::Stale => Self::FAILURE,
        }
    }
}

/// Why a run failed; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command was run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// The pages cannot be turned into documents.
    #[error(transparent)]
    Documents(#[from] documents::Error),
    /// The client cannot be generated.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// A description would be code in the documentation.
    #[error("{0}")]
    Documentation(String),
    /// The files cannot be written.
    #[error(transparent)]
    Write(#[from] output::Error),
    /// `--docs` or `--overlay` without `--out` would overwrite the checked-in files.
    #[error(
        "--docs and --overlay need --out, because the workspace is generated from openapi/docs and \
         openapi/overlay.yaml only; add --out DIR"
    )]
    OutMissing,
}

/// Runs the pipeline, reports each stage on standard error, and writes or checks the result.
///
/// # Errors
/// When any stage fails; then no file is changed.
pub fn run(options: &Options) -> Result<Outcome, Error> {
    let generated = prepare(options)?;
    if options.check {
        return Ok(generated.check());
    }
    generated.write()?;
    Ok(Outcome::UpToDate)
}

/// Runs the pipeline and reports each stage on standard error, but writes nothing.
///
/// # Errors
/// When any stage fails.
pub(crate) fn prepare(options: &Options) -> Result<Generated, Error> {
    let workspace = workspace::folder()?;
    let other_input = options.docs.is_some() || options.overlay.is_some();
    if other_input && options.out.is_none() {
        return Err(Error::OutMissing);
    }
    output::end_cleanly_on_interrupt();

    let mut stage = StageLog::start();
    let overlay = overlay(options, &workspace)?;
    let docs = options.docs.clone();
    let docs = docs.unwrap_or_else(|| workspace.join("openapi/docs"));
    let (pages, fragments) = read(&docs, &mut stage)?;
    let documents = documents(fragments, &overlay, options.skip_unsupported, &mut stage)?;
    let Documents {
        openapi,
        mut lowered,
        sources,
        corrected,
    } = documents;
    // The workspace's own client comes out of the build script of partner-api.
    let own = options.out.is_none().then_some(&*workspace);
    let code = match client(own, &lowered, &sources) {
        Err(generate::Error::Rejected(rejections)) if options.skip_unsupported => {
            for PlacedRejection { rejection, .. } in &rejections {
                lowered.leave_out(&rejection.name, rejection.to_string(), &openapi, &sources);
            }
            client(own, &lowered, &sources)?
        }
        code => code?,
    };
    inert::check(&code).map_err(Error::Documentation)?;
    for note in &lowered.notes {
        console::note(note);
    }
    let summary = summary(pages, &openapi, &lowered, &corrected, options);
    let lines = code.lines().count();
    let texts = [text(&openapi), text(&lowered.document), code];
    stage.done("generate", &format!("{lines} lines of Rust"));
    let files = files(options.out.as_deref(), texts)?;
    Ok(Generated { files, summary })
}

/// The line with what the files are generated from.
fn summary(
    pages: usize,
    openapi: &Value,
    lowered: &Lowered,
    corrected: &str,
    options: &Options,
) -> String {
    let schemas = openapi.pointer("/components/schemas");
    let read = format!(
        "read {pages} pages, {} operations, {} schemas",
        lowered.operations.len(),
        schemas.and_then(Value::as_object).map_or(0, Map::len),
    );
    let count = |kind| lowered.notes.iter().filter(|it| it.kind == kind).count();
    let mut parts = vec![read];
    let any_json = count(Kind::AnyJson);
    if options.skip_unsupported {
        parts.push(format!("left out {} operations", lowered.left_out));
    }
    if options.skip_unsupported || any_json > 0 {
        parts.push(format!("any JSON in {any_json} places"));
    }
    match count(Kind::Simplified) {
        0 => {}
        notes => parts.push(format!("{notes} notes")),
    }
    parts.push(format!("corrected: {corrected}"));
    parts.join("; ")
}

/// The overlay of the options, or the workspace's for its own pages.
fn overlay(options: &Options, workspace: &Path) -> Result<Overlay, documents::Error> {
    Ok(match (&options.overlay, &options.docs) {
        (Some(path), _) => Overlay::read(path)?,
        (None, None) => Overlay::read(&workspace.join("openapi/overlay.yaml"))?,
        (None, Some(_)) => Overlay::default(),
    })
}

/// The files with these contents: in the folder of `--out`, or at their places in the workspace.
fn files(out: Option<&Path>, texts: [String; 3]) -> Result<[GeneratedFile; 3], workspace::Missing> {
    let paths = match out {
        Some(out) => ["openapi.json", "progenitor.json", "generated.rs"].map(|name| out.join(name)),
        None => {
            let workspace = workspace::relative()?;
            [
                "openapi/partner-api.json",
                "partner-api/progenitor.json",
                "partner-api/src/generated.rs",
            ]
            .map(|path| workspace.join(path))
        }
    };
    let [openapi, lowered, code] = paths;
    let [openapi_text, lowered_text, code_text] = texts;
    let file = |path, text| GeneratedFile { path, text };
    Ok([
        file(openapi, openapi_text),
        file(lowered, lowered_text),
        file(code, code_text),
    ])
}

/// The generated files, before they are written.
pub(crate) struct Generated {
    /// The OpenAPI document is the first.
    files: [GeneratedFile; 3],
    /// The line with what they were generated from.
    summary: String,
}

impl Generated {
    /// The OpenAPI 3.1 document.
    pub(crate) fn document(&self) -> &GeneratedFile {
        &self.files[0]
    }

    /// Writes the files that changed, and reports them.
    ///
    /// # Errors
    /// When one cannot be written; then no file is changed.
    pub(crate) fn write(&self) -> Result<(), Error> {
        let mut stage = StageLog::start();
        let changed = output::write(&self.files)?;
        stage.done(
            "write",
            &format!("{} of {} files", changed.len(), self.files.len()),
        );
        console::print(&format!("{}\n", self.summary));
        match &changed[..] {
            [] => console::print("nothing changed\n"),
            changed => changed
                .iter()
                .for_each(|path| console::print(&format!("changed {}\n", path.display()))),
        }
        Ok(())
    }

    fn check(&self) -> Outcome {
        let stale: Vec<_> = self.files.iter().filter(|file| file.is_stale()).collect();
        for file in &stale {
            console::print(&file.diff());
        }
        console::print(&format!("{}\n", self.summary));
        if stale.is_empty() {
            console::print("all generated files are up to date\n");
            return Outcome::UpToDate;
        }
        for file in stale {
            console::print(&format!("stale {}\n", file.path.display()));
        }
        console::print("run `cargo xtask codegen`\n");
        Outcome::Stale
    }
}

/// Generates the client; each rejection gets the place where its operation or schema is published.
fn client(
    workspace: Option<&Path>,
    lowered: &Lowered,
    sources: &SourceMap,
) -> Result<String, generate::Error> {
    let document = &lowered.document;
    let code = match workspace {
        Some(workspace) => generate::by_build_script(workspace, document, &text(document)),
        None => generate::in_process(document),
    };
    code.map_err(|mut error| {
        if let generate::Error::Rejected(rejections) = &mut error {
            for rejected in rejections {
                let pointer = lowered.pointer(&rejected.rejection.name);
                rejected.place = format!("{}{pointer}: ", sources.prefix(pointer));
            }
        }
        error
    })
}

/// The text of a document file.
fn text(document: &Value) -> String {
    format!("{document:#}\n")
}
