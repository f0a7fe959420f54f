//! The invariants of the pipeline on hundreds of random inputs; xtask/fuzz tries more.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use xtask::codegen;
use xtask::pipeline::documents::documents;
use xtask::pipeline::overlay::Overlay;
use xtask::pipeline::stage_log::StageLog;
use xtask_invariants::generators::{document, mutate};

use crate::support::inputs::each;
use crate::support::{Folder, files};

fn published() -> Vec<(String, String)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/docs");
    let pages = xtask::pipeline::extract::read_pages(&docs).unwrap();
    pages
        .into_iter()
        .map(|page| (page.name, page.text))
        .collect()
}

#[test]
fn the_invariants_hold_for_random_pages() {
    each(0..200, |choices| {
        let overlay = document::overlay(choices);
        let fragments = xtask_invariants::reading(&document::pages(choices))
            .expect("the pages are well-formed");
        xtask_invariants::hold(&fragments, &overlay);
    });
}

#[test]
fn the_invariants_hold_for_mutated_random_pages() {
    each(0..200, |choices| {
        let mut pages = document::pages(choices);
        for (_, text) in &mut pages {
            *text = mutate::documents(choices, text);
        }
        if choices.one_in(2) {
            pages[0].1 = mutate::markdown(choices, &pages[0].1);
        }
        if let Some(fragments) = xtask_invariants::reading(&pages) {
            xtask_invariants::hold(&fragments, &Overlay::default());
        }
    });
}

#[test]
fn the_invariants_hold_for_mutated_published_pages() {
    let published = published();
    let overlay = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/overlay.yaml");
    let overlay = Overlay::read(&overlay).unwrap();
    each(0..40, |choices| {
        let mut pages = published.clone();
        let page = choices.below(pages.len());
        pages[page].1 = mutate::documents(choices, &pages[page].1);
        if choices.one_in(2) {
            pages[page].1 = mutate::markdown(choices, &pages[page].1);
        }
        if let Some(fragments) = xtask_invariants::reading(&pages) {
            xtask_invariants::hold(&fragments, &overlay);
        }
    });
}

#[test]
fn the_invariants_hold_for_a_specification_on_one_line() {
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/specification.yaml");
    let fragments = xtask_invariants::specification(&fs::read_to_string(seed).unwrap()).unwrap();
    let document = xtask::pipeline::merge::merge(fragments)
        .document
        .to_string();
    for text in [document.as_str(), "webhooks:\nopenapi: 3.1.0\nx-a: 1\n"] {
        let fragments = xtask_invariants::specification(text).unwrap();
        xtask_invariants::hold(&fragments, &Overlay::default());
    }
}

#[test]
fn the_invariants_hold_for_mutated_specifications() {
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/specification.yaml");
    let seed = fs::read_to_string(seed).unwrap();
    let url = format!("https://a.example/raw/{}.yaml?s=1", "0".repeat(64));
    let block =
        format!("{{% openapi-webhook spec=\"a\" %}}\n[a]({url})\n{{% endopenapi-webhook %}}\n");
    assert!(xtask_invariants::specification(&seed).is_some_and(|it| it.len() > 4));
    each(0..200, |choices| {
        xtask_invariants::linking(&mutate::markdown(
            choices,
            &format!("{seed}\n{block}{block}"),
        ));
        let text = mutate::markdown(choices, &seed);
        if let Some(fragments) = xtask_invariants::specification(&text) {
            xtask_invariants::hold(&fragments, &Overlay::default());
        }
    });
}

#[test]
fn rejected_pages_change_no_file() {
    let folder = Folder::new();
    fs::create_dir(folder.out()).unwrap();
    fs::write(folder.out().join("openapi.json"), "{}").unwrap();
    let before = files(&folder.out());
    let rejected = Cell::new(0);
    let run = |pages: &[(String, String)]| {
        fs::remove_dir_all(folder.docs()).unwrap();
        fs::create_dir(folder.docs()).unwrap();
        for (name, text) in pages {
            fs::write(folder.docs().join(name), text).unwrap();
        }
        let options = codegen::Options {
            docs: Some(folder.docs()),
            out: Some(folder.out()),
            ..Default::default()
        };
        codegen::run(&options).unwrap_err();
        assert_eq!(files(&folder.out()), before);
        rejected.set(rejected.get() + 1);
    };
    each(0..100, |choices| {
        let mut pages = document::pages(choices);
        pages[0].1 = mutate::markdown(choices, &pages[0].1);
        let accepted = xtask_invariants::reading(&pages).map(|fragments| {
            let mut silent = StageLog::silent();
            documents(fragments, &Overlay::default(), false, &mut silent).is_ok()
        });
        // Accepted pages would run progenitor, which takes too long here.
        if accepted != Some(true) {
            run(&pages);
        }
    });
    assert!(rejected.get() > 30, "{} of 100", rejected.get());
}
