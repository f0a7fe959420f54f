//! The index of a docs site: which pages there are.

use pulldown_cmark::{Event, Parser, Tag};
use reqwest::Url;

use super::sources::Sources;

/// A reference page that the index lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// The address of its Markdown.
    pub(super) url: Url,
    /// The file it is saved in, inside the docs folder.
    pub(super) name: String,
}

/// The reference pages of an index, in its order.
///
/// # Errors
/// When it has none, or two of them would be one file.
pub(super) fn read(text: &str, sources: &Sources) -> Result<Vec<Listed>, String> {
    let mut pages: Vec<Listed> = Vec::new();
    for event in Parser::new(text) {
        let Event::Start(Tag::Link { dest_url, .. }) = event else {
            continue;
        };
        let Some(page) = listed(&dest_url, sources) else {
            continue;
        };
        if pages.contains(&page) {
            continue;
        }
        if !is_file_name(&page.name) {
            return Err(format!(
                "{} cannot be saved: its address is no file name",
                page.url
            ));
        }
        // Some systems do not tell `A.md` from `a.md`.
        let same = |other: &&Listed| other.name.eq_ignore_ascii_case(&page.name);
        if let Some(other) = pages.iter().find(same) {
            let (one, two, name) = (&other.url, &page.url, &page.name);
            return Err(format!("{one} and {two} would both be saved as {name}"));
        }
        pages.push(page);
    }
    if pages.is_empty() {
        let prefixes: Vec<_> = sources.pages.iter().map(Url::as_str).collect();
        let prefixes = prefixes.join(" or ");
        return Err(format!(
            "lists no page under {prefixes}; correct the sources, or try again later"
        ));
    }
    Ok(pages)
}

/// The page a link of the index leads to.
fn listed(link: &str, sources: &Sources) -> Option<Listed> {
    let mut url = sources.index.join(link).ok()?;
    url.set_fragment(None);
    url.set_query(None);
    if !url.path().ends_with(".md") {
        let path = format!("{}.md", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    let name = sources.name(&url)?;
    Some(Listed { url, name })
}

/// Whether every part of a path can be a file's name on every system.
pub(super) fn is_file_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.split('/').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(is_plain)
    })
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
        };
        let pages = read(text, &sources)?;
        Ok(pages.into_iter().map(|page| page.name).collect())
    }

    #[test]
    fn reference_pages_are_found_however_they_are_linked() {
        let text = "# Docs\n\n## API\n\n- [A](https://docs.example/a/ref/a.md): text\n- [A](/a/ref/a)\n\
                    - [B](ref/b/c.md#part)\n- [Guide](https://docs.example/a/guide.md)\n\
                    - [Elsewhere](https://other.example/a/ref/x.md)\n- [All](ref/)\n";
        assert_eq!(names(text), Ok(vec!["a.md".into(), "b/c.md".into()]));
    }

    #[test]
    fn an_index_that_cannot_be_right_is_refused() {
        let why = |text: &str| names(text).expect_err("it is refused");
        assert!(why("").contains("lists no page under https://docs.example/a/ref/ or https"));
        assert!(why("[A](ref/a.md) [B](/b/A.md)").ends_with("would both be saved as A.md"));
        assert!(why("[A](ref/%00.md)").contains("its address is no file name"));
        assert!(why("[A](ref/.fetch.json.md)").contains("its address is no file name"));
    }
}
