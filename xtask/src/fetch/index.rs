//! The index of a docs site, which lists its pages.

use std::collections::{HashMap, HashSet};

use pulldown_cmark::{Event, Parser, Tag};
use reqwest::Url;

use super::sources::Sources;
use crate::pipeline::extract::is_specification;

/// A reference page that the index lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedPage {
    /// The URL of its Markdown.
    pub(super) url: Url,
    /// The file it is saved in, relative to the docs folder.
    pub(super) name: String,
}

/// The most reference pages that an index may list.
const MAX_PAGES: usize = 1000;

/// The reference pages that an index lists, in its order.
///
/// # Errors
/// When it lists none or too many, or when two pages cannot both be saved on every system.
pub(super) fn read<'a>(
    text: &str,
    sources: &Sources,
    saved: impl Iterator<Item = &'a str>,
) -> Result<Vec<ListedPage>, String> {
    let mut pages: Vec<ListedPage> = Vec::new();
    let mut seen = HashSet::new();
    for event in Parser::new(text) {
        let Event::Start(Tag::Link { dest_url, .. }) = event else {
            continue;
        };
        let page = listed(&dest_url, sources);
        pages.extend(page.filter(|page| seen.insert(page.url.clone())));
        if pages.len() > MAX_PAGES {
            return Err(format!(
                "lists more than {MAX_PAGES} reference pages; if that is right, narrow `pages` in the sources"
            ));
        }
    }
    if pages.is_empty() {
        let prefixes: Vec<_> = sources.pages.iter().map(Url::as_str).collect();
        let prefixes = prefixes.join(" or ");
        return Err(format!(
            "lists no page under {prefixes}; correct the sources, or try again later"
        ));
    }
    for page in &pages {
        file_name(&page.name).map_err(|why| format!("{} cannot be saved: {why}", page.url))?;
    }
    check_files(&pages, saved)?;
    Ok(pages)
}

/// Checks that the pages and the saved ones can be files of one folder, also on systems whose file
/// names are not case-sensitive.
fn check_files<'a>(
    pages: &[ListedPage],
    saved: impl Iterator<Item = &'a str>,
) -> Result<(), String> {
    // Each file and folder by its name in lower case: its spelling, and the listed page it is from.
    let mut taken: HashMap<String, (&str, Option<&Url>)> = HashMap::new();
    let listed = pages.iter().map(|page| (&*page.name, Some(&page.url)));
    for (name, url) in listed.chain(saved.map(|name| (name, None))) {
        let ends = name.match_indices('/').map(|(end, _)| end);
        for end in ends.chain([name.len()]) {
            let path = &name[..end];
            let (other, of) = *taken.entry(path.to_lowercase()).or_insert((path, url));
            if let (Some(one), Some(two)) = (of, url)
                && path == name
                && one != two
            {
                return Err(format!("{one} and {two} would both be saved as {name}"));
            }
            if other != path {
                let page = |url: Option<&Url>| url.map_or("a saved page".into(), Url::to_string);
                let (one, two) = (page(of), page(url));
                return Err(format!(
                    "{one} and {two} differ only in case ({other}, {path}) and would be one file on some systems"
                ));
            }
        }
    }
    Ok(())
}

/// The reference page that a link of the index leads to, if it is one.
fn listed(link: &str, sources: &Sources) -> Option<ListedPage> {
    let mut url = sources.index.join(link).ok()?;
    url.set_fragment(None);
    url.set_query(None);
    if !url.path().ends_with(".md") {
        let path = format!("{}.md", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    let name = sources.name(&url)?;
    Some(ListedPage { url, name })
}

/// Checks that a path is a valid file name on every system.
///
/// # Errors
/// When it is not, with the reason.
pub(super) fn file_name(name: &str) -> Result<(), &'static str> {
    if name.len() > MAX_NAME {
        return Err("its name is longer than 200 characters");
    }
    let mut folders = name.split('/').rev().skip(1);
    if folders.any(|folder| folder.to_lowercase().ends_with(".md") || is_specification(folder)) {
        return Err("its folder has the ending of a page or specification");
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    for part in name.split('/') {
        if !part.starts_with(|c: char| c.is_ascii_alphanumeric()) || !part.chars().all(is_plain) {
            return Err("its URL is not a plain file name");
        }
        if part.ends_with('.') {
            return Err("Windows has no file names that end with a dot");
        }
        if is_device(part) {
            return Err("Windows reserves its name for a device");
        }
    }
    Ok(())
}

/// The longest path inside the docs folder, in bytes.
const MAX_NAME: usize = 200;

/// Whether a file name is reserved for a device on Windows, such as `NUL` or `com1.md`.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let is_port = |port: &str| port.len() == 1 && port.chars().all(|c| c.is_ascii_digit());
    matches!(&*stem, "con" | "prn" | "aux" | "nul")
        || ["com", "lpt"]
            .iter()
            .any(|kind| stem.strip_prefix(kind).is_some_and(is_port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        let url = |text: &str| Url::parse(text).expect("an address");
        let sources = Sources {
            index: url("https://docs.example/a/llms.txt"),
            pages: vec![
                url("https://docs.example/a/ref/"),
                url("https://docs.example/b/"),
            ],
            specifications: Vec::new(),
        };
        let pages = read(text, &sources, [].into_iter())?;
        Ok(pages.into_iter().map(|page| page.name).collect())
    }

    #[test]
    fn reference_pages_are_found_in_every_form_of_link() {
        let text = "# Docs\n\n## API\n\n- [A](https://docs.example/a/ref/a.md): text\n- [A](/a/ref/a)\n\
                    - [B](ref/b/c.md#part)\n- [Guide](https://docs.example/a/guide.md)\n\
                    - [Elsewhere](https://other.example/a/ref/x.md)\n- [All](ref/)\n";
        assert_eq!(names(text), Ok(vec!["a.md".into(), "b/c.md".into()]));
    }

    #[test]
    fn an_implausible_index_is_rejected() {
        let why = |text: &str| names(text).expect_err("it is rejected");
        assert!(why("").contains("lists no page under https://docs.example/a/ref/ or https"));
        assert!(why("[A](ref/a.md) [B](/b/a.md)").ends_with("would both be saved as a.md"));
        assert!(why("[A](ref/a.md) [B](/b/A.md)").ends_with("would both be saved as A.md"));
        assert!(why("[A](ref/%00.md)").contains("its URL is not a plain file name"));
        assert!(why("[A](ref/.fetch.json.md)").contains("its URL is not a plain file name"));
    }
}
