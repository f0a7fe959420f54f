//! `cargo xtask fetch`: the docs pages as they are published now, all or nothing.

mod cache;
mod changes;
mod failure;
mod index;
mod page;
mod progress;
mod site;
pub mod sources;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use reqwest::Url;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::console::one_line;
use crate::output;
use crate::pipeline::extract::{self, Page, read_pages};
use crate::workspace;
use cache::Cache;
use changes::Changes;
use failure::Failure;
use index::Listed;
use progress::Progress;
use site::{Answer, Limits, Site};
use sources::Sources;

/// How many pages are asked for at a time.
const AT_ONCE: usize = 6;

/// What `cargo xtask fetch` can be told.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The folder of the docs pages [default: openapi/docs]
    #[arg(long, value_name = "DIR")]
    pub docs: Option<PathBuf>,
    /// Where the pages are published [default: openapi/sources.toml]
    #[arg(long, value_name = "FILE")]
    pub sources: Option<PathBuf>,
    /// Removes saved pages that the site no longer has, although their operations are on no other page
    #[arg(long)]
    pub remove_gone: bool,
}

/// Why no page was saved.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command is run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// The sources cannot be used.
    #[error(transparent)]
    Sources(#[from] sources::Error),
    /// `--sources` without `--docs` would mix the pages of two sites.
    #[error("--sources needs --docs: openapi/docs has the pages of openapi/sources.toml alone")]
    DocsMissing,
    /// The saved pages cannot be read.
    #[error(transparent)]
    Saved(#[from] extract::Error),
    /// The machine cannot fetch anything.
    #[error("nothing can be fetched: {0}")]
    Setup(String),
    /// The index does not say which pages there are.
    #[error("{url}: {reason}; nothing was saved")]
    Index {
        /// The address of the index.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Some pages are not what they should be.
    #[error("{}\n{} page(s) refused; nothing was saved", .0.join("\n"), .0.len())]
    Refused(Vec<String>),
    /// Too many saved pages would be removed.
    #[error(
        "{gone} of {saved} saved pages are gone at once, more than a quarter; nothing was saved; if that is right, pass --remove-gone"
    )]
    TooManyGone {
        /// How many are gone or moved.
        gone: usize,
        /// How many there were.
        saved: usize,
    },
    /// The pages cannot be written.
    #[error(transparent)]
    Write(#[from] output::Error),
}

/// Gets every reference page of the site, saves those that changed, and returns how many did.
///
/// # Errors
/// When one page cannot be had, or is not what it should be; then all are as they were.
pub fn run(options: &Options) -> Result<usize, Error> {
    if options.sources.is_some() && options.docs.is_none() {
        return Err(Error::DocsMissing);
    }
    output::end_cleanly_on_interrupt();
    let openapi = workspace::relative()?.join("openapi");
    let or = |chosen: &Option<PathBuf>, name| chosen.clone().unwrap_or_else(|| openapi.join(name));
    let docs = or(&options.docs, "docs");
    let sources = Sources::read(&or(&options.sources, "sources.toml"))?;
    let saved = saved(&docs)?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Setup(error.to_string()))?;
    let site = Site::new(Limits::default()).map_err(|error| Error::Setup(error.to_string()))?;
    let known = Arc::new(Cache::read(&docs));

    let mut changes = Changes::default();
    let listed = list(&site, &sources, &known, &saved, &mut changes.cache);
    let listed = runtime.block_on(listed)?;
    let asked = asked(&listed, &saved, &sources);
    let answers = runtime.block_on(get_all(&site, &asked, &known));
    let is_listed = names(&listed);
    let mut refused = Vec::new();
    for (page, answer) in asked.iter().zip(answers) {
        let before = saved.get(&page.name).map(String::as_str);
        if let Err(reason) = changes.add(page, answer, before, &sources, &is_listed) {
            refused.push(format!("{}: {reason}", page.url()));
        }
    }
    if !options.remove_gone {
        let (gone, saved_count) = (changes.gone(), saved.len());
        // A single page of a few may move.
        if gone > 1 && gone * 4 > saved_count {
            return Err(Error::TooManyGone {
                gone,
                saved: saved_count,
            });
        }
        refused.extend(changes.lost(&saved));
    }
    if refused.is_empty() {
        changes.save(&docs, &sources)
    } else {
        let lines = refused.iter().map(|line| one_line(line));
        Err(Error::Refused(lines.collect()))
    }
}

/// The saved pages, by name. Whatever else is in the folder is none of the site's.
fn saved(docs: &Path) -> Result<BTreeMap<String, String>, extract::Error> {
    let pages = match read_pages(docs) {
        Err(extract::Error::NoPages(_)) => Vec::new(),
        Err(_) if !docs.exists() => Vec::new(),
        pages => pages?,
    };
    let is_reference = |page: &Page| page::fragments(page).is_ok_and(|count| count > 0);
    let pages = pages.into_iter().filter(is_reference);
    Ok(pages.map(|page| (page.name, page.text)).collect())
}

/// Reads the index.
async fn list(
    site: &Site,
    sources: &Sources,
    known: &Cache,
    saved: &BTreeMap<String, String>,
    cache: &mut Cache,
) -> Result<Vec<Listed>, Error> {
    let url = sources.index.as_str();
    let refused = |reason: String| Error::Index {
        url: url.to_owned(),
        reason: one_line(&reason),
    };
    let answer = site.get(&sources.index, known).await;
    let answer = answer.map_err(|failure| refused(failure.to_string()))?;
    page::is_markdown(&answer).map_err(refused)?;
    let listed = index::read(
        &answer.entry.text,
        sources,
        saved.keys().map(String::as_str),
    )
    .map_err(refused)?;
    cache.keep(answer);
    Ok(listed)
}

/// A page to ask for.
#[derive(Clone)]
struct Asked {
    name: String,
    /// Where it is, or may be.
    urls: Vec<Url>,
    /// Whether the index has it.
    listed: bool,
}

impl Asked {
    fn url(&self) -> &str {
        self.urls.first().map_or("", Url::as_str)
    }
}

/// The listed pages, and the saved ones that the index has no more: it alone is no proof that a
/// page is gone.
fn asked(listed: &[Listed], saved: &BTreeMap<String, String>, sources: &Sources) -> Vec<Asked> {
    let is_listed = names(listed);
    let unlisted = saved.keys().filter(|name| !is_listed.contains(&***name));
    let unlisted = unlisted.map(|name| Asked {
        name: name.clone(),
        urls: sources
            .pages
            .iter()
            .filter_map(|prefix| prefix.join(name).ok())
            .collect(),
        listed: false,
    });
    let listed = listed.iter().map(|page| Asked {
        name: page.name.clone(),
        urls: vec![page.url.clone()],
        listed: true,
    });
    listed.chain(unlisted).collect()
}

fn names(listed: &[Listed]) -> HashSet<&str> {
    listed.iter().map(|page| &*page.name).collect()
}

/// Asks for all pages, several at once; the answers are in the order of the pages.
async fn get_all(site: &Site, asked: &[Asked], known: &Arc<Cache>) -> Vec<Result<Answer, Failure>> {
    let mut progress = Progress::of(asked.len());
    let mut answers: Vec<_> = asked.iter().map(|_| None).collect();
    let mut waiting = asked.iter().cloned().enumerate();
    let mut running = JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some((index, page)) = waiting.next()
        {
            let (site, known) = (site.clone(), known.clone());
            running.spawn(async move { (index, get(&site, &page, &known).await) });
        }
        match running.join_next().await {
            Some(Ok((index, answer))) => {
                progress.done(&asked[index].name, how(&answer));
                answers[index] = Some(answer);
            }
            // Nothing ends a task before it is done.
            Some(Err(_)) => {}
            None => return answers.into_iter().flatten().collect(),
        }
    }
}

/// Asks for one page, wherever it may be.
async fn get(site: &Site, page: &Asked, known: &Cache) -> Result<Answer, Failure> {
    let mut answer = Err(Failure::missing());
    for url in &page.urls {
        answer = site.get(url, known).await;
        if !answer.as_ref().is_err_and(Failure::is_missing) {
            break;
        }
    }
    answer
}

fn how(answer: &Result<Answer, Failure>) -> &'static str {
    match answer {
        Ok(answer) if answer.sent => "read",
        Ok(_) => "not modified",
        Err(failure) if failure.is_missing() => "missing",
        Err(_) => "failed",
    }
}
