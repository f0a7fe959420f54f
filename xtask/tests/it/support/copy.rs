//! A copy of the crate, in a workspace of its own, with another generated client in it.
//!
//! There is one copy in cargo's folder for tests, locked by one test at a time. Only files that differ
//! are written, and its target folder is kept, so that the dependencies are compiled once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use toml::{Table, Value};

use super::Folder;

/// The copy, locked by one test.
pub struct Copy(#[expect(dead_code, reason = "it is held")] MutexGuard<'static, ()>);

static ONE: Mutex<()> = Mutex::new(());

impl Copy {
    /// The copy with the client generated in this folder.
    pub fn with(generated: &Folder) -> Self {
        let copy = Self(ONE.lock().unwrap_or_else(PoisonError::into_inner));
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        copy.put("Cargo.toml", manifest(here).to_string());
        copy.put("Cargo.lock", fs::read(here.join("Cargo.lock")).unwrap());
        let package = package(&here.join("partner-api"));
        copy.put("partner-api/Cargo.toml", package.to_string());
        copy.put_all("partner-api", here);
        copy.put(
            "partner-api/src/generated.rs",
            generated.text("generated.rs"),
        );
        copy.put(
            "partner-api/progenitor.json",
            generated.text("progenitor.json"),
        );
        copy
    }

    /// Adds a file.
    pub fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = place().join(path);
        if fs::read(&path).ok().as_deref() != Some(content.as_ref()) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    /// A file of the copy, such as one that a program has written.
    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(place().join(path)).unwrap()
    }

    /// Copies the files that do not depend on the document, without tests.
    fn put_all(&self, path: &str, from: &Path) {
        // Removes the old names of files that were renamed since the last run.
        for kept in fs::read_dir(place().join(path)).into_iter().flatten() {
            let kept = kept.unwrap();
            if !from.join(path).join(kept.file_name()).exists() {
                remove(&kept.path());
            }
        }
        for entry in fs::read_dir(from.join(path)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{path}/{}", entry.file_name().to_str().unwrap());
            if LEFT_OUT.contains(&path.as_str()) {
                continue;
            }
            if entry.path().is_dir() {
                self.put_all(&path, from);
            } else {
                self.put(&path, fs::read(entry.path()).unwrap());
            }
        }
    }

    /// Runs cargo on the crate with every feature that users have, except for `workflows`, which is about
    /// the operations of this API.
    ///
    /// # Errors
    /// When cargo fails, with its output.
    pub fn cargo(&self, arguments: &[&str]) -> Result<(), String> {
        let package = ["--package", "partner-api", "--no-default-features"];
        let output = Command::new(env!("CARGO"))
            .current_dir(place())
            .args(arguments)
            .arg("--quiet")
            .args(package)
            .args(FEATURES)
            .env("CARGO_TARGET_DIR", place().join("target"))
            .output()
            .unwrap();
        if output.status.success() {
            Ok(())
        } else {
            let printed = [output.stdout, output.stderr].concat();
            Err(String::from_utf8_lossy(&printed).into_owned())
        }
    }

    /// Writes rustdoc's description of the crate's public items, as JSON.
    pub fn write_public_items(&self, path: &Path) {
        let target = place().join("public-items");
        let output = Command::new(env!("CARGO"))
            .current_dir(place())
            .args(["doc", "--no-deps", "--quiet", "--package", "partner-api"])
            .arg("--no-default-features")
            .args(FEATURES)
            .env("CARGO_TARGET_DIR", &target)
            // The format is unstable.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTDOCFLAGS", "-Zunstable-options --output-format json")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}");
        fs::copy(target.join("doc/partner_api.json"), path).unwrap();
    }
}

fn place() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("client")
}

const FEATURES: [&str; 2] = ["--features", "rustls,schemars,mock"];

const LEFT_OUT: [&str; 6] = [
    "partner-api/Cargo.toml",
    "partner-api/benches",
    "partner-api/examples",
    "partner-api/progenitor.json",
    "partner-api/src/generated.rs",
    "partner-api/tests",
];

/// The workspace's manifest with this member only, and warnings denied.
fn manifest(workspace: &Path) -> Table {
    let mut manifest = read(&workspace.join("Cargo.toml"));
    let workspace = manifest["workspace"].as_table_mut().unwrap();
    workspace.insert("members".into(), Value::Array(vec!["partner-api".into()]));
    workspace.remove("default-members");
    workspace.remove("exclude");
    let lints = workspace["lints"]["rust"].as_table_mut().unwrap();
    lints.insert("warnings".into(), "deny".into());
    let small: Table = toml::from_str("dev = { debug = 0, incremental = false }").unwrap();
    manifest.insert("profile".into(), small.into());
    manifest
}

/// The crate's manifest without its tests, benches and examples.
fn package(folder: &Path) -> Table {
    let mut manifest = read(&folder.join("Cargo.toml"));
    for section in ["test", "bench", "example"] {
        manifest.remove(section);
    }
    // It stands beside the crate.
    manifest["package"].as_table_mut().unwrap().remove("readme");
    let needed = "httpmock.workspace = true\n\
                  tokio = { workspace = true, features = [\"macros\", \"rt-multi-thread\"] }";
    let needed: Table = toml::from_str(needed).unwrap();
    manifest.insert("dev-dependencies".into(), needed.into());
    manifest
}

fn read(manifest: &Path) -> Table {
    toml::from_str(&fs::read_to_string(manifest).unwrap()).unwrap()
}

fn remove(path: &Path) {
    match path.is_dir() {
        true => fs::remove_dir_all(path).unwrap(),
        false => fs::remove_file(path).unwrap(),
    }
}
