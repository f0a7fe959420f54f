//! `cargo xtask update`: everything that a change of the docs asks for, up to the pull request.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;

use crate::{codegen, console, diff, fetch, workspace};

/// What `cargo xtask update` can be told.
#[derive(Args, Debug)]
pub struct Options {
    /// What the new document is compared with: a file, or a git revision
    #[arg(long, default_value = "HEAD", value_name = "BASE")]
    pub base: String,
    /// Removes saved pages that the site no longer has, although their operations are on no other page
    #[arg(long)]
    pub remove_gone: bool,
    /// Runs no tests.
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
    /// Has codegen write to this folder, and nothing to the workspace.
    #[arg(long, value_name = "DIR", requires = "docs")]
    pub out: Option<PathBuf>,
}

/// Which step failed; those after it did not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command is run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// The pages cannot be had.
    #[error("fetch: {0}")]
    Fetch(#[from] fetch::Error),
    /// The pages do not make a client.
    #[error(
        "codegen: {0}\nthe pages are saved; when this is corrected, run `cargo xtask update` again"
    )]
    Codegen(#[from] codegen::Error),
    /// The documents cannot be compared.
    #[error("diff: {0}")]
    Diff(#[from] diff::Error),
    /// The docs change security, and no person accepted that.
    #[error("security: {}", stopped(.0))]
    Security(Vec<String>),
    /// The tests cannot be run.
    #[error("test: cargo cannot be run: {0}")]
    Cargo(#[from] std::io::Error),
    /// The tests fail.
    #[error("test: the tests fail with the new client; `cargo xtask diff` tells what changed")]
    Test,
}

/// Fetches the pages, makes the client, compares it with the old one, tests it, and reports.
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
    // What is written may be committed, and is then what the next document is compared with.
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
        if *no_test { "left out" } else { "passed" }
    ));
    console::print(&report.markdown());
    Ok(())
}

/// What a person must look at, and how they accept it.
fn stopped(changes: &[String]) -> String {
    let mut text = "the docs change where calls and credentials go, or what is sent twice. The pages are \
                    saved; no generated file was written or run. Ask the provider whether the change is right. \
                    If so, add this at the root of the overlay and run `cargo xtask update` again; if not, \
                    restore the pages with git:\nx-accepted-security:"
        .to_owned();
    for change in changes {
        let change = change.replace('\'', "''");
        text += &format!("\n  - change: '{change}'\n    reason: WHO SAYS SO, AND WHERE");
    }
    text
}

/// Runs all tests; what they say goes to standard error, which leaves the other to the report.
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
