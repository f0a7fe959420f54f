//! The sixth stage: from the lowered document to Rust, by progenitor in `partner-api/build.rs`.
//!
//! Cargo runs the build script with the feature `codegen`; its `OUT_DIR` holds the result.

use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Why there is no generated code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or process of the build failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// progenitor cannot generate some operations or schemas.
    #[error("progenitor cannot generate this document:\n{}", list(.0))]
    Refused(Vec<Refusal>),
    /// Cargo or the build script failed otherwise.
    #[error("the build script of partner-api failed:\n{0}")]
    Build(String),
    /// Ctrl-C.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// One operation or schema that progenitor refused or panicked on.
#[derive(Debug, serde::Deserialize)]
pub struct Refusal {
    /// The operation's or schema's Rust name.
    pub name: String,
    /// What progenitor says.
    pub message: String,
    /// Where it was published; filled in by the caller.
    #[serde(default)]
    pub place: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.place, self.name, self.message)
    }
}

/// Generates the client for a lowered document and returns its text.
///
/// # Errors
/// When progenitor refuses the document, or the build cannot be run.
pub fn generate(workspace: &Path, document: &str) -> Result<String, Error> {
    let io = |what: String| move |source| Error::Io { what, source };
    let folder = target_folder(workspace).join("codegen");
    fs::create_dir_all(&folder).map_err(io(format!("{} cannot be created", folder.display())))?;
    // One at a time: the document is handed over in a file.
    let lock = folder.join("lock");
    let lock =
        fs::File::create(&lock).map_err(io(format!("{} cannot be created", lock.display())))?;
    lock.lock()
        .map_err(io("the lock on code generation".into()))?;

    let input = folder.join("progenitor.json");
    if fs::read(&input).ok().as_deref() != Some(document.as_bytes()) {
        fs::write(&input, document)
            .map_err(io(format!("{} cannot be written", input.display())))?;
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .current_dir(workspace)
        .args([
            "check",
            "--package",
            "partner-api",
            "--lib",
            "--features",
            "codegen",
        ])
        .arg("--message-format=json-render-diagnostics")
        .env("PARTNER_API_DOCUMENT", &input)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(io("cargo cannot be run".into()))?;
    let stderr = child.stderr.take();
    let told = std::thread::spawn(move || {
        let mut text = String::new();
        if let Some(mut stderr) = stderr {
            // What cannot be read cannot be told.
            let _ = stderr.read_to_string(&mut text);
        }
        text
    });
    let mut out_dir = None;
    for line in child
        .stdout
        .take()
        .into_iter()
        .flat_map(|stdout| BufReader::new(stdout).lines())
    {
        let line = line.map_err(io("cargo's messages cannot be read".into()))?;
        out_dir = out_dir.or_else(|| build_script_output(&line));
    }
    // The library itself may not compile while its checked-in code is being repaired.
    let _ = child.wait();
    let told = told.join().unwrap_or_default();
    if crate::output::is_interrupted() {
        return Err(Error::Interrupted);
    }
    match out_dir {
        Some(folder) => {
            let path = folder.join("generated.rs");
            fs::read_to_string(&path).map_err(io(format!("{} cannot be read", path.display())))
        }
        None => Err(refusals(&told).map_or(Error::Build(told), Error::Refused)),
    }
}

/// The `OUT_DIR` in cargo's message that the build script of partner-api has run.
fn build_script_output(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let of_partner_api = message["package_id"].as_str()?.contains("/partner-api#");
    (of_partner_api && message["reason"] == "build-script-executed")
        .then(|| message["out_dir"].as_str().map(PathBuf::from))?
}

/// What the build script says it could not generate.
fn refusals(told: &str) -> Option<Vec<Refusal>> {
    let refusals: Vec<_> = told
        .lines()
        .filter_map(|line| serde_json::from_str(line.trim().strip_prefix("refused: ")?).ok())
        .collect();
    (!refusals.is_empty()).then_some(refusals)
}

fn target_folder(workspace: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), |path| workspace.join(path))
}

fn list(refusals: &[Refusal]) -> String {
    let lines: Vec<_> = refusals
        .iter()
        .map(|refusal| {
            format!("{refusal}; correct it in the overlay, or leave it out with --skip-unsupported")
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_folder_is_read_from_cargos_messages() {
        let message = |id: &str| {
            serde_json::json!({"reason": "build-script-executed", "package_id": id, "out_dir": "/out"}).to_string()
        };
        let of = |id| build_script_output(&message(id));
        assert_eq!(
            of("path+file:///x/partner-api#0.1.0"),
            Some(PathBuf::from("/out"))
        );
        assert_eq!(of("registry+https://index#ring@0.17.0"), None);
        assert_eq!(build_script_output("{}"), None);
    }

    #[test]
    fn refusals_are_read_from_the_build_scripts_words() {
        let told =
            "error: failed\n  --- stderr\n  refused: {\"name\":\"get_x\",\"message\":\"no\"}\n";
        let refusals = refusals(told).expect("one refusal");
        assert_eq!(
            list(&refusals),
            "get_x: no; correct it in the overlay, or leave it out with --skip-unsupported"
        );
    }
}
