//! What a page must be to take the place of the saved one.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::visit::METHODS;
use crate::pipeline::extract::{Page, extract};

use super::site::Answer;

/// What is to be done with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Save,
    /// It describes no operation, and never did.
    Skip,
}

/// Judges what the site has for a page.
///
/// # Errors
/// When it would not do in place of what is saved.
pub(super) fn judge(name: &str, answer: &Answer, saved: Option<&str>) -> Result<Verdict, String> {
    is_markdown(answer)?;
    let page = |text: &str| Page {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let lost = |what: &str, had: usize| {
        Err(format!(
            "has no {what} any more, and the saved page has {had}; if that is right, delete the saved page"
        ))
    };
    let published = &answer.entry.text;
    if fragments(&page(published))? == 0 {
        return match saved.map(|saved| fragments(&page(saved))) {
            Some(Ok(had)) => lost("OpenAPI fragment", had),
            _ => Ok(Verdict::Skip),
        };
    }
    match saved.map_or(0, |saved| operations(name, saved).len()) {
        had if had > 0 && operations(name, published).is_empty() => lost("operation", had),
        _ => Ok(Verdict::Save),
    }
}

/// That an answer is not a login page, an error page, or nothing.
///
/// # Errors
/// When it is.
pub(super) fn is_markdown(answer: &Answer) -> Result<(), String> {
    let text = answer
        .entry
        .text
        .trim_start_matches('\u{feff}')
        .trim_start();
    let begins_with = |tag: &str| {
        text.get(..tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag))
    };
    if answer.html || begins_with("<!doctype html") || begins_with("<html") {
        return Err("is HTML, such as a login page; expected Markdown".into());
    }
    if text.is_empty() {
        return Err("is empty; expected Markdown".into());
    }
    Ok(())
}

/// The operations of a page, such as `GET /things`; a malformed one has none.
pub(super) fn operations(name: &str, text: &str) -> BTreeSet<String> {
    let page = Page {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let extracted = extract(&page).unwrap_or_default();
    let paths = extracted
        .fragments
        .iter()
        .filter_map(|fragment| fragment.document["paths"].as_object());
    let items = paths
        .flatten()
        .filter_map(|(path, item)| Some((path, item.as_object()?)));
    items
        .flat_map(|(path, item)| {
            let is_operation = |method: &&&str| item.get(**method).is_some_and(Value::is_object);
            let methods = METHODS.iter().filter(is_operation);
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

/// How many fragments a page has.
///
/// # Errors
/// When it is malformed.
pub(super) fn fragments(page: &Page) -> Result<usize, String> {
    let extracted = extract(page).map_err(|error| error.to_string())?;
    Ok(extracted.fragments.len())
}
