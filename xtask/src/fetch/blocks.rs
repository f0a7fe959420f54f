//! GitBook's blocks in a page: `{% openapi-webhook spec="…" … %}` with a link to the whole specification.
//!
//! The query of such a link is a signature, by which anyone could read the storage until it expires. So
//! it is removed from the text before that is kept anywhere.

use reqwest::Url;

/// A link to a whole specification.
///
/// It has no `Debug`, because its URL may be signed.
#[derive(Clone)]
pub struct Link {
    /// The name of the specification.
    pub spec: String,
    /// Where it is, with the signature.
    pub url: Url,
}

impl Link {
    /// The hash of the content in the path: `…/raw/<64 hexadecimal digits>.yaml`.
    #[must_use]
    pub fn hash(&self) -> Option<&str> {
        hash(self.url.path())
    }
}

/// A URL without its query, for people.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// Removes the signatures from a page, and returns its links to specifications; a link is absent if
/// the block has none.
pub fn take(text: &mut String) -> Vec<(String, Option<Link>)> {
    let mut found = Vec::new();
    let mut unsigned = String::with_capacity(text.len());
    let mut rest = &**text;
    while let Some((before, block)) = next_block(rest) {
        unsigned += &without_signatures(before, false);
        unsigned += &without_signatures(block, true);
        rest = &rest[before.len() + block.len()..];
        if let Some(spec) = attribute(block, "spec") {
            let url = urls(block).next().map(|(_, url)| url.replace("&amp;", "&"));
            let url = url.and_then(|url| Url::parse(&url).ok());
            let spec = spec.to_owned();
            let link = url.map(|url| Link {
                spec: spec.clone(),
                url,
            });
            found.push((spec, link));
        }
    }
    unsigned += &without_signatures(rest, false);
    *text = unsigned;
    found
}

const OPENING: &str = "{% openapi-";

/// The text before the next block, and the block up to its end or the next one.
fn next_block(text: &str) -> Option<(&str, &str)> {
    let start = text.find(OPENING)?;
    let inside = start + OPENING.len();
    let ends = ["{% endopenapi-", OPENING].map(|end| text[inside..].find(end));
    let end = ends.into_iter().flatten().min();
    let end = end.map_or(text.len(), |end| inside + end);
    Some((&text[..start], &text[start..end]))
}

/// The value of an attribute of a block.
fn attribute<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    let opening = &block[..block.find("%}")?];
    let (_, value) = opening.split_once(&format!(" {name}=\""))?;
    value.split_once('"').map(|(value, _)| value)
}

/// The text without the query of each URL that may be signed: those of blocks, and those with a hash.
fn without_signatures(text: &str, is_block: bool) -> String {
    let mut unsigned = String::with_capacity(text.len());
    let mut copied = 0;
    for (start, url) in urls(text) {
        let path = url.find(['?', '#']).unwrap_or(url.len());
        if is_block || hash(&url[..path]).is_some() {
            unsigned += &text[copied..start + path];
            copied = start + url.len();
        }
    }
    unsigned + &text[copied..]
}

/// The URLs in a text, with their positions.
fn urls(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| c.is_whitespace() || "()<>[]\"'`".contains(c);
    let starts = text.match_indices("http").map(|(start, _)| start);
    let mut end = 0;
    starts.filter_map(move |start| {
        let url = &text[start..];
        let url = &url[..url.find(ends).unwrap_or(url.len())];
        let is_url = start >= end && (url.starts_with("https://") || url.starts_with("http://"));
        if is_url {
            end = start + url.len();
        }
        is_url.then_some((start, url))
    })
}

fn hash(path: &str) -> Option<&str> {
    let (_, name) = path.rsplit_once('/')?;
    let (hash, ending) = name.split_once('.')?;
    let is_hash = hash.len() == 64 && hash.chars().all(|c| c.is_ascii_hexdigit());
    (is_hash && ["yaml", "yml", "json"].contains(&ending)).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn taken(text: &str) -> (String, Vec<(String, Option<String>)>) {
        let mut text = text.to_owned();
        let links = take(&mut text);
        let url = |link: Option<Link>| link.map(|link| link.url.to_string());
        let links = links.into_iter().map(|(spec, link)| (spec, url(link)));
        (text, links.collect())
    }

    #[test]
    fn links_of_blocks_are_taken_and_their_signatures_removed() {
        let url = format!("https://storage.example/raw/{HASH}.yaml");
        let block = |query: &str| {
            format!(
                "a\n\n{{% openapi-webhook spec=\"api\" name=\"x\" method=\"post\" %}}\n[OpenAPI api]({url}{query})\n{{% endopenapi-webhook %}}\n\nb\n"
            )
        };
        let (text, links) = taken(&block("?X-Amz-Signature=abc&amp;d=%2F1"));
        assert_eq!(text, block(""));
        let signed = format!("{url}?X-Amz-Signature=abc&d=%2F1");
        assert_eq!(links, [("api".to_owned(), Some(signed))]);
        assert_eq!(taken(&text).0, text);
    }

    #[test]
    fn signatures_elsewhere_are_removed_and_other_urls_kept() {
        let signed = format!("https://storage.example/raw/{HASH}.json");
        let text = format!("See <{signed}?sig=1#x>, `{signed}?sig=2` and https://a.example/?q=1.");
        let (text, links) = taken(&text);
        assert_eq!(
            text,
            format!("See <{signed}>, `{signed}` and https://a.example/?q=1.")
        );
        assert!(links.is_empty());
    }

    #[test]
    fn incomplete_blocks_do_no_harm() {
        let opening = "{% openapi-operation spec=\"a\" path=\"/x\" method=\"get\" %}\n";
        let (text, links) = taken(&format!("{opening}{opening}https://s.example/?sig=1"));
        assert!(!text.contains("sig"), "{text}");
        assert_eq!(links.len(), 2);
        assert_eq!(links[0].1, None);
        for text in [
            "{% openapi-",
            "{% openapi-x spec=\"",
            "{% openapi-x %}",
            "http",
            "https://",
        ] {
            assert_eq!(taken(text).0, text);
        }
    }
}
