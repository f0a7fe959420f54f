//! What the site answered last time, so that it need not send the same again.
//!
//! It is kept beside the pages in `.fetch.json`, which git ignores: a fresh clone has none and
//! fetches everything once, and a scheduled run can carry the file over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::site::Answer;
use crate::output::GeneratedFile;
use crate::regular_file;

/// The last answers, by address.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Cache(BTreeMap<String, Entry>);

/// An answer that the site can be asked about again.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Entry {
    /// Its `ETag`.
    pub(super) etag: Option<String>,
    /// Its `Last-Modified`.
    pub(super) last_modified: Option<String>,
    /// The body.
    pub(super) text: String,
}

impl Cache {
    /// The cache of a docs folder; one that cannot be read is as good as none.
    pub(super) fn read(docs: &Path) -> Self {
        let text = regular_file::read_to_string(&place(docs)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(super) fn get(&self, url: &str) -> Option<&Entry> {
        self.0.get(url)
    }

    /// Keeps an answer under the address it was found at, if the site can be asked whether it changed.
    pub(super) fn keep(&mut self, answer: Answer) {
        let Answer { url, entry, .. } = answer;
        if entry.etag.is_some() || entry.last_modified.is_some() {
            self.0.insert(url.into(), entry);
        }
    }

    /// The file, as it is to be written.
    pub(super) fn made(&self, docs: &Path) -> GeneratedFile {
        GeneratedFile {
            path: place(docs),
            text: json!(self.0).to_string(),
        }
    }
}

fn place(docs: &Path) -> PathBuf {
    docs.join(".fetch.json")
}
