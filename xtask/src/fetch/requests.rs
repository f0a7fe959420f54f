//! Which pages are requested: those that the index lists, and those that are saved.

use std::collections::{BTreeMap, HashSet};

use reqwest::Url;

use super::index::ListedPage;
use super::sources::Sources;

/// A page to request.
#[derive(Clone)]
pub(super) struct PageRequest {
    pub(super) name: String,
    /// The URLs to try, in this order.
    pub(super) urls: Vec<Url>,
    /// Whether the index lists it.
    pub(super) listed: bool,
}

impl PageRequest {
    pub(super) fn url(&self) -> &str {
        self.urls.first().map_or("", Url::as_str)
    }
}

/// The listed pages, and the saved ones that the index no longer lists: a page is gone only when
/// the site does not have it any more.
pub(super) fn requests(
    listed: &[ListedPage],
    saved: &BTreeMap<String, String>,
    sources: &Sources,
) -> Vec<PageRequest> {
    let is_listed = names(listed);
    let unlisted = saved.keys().filter(|name| !is_listed.contains(&***name));
    let unlisted = unlisted.map(|name| PageRequest {
        name: name.clone(),
        urls: sources
            .pages
            .iter()
            .filter_map(|prefix| prefix.join(name).ok())
            .collect(),
        listed: false,
    });
    let listed = listed.iter().map(|page| PageRequest {
        name: page.name.clone(),
        urls: vec![page.url.clone()],
        listed: true,
    });
    listed.chain(unlisted).collect()
}

/// The names of the listed pages.
pub(super) fn names(listed: &[ListedPage]) -> HashSet<&str> {
    listed.iter().map(|page| &*page.name).collect()
}
