//! From `progenitor.json` to `OUT_DIR/generated.rs`: progenitor, then the finishing pass.

#[path = "finish/mod.rs"]
mod finish;
#[path = "generator.rs"]
mod generator;
#[path = "rust_type.rs"]
mod rust_type;

use std::path::{Path, PathBuf};
use std::{env, fs};

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
    let code = match generator::generate(&document) {
        Ok(generated) => finish::finish(&document, generated)?,
        Err(refusals) => {
            let lines: Vec<_> = refusals
                .iter()
                .map(|refusal| {
                    format!(
                        "refused: {}",
                        json!({"name": refusal.name, "message": refusal.message})
                    )
                })
                .collect();
            return Err(lines.join("\n"));
        }
    };
    fs::write(Path::new(&out).join("generated.rs"), code).map_err(|error| error.to_string())
}
