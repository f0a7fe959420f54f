//! The maintainer's commands, run as `cargo xtask <command>`.

use std::fmt::Display;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{codegen, fetch};

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
    /// Gets the docs pages as they are published now.
    Fetch(fetch::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Codegen(options) => codegen::run(&options).map(ExitCode::from).map_err(told),
        Command::Fetch(options) => fetch::run(&options)
            .map(|_| ExitCode::SUCCESS)
            .map_err(told),
    };
    done.unwrap_or_else(|code| code)
}

fn told(error: impl Display) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
