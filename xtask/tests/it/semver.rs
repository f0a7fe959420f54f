//! Checks the verdicts of `cargo xtask diff` against cargo-semver-checks, which compares the public
//! items of the crate before and after a change.
//!
//! The two do not judge the same: this project also judges types, serialisation and what happens at
//! run time. [`DIFFERENCES`] lists each change on which they differ, and why.
//!
//! ```text
//! cargo install cargo-semver-checks
//! cargo test -p xtask --test it semver -- --ignored
//! ```

use std::path::Path;
use std::process::Command;

use crate::support::changes::{CHANGES, Change, changed};
use crate::support::copy::Copy;

const NEW_FIELD: &str = "a struct literal that names every field no longer compiles; the documentation \
                         asks for `..Default::default()`, so that a new field is additive";
const MOCKS: &str =
    "`MockServerExt` gets a method; it is there to be called, not to be implemented";
const TYPES: &str =
    "cargo-semver-checks does not compare the types of fields, parameters and results";
const RUN_TIME: &str = "programs compile as before, but their requests fail or do something else";
const REQUESTS: &str = "programs compile as before, but requests or credentials go elsewhere, or a call \
                        may be sent twice";

/// The changes that only one of the two calls breaking, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    ("a new field in a response", NEW_FIELD),
    ("a new field in an update that need not be set", NEW_FIELD),
    ("a new operation", MOCKS),
    ("an operation that may be sent twice", REQUESTS),
    ("another server", REQUESTS),
    ("another type of a field", TYPES),
    ("a number that is smaller in Rust", TYPES),
    ("a field of an update that must be set", TYPES),
    ("a field of an update that can be set to null", TYPES),
    ("another type of parameters", TYPES),
    ("a new parameter that must be set", RUN_TIME),
    ("another response of an operation", TYPES),
    ("a credential that is not accepted any more", REQUESTS),
    ("another header of the key", REQUESTS),
    (
        "another port, scheme or path prefix of the server",
        REQUESTS,
    ),
    ("a server of one operation", REQUESTS),
    ("a server of the path of an operation", REQUESTS),
    ("another server of one page", REQUESTS),
    (
        "a credential that is accepted and not described any more",
        REQUESTS,
    ),
    ("a key that moves from a header to the query", REQUESTS),
    ("another method of an operation", RUN_TIME),
    ("a field of an update that cannot be set any more", RUN_TIME),
    (
        "a field of an update that one of its parts has as read-only",
        RUN_TIME,
    ),
    ("a new credential", REQUESTS),
    ("a new credential that nothing accepts", REQUESTS),
];

#[test]
#[ignore = "needs cargo-semver-checks, and documents the crate once for each change"]
fn verdicts_differ_from_cargo_semver_checks_only_where_that_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let document = |changes: &[&Change], name: &str| {
        let generated = changed(changes);
        generated.generate(&[]);
        let path = folder.path().join(name);
        Copy::with(&generated).write_public_items(&path);
        path
    };
    let before = document(&[], "before.json");
    let mut differences = Vec::new();
    for change in CHANGES {
        let after = document(&[change], "after.json");
        let is_breaking = ["breaking", "security"].contains(&change.verdict);
        let (is_compatible, lints) = compare(&before, &after);
        if is_breaking == is_compatible {
            eprintln!("{}: {}, but {lints:?}", change.name, change.verdict);
            differences.push(change.name);
        }
    }
    let explained: Vec<_> = DIFFERENCES.iter().map(|(name, _)| *name).collect();
    assert_eq!(differences, explained);
}

/// Whether cargo-semver-checks finds no breaking change, and the lints that it reports.
fn compare(before: &Path, after: &Path) -> (bool, Vec<String>) {
    let output = Command::new(env!("CARGO"))
        .args([
            "semver-checks",
            "--release-type",
            "minor",
            "--color",
            "never",
        ])
        .args(["--baseline-rustdoc".as_ref(), before.as_os_str()])
        .args(["--current-rustdoc".as_ref(), after.as_os_str()])
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8(printed).unwrap();
    let lints = printed.lines().filter_map(|line| {
        let line = line.strip_prefix("--- failure ")?;
        Some(line.split(':').next()?.to_owned())
    });
    let is_compatible = output.status.success();
    assert!(
        is_compatible || printed.contains("--- failure "),
        "{printed}"
    );
    (is_compatible, lints.collect())
}
