//! The pipeline on OpenAPI documents of other providers, which are not in the repository.
//!
//! ```sh
//! OPENAPI_DOCUMENTS=folder cargo test -p xtask --test it -- public_documents --ignored --nocapture
//! ```
//!
//! The folder holds documents in JSON, or folders of them, which are sets with sums of their own.
//! `OPENAPI_ONLY=one,other` selects some by the names of their files.

use serde_json::Value;

use crate::support::public::refusals::Refusals;
use crate::support::public::run::{Kind, Outcome, pages, run};
use crate::support::public::table::{Row, table};
use crate::support::public::touched::Reached;
use crate::support::public::{Document, documents};

#[test]
#[ignore = "needs documents that are not in the repository"]
fn table_of_what_is_generated() {
    let mut rows = Vec::new();
    let [mut strictly, mut skipped] = [Refusals::default(), Refusals::default()];
    for document in documents() {
        let (row, strict, skip) = measure(&document);
        strictly.add(&document.name, &strict.messages);
        skipped.add(&document.name, &skip.messages);
        eprintln!("{row:?}");
        rows.push((document.set.clone(), row));
    }
    println!("{}", table(&rows));
    println!("Refused strictly\n\n{}", strictly.list(Kind::Error));
    for (kind, title) in [
        (Kind::Error, "Refused with --skip-unsupported"),
        (Kind::LeftOut, "Operations left out"),
        (Kind::AnyJson, "Any JSON"),
        (Kind::Note, "Notes"),
    ] {
        println!("{title}\n\n{}", skipped.list(kind));
    }
}

/// The figures of a document, and the runs without and with the flag.
fn measure(document: &Document) -> (Row, Outcome, Outcome) {
    let folder = pages(document);
    let strict = run(&folder, &[]);
    let skip = run(&folder, &["--skip-unsupported"]);
    let operations = document.operations().len();
    let mut row = Row {
        name: document.name.clone(),
        operations,
        time: skip.time,
        memory: skip.memory,
        ..Row::default()
    };
    if strict.success {
        row.strict = operations;
        row.untouched = operations;
    }
    if skip.success {
        let lowered = folder.json("progenitor.json");
        let of_path = |item: &Value| item.as_object().map_or(0, serde_json::Map::len);
        let paths = lowered["paths"].as_object();
        row.generated = paths.into_iter().flat_map(|it| it.values()).map(of_path).sum();
        row.lines = folder.text("generated.rs").lines().count();
        let reached = Reached::of(&folder.json("openapi.json"));
        if !strict.success {
            row.untouched = operations - reached.touched(&strict.messages).len();
        }
        let lost = skip
            .messages
            .iter()
            .filter(|it| [Kind::LeftOut, Kind::AnyJson].contains(&it.kind));
        row.typed = operations - reached.touched(lost).len();
    }
    (row, strict, skip)
}
