//! The checked-in files are those generated from the pages, in any order and every time.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Folder, assert_contains, files, run};

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The pages, with the names that `name` gives them, and the overlay.
fn folder(name: impl Fn(usize, &str) -> String) -> Folder {
    let pages = files(&workspace().join("openapi/docs"));
    let overlay = fs::read_to_string(workspace().join("openapi/overlay.yaml")).unwrap();
    let folder = Folder::new().overlay(&overlay);
    pages
        .iter()
        .enumerate()
        .fold(folder, |folder, (index, (old, text))| {
            folder.page(&name(index, old), text)
        })
}

#[test]
fn the_order_of_the_pages_does_not_matter() {
    let published = folder(|_, name| name.to_owned());
    published.generate(&[]);
    let count = files(&published.docs()).len();
    let reversed = folder(|index, name| format!("{}-{name}", count - index));
    reversed.generate(&[]);
    for file in ["openapi.json", "progenitor.json"] {
        let (one, other) = (published.json(file), reversed.json(file));
        for part in ["/paths", "/components", "/info", "/servers", "/security"] {
            assert_eq!(one.pointer(part), other.pointer(part), "{file}{part}");
        }
        let order = |document: &Value| -> Vec<String> {
            document["paths"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect()
        };
        if file == "openapi.json" {
            assert_ne!(order(&one), order(&other), "the pages had another order");
        }
    }
}

#[test]
fn two_runs_generate_the_same_bytes() {
    let (one, other) = (
        folder(|_, name| name.to_owned()),
        folder(|_, name| name.to_owned()),
    );
    one.generate(&[]);
    other.generate(&[]);
    assert_eq!(files(&one.out()), files(&other.out()));
    let again = one.generate(&[]);
    assert_contains(&again.stdout, &["nothing changed"]);
}

#[test]
fn the_checked_in_files_are_generated_from_the_pages() {
    let run = run(workspace(), &["codegen", "--check"]);
    assert_eq!(run.code, Some(0), "{}\n{}", run.stdout, run.stderr);
    assert_contains(&run.stdout, &["all generated files are up to date"]);
    let generated = folder(|_, name| name.to_owned());
    generated.generate(&[]);
    for (file, path) in [
        ("openapi.json", "openapi/partner-api.json"),
        ("progenitor.json", "partner-api/progenitor.json"),
        ("generated.rs", "partner-api/src/generated.rs"),
    ] {
        let checked_in = fs::read_to_string(workspace().join(path)).unwrap();
        assert!(generated.text(file) == checked_in, "{path}");
    }
}

#[test]
fn a_stale_file_is_shown_as_a_diff() {
    let folder = folder(|_, name| name.to_owned());
    folder.generate(&[]);
    let before = files(&folder.out());
    let fresh = folder.run(&["--check"]);
    assert_eq!(fresh.code, Some(0), "{fresh:?}");

    let page = folder.docs().join("client-management.md");
    let text = fs::read_to_string(&page).unwrap();
    let changed = text.replacen("Client contact person", "Client contact human", 1);
    assert_ne!(text, changed, "the word is in the page");
    fs::write(
        &page,
        changed.replace("Client contact person", "Client contact human"),
    )
    .unwrap();
    let stale = folder.run(&["--check"]);
    assert_eq!(stale.code, Some(1), "{stale:?}");
    for file in ["openapi.json", "progenitor.json", "generated.rs"] {
        assert_contains(
            &stale.stdout,
            &[
                &format!("--- out/{file}"),
                &format!("+++ out/{file}"),
                &format!("stale out/{file}"),
            ],
        );
    }
    let changes: Vec<_> = stale
        .stdout
        .lines()
        .filter(|line| {
            (line.starts_with('-') || line.starts_with('+')) && line.contains("Client contact")
        })
        .collect();
    assert_eq!(changes.len(), 6, "{changes:#?}");
    assert_contains(&stale.stdout, &["\n@@ -"]);
    assert_eq!(files(&folder.out()), before, "--check writes nothing");
}

#[test]
fn a_check_without_earlier_files_writes_nothing() {
    let folder = folder(|_, name| name.to_owned());
    let run = folder.run(&["--check"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(!folder.out().exists());
}
