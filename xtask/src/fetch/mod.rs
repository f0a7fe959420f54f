//! `cargo xtask fetch`: the docs pages as they are published now, all or nothing.

pub mod blocks;
mod cache;
mod changes;
mod error;
mod index;
mod page;
mod page_error;
mod progress;
mod requests;
mod site;
pub mod sources;
mod specifications;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use crate::console::one_line;
use crate::output;
use crate::pipeline::extract::{self, read_pages};
use crate::workspace;
pub use error::Error;

use cache::Cache;
use changes::Changes;
use index::ListedPage;
use page_error::PageError;
use progress::Progress;
use requests::{PageRequest, names, requests};
use site::{Limits, PageResponse, Site};
use sources::Sources;

/// How many requests are in flight.
const CONCURRENCY: usize = 6;

/// The options of `cargo xtask fetch`.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The folder of the docs pages [default: openapi/docs]
    #[arg(long, value_name = "DIR")]
    pub docs: Option<PathBuf>,
    /// Where the pages are published [default: openapi/sources.toml]
    #[arg(long, value_name = "FILE")]
    pub sources: Option<PathBuf>,
    /// Removes saved pages that the site no longer has, even if no other page has their operations
    #[arg(long)]
    pub remove_gone: bool,
}

/// Fetches every reference page of the site, saves those that changed, and returns how many did.
///
/// # Errors
/// When a page cannot be fetched or is rejected; then no page is changed.
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

    let mut changes = Changes::new(&saved.specifications);
    let listed = fetch_index(&site, &sources, &known, &saved.pages, &mut changes.cache);
    let listed = runtime.block_on(listed)?;
    let requests = requests(&listed, &saved.pages, &sources);
    let responses = runtime.block_on(fetch_all(&site, &requests, &known));
    let is_listed = names(&listed);
    let mut rejected = Vec::new();
    for (page, response) in requests.iter().zip(responses) {
        let before = saved.pages.get(&page.name).map(String::as_str);
        if let Err(reason) = changes.add(page, response, before, &sources, &is_listed) {
            rejected.push(format!("{}: {reason}", page.url()));
        }
    }
    if rejected.is_empty() {
        let pages = std::mem::take(&mut changes.linking);
        let found = specifications::fetch(&site, &sources, &pages, &known, &saved.specifications);
        let found = runtime.block_on(found);
        rejected.extend(changes.add_specifications(found));
    }
    if !options.remove_gone {
        let (gone, saved_count) = (changes.gone(), saved.pages.len());
        // A single page of a few may move.
        if gone > 1 && gone * 4 > saved_count {
            return Err(Error::TooManyGone {
                gone,
                saved: saved_count,
            });
        }
        rejected.extend(changes.lost(&saved.pages));
    }
    if rejected.is_empty() {
        changes.save(&docs, &sources)
    } else {
        let lines = rejected.iter().map(|line| one_line(line));
        Err(Error::Rejected(lines.collect()))
    }
}

/// What is saved, by name.
#[derive(Default)]
struct Saved {
    /// The reference pages. Other Markdown of the folder is not from the site.
    pages: BTreeMap<String, String>,
    specifications: BTreeMap<String, String>,
}

fn saved(docs: &Path) -> Result<Saved, extract::Error> {
    let pages = match read_pages(docs) {
        Err(extract::Error::NoPages(_)) => Vec::new(),
        Err(_) if !docs.exists() => Vec::new(),
        pages => pages?,
    };
    let mut saved = Saved::default();
    for page in pages {
        if extract::is_specification(&page.name) {
            saved.specifications.insert(page.name, page.text);
        } else if page::fragments(&page).is_ok_and(|count| count > 0) {
            saved.pages.insert(page.name, page.text);
        }
    }
    Ok(saved)
}

/// Fetches the index.
async fn fetch_index(
    site: &Site,
    sources: &Sources,
    known: &Cache,
    saved: &BTreeMap<String, String>,
    cache: &mut Cache,
) -> Result<Vec<ListedPage>, Error> {
    let url = sources.index.as_str();
    let invalid = |reason: String| Error::Index {
        url: url.to_owned(),
        reason: one_line(&reason),
    };
    let response = site.page(&sources.index, known).await;
    let response = response.map_err(|error| invalid(error.to_string()))?;
    page::check_markdown(&response).map_err(invalid)?;
    let listed = index::read(
        &response.entry.text,
        sources,
        saved.keys().map(String::as_str),
    )
    .map_err(invalid)?;
    cache.insert(response.url, response.entry);
    Ok(listed)
}

/// Fetches all pages concurrently; the responses are in the order of the requests.
async fn fetch_all(
    site: &Site,
    requests: &[PageRequest],
    known: &Arc<Cache>,
) -> Vec<Result<PageResponse, PageError>> {
    let mut progress = Progress::new(requests.len());
    let mut responses: Vec<_> = requests.iter().map(|_| None).collect();
    let mut waiting = requests.iter().cloned().enumerate();
    let mut running = JoinSet::new();
    loop {
        while running.len() < CONCURRENCY
            && let Some((index, page)) = waiting.next()
        {
            let (site, known) = (site.clone(), known.clone());
            running.spawn(async move { (index, fetch(&site, &page, &known).await) });
        }
        match running.join_next().await {
            Some(Ok((index, response))) => {
                progress.done(&requests[index].name, outcome(&response));
                responses[index] = Some(response);
            }
            // No task is aborted, and none panics.
            Some(Err(_)) => {}
            None => return responses.into_iter().flatten().collect(),
        }
    }
}

/// Fetches one page from the first of its URLs that exists.
async fn fetch(site: &Site, page: &PageRequest, known: &Cache) -> Result<PageResponse, PageError> {
    let mut response = Err(PageError::not_found());
    for url in &page.urls {
        response = site.page(url, known).await;
        if !response.as_ref().is_err_and(PageError::is_not_found) {
            break;
        }
    }
    response
}

/// The outcome of a request, for the progress.
fn outcome(response: &Result<PageResponse, PageError>) -> &'static str {
    match response {
        Ok(response) if response.sent => "fetched",
        Ok(_) => "not modified",
        Err(error) if error.is_not_found() => "not found",
        Err(_) => "failed",
    }
}
