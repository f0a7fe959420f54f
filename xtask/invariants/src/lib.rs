//! The invariants of the pipeline for every input, valid or not. The fuzz targets check the same.
//!
//! - Extracting: an error names the page and a line of it. JSON is YAML: a specification in both is the
//!   same document.
//! - Taking links from a page leaves no signature and nothing to take; the rest of the page is as it was.
//! - Merging does not depend on the order of pages, nor on their names if they agree, and is
//!   idempotent.
//! - Normalising is idempotent.
//! - Lowering is deterministic: the same input gives the same bytes.
//! - An error of a stage names the page and line of its cause.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only tests and fuzz targets use it, and an invariant that does not hold panics"
)]

pub mod generators;

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::document::source_map::{Origin, SourceMap};
use xtask::fetch::blocks::take;
use xtask::pipeline::extract::{self, Fragment, Page, extract};
use xtask::pipeline::lower::{Lowered, lower};
use xtask::pipeline::merge::{self, Merged, merge};
use xtask::pipeline::normalise::{self, normalise};
use xtask::pipeline::overlay::{self, Overlay};

/// The fragments of a page, if it can be read.
pub fn extracting(name: &str, text: &str) -> Option<Vec<Fragment>> {
    let page = Page {
        name: name.into(),
        text: text.into(),
    };
    // YAML ends a line at a carriage return alone, too.
    let breaks = text.replace("\r\n", "\n").matches(['\n', '\r']).count();
    let of_page = |line: usize| (1..=breaks + 1).contains(&line);
    match extract(&page) {
        Ok(extracted) => {
            for Fragment { origin, .. } in &extracted.fragments {
                assert!(origin.page == name && of_page(origin.line), "{origin}");
            }
            Some(extracted.fragments)
        }
        Err(
            extract::Error::NotClosed { page, line }
            | extract::Error::NotJson { page, line, .. }
            | extract::Error::NotYaml { page, line, .. }
            | extract::Error::Version { page, line, .. }
            | extract::Error::Newer { page, line, .. },
        ) => {
            assert!(page == name && of_page(line), "{page}:{line}");
            None
        }
        Err(error) => panic!("it is about no page: {error}"),
    }
}

/// The fragments of a specification, which are the same in JSON.
pub fn specification(text: &str) -> Option<Vec<Fragment>> {
    let fragments = extracting("specification.yaml", text)?;
    if !fragments.is_empty() {
        let document = merge(fragments.clone()).document;
        // Merging nests the parameters of a path more deeply, which may be too deep.
        if let Some(again) = extracting("specification.json", &document.to_string()) {
            assert_eq!(merge(again).document, document, "as JSON");
        }
    }
    Some(fragments)
}

/// The invariants of taking the links to specifications from a page.
pub fn linking(text: &str) {
    let mut taken = text.to_owned();
    for (spec, link) in take(&mut taken) {
        if let Some(link) = link {
            assert_eq!(link.spec, spec);
        }
    }
    let mut again = taken.clone();
    for (_, link) in take(&mut again) {
        let query = link.as_ref().and_then(|link| link.url.query());
        assert_eq!(query, None, "the signature is kept");
    }
    assert_eq!(again, taken, "taking twice");
    if !text.contains("{% openapi-") && !text.contains('?') && !text.contains('#') {
        assert_eq!(taken, text, "a page without links");
    }
}

/// The fragments of all pages, if they can be read.
pub fn reading(pages: &[(String, String)]) -> Option<Vec<Fragment>> {
    let read = pages.iter().map(|(name, text)| extracting(name, text));
    Some(read.collect::<Option<Vec<_>>>()?.concat())
}

/// All invariants of the stages before progenitor; the result is the input of progenitor.
pub fn hold(fragments: &[Fragment], overlay: &Overlay) -> Option<Lowered> {
    merging(fragments);
    correcting(fragments, overlay)
}

/// Where a fragment begins.
fn place(fragment: &Fragment) -> (&str, usize) {
    (&fragment.origin.page, fragment.origin.line)
}

/// The invariants of merging.
pub fn merging(fragments: &[Fragment]) {
    let merged = merge(fragments.to_vec());
    let text = merged.document.to_string();

    let mut reversed = fragments.to_vec();
    // The parts of a specification that begin on one line keep their order.
    reversed.sort_by(|one, other| place(other).cmp(&place(one)));
    let reversed = merge(reversed);
    assert_eq!(text, reversed.document.to_string(), "in any order of pages");

    let alone = merge(vec![unplaced(&merged)]);
    assert_eq!(text, alone.document.to_string(), "what is merged already");
    assert!(alone.conflicts.is_empty(), "{:?}", alone.conflicts);

    let renamed = fragments.iter().enumerate().map(|(index, fragment)| {
        let page = format!("{:03}.md", fragments.len() - index);
        let origin = Origin {
            page,
            ..fragment.origin.clone()
        };
        let document = fragment.document.clone();
        Fragment { origin, document }
    });
    let renamed = merge(renamed.collect());
    assert_eq!(conflicts(&merged), conflicts(&renamed), "with other names");
    if merged.conflicts.is_empty() {
        assert_eq!(
            unordered(merged.document),
            unordered(renamed.document),
            "with other names"
        );
    }
}

/// The merged document as a fragment without a page.
fn unplaced(merged: &Merged) -> Fragment {
    Fragment {
        origin: Origin {
            page: String::new(),
            line: 1,
            heading: None,
            url: None,
        },
        document: merged.document.clone(),
    }
}

/// The conflicts of the pages; the places of tags depend on their order.
fn conflicts(merged: &Merged) -> BTreeSet<&str> {
    let pointers = merged.conflicts.iter().map(|conflict| &*conflict.pointer);
    pointers
        .map(|pointer| pointer.strip_prefix("/tags/").map_or(pointer, |_| "/tags"))
        .collect()
}

/// The document without what depends on the order of the pages.
fn unordered(mut document: Value) -> Value {
    if let Some(tags) = document.get_mut("tags").and_then(Value::as_array_mut) {
        tags.sort_by_key(Value::to_string);
    }
    for item in document["paths"].as_object_mut().into_iter().flatten() {
        for operation in item.1.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.1.as_object_mut() {
                operation.remove("externalDocs");
            }
        }
    }
    document
}

/// The invariants of the stages from the overlay on.
pub fn correcting(fragments: &[Fragment], overlay: &Overlay) -> Option<Lowered> {
    let merged = merge(fragments.to_vec());
    match overlay.apply(merged) {
        Ok((document, sources)) => normalising(document, sources),
        Err(error) => {
            let message = error.to_string();
            if let overlay::Error::UnresolvedConflicts(entries) = error {
                let shown = entries.iter().take(50).map(|entry| &entry.conflicts[0]);
                for merge::Conflict {
                    pointer,
                    first,
                    second,
                    others,
                    ..
                } in shown
                {
                    let more = match others.len() {
                        0 => String::new(),
                        more => format!(" (and {more} more)"),
                    };
                    let place = format!("{first} and {second}{more} differ in {pointer}\n");
                    assert!(message.contains(&place), "expected `{place}` in: {message}");
                }
            }
            None
        }
    }
}

/// The invariants of normalising.
fn normalising(mut document: Value, mut sources: SourceMap) -> Option<Lowered> {
    match normalise(&mut document, &mut sources) {
        Ok(_) => {}
        Err(normalise::Error::Dangling(places)) => {
            places
                .iter()
                .for_each(|(place, _)| is_placed(place, &sources));
            return None;
        }
        Err(normalise::Error::Name { place, pointer, .. }) => {
            is_placed(&format!("{place}{pointer}"), &sources);
            return None;
        }
    }
    let once = document.to_string();
    let again = normalise(&mut document, &mut sources);
    assert!(again.is_ok(), "normalising twice: {again:?}");
    assert_eq!(once, document.to_string(), "normalising twice");
    lowering(&document, &sources)
}

/// The invariants of lowering; what cannot be expressed can be skipped.
fn lowering(document: &Value, sources: &SourceMap) -> Option<Lowered> {
    let lowered = lower(document, sources, false);
    match (&lowered, lower(document, sources, false)) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.document.to_string(), other.document.to_string());
            assert_eq!(one.notes, other.notes);
        }
        (Err(one), Err(other)) => assert_eq!(one.0, other.0),
        _ => panic!("lowering twice gives two results"),
    }
    if let Err(error) = &lowered {
        error.0.iter().for_each(|line| is_placed(line, sources));
    }
    let shortened = lower(document, sources, true);
    lowered.or(shortened).ok()
}

/// Asserts that a message begins with a page and a line, if its cause is from a page.
fn is_placed(message: &str, sources: &SourceMap) {
    let pointer = &message[message.find('/').unwrap_or_default()..];
    let place = sources.prefix(pointer.split(": ").next().unwrap_or_default());
    assert!(
        message.starts_with(&place),
        "expected `{place}` in: {message}"
    );
}
