//! What is new on the site, and saving it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::cache::Cache;
use super::failure::Failure;
use super::index;
use super::page::{Verdict, judge, operations};
use super::site::Answer;
use super::sources::Sources;
use super::{Asked, Error};
use crate::console::print;
use crate::output::{self, GeneratedFile};

/// How many lost operations of a page are named.
const SHOWN: usize = 5;

/// What is to be saved, and told.
#[derive(Default)]
pub(super) struct Changes {
    /// The answers to remember.
    pub(super) cache: Cache,
    /// The pages as they are published, by name.
    pages: Vec<(String, String)>,
    /// The saved pages that are published no more.
    gone: Vec<Gone>,
    lines: Vec<String>,
}

/// A saved page that is published no more.
struct Gone {
    name: String,
    /// Its address.
    url: String,
    /// What became of it.
    how: String,
}

impl Changes {
    /// Adds what the site answered for a page; `before` is the saved one, and `listed` has the
    /// names of all listed pages.
    ///
    /// # Errors
    /// When the answer would not do.
    pub(super) fn add(
        &mut self,
        page: &Asked,
        answer: Result<Answer, Failure>,
        before: Option<&str>,
        sources: &Sources,
        listed: &HashSet<&str>,
    ) -> Result<(), String> {
        let name = &page.name;
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) if failure.is_missing() && !page.listed => {
                self.gone.push(Gone {
                    name: name.clone(),
                    url: page.url().to_owned(),
                    how: "is gone".into(),
                });
                self.tell("gone", name);
                return Ok(());
            }
            Err(failure) if failure.is_missing() => {
                return Err(format!("{failure}, though the index lists it"));
            }
            Err(failure) => return Err(failure.to_string()),
        };
        let moved = !page.urls.contains(&answer.url);
        if moved {
            // What else is on the site, somebody else may have put there; `..%2f` may lead to it.
            let other = sources.name(&answer.url);
            let other = other.filter(|name| index::file_name(name).is_ok());
            let other = other.ok_or_else(|| {
                format!(
                    "redirects to {}, which is no reference page of the sources",
                    answer.url
                )
            })?;
            self.tell("moved", &format!("{name} → {}", answer.url));
            if other != *name && listed.contains(&*other) {
                // It is saved under that name.
                self.gone.extend(before.map(|_| Gone {
                    name: name.clone(),
                    url: page.url().to_owned(),
                    how: format!("moved to {}", answer.url),
                }));
                return Ok(());
            }
        }
        let verdict = judge(name, &answer, before).map_err(|reason| match moved {
            true => format!("it redirects to {}, which {reason}", answer.url),
            false => reason,
        })?;
        match (verdict, before) {
            (Verdict::Skip, _) => {
                self.tell("skipped", &format!("{name}: it has no OpenAPI fragment"))
            }
            (Verdict::Save, None) => self.tell("new", name),
            (Verdict::Save, Some(text)) if text != answer.entry.text => self.tell("changed", name),
            (Verdict::Save, Some(_)) => {}
        }
        if !page.listed {
            self.tell(
                "unlisted",
                &format!("{name}: it is still published, but the index has it no more"),
            );
        }
        if verdict == Verdict::Save {
            self.pages.push((name.clone(), answer.entry.text.clone()));
        }
        self.cache.keep(answer);
        Ok(())
    }

    /// How many saved pages would be removed.
    pub(super) fn gone(&self) -> usize {
        self.gone.len()
    }

    /// Which saved pages have operations that would be lost with them.
    pub(super) fn lost(&self, saved: &BTreeMap<String, String>) -> Vec<String> {
        let published: BTreeSet<_> = self
            .pages
            .iter()
            .flat_map(|(name, text)| operations(name, text))
            .collect();
        let lost = self.gone.iter().filter_map(|Gone { name, url, how }| {
            let had = operations(name, saved.get(name)?);
            let lost: Vec<_> = had.difference(&published).map(String::as_str).collect();
            let what = match &lost[..] {
                [] if had.is_empty() => {
                    "it describes no operation that another page could have".to_owned()
                }
                [] => return None,
                lost => {
                    let first = lost[..lost.len().min(SHOWN)].join(", ");
                    let more = match lost.len().saturating_sub(SHOWN) {
                        0 => String::new(),
                        more => format!(" and {more} more"),
                    };
                    format!("no page has its operations any more: {first}{more}")
                }
            };
            Some(format!(
                "{url}: {how}, but {what}; if that is right, pass --remove-gone"
            ))
        });
        lost.collect()
    }

    fn tell(&mut self, what: &str, of: &str) {
        self.lines.push(format!("{what:<9}{of}\n"));
    }

    /// Saves what changed, tells of it, and returns how many files that are.
    ///
    /// # Errors
    /// When a file cannot be written; then all are as they were.
    pub(super) fn save(self, docs: &Path, sources: &Sources) -> Result<usize, Error> {
        let made = |(name, text): (String, String)| GeneratedFile {
            path: docs.join(name),
            text,
        };
        let published = self.pages.len();
        let mut files: Vec<_> = self.pages.into_iter().map(made).collect();
        let changed = files.iter().filter(|made| made.is_stale()).count() + self.gone.len();
        files.push(self.cache.made(docs));
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
