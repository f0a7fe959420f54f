//! `cargo xtask release`: the version that the changes ask for, the changelog, and the dry run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{assert_contains, document};

const MANIFEST: &str = "[workspace]\n[workspace.package]\nversion = \"0.1.0\"\n[workspace.dependencies]\n\
                        own = { path = \"own\", version = \"0.1.0\" }\nother = \"0.1.0\"\n";
const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\n- New.\n";

/// A repository with a document, a manifest and a changelog, and a stub of cargo.
struct Checkout(TempDir);

impl Checkout {
    fn new() -> Self {
        let checkout = Self(tempfile::tempdir().unwrap());
        for (path, text) in [
            ("Cargo.toml", MANIFEST),
            ("CHANGELOG.md", CHANGELOG),
            ("xtask/Cargo.toml", "[package]\n"),
            (
                "openapi/partner-api.json",
                &things(&["id", "name"]).to_string(),
            ),
            ("cargo", "#!/bin/sh\necho \"$@\" >>cargo.log\n"),
        ] {
            checkout.put(path, text);
        }
        fs::set_permissions(checkout.path("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        checkout.git(&["init", "--quiet"]);
        checkout.git(&["add", "."]);
        checkout.git(&["commit", "--quiet", "--message", "Begin"]);
        checkout
    }

    /// A checkout after the release of 0.1.0.
    fn released() -> Self {
        let checkout = Self::new();
        checkout.git(&["tag", "v0.1.0"]);
        checkout
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.current_dir(self.0.path())
            .args(["-c", "user.name=x", "-c", "user.email=x@x.example"]);
        assert!(git.args(arguments).status().unwrap().success());
    }

    /// Runs the command: whether it succeeds, and its output.
    fn release(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .current_dir(self.0.path())
            .env_remove("CARGO_MANIFEST_DIR")
            .env("CARGO", self.path("cargo"))
            .arg("release")
            .args(arguments)
            .output()
            .unwrap();
        let all = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(all).unwrap())
    }

    #[track_caller]
    fn accepts(&self, arguments: &[&str]) -> String {
        let (success, output) = self.release(arguments);
        assert!(success, "{output}");
        output
    }

    /// The error of the command, which changes no file and publishes nothing.
    #[track_caller]
    fn rejects(&self, arguments: &[&str]) -> String {
        let files = || ["Cargo.toml", "CHANGELOG.md", "cargo.log"].map(|path| self.text(path));
        let before = files();
        let (success, output) = self.release(arguments);
        assert!(!success, "{output}");
        assert_eq!(files(), before);
        output
    }
}

/// A document whose type has these fields.
fn things(fields: &[&str]) -> Value {
    let fields: Value = fields
        .iter()
        .map(|field| (field.to_string(), json!({"type": "string"})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let response = json!({"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}});
    let operation = json!({"operationId": "get_thing", "responses": {"200": response}});
    document(
        json!({"/thing": {"get": operation}}),
        json!({"Thing": {"type": "object", "properties": fields}}),
    )
}

#[test]
fn any_version_can_be_the_first() {
    let checkout = Checkout::new();
    assert_contains(&checkout.accepts(&[]), &["0.1.0 can be released"]);
}

#[test]
fn the_version_is_at_least_what_the_changes_ask_for() {
    let checkout = Checkout::released();
    checkout.accepts(&[]);
    for (fields, required) in [(&["id", "name", "added"][..], "0.1.1"), (&["id"], "0.2.0")] {
        checkout.put("openapi/partner-api.json", &things(fields).to_string());
        let asks = format!("since v0.1.0 ask for {required} or higher");
        assert_contains(&checkout.rejects(&[]), &["the version is 0.1.0", &asks]);
    }
    assert_contains(
        &checkout.rejects(&["0.1.1"]),
        &["ask for 0.2.0", "1 breaking"],
    );
    checkout.put("Cargo.toml", &MANIFEST.replace("0.1.0", "0.2.0"));
    checkout.accepts(&[]);
}

#[test]
fn a_tag_of_another_branch_is_no_release_of_this_one() {
    let checkout = Checkout::new();
    checkout.git(&["checkout", "--quiet", "-b", "other"]);
    checkout.git(&["commit", "--quiet", "--allow-empty", "--message", "Other"]);
    checkout.git(&["tag", "v9.0.0"]);
    checkout.git(&["checkout", "--quiet", "-"]);
    checkout.accepts(&["0.2.0"]);
}

#[test]
fn a_release_sets_the_version_and_packs_every_crate() {
    let checkout = Checkout::released();
    let output = checkout.accepts(&["0.2.0"]);
    let manifest = checkout.text("Cargo.toml");
    assert_contains(
        &manifest,
        &[
            "version = \"0.2.0\"\n",
            "path = \"own\", version = \"0.2.0\"",
            "other = \"0.1.0\"",
        ],
    );
    let changelog = checkout.text("CHANGELOG.md");
    let (before, date) = changelog.split_once("## 0.2.0 - ").unwrap();
    assert_eq!(before, "# Changelog\n\n## Unreleased\n\n");
    let (date, entries) = date.split_once('\n').unwrap();
    assert_eq!((date.len(), entries), ("2026-01-31".len(), "\n- New.\n"));
    assert_eq!(
        checkout.text("cargo.log"),
        "publish --workspace --all-features --dry-run --allow-dirty\n"
    );
    assert_contains(&output, &["git tag", "v0.2.0", "cargo publish --workspace"]);

    // The same again, after a correction of what the packing complained about.
    checkout.accepts(&["0.2.0"]);
    assert_eq!(checkout.text("CHANGELOG.md"), changelog);
}

#[test]
fn a_release_needs_a_new_version_and_an_entry() {
    let checkout = Checkout::released();
    assert_contains(
        &checkout.rejects(&["0.1.0"]),
        &["the last release is v0.1.0"],
    );
    assert_contains(&checkout.rejects(&["0.2"]), &["three numbers"]);
    checkout.put(
        "CHANGELOG.md",
        "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-01-31\n\n- Old.\n",
    );
    assert_contains(
        &checkout.rejects(&["0.2.0"]),
        &["0.2.0 has no entry", "## Unreleased"],
    );
}

#[test]
fn a_dry_run_that_fails_is_an_error() {
    let checkout = Checkout::released();
    checkout.put(
        "cargo",
        "#!/bin/sh\necho 'error: no such file' >&2\nexit 101\n",
    );
    let (success, output) = checkout.release(&["0.2.0"]);
    assert!(!success);
    assert_contains(&output, &["error: no such file", "`cargo publish` fails"]);
    assert!(!output.contains("git tag"), "{output}");
}
