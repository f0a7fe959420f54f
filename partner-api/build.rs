//! Generates the client into `OUT_DIR`, when a maintainer enables the feature `codegen`.
//!
//! Users compile `src/generated.rs` as it is checked in; for them this does nothing.

fn main() -> std::process::ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(codegen_only)");
    #[cfg(feature = "codegen")]
    if let Err(error) = generate() {
        eprintln!("{error}");
        return std::process::ExitCode::FAILURE;
    }
    std::process::ExitCode::SUCCESS
}

/// Generates the client from `progenitor.json`, or from the document that `cargo xtask codegen` has
/// just lowered. The xtask needs the generated file only, so the library is compiled as an empty one.
#[cfg(feature = "codegen")]
fn generate() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=PARTNER_API_DOCUMENT");
    let document = std::env::var_os("PARTNER_API_DOCUMENT");
    if document.is_some() {
        println!("cargo::rustc-cfg=codegen_only");
    }
    let document = std::path::PathBuf::from(document.unwrap_or_else(|| "progenitor.json".into()));
    println!("cargo::rerun-if-changed={}", document.display());
    let code = partner_api_codegen::generate_file(&document)?;
    let out = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    std::fs::write(std::path::Path::new(&out).join("generated.rs"), code)?;
    Ok(())
}
