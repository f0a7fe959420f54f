//! Pages of the provider's site that the crate does not cover yet, together with the others.
//!
//! The pages in `resources/future_pages` are partly invented; each page states which parts.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::copy::Copy;
use crate::support::{Folder, assert_contains, files};

fn resources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources")
}

/// The pages of the crate and the others, with the overlay of the crate and these actions.
fn folder(actions: &str) -> Folder {
    let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
    let overlay = fs::read_to_string(openapi.join("overlay.yaml")).unwrap();
    let mut pages = files(&openapi.join("docs"));
    pages.extend(files(&resources().join("future_pages")));
    pages.retain(|name, _| name.ends_with(".md"));
    let folder = Folder::new().overlay(&format!("{overlay}{actions}"));
    pages
        .iter()
        .fold(folder, |folder, (name, text)| folder.page(name, text))
}

#[test]
fn the_pages_need_no_change_of_the_overlay() {
    let folder = folder("");
    let run = folder.generate(&[]);
    assert_contains(
        &run.stderr,
        &["warning: webhooks.md: no OpenAPI fragment in this page"],
    );
    assert!(!run.stderr.contains("left out"), "{}", run.stderr);
    let paths = &folder.json("openapi.json")["paths"];
    let operations = paths.as_object().unwrap().values();
    let operations = operations.map(|item| item.as_object().unwrap().len());
    assert_eq!(operations.sum::<usize>(), 7 + 13);
}

#[test]
fn the_client_of_the_pages_sends_and_reads_as_documented() {
    let names = fs::read_to_string(resources().join("future_pages/names.yaml")).unwrap();
    let folder = folder(&names);
    folder.generate(&[]);
    let copy = Copy::with(&folder);
    let program = fs::read(resources().join("future_pages_client.rs")).unwrap();
    copy.put("partner-api/tests/future_pages.rs", program);
    let passed = copy.cargo(&["test", "--test", "future_pages"]);
    assert!(passed.is_ok(), "{}", passed.unwrap_err());
}
