//! The maintainer's commands, run as `cargo xtask <command>`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    Codegen(xtask::codegen::Options),
}

fn main() -> ExitCode {
    let Command::Codegen(options) = Arguments::parse().command;
    match xtask::codegen::run(&options) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
