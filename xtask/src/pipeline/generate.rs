//! The sixth stage: from the lowered document to Rust, with `partner-api-codegen`.
//!
//! The workspace's own client comes out of `partner-api/build.rs`, which Cargo runs with the feature
//! `codegen`. The client of any other document is generated in process by the same library.

use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use partner_api_codegen::Rejection;
use serde_json::Value;

/// Why there is no generated code.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or process of the build failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// progenitor cannot generate some operations or schemas.
    #[error("progenitor cannot generate this document:\n{}", list(.0))]
    Rejected(Vec<PlacedRejection>),
    /// Cargo or the build script failed otherwise.
    #[error("the build script of partner-api failed:\n{0}")]
    Build(String),
    /// Ctrl-C.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// One operation or schema that progenitor cannot generate.
#[derive(Debug)]
pub struct PlacedRejection {
    /// What was rejected, and why.
    pub rejection: Rejection,
    /// Where it was published; filled in by the caller.
    pub place: String,
}

impl fmt::Display for PlacedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.place, self.rejection)
    }
}

/// Generates the client for any lowered document, in process.
///
/// # Errors
/// When progenitor rejects the document.
pub fn in_process(document: &Value) -> Result<String, Error> {
    partner_api_codegen::generate(document).map_err(|rejections| {
        let placed = rejections.into_iter().map(|rejection| PlacedRejection {
            rejection,
            place: String::new(),
        });
        Error::Rejected(placed.collect())
    })
}

/// Generates the workspace's client in the build script of `partner-api`.
///
/// # Errors
/// When progenitor rejects the document, or the build script cannot be run.
pub fn by_build_script(workspace: &Path, document: &Value, text: &str) -> Result<String, Error> {
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
    if fs::read(&input).ok().as_deref() != Some(text.as_bytes()) {
        fs::write(&input, text).map_err(io(format!("{} cannot be written", input.display())))?;
    }
    match run_cargo(workspace, &input)? {
        Ok(folder) => {
            let path = folder.join("generated.rs");
            fs::read_to_string(&path).map_err(io(format!("{} cannot be read", path.display())))
        }
        // The library names the operations and schemas at fault, if it is the document.
        Err(stderr) => in_process(document).and(Err(Error::Build(stderr))),
    }
}

/// Runs the build script; the result is its `OUT_DIR`, or what Cargo printed when it failed.
fn run_cargo(workspace: &Path, input: &Path) -> Result<Result<PathBuf, String>, Error> {
    let io = |what: &str| {
        let what = what.to_owned();
        move |source| Error::Io { what, source }
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // What `cargo xtask` sets for this program is not for the build: some build scripts, such as
    // ring's, run again whenever these differ from the last build.
    let own = [
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_BIN_",
        "CARGO_CRATE_",
    ];
    for (name, _) in std::env::vars_os() {
        if own
            .iter()
            .any(|own| name.to_string_lossy().starts_with(own))
        {
            command.env_remove(name);
        }
    }
    let mut child = command
        .current_dir(workspace)
        .args(["check", "--package", "partner-api", "--lib"])
        .args(["--features", "codegen"])
        .arg("--message-format=json-render-diagnostics")
        // With this, the build script has the library compiled as an empty one.
        .env("PARTNER_API_DOCUMENT", input)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(io("cargo cannot be run"))?;
    let stderr = child.stderr.take();
    let printed = std::thread::spawn(move || {
        let mut text = String::new();
        if let Some(mut stderr) = stderr {
            // Without it, the error message is shorter.
            let _ = stderr.read_to_string(&mut text);
        }
        text
    });
    let stdout = child.stdout.take().into_iter();
    let mut out_dir = None;
    for line in stdout.flat_map(|stdout| BufReader::new(stdout).lines()) {
        let line = line.map_err(io("cargo's messages cannot be read"))?;
        out_dir = out_dir.or_else(|| build_script_output(&line));
    }
    child.wait().map_err(io("cargo did not end"))?;
    let printed = printed.join().unwrap_or_default();
    if crate::output::is_interrupted() {
        return Err(Error::Interrupted);
    }
    Ok(out_dir.ok_or(printed))
}

/// The `OUT_DIR` in Cargo's message that the build script of partner-api has run.
fn build_script_output(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let of_partner_api = message["package_id"].as_str()?.contains("/partner-api#");
    (of_partner_api && message["reason"] == "build-script-executed")
        .then(|| message["out_dir"].as_str().map(PathBuf::from))?
}

fn target_folder(workspace: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), |path| workspace.join(path))
}

fn list(rejections: &[PlacedRejection]) -> String {
    let lines: Vec<_> = rejections
        .iter()
        .map(|rejection| {
            format!(
                "{rejection}; correct it in the overlay, or leave it out with --skip-unsupported"
            )
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
    fn a_rejection_says_how_to_continue() {
        let rejection = Rejection {
            name: "get_x".into(),
            message: "unsupported".into(),
        };
        let place = "x.md:4: ".into();
        assert_eq!(
            list(&[PlacedRejection { rejection, place }]),
            "x.md:4: get_x: unsupported; correct it in the overlay, or leave it out with --skip-unsupported"
        );
    }
}
