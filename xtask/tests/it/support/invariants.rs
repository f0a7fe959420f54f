//! What holds for every input, sensible or not. The fuzz targets claim the same.
//!
//! - Extracting: an error names the page and a line of it.
//! - Merging: the order of pages does not matter, nor their names where they agree, and what is
//!   merged already adds nothing.
//! - Normalising: twice is once.
//! - Lowering makes another dialect, so it is not done twice; the same input gives the same bytes.
//! - An error of a stage names the page and line of what it is about.

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::document::source_map::{Origin, SourceMap};
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
    let of_page = |line: usize| (1..=text.lines().count() + 1).contains(&line);
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
            | extract::Error::Version { page, line, .. },
        ) => {
            assert!(page == name && of_page(line), "{page}:{line}");
            None
        }
        Err(error) => panic!("it is about no page: {error}"),
    }
}

/// The fragments of all pages, if they can be read.
pub fn reading(pages: &[(String, String)]) -> Option<Vec<Fragment>> {
    let read = pages.iter().map(|(name, text)| extracting(name, text));
    Some(read.collect::<Option<Vec<_>>>()?.concat())
}

/// All laws of the stages between the pages and progenitor; the result is what that is given.
pub fn hold(fragments: &[Fragment], overlay: &Overlay) -> Option<Lowered> {
    merging(fragments);
    correcting(fragments, overlay)
}

/// The laws of merging.
pub fn merging(fragments: &[Fragment]) {
    let merged = merge(fragments.to_vec());
    let text = merged.document.to_string();

    let reversed = merge(fragments.iter().rev().cloned().collect());
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
    assert_eq!(
        contradictions(&merged),
        contradictions(&renamed),
        "with other names"
    );
    if merged.conflicts.is_empty() {
        assert_eq!(
            unordered(merged.document),
            unordered(renamed.document),
            "with other names"
        );
    }
}

/// The merged document as a fragment of no page.
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

/// Where the pages contradict each other; the places of tags depend on their order.
fn contradictions(merged: &Merged) -> BTreeSet<&str> {
    let pointers = merged.conflicts.iter().map(|conflict| &*conflict.pointer);
    pointers
        .map(|pointer| pointer.strip_prefix("/tags/").map_or(pointer, |_| "/tags"))
        .collect()
}

/// The document without what says which page came first.
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

/// The laws of the stages from the overlay on.
pub fn correcting(fragments: &[Fragment], overlay: &Overlay) -> Option<Lowered> {
    let merged = merge(fragments.to_vec());
    match overlay.apply(merged) {
        Ok((document, sources)) => normalising(document, sources),
        Err(error) => {
            let told = error.to_string();
            if let overlay::Error::UnresolvedConflicts(conflicts) = error {
                for merge::Conflict {
                    pointer,
                    first,
                    second,
                    ..
                } in conflicts
                {
                    let place = format!("{first} and {second} differ in {pointer}\n");
                    assert!(told.contains(&place), "expected `{place}` in: {told}");
                }
            }
            None
        }
    }
}

/// The laws of normalising.
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

/// The laws of lowering; what cannot be expressed can be left out.
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

/// Claims that a message begins with a page and a line, if what it is about is from a page.
fn is_placed(message: &str, sources: &SourceMap) {
    let pointer = &message[message.find('/').unwrap_or_default()..];
    let place = sources.prefix(pointer.split(": ").next().unwrap_or_default());
    assert!(
        message.starts_with(&place),
        "expected `{place}` in: {message}"
    );
}
