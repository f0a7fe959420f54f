//! The responses of the last fetch, for conditional requests.
//!
//! They are kept beside the pages in `.fetch.json`, which git ignores. A fresh clone has no such file
//! and fetches every page once; a scheduled run can keep the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::output::GeneratedFile;
use crate::regular_file;

/// What is kept of the last fetch.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Cache {
    /// The responses, by URL.
    pages: BTreeMap<String, Entry>,
    /// The specifications, by name.
    pub(super) specifications: BTreeMap<String, Known>,
}

/// A response with what a conditional request for it needs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Entry {
    /// Its `ETag`.
    pub(super) etag: Option<String>,
    /// Its `Last-Modified`.
    pub(super) last_modified: Option<String>,
    /// The body.
    pub(super) text: String,
}

/// A specification as it was saved.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Known {
    /// The hash in its address.
    pub(super) hash: String,
    /// The SHA-256 of its text.
    pub(super) digest: String,
}

impl Cache {
    /// Reads the cache of a docs folder. A cache that cannot be read counts as empty.
    pub(super) fn read(docs: &Path) -> Self {
        let text = regular_file::read_to_string(&path(docs)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(super) fn get(&self, url: &str) -> Option<&Entry> {
        self.pages.get(url)
    }

    /// Caches a response under its final URL, if it has a validator.
    pub(super) fn insert(&mut self, url: Url, entry: Entry) {
        if entry.etag.is_some() || entry.last_modified.is_some() {
            self.pages.insert(url.into(), entry);
        }
    }

    /// The cache file.
    pub(super) fn file(&self, docs: &Path) -> GeneratedFile {
        GeneratedFile {
            path: path(docs),
            text: json!(self).to_string(),
        }
    }
}

fn path(docs: &Path) -> PathBuf {
    docs.join(".fetch.json")
}
