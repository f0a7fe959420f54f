//! `cargo xtask update` on a copy of the docs site.

use std::fs;
use std::path::Path;

use crate::support::changes::{CHANGES, changed};
use crate::support::site::{Site, page, status};
use crate::support::{Folder, Run, assert_contains, files, run};

/// A site with these pages, and a folder with the workspace's overlay to fetch them into.
fn site(pages: &Folder) -> (Site, Folder) {
    let site = Site::start();
    let mut index = String::new();
    for (name, text) in files(&pages.docs()) {
        site.put(&format!("/api/{name}"), page(text));
        index += &format!("- [{name}](/api/{name})\n");
    }
    site.put("/llms.txt", page(index));
    let overlay = fs::read_to_string(pages.path().join("overlay.yaml")).unwrap();
    let folder = Folder::new().overlay(&overlay);
    let sources = format!("index = '{}'\npages = ['api/']\n", site.url("/llms.txt"));
    fs::write(folder.path().join("sources.toml"), sources).unwrap();
    (site, folder)
}

fn update(folder: &Folder, more: &[&str]) -> Run {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let base = base.join("openapi/partner-api.json");
    let base = base.to_str().unwrap();
    let mut arguments = vec![
        "update",
        "--no-test",
        "--base",
        base,
        "--docs",
        "docs",
        "--out",
        "out",
    ];
    arguments.extend(["--sources", "sources.toml", "--overlay", "overlay.yaml"]);
    arguments.extend(more);
    run(folder.path(), &arguments)
}

#[test]
fn a_change_of_the_docs_ends_in_a_report() {
    let named = |name: &str| CHANGES.iter().find(|change| change.name == name).unwrap();
    let pages = changed(&[
        named("a new field in a response"),
        named("parameters that are gone"),
    ]);
    let (_site, folder) = site(&pages);
    let run = update(&folder, &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_contains(
        &run.stdout,
        &[
            "new      client-management.md\n",
            "changed out/generated.rs\n",
            "\nfetch    3 page(s) changed\ncodegen  done\ndiff     3 breaking, 1 additive, 0 docs-only: a minor version, 0.1.0 → 0.2.0\ntest     skipped\n",
        ],
    );
    let report = run
        .stdout
        .find("\n## What changed for users of the crate\n")
        .unwrap();
    assert_contains(
        &run.stdout[report..],
        &[
            "| `list_clients(offset)` | parameter removed |",
            "| `ClientAccount.risk_score` | field added |",
        ],
    );
}

#[test]
fn a_failed_step_ends_the_update() {
    let (site, folder) = site(&changed(&[]));
    site.put("/api/partner-management.md", page(""));
    let run = update(&folder, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_contains(
        &run.error(),
        &[
            "error: fetch: http://",
            "/api/partner-management.md: is empty",
        ],
    );
    assert!(files(&folder.docs()).is_empty() && !folder.out().exists());

    let gone = changed(&[]);
    fs::remove_file(gone.docs().join("partner-management.md")).unwrap();
    let (site, folder) = self::site(&gone);
    let run = update(&folder, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_contains(
        &run.error(),
        &[
            "error: codegen: overlay.yaml:",
            "matches nothing in the document",
            "run `cargo xtask update` again",
        ],
    );
    assert_eq!(
        run.stdout
            .lines()
            .filter(|line| line.starts_with("new "))
            .count(),
        2
    );
    assert!(!folder.out().exists());

    let name = "client-management.md";
    site.put("/api/client-management.md", status(404));
    site.put(
        "/llms.txt",
        page("[a](/api/partner-change-request-management.md)"),
    );
    let run = update(&folder, &[]);
    assert_contains(
        &run.error(),
        &["error: fetch: http://", name, "--remove-gone"],
    );
    assert!(folder.docs().join(name).exists());
    let run = update(&folder, &["--remove-gone"]);
    assert_contains(&run.error(), &["error: codegen: "]);
    assert!(!folder.docs().join(name).exists());
}

#[test]
fn a_security_change_needs_to_be_accepted() {
    let named = |name: &str| CHANGES.iter().find(|change| change.name == name).unwrap();
    let (_site, folder) = site(&changed(&[named("another server")]));
    let run = update(&folder, &[]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let change = "server-changed base URL: https://hub.360dialog.io → https://hub.example";
    let accept = format!("x-accepted-security:\n  - change: '{change}'\n    reason: ");
    let indented = format!("\n  {}", accept.replace('\n', "\n  "));
    assert_contains(&run.error(), &["error: security: ", &indented]);
    assert!(!run.stdout.contains("What changed for users"), "{run:?}");
    // Otherwise a committed change would be the base of the next run.
    assert!(!folder.out().exists(), "{run:?}");

    let overlay = fs::read_to_string(folder.path().join("overlay.yaml")).unwrap();
    fs::write(
        folder.path().join("overlay.yaml"),
        overlay + &accept + "Announced.\n",
    )
    .unwrap();
    let run = update(&folder, &[]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_contains(&run.stdout, &["### Security", "Announced."]);

    // Only this change is accepted.
    let (_site, other) = site(&changed(&[named(
        "another port, scheme or path prefix of the server",
    )]));
    let overlay = fs::read_to_string(folder.path().join("overlay.yaml")).unwrap();
    fs::write(other.path().join("overlay.yaml"), overlay).unwrap();
    assert_eq!(update(&other, &[]).code, Some(1));
}
