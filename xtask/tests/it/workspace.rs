//! The command works on the checkout it is run in, wherever it was built.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::assert_contains;

/// A checkout with a document of this title, and no pages.
fn checkout(title: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("Cargo.toml", "[workspace]\n".to_owned()),
        ("xtask/Cargo.toml", "[package]\n".to_owned()),
        (
            "openapi/overlay.yaml",
            "overlay: 1.1.0\ninfo: {title: T, version: 1.0.0}\nactions:\n  - {target: $.info, description: x, update: {title: T}}\n".to_owned(),
        ),
        ("openapi/partner-api.json", document(title).to_string()),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn document(title: &str) -> Value {
    json!({"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": {}})
}

/// Runs the command in a folder, with the manifest folder that cargo would pass, if given.
fn run(current: &Path, manifest: Option<&Path>, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .current_dir(current)
        .args(arguments)
        .env_remove("CARGO_MANIFEST_DIR");
    if let Some(manifest) = manifest {
        command.env("CARGO_MANIFEST_DIR", manifest);
    }
    let output = command.output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(all).unwrap())
}

#[test]
fn the_checkout_of_cargo_is_used() {
    let (one, other) = (checkout("One"), checkout("Other"));
    let elsewhere = tempfile::tempdir().unwrap();
    let base = elsewhere.path().join("base.json");
    fs::write(&base, document("Base").to_string()).unwrap();
    let diff = ["diff", base.to_str().unwrap()];
    for (checkout, title) in [(&one, "One"), (&other, "Other")] {
        let (code, output) = run(
            elsewhere.path(),
            Some(&checkout.path().join("xtask")),
            &diff,
        );
        assert_eq!(code, Some(0), "{output}");
        assert_contains(&output, &[&format!("`Base` → `{title}`")]);
    }
    // The manifest folder takes precedence over the current folder.
    let (_, output) = run(one.path(), Some(&other.path().join("xtask")), &diff);
    assert_contains(&output, &["`Base` → `Other`"]);
}

#[test]
fn codegen_does_not_touch_another_checkout() {
    let checkout = checkout("One");
    let docs = checkout.path().join("openapi/docs");
    let (code, output) = run(
        checkout.path(),
        Some(&checkout.path().join("xtask")),
        &["codegen", "--check"],
    );
    assert_eq!(code, Some(1), "{output}");
    assert_contains(&output, &["openapi/docs: cannot be read"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let (_, output) = run(
        elsewhere.path(),
        Some(&checkout.path().join("xtask")),
        &["codegen", "--check"],
    );
    assert_contains(&output, &[&format!("{}: cannot be read", docs.display())]);
}

#[test]
fn without_cargo_the_enclosing_checkout_is_used() {
    let checkout = checkout("One");
    let base = checkout.path().join("base.json");
    fs::write(&base, document("Base").to_string()).unwrap();
    let (code, output) = run(
        &checkout.path().join("xtask"),
        None,
        &["diff", base.to_str().unwrap()],
    );
    assert_eq!(code, Some(0), "{output}");
    assert_contains(&output, &["`Base` → `One`"]);
}

#[test]
fn outside_of_a_checkout_there_is_an_error() {
    let elsewhere = tempfile::tempdir().unwrap();
    for command in ["codegen", "fetch", "diff", "update"] {
        let (code, output) = run(elsewhere.path(), None, &[command]);
        assert_eq!(code, Some(1), "{output}");
        assert_contains(&output, &["error: ", "run `cargo xtask` in a checkout"]);
    }
}
