//! `cargo xtask codegen`: the whole pipeline.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::console;
use crate::document::source_map::SourceMap;
use crate::output::{self, GeneratedFile};
use crate::pipeline::documents::{self, Documents, documents, read};
use crate::pipeline::generate;
use crate::pipeline::inert;
use crate::pipeline::lower::Lowered;
use crate::pipeline::overlay::Overlay;
use crate::pipeline::stage_log::StageLog;
use crate::workspace;

/// What `cargo xtask codegen` can be told.
#[derive(Args, Debug, Default)]
pub struct Options {
    /// Writes nothing; exits with 1 and a unified diff when anything made is stale.
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
    /// Leaves out the operations that cannot be generated, each with a note.
    #[arg(long)]
    pub skip_unsupported: bool,
}

/// How a run ended that had no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything made is what the docs say.
    UpToDate,
    /// `--check` found something stale.
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
    /// The command is run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// The pages cannot be turned into documents.
    #[error(transparent)]
    Documents(#[from] documents::Error),
    /// There is no generated code.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// A text of a page would be code in the documentation.
    #[error("{0}")]
    Documentation(String),
    /// The files cannot be written.
    #[error(transparent)]
    Write(#[from] output::Error),
    /// `--docs` or `--overlay` without `--out` would write another document over the shipped one.
    #[error(
        "--docs and --overlay need --out: the workspace is made from openapi/docs and openapi/overlay.yaml alone"
    )]
    OutMissing,
}

/// Runs the pipeline, tells of each stage on standard error, and writes or checks what it made.
///
/// # Errors
/// When any stage fails; then every made file is as it was.
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
    let relative = workspace::relative()?;
    let foreign = options.docs.is_some() || options.overlay.is_some();
    if foreign && options.out.is_none() {
        return Err(Error::OutMissing);
    }
    output::end_cleanly_on_interrupt();
    let docs = options
        .docs
        .clone()
        .unwrap_or_else(|| workspace.join("openapi/docs"));
    let overlay = match (&options.overlay, &options.docs) {
        (Some(path), _) => Some(path.clone()),
        (None, None) => Some(workspace.join("openapi/overlay.yaml")),
        (None, Some(_)) => None,
    };

    let mut stage = StageLog::start();
    let overlay = overlay
        .map(|path| Overlay::read(&path))
        .transpose()
        .map_err(documents::Error::from)?
        .unwrap_or_default();
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
            for rejected in &rejections {
                lowered.leave_out(&rejected.rejection.name, rejected.to_string());
            }
            client(own, &lowered, &sources)?
        }
        code => code?,
    };
    inert::check(&code).map_err(Error::Documentation)?;
    for note in &lowered.notes {
        console::note(note);
    }
    let openapi_text = text(&openapi);
    let lowered_text = text(&lowered.document);
    stage.done(
        "generate",
        &format!("{} lines of Rust", code.lines().count()),
    );

    let made = |folder: Option<&PathBuf>, name: &str, path: &str, text| GeneratedFile {
        path: folder.map_or_else(|| relative.join(path), |folder| folder.join(name)),
        text,
    };
    let out = options.out.as_ref();
    let files = [
        made(
            out,
            "openapi.json",
            "openapi/partner-api.json",
            openapi_text,
        ),
        made(
            out,
            "progenitor.json",
            "partner-api/progenitor.json",
            lowered_text,
        ),
        made(out, "generated.rs", "partner-api/src/generated.rs", code),
    ];
    let read = format!(
        "read {pages} pages, {} operations, {} schemas; corrected: {corrected}",
        lowered.operations.len(),
        openapi
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .map_or(0, serde_json::Map::len),
    );
    Ok(Generated { files, read })
}

/// The generated files, before any of them is written.
pub(crate) struct Generated {
    /// The OpenAPI document is the first.
    files: [GeneratedFile; 3],
    /// What they were generated from.
    read: String,
}

impl Generated {
    /// The OpenAPI 3.1 document.
    pub(crate) fn document(&self) -> &GeneratedFile {
        &self.files[0]
    }

    /// Writes the files that changed, and reports them.
    ///
    /// # Errors
    /// When one cannot be written; then all are as they were.
    pub(crate) fn write(&self) -> Result<(), Error> {
        let mut stage = StageLog::start();
        let changed = output::write(&self.files)?;
        stage.done(
            "write",
            &format!("{} of {} files", changed.len(), self.files.len()),
        );
        console::print(&format!("{}\n", self.read));
        match &changed[..] {
            [] => console::print("nothing changed\n"),
            changed => changed
                .iter()
                .for_each(|path| console::print(&format!("changed {}\n", path.display()))),
        }
        Ok(())
    }

    fn check(&self) -> Outcome {
        let stale: Vec<_> = self.files.iter().filter(|made| made.is_stale()).collect();
        for made in &stale {
            console::print(&made.diff());
        }
        console::print(&format!("{}\n", self.read));
        if stale.is_empty() {
            console::print("everything made is up to date\n");
            return Outcome::UpToDate;
        }
        for made in stale {
            console::print(&format!("stale {}\n", made.path.display()));
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
                let name = &rejected.rejection.name;
                let schema = format!("/components/schemas/{name}");
                let pointer = lowered.operations.get(name).unwrap_or(&schema);
                rejected.place = format!("{}{pointer}: ", sources.prefix(pointer));
            }
        }
        error
    })
}

/// A document as it is written.
fn text(document: &Value) -> String {
    format!("{document:#}\n")
}
