//! `cargo xtask update`: fetch, codegen, diff and the tests, with a report for the pull request.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;

use crate::{codegen, console, diff, fetch, workspace};

/// The options of `cargo xtask update`.
#[derive(Args, Debug)]
pub struct Options {
    /// The document to compare with: a file, or a git revision
    #[arg(long, default_value = "HEAD", value_name = "BASE")]
    pub base: String,
    /// Removes saved pages that the site no longer has, even if no other page has their operations
    #[arg(long)]
    pub remove_gone: bool,
    /// Does not run the tests.
    #[arg(long)]
    pub no_test: bool,
    /// The folder of the docs pages [default: openapi/docs]
    #[arg(long, value_name = "DIR", requires = "out")]
    pub docs: Option<PathBuf>,
    /// Where the pages are published [default: openapi/sources.toml]
    #[arg(long, value_name = "FILE", requires = "docs")]
    pub sources: Option<PathBuf>,
    /// The overlay [default: openapi/overlay.yaml, or none with --docs]
    #[arg(long, value_name = "FILE", requires = "out")]
    pub overlay: Option<PathBuf>,
    /// Writes the generated files to this folder, and nothing to the workspace.
    #[arg(long, value_name = "DIR", requires = "docs")]
    pub out: Option<PathBuf>,
}

/// Which step failed; the later ones did not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command was run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// The pages cannot be fetched.
    #[error("fetch: {0}")]
    Fetch(#[from] fetch::Error),
    /// No client can be generated from the pages.
    #[error("codegen: {0}\nthe pages are saved; correct this and run `cargo xtask update` again")]
    Codegen(#[from] codegen::Error),
    /// The documents cannot be compared.
    #[error("diff: {0}")]
    Diff(#[from] diff::Error),
    /// The docs have changes that affect security, and no person accepted them.
    #[error("security: {}", review(.0))]
    Security(Vec<String>),
    /// The tests cannot be run.
    #[error("test: cargo cannot be run: {0}")]
    Cargo(#[from] std::io::Error),
    /// The tests fail.
    #[error("test: the tests fail with the new client; run `cargo xtask diff` to see what changed")]
    Test,
}

/// Fetches the pages, generates the client, compares it with the old one, runs the tests, and reports.
///
/// # Errors
/// At the first step that fails.
pub fn run(options: &Options) -> Result<(), Error> {
    let Options {
        docs,
        sources,
        overlay,
        out,
        base,
        remove_gone,
        no_test,
    } = options;
    let pages = fetch::run(&fetch::Options {
        docs: docs.clone(),
        sources: sources.clone(),
        remove_gone: *remove_gone,
    })?;
    let generated = codegen::prepare(&codegen::Options {
        docs: docs.clone(),
        overlay: overlay.clone(),
        out: out.clone(),
        ..Default::default()
    })?;
    let options = diff::Options {
        base: base.clone(),
        new: None,
        docs: docs.clone(),
        overlay: overlay.clone(),
        format: diff::Format::default(),
        exit_code: false,
    };
    let report = diff::report_on(&options, generated.document())?;
    // A written file may be committed, and the next diff would compare with it.
    let unaccepted = report.unaccepted();
    if !unaccepted.is_empty() {
        return Err(Error::Security(unaccepted));
    }
    generated.write()?;
    if !no_test {
        test()?;
    }
    console::print(&format!("\nfetch    {pages} page(s) changed\n"));
    console::print("codegen  done\n");
    console::print(&format!("diff     {}\n", report.summary()));
    console::print(&format!(
        "test     {}\n\n",
        if *no_test { "skipped" } else { "passed" }
    ));
    console::print(&report.markdown());
    Ok(())
}

/// The changes that a person must review, and how to accept them.
fn review(changes: &[String]) -> String {
    let mut text = "the docs change where requests and credentials are sent, or which requests are retried. The \
                    pages are saved; no generated file was written or run. Ask the provider whether the change \
                    is intended. If it is, add this at the root of the overlay and run `cargo xtask update` \
                    again; if not, restore the pages with git:\nx-accepted-security:"
        .to_owned();
    for change in changes {
        let change = change.replace('\'', "''");
        text += &format!("\n  - change: '{change}'\n    reason: WHO CONFIRMED IT, AND WHERE");
    }
    text
}

/// Runs all tests, with their output on standard error: standard output is for the report.
fn test() -> Result<(), Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tests = Command::new(cargo)
        .current_dir(workspace::folder()?)
        .args(["test", "--workspace"])
        .stdout(Stdio::from(std::io::stderr()))
        .status()?;
    if tests.success() {
        Ok(())
    } else {
        Err(Error::Test)
    }
}
