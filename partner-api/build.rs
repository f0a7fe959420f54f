//! Generates the client into `OUT_DIR`, when a maintainer asks for it with the feature `codegen`.
//!
//! Users compile `src/generated.rs` as it is checked in; for them this does nothing.

#[cfg(feature = "codegen")]
#[path = "build/mod.rs"]
mod codegen;

fn main() -> std::process::ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "codegen")]
    if let Err(error) = codegen::run() {
        eprintln!("{error}");
        return std::process::ExitCode::FAILURE;
    }
    std::process::ExitCode::SUCCESS
}
