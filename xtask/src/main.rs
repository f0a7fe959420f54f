//! The maintainer's commands, run as `cargo xtask <command>`.

use std::fmt::Display;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{codegen, console, diff, fetch, update};

/// Maintains the generated Partner API client.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the OpenAPI document and the client from the docs pages.
    Codegen(codegen::Options),
    /// Tells what a changed document means to users of the crate.
    Diff(diff::Options),
    /// Gets the docs pages as they are published now.
    Fetch(fetch::Options),
    /// Fetches the pages, makes the client, tells what changed, and tests it.
    Update(update::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Codegen(options) => told(codegen::run(&options), 1).map(ExitCode::from),
        Command::Diff(options) => told(diff::run(&options), if options.exit_code { 3 } else { 1 }),
        Command::Fetch(options) => told(fetch::run(&options), 1).map(|_| ExitCode::SUCCESS),
        Command::Update(options) => told(update::run(&options), 1).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|code| code)
}

/// Tells an error, which ends the program with this code.
fn told<T>(result: Result<T, impl Display>, code: u8) -> Result<T, ExitCode> {
    result.map_err(|error| {
        console::error(error);
        ExitCode::from(code)
    })
}
