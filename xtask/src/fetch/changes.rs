//! What changed on the site since the last fetch, and saving it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use reqwest::Url;

use super::cache::Cache;
use super::error::Error;
use super::index;
use super::page::{Decision, decide, operations};
use super::page_error::PageError;
use super::requests::PageRequest;
use super::site::PageResponse;
use super::sources::Sources;
use super::specifications::{LinkingPage, Specifications};
use crate::console::{one_line, print};
use crate::output::{self, GeneratedFile};

/// How many lost operations of a page are listed.
const MAX_LISTED: usize = 5;

/// The pages to save and to remove, with the lines of the report.
#[derive(Default)]
pub(super) struct Changes {
    /// The responses to cache.
    pub(super) cache: Cache,
    /// The pages that link to specifications.
    pub(super) linking: Vec<LinkingPage>,
    /// The pages as they are published, by name.
    pages: Vec<(String, String)>,
    /// All specifications that are saved or fetched, by name.
    specifications: BTreeMap<String, String>,
    /// The saved pages that are no longer published.
    gone: Vec<Gone>,
    lines: Vec<String>,
}

/// A saved page that is no longer published.
struct Gone {
    name: String,
    /// Its URL.
    url: String,
    /// What happened to it.
    reason: String,
}

impl Changes {
    /// No changes yet of these specifications.
    pub(super) fn new(specifications: &BTreeMap<String, String>) -> Self {
        Self {
            specifications: specifications.clone(),
            ..Self::default()
        }
    }

    /// Adds the response for a page; `before` is the saved text, and `listed` has the names of all
    /// listed pages.
    ///
    /// # Errors
    /// When the page is rejected.
    pub(super) fn add(
        &mut self,
        page: &PageRequest,
        response: Result<PageResponse, PageError>,
        before: Option<&str>,
        sources: &Sources,
        listed: &HashSet<&str>,
    ) -> Result<(), String> {
        let name = &page.name;
        let response = match response {
            Ok(response) => response,
            Err(error) if error.is_not_found() && !page.listed => {
                self.gone.push(Gone {
                    name: name.clone(),
                    url: page.url().to_owned(),
                    reason: "is gone".into(),
                });
                self.report("gone", name);
                return Ok(());
            }
            Err(error) if error.is_not_found() => {
                return Err(format!("{error}, but the index lists it"));
            }
            Err(error) => return Err(error.to_string()),
        };
        let moved = !page.urls.contains(&response.url);
        if moved && self.is_listed_elsewhere(page, &response.url, before, sources, listed)? {
            return Ok(());
        }
        let decision = decide(name, &response, before).map_err(|reason| match moved {
            true => format!("it redirects to {}, which {reason}", response.url),
            false => reason,
        })?;
        match (decision, before) {
            (Decision::Skip, _) => {
                self.report("skipped", &format!("{name}: it has no OpenAPI fragment"))
            }
            (Decision::Save, None) => self.report("new", name),
            (Decision::Save, Some(text)) if text != response.entry.text => {
                self.report("changed", name)
            }
            (Decision::Save, Some(_)) => {}
        }
        if !page.listed {
            self.report(
                "unlisted",
                &format!("{name}: it is still published, but the index no longer lists it"),
            );
        }
        if decision == Decision::Save {
            self.pages.push((name.clone(), response.entry.text.clone()));
        }
        if !response.links.is_empty() {
            self.linking.push(LinkingPage {
                name: name.clone(),
                url: response.url.clone(),
                sent: response.sent,
                links: response.links,
            });
        }
        self.cache.insert(response.url, response.entry);
        Ok(())
    }

    /// Adds what was found of the specifications, and returns why some are rejected.
    pub(super) fn add_specifications(&mut self, found: Specifications) -> Vec<String> {
        for (name, text) in found.fetched {
            match self.specifications.insert(name.clone(), text.clone()) {
                None => self.report("new", &name),
                Some(before) if before != text => self.report("changed", &name),
                Some(_) => {}
            }
        }
        for line in found.unread {
            self.report("unread", &one_line(&line));
        }
        self.cache.specifications = found.known;
        found.rejected
    }

    /// Whether a redirect is to a page that the index lists, and that is saved under its own name.
    ///
    /// # Errors
    /// When the target is not a reference page.
    fn is_listed_elsewhere(
        &mut self,
        page: &PageRequest,
        target: &Url,
        before: Option<&str>,
        sources: &Sources,
        listed: &HashSet<&str>,
    ) -> Result<bool, String> {
        let name = &page.name;
        // Other pages of the site may be by anyone, and `..%2f` may lead to them.
        let other = sources.name(target);
        let other = other.filter(|name| index::file_name(name).is_ok());
        let other = other.ok_or_else(|| {
            format!("redirects to {target}, which is not a reference page of the sources")
        })?;
        self.report("moved", &format!("{name} → {target}"));
        if other == *name || !listed.contains(&*other) {
            return Ok(false);
        }
        self.gone.extend(before.map(|_| Gone {
            name: name.clone(),
            url: page.url().to_owned(),
            reason: format!("moved to {target}"),
        }));
        Ok(true)
    }

    /// How many saved pages would be removed.
    pub(super) fn gone(&self) -> usize {
        self.gone.len()
    }

    /// The saved pages whose removal would lose operations, each as a message.
    pub(super) fn lost(&self, saved: &BTreeMap<String, String>) -> Vec<String> {
        let pages = self.pages.iter().map(|(name, text)| (name, text));
        let published: BTreeSet<_> = pages
            .chain(&self.specifications)
            .flat_map(|(name, text)| operations(name, text))
            .collect();
        let lost = self.gone.iter().filter_map(|Gone { name, url, reason }| {
            let had = operations(name, saved.get(name)?);
            let lost: Vec<_> = had.difference(&published).map(String::as_str).collect();
            let problem = match &lost[..] {
                [] if had.is_empty() => {
                    "it has no operations by which to recognise it on another page".to_owned()
                }
                [] => return None,
                lost => {
                    let first = lost[..lost.len().min(MAX_LISTED)].join(", ");
                    let more = match lost.len().saturating_sub(MAX_LISTED) {
                        0 => String::new(),
                        more => format!(" and {more} more"),
                    };
                    format!("no other page has its operations: {first}{more}")
                }
            };
            Some(format!(
                "{url}: {reason}, but {problem}; if that is right, pass --remove-gone"
            ))
        });
        lost.collect()
    }

    fn report(&mut self, what: &str, page: &str) {
        self.lines.push(format!("{what:<9}{page}\n"));
    }

    /// Saves the changed pages, reports them, and returns how many files changed.
    ///
    /// # Errors
    /// When a file cannot be written; then no file is changed.
    pub(super) fn save(self, docs: &Path, sources: &Sources) -> Result<usize, Error> {
        let file = |(name, text): (String, String)| GeneratedFile {
            path: docs.join(name),
            text,
        };
        let published = self.pages.len();
        let all = self.pages.into_iter().chain(self.specifications);
        let mut files: Vec<_> = all.map(file).collect();
        let changed = files.iter().filter(|file| file.is_stale()).count() + self.gone.len();
        files.push(self.cache.file(docs));
        let gone: Vec<PathBuf> = self.gone.iter().map(|gone| docs.join(&gone.name)).collect();
        output::replace(&files, &gone)?;
        let (index, docs) = (&sources.index, docs.display());
        print(&format!(
            "{published} reference pages of {index} are in {docs}\n"
        ));
        self.lines.iter().for_each(|line| print(line));
        if changed == 0 {
            print("nothing changed\n");
        }
        Ok(changed)
    }
}
