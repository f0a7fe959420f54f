//! What is new on the site, and saving it.

use std::path::{Path, PathBuf};

use reqwest::Url;

use super::cache::Cache;
use super::page::{Verdict, judge};
use super::site::{Answer, Failure};
use super::sources::Sources;
use super::{Asked, Error};
use crate::write::{self, Made, say};

/// What is to be saved, and told.
#[derive(Default)]
pub(super) struct News {
    /// The answers to remember.
    pub(super) cache: Cache,
    /// The pages as they are published, by name.
    pages: Vec<(String, String)>,
    /// The names of saved pages that are published no more.
    gone: Vec<String>,
    lines: Vec<String>,
}

impl News {
    /// Adds what the site answered for a page; `before` is the saved one, and `listed` the name of
    /// a listed page at an address.
    ///
    /// # Errors
    /// When the answer would not do.
    pub(super) fn add(
        &mut self,
        page: &Asked,
        answer: Result<Answer, Failure>,
        before: Option<&str>,
        listed: impl Fn(&Url) -> Option<String>,
    ) -> Result<(), String> {
        let name = &page.name;
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) if failure.is_missing() && !page.listed => {
                self.gone.push(name.clone());
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
            self.tell("moved", &format!("{name} → {}", answer.url));
            if let Some(other) = listed(&answer.url)
                && other != *name
            {
                // It is saved under that name.
                self.gone.extend(before.map(|_| name.clone()));
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
        self.cache.keep(page.url().to_owned(), answer.entry);
        Ok(())
    }

    fn tell(&mut self, what: &str, of: &str) {
        self.lines.push(format!("{what:<9}{of}\n"));
    }

    /// Saves what changed, tells of it, and returns how many files that are.
    ///
    /// # Errors
    /// When a file cannot be written; then all are as they were.
    pub(super) fn save(self, docs: &Path, sources: &Sources) -> Result<usize, Error> {
        let made = |(name, text): (String, String)| Made {
            path: docs.join(name),
            text,
        };
        let published = self.pages.len();
        let mut files: Vec<_> = self.pages.into_iter().map(made).collect();
        let changed = files.iter().filter(|made| made.is_stale()).count() + self.gone.len();
        files.push(self.cache.made(docs));
        let gone: Vec<PathBuf> = self.gone.iter().map(|name| docs.join(name)).collect();
        write::replace(&files, &gone)?;
        let (index, docs) = (&sources.index, docs.display());
        say(&format!(
            "{published} reference pages of {index} are in {docs}\n"
        ));
        self.lines.iter().for_each(|line| say(line));
        if changed == 0 {
            say("nothing changed\n");
        }
        Ok(changed)
    }
}
