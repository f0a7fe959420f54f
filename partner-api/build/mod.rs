//! From `progenitor.json` to `OUT_DIR/generated.rs`: progenitor, then the finishing pass.

#[path = "code_span.rs"]
mod code_span;
#[path = "finish/mod.rs"]
mod finish;
#[path = "generator.rs"]
mod generator;
#[path = "list.rs"]
mod list;
#[path = "rust_type.rs"]
mod rust_type;

use std::path::{Path, PathBuf};
use std::{env, fs};

use generator::Refusal;
use serde_json::{Value, from_str, json};

/// Generates the document named by `PARTNER_API_DOCUMENT`, or this crate's own.
pub(crate) fn run() -> Result<(), String> {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed=PARTNER_API_DOCUMENT");
    let path = env::var_os("PARTNER_API_DOCUMENT")
        .map_or_else(|| PathBuf::from("progenitor.json"), PathBuf::from);
    println!("cargo::rerun-if-changed={}", path.display());
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;

    let unusable = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(&path).map_err(|error| unusable(&error))?;
    let document: Value = from_str(&text).map_err(|error| unusable(&error))?;
    let code = client(&document).map_err(|refusals| {
        let lines: Vec<_> = refusals
            .iter()
            .map(|Refusal { name, message }| {
                format!("refused: {}", json!({"name": name, "message": message}))
            })
            .collect();
        lines.join("\n")
    })?;
    fs::write(Path::new(&out).join("generated.rs"), code).map_err(|error| error.to_string())
}

/// The text of the client for a document.
pub(crate) fn client(document: &Value) -> Result<String, Vec<Refusal>> {
    let generated = generator::generate(document)?;
    generator::caught(|| finish::finish(document, generated))
        .map_err(|message| vec![Refusal::of_all(message)])
}
