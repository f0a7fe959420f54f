//! Checks of a fetched page before it replaces the saved one.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::visit::METHODS;
use crate::pipeline::extract::{Page, extract};

use super::site::PageResponse;

/// What to do with a fetched page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Save,
    /// Neither it nor the saved page has an OpenAPI fragment.
    Skip,
}

/// Decides whether to save a fetched page.
///
/// # Errors
/// When it is not Markdown, or has lost the operations of the saved page.
pub(super) fn decide(
    name: &str,
    response: &PageResponse,
    saved: Option<&str>,
) -> Result<Decision, String> {
    check_markdown(response)?;
    let page = |text: &str| Page {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let lost = |what: &str, had: usize| {
        Err(format!(
            "no longer has an {what}, but the saved page has {had}; if that is right, delete the saved page"
        ))
    };
    let published = &response.entry.text;
    if fragments(&page(published))? == 0 {
        return match saved.map(|saved| fragments(&page(saved))) {
            Some(Ok(had)) => lost("OpenAPI fragment", had),
            _ => Ok(Decision::Skip),
        };
    }
    match saved.map_or(0, |saved| operations(name, saved).len()) {
        had if had > 0 && operations(name, published).is_empty() => lost("operation", had),
        _ => Ok(Decision::Save),
    }
}

/// Checks that a response is Markdown, and not a login page, an error page or empty.
///
/// # Errors
/// When it is not Markdown.
pub(super) fn check_markdown(response: &PageResponse) -> Result<(), String> {
    if is_html(response) {
        return Err("is HTML, such as a login page; expected Markdown".into());
    }
    if start(response).is_empty() {
        return Err("is empty; expected Markdown".into());
    }
    Ok(())
}

/// Whether a response is HTML, by its type or its text.
pub(super) fn is_html(response: &PageResponse) -> bool {
    let text = start(response);
    let begins_with = |tag: &str| {
        text.get(..tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag))
    };
    response.html || begins_with("<!doctype html") || begins_with("<html")
}

/// The text of a response without what may stand before it.
fn start(response: &PageResponse) -> &str {
    let text = response.entry.text.trim_start_matches('\u{feff}');
    text.trim_start()
}

/// The operations of a page, such as `GET /things`, and its webhooks. A malformed page has none.
pub(super) fn operations(name: &str, text: &str) -> BTreeSet<String> {
    let page = Page {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let extracted = extract(&page).unwrap_or_default();
    let mut found = BTreeSet::new();
    for fragment in &extracted.fragments {
        for (root, word) in [("paths", ""), ("webhooks", "webhook ")] {
            let items = fragment.document[root].as_object().into_iter().flatten();
            for (name, item) in items {
                let is_one = |method: &&&str| item.get(**method).is_some_and(Value::is_object);
                let methods = METHODS.iter().filter(is_one);
                found.extend(methods.map(|it| format!("{word}{} {name}", it.to_uppercase())));
            }
        }
    }
    found
}

/// How many fragments a page has.
///
/// # Errors
/// When it is malformed.
pub(super) fn fragments(page: &Page) -> Result<usize, String> {
    let extracted = extract(page).map_err(|error| error.to_string())?;
    Ok(extracted.fragments.len())
}
