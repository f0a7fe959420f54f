//! The documents of the repository: the output that they show, the paths that they name, their links.
//!
//! If the output of `update` changes, this replaces it in the guide:
//!
//! ```sh
//! UPDATE_GOLDEN=1 cargo test -p xtask --test it documents::
//! ```

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pulldown_cmark::{Event, Parser, Tag};
use serde_json::{Value, json};

use crate::support::docs_site::{DocsSite, INDEX, at, published};
use crate::support::site::page;
use crate::support::{fence, run};

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn document(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}

#[test]
fn the_guide_shows_what_update_prints() {
    let guide = document("openapi/README.md");
    let (_, rest) = guide.split_once("\n```text\n").unwrap();
    let (shown, rest) = rest.split_once("\n```\n").unwrap();
    let command = rest.split("`cargo xtask ").nth(1).unwrap();
    let mut arguments: Vec<_> = command.split('`').next().unwrap().split(' ').collect();

    let site = DocsSite::new();
    site.index(&["client-management.md", "webhooks.md"]);
    site.site.put(&at("webhooks.md"), page("# Webhooks\n"));
    let folder = site.folder.path();
    let name = json!("The published name is that of an internal serialiser.");
    let action = json!({"target": "$.components.schemas.ClientPayloadOut", "description": name, "update": {"x-rust-name": "ClientAccount"}});
    let overlay = json!({"overlay": "1.1.0", "info": {"title": "Names", "version": "1"}, "actions": [action]});
    fs::write(folder.join("overlay.yaml"), overlay.to_string()).unwrap();

    let before = client_page(
        &json!({"max_channels": {"type": "integer"}}),
        &["ready", "blocked"],
    );
    site.site.put(&at("client-management.md"), page(before));
    let first = run(folder, &arguments);
    assert_eq!(first.code, Some(0), "{first:?}");
    fs::rename(folder.join("out/openapi.json"), folder.join("base.json")).unwrap();

    let properties = json!({"max_channels": {"type": "string"}, "risk_score": {"type": "number"}});
    let after = client_page(&properties, &["ready", "blocked", "paused"]);
    site.site.put(&at("client-management.md"), page(after));
    arguments.extend(["--base", "base.json"]);
    let second = run(folder, &arguments);
    assert_eq!(second.code, Some(0), "{second:?}");
    let index = site.site.url(INDEX);
    let printed = second.stdout.trim_end();
    let printed = printed.replace(&index, "https://docs.360dialog.com/partner/llms.txt");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        let updated = guide.replace(shown, &printed);
        fs::write(workspace().join("openapi/README.md"), updated).unwrap();
    } else {
        assert_eq!(shown, printed, "openapi/README.md is stale");
    }
}

/// A page with a list of clients, and their channels.
fn client_page(properties: &Value, statuses: &[&str]) -> String {
    let original = String::from_utf8(published("client-management.md")).unwrap();
    let header = original.lines().next().unwrap();
    let array = |name: &str| json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{name}")}});
    let mut client = properties.clone();
    client["status"] = json!({"type": "string", "enum": statuses});
    let fragment = json!({
        "openapi": "3.1.0",
        "info": {"title": "Partner API", "version": "2.0.0"},
        "servers": [{"url": "https://hub.360dialog.io"}],
        "paths": {"/api/v2/clients": {"get": {
            "operationId": "list_clients",
            "responses": {"200": {"description": "Clients", "content": {"application/json": {"schema": array("ClientPayloadOut")}}}},
        }}},
        "components": {"schemas": {"ClientPayloadOut": {"type": "object", "properties": client}}},
    });
    format!(
        "{header}\n\n# Client Management\n\n## Retrieve list of clients\n\n{}",
        fence(&fragment)
    )
}

/// The code spans of a document.
fn code_spans(markdown: &str) -> Vec<String> {
    let code = |event| match event {
        Event::Code(code) => Some(code.into_string()),
        _ => None,
    };
    Parser::new_ext(markdown, pulldown_cmark::Options::ENABLE_TABLES)
        .filter_map(code)
        .collect()
}

#[test]
fn each_path_in_a_document_exists() {
    let roots = [
        "openapi/",
        "partner-api/",
        "xtask/",
        "tests/partner-hub/",
        "tests/peers/",
        ".ci/",
        ".github/",
    ];
    let is_path = |span: &str| roots.iter().any(|root| span.starts_with(root));
    for name in [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "README.md",
        "SECURITY.md",
        "openapi/README.md",
    ] {
        let spans = code_spans(&document(name));
        let spans = spans
            .iter()
            .map(|span| span.strip_prefix("../").unwrap_or(span));
        for span in spans.filter(|span| is_path(span)) {
            // A command has arguments.
            let path = span.split(' ').next().unwrap();
            assert!(workspace().join(path).exists(), "{name}: `{span}`");
        }
    }
}

#[test]
fn the_map_lists_each_module() {
    let architecture = document("ARCHITECTURE.md");
    let mut folders = 0;
    for section in architecture.split("\n### `").skip(1) {
        let (folder, rest) = section.split_once("`\n").unwrap();
        let table = rest.split("\n#").next().unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
        let listed: BTreeSet<_> = rows
            .map(|row| row.split('`').next().unwrap().to_owned())
            .collect();
        assert_eq!(listed, modules(&workspace().join(folder)), "{folder}");
        folders += 1;
    }
    assert!(folders >= 6, "the map is read");
}

/// The files and folders of a folder as the map names them: Rust modules without their ending, a
/// module with a folder of its own as the folder, and what is neither as it is.
fn modules(folder: &Path) -> BTreeSet<String> {
    let entries: BTreeSet<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let name = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        match name.strip_suffix(".rs") {
            _ if name.starts_with('.') || name == "README.md" => None,
            Some("lib" | "main" | "mod") => None,
            Some(module) if entries.contains(&folder.join(module)) => None,
            Some(module) => Some(module.to_owned()),
            None if path.is_dir() => Some(format!("{name}/")),
            None => Some(name.to_owned()),
        }
    };
    entries.iter().filter_map(name).collect()
}

/// The registry and docs.rs show these documents without the repository around them.
#[test]
fn a_published_document_has_no_relative_link() {
    let markdown = document("README.md");
    let mut links = 0;
    for event in Parser::new(&markdown) {
        if let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event {
            assert!(dest_url.starts_with("https://"), "{dest_url}");
            links += 1;
        }
    }
    assert!(links > 5, "the links are read");
}

#[test]
fn the_table_of_dependencies_has_each_of_them() {
    let security = document("SECURITY.md");
    let (_, section) = security.split_once("## Dependencies\n").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let listed: BTreeSet<_> = rows
        .flat_map(|row| code_spans(row.split('|').nth(1).unwrap()))
        .collect();
    let manifest: toml::Table = document("partner-api/Cargo.toml").parse().unwrap();
    let dependencies = manifest["dependencies"].as_table().unwrap();
    assert_eq!(listed, dependencies.keys().cloned().collect());

    for (options, count) in [
        (&[][..], "builds {} other crates on Linux"),
        (
            &["--no-default-features", "--features=native-tls,workflows"],
            "with the system's TLS, {}.",
        ),
    ] {
        let tree = Command::new(env!("CARGO"))
            .current_dir(workspace())
            .args(["tree", "--package=partner-api", "--edges=normal,build"])
            .args(["--prefix=none", "--no-dedupe", "--format={p}"])
            .arg("--target=x86_64-unknown-linux-gnu")
            .args(options)
            .output()
            .unwrap();
        let tree = String::from_utf8(tree.stdout).unwrap();
        let name = |line: &str| line.split(" (").next().unwrap().to_owned();
        let crates: BTreeSet<_> = tree.lines().map(name).collect();
        let count = count.replace("{}", &(crates.len() - 1).to_string());
        assert!(section.contains(&count), "SECURITY.md: {count}");
    }
}
