//! Which checkout the command works on: the one it is run in, wherever it was built.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::says;

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

/// Runs the command in a folder, with what cargo says of the package it runs, if it is cargo.
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
fn it_works_on_the_checkout_that_cargo_names() {
    let (one, other) = (checkout("One"), checkout("Other"));
    let elsewhere = tempfile::tempdir().unwrap();
    let base = elsewhere.path().join("base.json");
    fs::write(&base, document("Base").to_string()).unwrap();
    let diff = ["diff", base.to_str().unwrap()];
    for (checkout, title) in [(&one, "One"), (&other, "Other")] {
        let (code, said) = run(
            elsewhere.path(),
            Some(&checkout.path().join("xtask")),
            &diff,
        );
        assert_eq!(code, Some(0), "{said}");
        says(&said, &[&format!("`Base` → `{title}`")]);
    }
    // What cargo says goes before where the caller stands.
    let (_, said) = run(one.path(), Some(&other.path().join("xtask")), &diff);
    says(&said, &["`Base` → `Other`"]);
}

#[test]
fn codegen_reads_and_writes_nothing_of_another_checkout() {
    let checkout = checkout("One");
    let docs = checkout.path().join("openapi/docs");
    let (code, said) = run(
        checkout.path(),
        Some(&checkout.path().join("xtask")),
        &["codegen", "--check"],
    );
    assert_eq!(code, Some(1), "{said}");
    says(&said, &["openapi/docs: cannot be read"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let (_, said) = run(
        elsewhere.path(),
        Some(&checkout.path().join("xtask")),
        &["codegen", "--check"],
    );
    says(&said, &[&format!("{}: cannot be read", docs.display())]);
}

#[test]
fn without_cargo_it_works_on_the_checkout_around_it() {
    let checkout = checkout("One");
    let base = checkout.path().join("base.json");
    fs::write(&base, document("Base").to_string()).unwrap();
    let (code, said) = run(
        &checkout.path().join("xtask"),
        None,
        &["diff", base.to_str().unwrap()],
    );
    assert_eq!(code, Some(0), "{said}");
    says(&said, &["`Base` → `One`"]);
}

#[test]
fn outside_of_a_checkout_it_says_where_to_run_it() {
    let elsewhere = tempfile::tempdir().unwrap();
    for command in ["codegen", "fetch", "diff", "update"] {
        let (code, said) = run(elsewhere.path(), None, &[command]);
        assert_eq!(code, Some(1), "{said}");
        says(&said, &["error: ", "run `cargo xtask` in the checkout"]);
    }
}
