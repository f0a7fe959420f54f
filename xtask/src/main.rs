//! The maintainer's commands, run as `cargo xtask <command>`.

use std::fmt::Display;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{codegen, diff, fetch};

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
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Codegen(options) => codegen::run(&options)
            .map(ExitCode::from)
            .map_err(|error| told(error, 1)),
        Command::Diff(options) => diff::run(&options).map_err(|error| match options.exit_code {
            true => told(error, 3),
            false => told(error, 1),
        }),
        Command::Fetch(options) => fetch::run(&options)
            .map(|_| ExitCode::SUCCESS)
            .map_err(|error| told(error, 1)),
    };
    done.unwrap_or_else(|code| code)
}

fn told(error: impl Display, code: u8) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(code)
}
