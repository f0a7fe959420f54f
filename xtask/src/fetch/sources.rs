//! Where the pages are published, from `openapi/sources.toml`.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use reqwest::Url;
use serde::Deserialize;

/// Where a docs site lists its pages, and which of them are reference pages.
#[derive(Debug)]
pub struct Sources {
    /// The URL of the index.
    pub index: Url,
    /// The URL prefixes of reference pages, on the site of the index.
    pub pages: Vec<Url>,
    /// The URL prefixes of the whole specifications that pages link to; none if they are not wanted.
    pub specifications: Vec<Url>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The I/O error.
        source: std::io::Error,
    },
    /// The file is malformed.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    index: String,
    pages: Vec<String>,
    #[serde(default)]
    specifications: Vec<String>,
}

impl Sources {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read, or `index` or `pages` is missing or invalid.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|reason| Error::Malformed {
            path: path.to_owned(),
            reason,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let index = Url::parse(&file.index)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| format!("`index` is `{}`; expected an https URL", file.index))?;
        if file.pages.is_empty() {
            return Err("`pages` is empty; expected the prefixes of reference pages".into());
        }
        let inside = |page: String| {
            let url = index.join(&page).ok();
            url.filter(|url| url.origin() == index.origin() && url.path().ends_with('/'))
                .ok_or_else(|| {
                    format!("`pages` has `{page}`; expected a folder of the index's site, such as `reference/`")
                })
        };
        let pages = file
            .pages
            .into_iter()
            .map(inside)
            .collect::<Result<_, _>>()?;
        let specifications = file
            .specifications
            .into_iter()
            .map(|prefix| storage(&prefix, &index))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            index,
            pages,
            specifications,
        })
    }

    /// Whether a URL is that of a reference page.
    pub(crate) fn has(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|url| self.name(&url).is_some())
    }

    /// Whether a URL is that of a specification that may be fetched.
    pub(super) fn has_specification(&self, url: &Url) -> bool {
        let is_in = |prefix: &Url| {
            let rest = url.path().strip_prefix(prefix.path());
            url.origin() == prefix.origin() && rest.is_some_and(|rest| !rest.contains('/'))
        };
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        is_anonymous && self.specifications.iter().any(is_in)
    }

    /// The name of the file a page is saved in, if it is a reference page.
    pub(super) fn name(&self, page: &Url) -> Option<String> {
        if page.origin() != self.index.origin() {
            return None;
        }
        let mut rests = self
            .pages
            .iter()
            .filter_map(|prefix| page.path().strip_prefix(prefix.path()));
        rests
            .next()
            .filter(|rest| !rest.is_empty())
            .map(str::to_owned)
    }
}

/// The prefix of specifications: with https, unless the whole site is on this machine.
fn storage(prefix: &str, index: &Url) -> Result<Url, String> {
    let url = Url::parse(prefix).ok().filter(|url| {
        let is_valid = url.path().ends_with('/') && url.query().is_none();
        let is_safe = url.scheme() == "https" && !is_loopback(url);
        is_valid && (is_safe || is_loopback(url) && is_loopback(index))
    });
    url.ok_or_else(|| {
        format!("`specifications` has `{prefix}`; expected an https URL of a folder, such as https://storage.example/raw/")
    })
}

/// Whether the host is this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_name = host == "localhost" || host.ends_with(".localhost");
    is_name || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_under_a_prefix_is_named_by_the_rest_of_its_url() {
        let text = "index = 'https://docs.example/a/llms.txt'\npages = ['ref/', '/b/']";
        let sources = Sources::parse(text).expect("it is well-formed");
        let name = |page: &str| sources.name(&Url::parse(page).expect("a URL"));
        assert_eq!(
            name("https://docs.example/a/ref/x.md").as_deref(),
            Some("x.md")
        );
        assert_eq!(
            name("https://docs.example/b/c/x.md").as_deref(),
            Some("c/x.md")
        );
        assert_eq!(name("https://docs.example/a/other.md"), None);
        assert_eq!(name("https://other.example/a/ref/x.md"), None);
    }

    #[test]
    fn an_invalid_file_is_an_error_that_names_the_member() {
        let why = |text: &str| Sources::parse(text).expect_err("it is malformed");
        assert!(why("pages = []").contains("missing field `index`"));
        assert!(why("index = 'llms.txt'\npages = ['a/']").contains("`index` is `llms.txt`"));
        assert!(why("index = 'https://a.example/'\npages = []").contains("`pages` is empty"));
        for page in ["reference", "https://b.example/"] {
            let text = format!("index = 'https://a.example/'\npages = ['{page}']");
            assert!(why(&text).contains(&format!("`pages` has `{page}`")));
        }
    }
}
