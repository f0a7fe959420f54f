//! The whole specifications that the pages link to.
//!
//! Pages are untrusted: a link is followed only where the sources allow it, and not if the content has
//! the hash that it had before.

use std::collections::{BTreeMap, HashMap};

use reqwest::Url;
use ring::digest::{SHA256, digest};

use super::blocks::{Link, shown};
use super::cache::{Cache, Known};
use super::index;
use super::page::{is_html, operations};
use super::page_error::PageError;
use super::progress::Progress;
use super::site::Site;
use super::sources::Sources;
use crate::console;
use crate::pipeline::extract::{Page, extract};

/// The most specifications that the pages may link to.
const MAX_SPECIFICATIONS: usize = 20;

/// What a page links to.
pub(super) struct LinkingPage {
    pub(super) name: String,
    pub(super) url: Url,
    /// Whether the site sent it; otherwise its links are as old as the cache.
    pub(super) sent: bool,
    pub(super) links: Vec<(String, Option<Link>)>,
}

/// What was found of the specifications.
#[derive(Default)]
pub(super) struct Specifications {
    /// Those that were fetched, by file name.
    pub(super) fetched: BTreeMap<String, String>,
    /// What to remember, by name.
    pub(super) known: BTreeMap<String, Known>,
    /// What was not read, for the report.
    pub(super) unread: Vec<String>,
    pub(super) rejected: Vec<String>,
}

/// Fetches the specifications that changed.
pub(super) async fn fetch(
    site: &Site,
    sources: &Sources,
    pages: &[LinkingPage],
    cache: &Cache,
    saved: &BTreeMap<String, String>,
) -> Specifications {
    let mut found = Specifications {
        known: cache.specifications.clone(),
        ..Specifications::default()
    };
    let mut by_name = by_name(pages);
    if sources.specifications.is_empty() {
        let unread = by_name.keys().map(|spec| {
            format!(
                "{spec}: a page links this specification, but the sources have no `specifications`"
            )
        });
        found.unread.extend(unread);
        return found;
    }
    for spec in cache.specifications.keys() {
        let file = format!("{spec}.yaml");
        if !by_name.contains_key(&**spec) && saved.contains_key(&file) {
            found.unread.push(format!(
                "{spec}: no page links this specification any more; if that is right, delete {file}"
            ));
        }
    }
    if let Err(reason) = check_names(by_name.keys().copied(), saved) {
        found.rejected.push(reason);
        return found;
    }
    by_name.retain(|spec, linking| {
        if linking.is_empty() {
            let unread = format!("{spec}: the block of this specification has no link");
            found.unread.push(unread);
        }
        !linking.is_empty()
    });
    let mut progress = Progress::new(by_name.len());
    for (spec, linking) in by_name {
        let file = format!("{spec}.yaml");
        let one = Specification {
            site,
            sources,
            spec,
            linking: &linking,
        };
        let before = saved.get(&file).map(String::as_str);
        match one.fetch(before, cache.specifications.get(spec)).await {
            Ok(None) => progress.done(&file, "not modified"),
            Ok(Some((text, known))) => {
                progress.done(&file, "fetched");
                found.known.insert(spec.to_owned(), known);
                found.fetched.insert(file, text);
            }
            Err(reason) => {
                progress.done(&file, "failed");
                let page = linking.first().map(|page| shown(&page.url));
                let page = page.unwrap_or_default();
                let reason = format!("{page}: the specification `{spec}` {reason}");
                found.rejected.push(reason);
            }
        }
    }
    found
}

/// The pages that link to each specification; none if its blocks have no link.
fn by_name(pages: &[LinkingPage]) -> BTreeMap<&str, Vec<&LinkingPage>> {
    let mut by_name: BTreeMap<&str, Vec<&LinkingPage>> = BTreeMap::new();
    for page in pages {
        for (spec, link) in &page.links {
            let linking = by_name.entry(spec).or_default();
            if link.is_some() && !linking.iter().any(|other| other.name == page.name) {
                linking.push(page);
            }
        }
    }
    by_name
}

/// Checks that each name can be that of a file, also beside the others and the saved ones.
fn check_names<'a>(
    names: impl Iterator<Item = &'a str>,
    saved: &BTreeMap<String, String>,
) -> Result<(), String> {
    let names: Vec<_> = names.map(|name| format!("{name}.yaml")).collect();
    if names.len() > MAX_SPECIFICATIONS {
        return Err(format!(
            "the pages link more than {MAX_SPECIFICATIONS} specifications; if that is right, narrow `pages` in the sources"
        ));
    }
    let mut taken: HashMap<String, &str> = HashMap::new();
    for name in &names {
        let valid = match name.contains(['/', '\\']) {
            true => Err("its name is a path"),
            false => index::file_name(name),
        };
        valid.map_err(|why| format!("the specification {name:?} cannot be saved: {why}"))?;
    }
    for name in names.iter().chain(saved.keys()) {
        let other = *taken.entry(name.to_lowercase()).or_insert(name);
        if other != name {
            return Err(format!(
                "the specifications {other} and {name} differ only in case and would be one file on some systems"
            ));
        }
    }
    Ok(())
}

/// One specification, and the pages that link to it.
struct Specification<'a> {
    site: &'a Site,
    sources: &'a Sources,
    spec: &'a str,
    linking: &'a [&'a LinkingPage],
}

impl Specification<'_> {
    /// Its text, unless it is as it was.
    async fn fetch(
        &self,
        before: Option<&str>,
        known: Option<&Known>,
    ) -> Result<Option<(String, Known)>, String> {
        let (page, link, hash) = self.link().await?;
        let is_known = |known: &Known| {
            let same = before.is_some_and(|text| known.digest == digest_of(text));
            known.hash == hash && same
        };
        if known.is_some_and(is_known) {
            return Ok(None);
        }
        let (text, hash) = self.read(&page, link, hash).await?;
        self.check(&text, before)?;
        let digest = digest_of(&text);
        if digest != hash.to_ascii_lowercase() {
            console::note(format_args!(
                "{}.yaml: the hash in its address is not the SHA-256 of its content, so it was not verified",
                self.spec
            ));
        }
        Ok(Some((text, Known { hash, digest })))
    }

    /// The link that all pages agree on.
    async fn link(&self) -> Result<(Url, Link, String), String> {
        let mut links: Vec<(&LinkingPage, Link, String)> = Vec::new();
        for page in self.linking {
            for link in self.links(&page.links) {
                let hash = self.checked(&link)?;
                links.push((page, link, hash));
            }
        }
        let differ = |links: &[(&LinkingPage, Link, String)]| {
            links.iter().any(|(_, _, hash)| *hash != links[0].2)
        };
        if differ(&links) {
            for (page, link, hash) in &mut links {
                if !page.sent {
                    (*link, *hash) = self.renewed(&page.url).await?;
                }
            }
        }
        // A page that was sent has the signature, one from the cache has not.
        links.sort_by_key(|(page, ..)| !page.sent);
        let Some((page, link, hash)) = links.first().cloned() else {
            return Err("has no link".into());
        };
        match links.iter().find(|(_, _, other)| *other != hash) {
            None => Ok((page.url.clone(), link, hash)),
            Some((other, ..)) => Err(format!(
                "has other content on {} than on {}; try again later",
                other.name, page.name
            )),
        }
    }

    fn links<'l>(&'l self, links: &'l [(String, Option<Link>)]) -> impl Iterator<Item = Link> + 'l {
        let links = links.iter().filter_map(|(_, link)| link.clone());
        links.filter(|link| link.spec == self.spec)
    }

    /// The hash of a link that may be followed.
    fn checked(&self, link: &Link) -> Result<String, String> {
        let url = shown(&link.url);
        if !self.sources.has_specification(&link.url) {
            return Err(format!(
                "is linked at {url}, which is not under `specifications` of the sources; if that is right, add it there"
            ));
        }
        let hash = link.hash().map(str::to_owned);
        hash.ok_or_else(|| format!("is linked at {url}, which has no content hash in its path"))
    }

    /// Reads the text; a link that has expired, or is from the cache and so has no signature, is renewed
    /// once.
    async fn read(&self, page: &Url, link: Link, hash: String) -> Result<(String, String), String> {
        let error = match self.get(&link).await {
            Ok(text) => return Ok((text, hash)),
            Err(error) => error,
        };
        if !error.is_rejected() {
            return Err(error.to_string());
        }
        let (link, hash) = self.renewed(page).await?;
        match self.get(&link).await {
            Ok(text) => Ok((text, hash)),
            Err(again) if again.is_rejected() => Err(format!(
                "{again}: its link has expired, and so has that of the page fetched again; try again later"
            )),
            Err(again) => Err(again.to_string()),
        }
    }

    /// The link of a page that is fetched again, without the cache.
    async fn renewed(&self, page: &Url) -> Result<(Link, String), String> {
        let response = self.site.page(page, &Cache::default()).await;
        let response = response
            .map_err(|error| format!("was linked, but its page, fetched again, {error}"))?;
        let link = self.links(&response.links).next();
        let link = link.ok_or("was linked, but its page, fetched again, no longer links it")?;
        let hash = self.checked(&link)?;
        Ok((link, hash))
    }

    async fn get(&self, link: &Link) -> Result<String, PageError> {
        let response = self.site.get(&link.url, &Cache::default()).await?;
        if !self.sources.has_specification(&response.url) {
            return Err(PageError::permanent(format!(
                "redirects to {}, which is not under `specifications` of the sources",
                shown(&response.url)
            )));
        }
        if is_html(&response) {
            return Err(PageError::permanent(
                "is HTML, such as a login page; expected an OpenAPI document",
            ));
        }
        Ok(response.entry.text)
    }

    /// Checks that a text is an OpenAPI document, and has not lost what the saved one has.
    fn check(&self, text: &str, before: Option<&str>) -> Result<(), String> {
        let name = format!("{}.yaml", self.spec);
        let page = Page {
            name: name.clone(),
            text: text.to_owned(),
        };
        let extracted = extract(&page).map_err(|error| format!("is malformed: {error}"))?;
        if extracted.fragments.is_empty() {
            return Err("is not an OpenAPI document; expected YAML or JSON with `openapi`".into());
        }
        let had = before.map_or(0, |text| operations(&name, text).len());
        if had > 0 && operations(&name, text).is_empty() {
            return Err(format!(
                "no longer has an operation, but the saved one has {had}; if that is right, delete the saved one"
            ));
        }
        Ok(())
    }
}

/// The SHA-256 of a text, in hexadecimal digits.
fn digest_of(text: &str) -> String {
    let bytes = digest(&SHA256, text.as_bytes());
    let digits = bytes.as_ref().iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}
