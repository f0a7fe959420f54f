//! `cargo xtask diff`: what changes of the docs mean to users of the crate.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a test that cannot be set up has failed"
)]

mod changes;
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use xtask::codegen::{Stage, documents};
use xtask::extract::{extract, read_pages};
use xtask::overlay::Overlay;

use changes::{CHANGES, Change, changed};
use support::{Folder, Run, run, says};

/// The document that is checked in.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("openapi/partner-api.json")
}

/// A folder with changed pages, and the document they make.
fn folder(changes: &[&Change]) -> Folder {
    let folder = changed(changes);
    let overlay = Overlay::read(&folder.path().join("overlay.yaml")).unwrap();
    let pages = read_pages(&folder.docs()).unwrap();
    let fragments = pages
        .iter()
        .flat_map(|page| extract(page).unwrap().fragments);
    let made = documents(fragments.collect(), &overlay, false, &mut Stage::silent()).unwrap();
    put(&folder, "new.json", &made.openapi);
    folder
}

fn put(folder: &Folder, name: &str, document: &Value) {
    fs::write(folder.path().join(name), document.to_string()).unwrap();
}

/// Compares the document of a folder with the one that is checked in.
fn diff(folder: &Folder, arguments: &[&str]) -> Run {
    let base = shipped();
    let mut all = vec![
        "diff",
        base.to_str().unwrap(),
        "--new",
        "new.json",
        "--docs",
        "docs",
    ];
    all.extend(["--overlay", "overlay.yaml"]);
    all.extend(arguments);
    run(folder.path(), &all)
}

fn report(folder: &Folder) -> Value {
    let run = diff(folder, &["--format", "json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

/// The rule and subject of each change in a report.
fn told(report: &Value) -> Vec<(&str, &str)> {
    let changes = report["changes"].as_array().unwrap().iter();
    let mut told: Vec<_> = changes
        .map(|one| {
            (
                one["rule"].as_str().unwrap(),
                one["subject"].as_str().unwrap(),
            )
        })
        .collect();
    told.sort_unstable();
    told
}

#[test]
fn every_change_gets_the_verdict_of_a_careful_maintainer() {
    for change in CHANGES {
        let report = report(&folder(&[change]));
        let expected = match change.verdict {
            "" => Value::Null,
            verdict => json!(verdict),
        };
        assert_eq!(
            report["verdict"],
            expected,
            "{}: {:?}",
            change.name,
            told(&report)
        );
        assert_eq!(told(&report), change.told, "{}", change.name);
        let next = match change.verdict {
            "" => "0.1.0",
            "breaks" => "0.2.0",
            _ => "0.1.1",
        };
        assert_eq!(
            report["version"],
            json!({"now": "0.1.0", "next": next, "bump": bump(next)}),
            "{}",
            change.name
        );
    }
}

fn bump(next: &str) -> &str {
    match next {
        "0.1.0" => "none",
        "0.2.0" => "minor",
        _ => "patch",
    }
}

#[test]
fn all_changes_that_break_nothing_break_nothing_together() {
    let harmless: Vec<_> = CHANGES
        .iter()
        .filter(|change| change.verdict != "breaks")
        .collect();
    let report = report(&folder(&harmless));
    assert_eq!(report["verdict"], "addition");
    let mut all: Vec<_> = harmless
        .iter()
        .flat_map(|change| change.told)
        .copied()
        .collect();
    all.sort_unstable();
    assert_eq!(told(&report), all);
}

#[test]
fn a_change_is_found_on_the_page() {
    let change = CHANGES
        .iter()
        .find(|change| change.name == "a new field in an update that need not be set")
        .unwrap();
    let report = report(&folder(&[change]));
    let one = &report["changes"][0];
    assert_eq!(
        (&one["page"], &one["line"]),
        (&json!("client-management.md"), &json!(20))
    );
    let url = "https://docs.360dialog.com/partner/partner-api/api-reference/client-management#update-a-client";
    assert_eq!(one["url"], url);
}

#[test]
fn the_report_can_be_pasted_into_a_pull_request() {
    let named = |name: &str| CHANGES.iter().find(|change| change.name == name).unwrap();
    let folder = folder(&[
        named("another type of a field"),
        named("a new value of an enum"),
        named("another description of a field"),
    ]);
    let run = diff(&folder, &[]);
    says(
        &run.stdout,
        &[
            "## What changed for users of the crate\n\n1 breaking, 1 additive, 1 in words only: a minor version, 0.1.0 → 0.2.0.\n",
            "\n### Breaks\n\n| What | Change | What it means | Docs |\n|---|---|---|---|\n| `ClientAccount.max_channels` | field retyped: `Option<i64>` → `Option<String>` | the field has another type | [`client-management.md:12`](https://",
            "\n### Additions\n",
            "\n| `ChannelStatus::Paused` | variant added | ",
            "\n### In words only\n",
            "\n| `ClientAccount.name`, `description` | wording changed: `Client name` → `Its name` | ",
        ],
    );
}

#[test]
fn the_exit_code_says_what_follows() {
    for (verdict, code) in [("", 0), ("prose", 0), ("addition", 1), ("breaks", 2)] {
        let change = CHANGES
            .iter()
            .find(|change| change.verdict == verdict)
            .unwrap();
        let folder = folder(&[change]);
        assert_eq!(
            diff(&folder, &["--exit-code"]).code,
            Some(code),
            "{verdict}"
        );
        assert_eq!(diff(&folder, &[]).code, Some(0), "{verdict}");
    }
}

#[test]
fn a_document_is_compared_with_that_of_a_revision() {
    let workspace = shipped();
    let workspace = workspace.parent().unwrap().parent().unwrap();
    let run = run(workspace, &["diff", "HEAD", "--format", "json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(report["changes"].is_array());
}

#[test]
fn what_cannot_be_compared_is_told() {
    let folder = folder(&[]);
    let base = shipped();
    let base = base.to_str().unwrap();
    fs::write(folder.path().join("no.json"), "{\"openapi\":").unwrap();
    put(
        &folder,
        "old.json",
        &json!({"openapi": "3.0.3", "paths": {}}),
    );
    put(&folder, "empty.json", &json!({"openapi": "3.1.0"}));
    for (arguments, why) in [
        (
            ["no-such-revision", "--new", base],
            "no-such-revision:openapi/partner-api.json: cannot be read: it is no file, and git says: fatal",
        ),
        (
            [base, "--new", "missing.json"],
            "missing.json: cannot be read: No such file",
        ),
        (
            [base, "--new", "no.json"],
            "no.json: is no OpenAPI 3.1 document: EOF while parsing",
        ),
        (
            ["old.json", "--new", base],
            "old.json: is no OpenAPI 3.1 document: its `openapi` member does not say 3.1",
        ),
        (
            ["empty.json", "--new", base],
            "empty.json: is no OpenAPI 3.1 document: it has no `paths`",
        ),
    ] {
        let refused =
            |more: &[&str]| run(folder.path(), &[&["diff"], &arguments[..], more].concat());
        says(&refused(&[]).error(), &[why]);
        assert_eq!(refused(&[]).code, Some(1));
        assert_eq!(refused(&["--exit-code"]).code, Some(3));
        assert_eq!(refused(&[]).stdout, "");
    }
}

#[test]
fn an_operation_that_has_no_rust_is_told() {
    let folder = folder(&[]);
    let mut document: Value =
        serde_json::from_str(&fs::read_to_string(shipped()).unwrap()).unwrap();
    document["paths"]["/upload"]["post"] = json!({
        "operationId": "upload",
        "requestBody": {"content": {"multipart/form-data": {"schema": {}}}},
        "responses": {},
    });
    put(&folder, "new.json", &document);
    let run = diff(&folder, &[]);
    says(
        &run.stderr,
        &["note: in the new document, left out: POST /upload: "],
    );
}

#[test]
fn without_pages_the_changes_are_told_without_their_place() {
    let folder = folder(&[&CHANGES[2]]);
    fs::remove_dir_all(folder.docs()).unwrap();
    let run = diff(&folder, &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    says(
        &run.stderr,
        &["note: without page and line of the changes: docs: cannot be read"],
    );
    says(&run.stdout, &["| only words are new | – |"]);
}
