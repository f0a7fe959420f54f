//! The maintainer's commands, run as `cargo xtask <command>`.

use std::fmt::Display;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{codegen, console, diff, fetch, release, update};

/// Maintains the generated Partner API client.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generates the OpenAPI document and the client from the docs pages.
    Codegen(codegen::Options),
    /// Reports what a changed document means to users of the crate.
    Diff(diff::Options),
    /// Fetches the docs pages as they are published now.
    Fetch(fetch::Options),
    /// Fetches the pages, generates the client, reports what changed, and runs the tests.
    Update(update::Options),
    /// Checks that the checkout can be released, or prepares a release.
    Release(release::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Codegen(options) => reported(codegen::run(&options), 1).map(ExitCode::from),
        Command::Diff(options) => {
            reported(diff::run(&options), if options.exit_code { 3 } else { 1 })
        }
        Command::Fetch(options) => reported(fetch::run(&options), 1).map(|_| ExitCode::SUCCESS),
        Command::Update(options) => reported(update::run(&options), 1).map(|()| ExitCode::SUCCESS),
        Command::Release(options) => {
            reported(release::run(&options), 1).map(|()| ExitCode::SUCCESS)
        }
    };
    result.unwrap_or_else(|code| code)
}

/// Prints the error of a command, and turns it into this exit code.
fn reported<T>(result: Result<T, impl Display>, code: u8) -> Result<T, ExitCode> {
    result.map_err(|error| {
        console::error(error);
        ExitCode::from(code)
    })
}
