//! A copy of the provider's docs site, and runs of `cargo xtask fetch` on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::site::{Reply, Site, page, status};
use super::{Folder, Run, document, fence, files, run_within};

pub const INDEX: &str = "/partner/llms.txt";
pub const PAGES: [&str; 3] = [
    "client-management.md",
    "partner-change-request-management.md",
    "partner-management.md",
];

/// A copy of the site, and a folder to fetch it into.
pub struct DocsSite {
    pub site: Site,
    pub folder: Folder,
}

impl DocsSite {
    pub fn new() -> Self {
        let site = Site::start();
        for name in PAGES {
            site.put(&at(name), page(published(name)));
        }
        let copy = Self {
            site,
            folder: Folder::new(),
        };
        copy.index(&PAGES);
        copy.sources("");
        copy
    }

    /// A copy that was fetched once.
    pub fn fetched() -> Self {
        let copy = Self::new();
        copy.fetch();
        copy.site.seen();
        copy
    }

    /// Sets the pages that the index lists.
    pub fn index(&self, names: &[&str]) {
        let links: Vec<_> = names
            .iter()
            .map(|name| format!("- [{name}]({}): text\n", self.site.url(&at(name))))
            .collect();
        let guide = self.site.url("/partner/guide.md");
        let text = format!(
            "# Docs\n\n- [Guide]({guide})\n\n## Reference\n\n{}",
            links.concat()
        );
        self.site.put(INDEX, page(text));
    }

    pub fn sources(&self, more: &str) {
        let text = format!(
            "index = '{}'\npages = ['partner-api/api-reference/'{more}]\n",
            self.site.url(INDEX)
        );
        fs::write(self.folder.path().join("sources.toml"), text).unwrap();
    }

    /// Runs a fetch, which must end in time whatever the site does.
    pub fn run(&self, more: &[&str]) -> Run {
        let fetch = ["fetch", "--docs", "docs", "--sources", "sources.toml"];
        let arguments = [&fetch[..], more].concat();
        run_within(Duration::from_secs(60), self.folder.path(), &arguments)
    }

    #[track_caller]
    pub fn fetch(&self) -> Run {
        self.fetch_with(&[])
    }

    #[track_caller]
    pub fn fetch_with(&self, more: &[&str]) -> Run {
        let run = self.run(more);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run
    }

    /// Runs a fetch that must be rejected and save nothing, and returns the error.
    #[track_caller]
    pub fn rejected(&self) -> String {
        let before = files(&self.folder.docs());
        let run = self.run(&[]);
        assert_eq!(run.code, Some(1), "expected an error: {run:#?}");
        assert_eq!(files(&self.folder.docs()), before, "nothing may be saved");
        run.error()
    }

    /// The saved pages.
    pub fn saved(&self) -> BTreeMap<String, Vec<u8>> {
        let mut saved = files(&self.folder.docs());
        saved.remove(".fetch.json");
        saved
    }
}

pub fn at(name: &str) -> String {
    format!("/partner/partner-api/api-reference/{name}")
}

pub fn published(name: &str) -> Vec<u8> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read(workspace.join("openapi/docs").join(name)).unwrap()
}

pub fn small() -> String {
    format!("# New\n\n{}", fence(&document(json!({}), json!({}))))
}

/// A page with these operations, such as `GET /things`.
pub fn describing(operations: &[&str]) -> String {
    let mut paths = json!({});
    for operation in operations {
        let (method, path) = operation.split_once(' ').unwrap();
        paths[path][method.to_lowercase()] = json!({"responses": {}});
    }
    format!("# Page\n\n{}", fence(&document(paths, json!({}))))
}

pub fn redirect(to: &str) -> Reply {
    status(301).with("location", to)
}
