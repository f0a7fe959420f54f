//! Where in the docs each part of the document was published.

use std::collections::BTreeMap;
use std::fmt;

/// The code fence an OpenAPI fragment was read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The page's path inside the docs folder, with `/` on every system.
    pub page: String,
    /// The line of the fragment's first character, from 1.
    pub line: usize,
    /// The heading above the fragment.
    pub heading: Option<String>,
    /// The URL of the published page.
    pub url: Option<String>,
}

impl Origin {
    /// The URL of the published section, if the page states its own URL.
    #[must_use]
    pub fn link(&self) -> Option<String> {
        let url = self.url.as_deref()?;
        Some(match &self.heading {
            Some(heading) => format!("{url}#{}", slug(heading)),
            None => url.to_owned(),
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.page, self.line)
    }
}

/// Which fragment each part of the merged document came from, by JSON pointer.
#[derive(Clone, Debug, Default)]
pub struct SourceMap(BTreeMap<String, Origin>);

impl SourceMap {
    /// Records where the value at `pointer` came from; the first record is kept.
    pub fn record(&mut self, pointer: String, origin: &Origin) {
        self.0.entry(pointer).or_insert_with(|| origin.clone());
    }

    /// The origin of the value at `pointer`, or of the nearest one around it.
    #[must_use]
    pub fn find(&self, pointer: &str) -> Option<&Origin> {
        let mut pointer = pointer;
        loop {
            if let Some(origin) = self.0.get(pointer) {
                return Some(origin);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    /// `page:line: ` for the value at `pointer`, or nothing where it is not from a page.
    #[must_use]
    pub fn prefix(&self, pointer: &str) -> String {
        self.find(pointer)
            .map(|origin| format!("{origin}: "))
            .unwrap_or_default()
    }

    /// Records that a value moved to another pointer.
    pub fn moved(&mut self, from: &str, to: String) {
        if let Some(origin) = self.0.remove(from) {
            self.0.insert(to, origin);
        }
    }
}

/// The anchor that GitBook generates for a heading.
fn slug(heading: &str) -> String {
    let mut slug = String::with_capacity(heading.len());
    for c in heading.chars() {
        if c.is_alphanumeric() || c == '_' {
            slug.extend(c.to_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_the_section_of_the_page() {
        let origin = Origin {
            page: "clients.md".into(),
            line: 12,
            heading: Some("Retrieve list of clients!".into()),
            url: Some("https://docs.example/clients".into()),
        };
        assert_eq!(
            origin.link().as_deref(),
            Some("https://docs.example/clients#retrieve-list-of-clients")
        );
        assert_eq!(origin.to_string(), "clients.md:12");
    }

    #[test]
    fn a_value_inside_a_schema_has_the_origin_of_the_schema() {
        let origin = Origin {
            page: "a.md".into(),
            line: 1,
            heading: None,
            url: None,
        };
        let mut sources = SourceMap::default();
        sources.record("/components/schemas/A".into(), &origin);
        assert_eq!(
            sources.find("/components/schemas/A/properties/x"),
            Some(&origin)
        );
        assert_eq!(sources.find("/components/schemas/B"), None);
    }
}
