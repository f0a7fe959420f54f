//! The pipeline on OpenAPI documents of other providers, which are not in the repository.
//!
//! ```sh
//! OPENAPI_DOCUMENTS=folder cargo test -p xtask --test it -- public_documents --ignored --nocapture
//! ```
//!
//! The folder holds documents in JSON, or folders of them, which are sets with sums of their own.
//! `OPENAPI_ONLY=one,other` selects some by the names of their files; `OPENAPI_LOGS=folder` keeps all
//! messages. The second test compiles each
//! client and calls its operations with every parameter filled; `OPENAPI_LINES=50000` leaves out
//! clients with more lines, which take minutes.

use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::Folder;
use crate::support::copy::Copy;
use crate::support::public::builders::Builders;
use crate::support::public::cases::{Case, cases};
use crate::support::public::compare::Recorded;
use crate::support::public::program;
use crate::support::public::rejections::Rejections;
use crate::support::public::run::{Kind, Outcome, pages, run};
use crate::support::public::table::{Row, table};
use crate::support::public::touched::Reached;
use crate::support::public::wire::base_path;
use crate::support::public::{Document, documents};

#[test]
#[ignore = "needs documents that are not in the repository"]
fn table_of_what_is_generated() {
    let mut rows = Vec::new();
    let [mut strictly, mut skipped] = [Rejections::default(), Rejections::default()];
    for document in documents() {
        let (row, strict, skip) = measure(&document);
        strictly.add(&document.name, &strict.messages);
        skipped.add(&document.name, &skip.messages);
        eprintln!("{row:?}");
        log(&document.name, &[("strict", &strict), ("skip", &skip)]);
        rows.push((document.set.clone(), row));
    }
    println!("{}", table(&rows));
    println!("Rejected strictly\n\n{}", strictly.list(Kind::Error));
    for (kind, title) in [
        (Kind::Error, "Rejected with --skip-unsupported"),
        (Kind::LeftOut, "Operations left out"),
        (Kind::AnyJson, "Any JSON"),
        (Kind::Note, "Notes"),
    ] {
        println!("{title}\n\n{}", skipped.list(kind));
    }
}

/// Writes all messages about a document to the folder in `OPENAPI_LOGS`, if it is set.
fn log(name: &str, runs: &[(&str, &Outcome)]) {
    let Some(folder) = std::env::var_os("OPENAPI_LOGS") else {
        return;
    };
    for (run, outcome) in runs {
        let lines = outcome.messages.iter();
        let lines: String = lines
            .map(|it| format!("{:?} {}\n", it.kind, it.whole))
            .collect();
        let path = Path::new(&folder).join(format!("{name}.{run}.log"));
        fs::write(path, lines).unwrap();
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
        row.generated = paths
            .into_iter()
            .flat_map(|it| it.values())
            .map(of_path)
            .sum();
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

#[test]
#[ignore = "needs documents that are not in the repository"]
fn requests_and_responses_are_as_published() {
    let longest = std::env::var("OPENAPI_LINES").ok();
    let longest = longest.map_or(usize::MAX, |lines| lines.parse().unwrap());
    let mut table = String::from(
        "| document | calls | wrong requests | not decoded | lossy | seconds |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for document in documents() {
        let folder = pages(&document);
        if !run(&folder, &["--skip-unsupported"]).success
            || folder.text("generated.rs").lines().count() > longest
        {
            continue;
        }
        let start = Instant::now();
        let row = match call(&document, &folder) {
            Ok(counts) => counts.map(|count| count.to_string()).join(" | "),
            Err(error) => {
                let error: String = error.chars().take(2000).collect();
                println!("{}: {error}", document.name);
                "does not compile | | | ".to_owned()
            }
        };
        let seconds = start.elapsed().as_secs();
        eprintln!("{}: {row} | {seconds}", document.name);
        table += &format!("| {} | {row} | {seconds} |\n", document.name);
    }
    println!("{table}");
}

/// Calls every operation of a generated client, prints what is wrong, and counts it.
fn call(document: &Document, folder: &Folder) -> Result<[usize; 4], String> {
    let lowered = folder.json("progenitor.json");
    let cases = cases(document, &lowered);
    let builders = Builders::of(&folder.text("generated.rs"));
    let copy = Copy::with(folder);
    let library = include_str!("../../../partner-api/src/lib.rs");
    let module = "#[doc(hidden)]\n#[allow(missing_docs)]\npub mod public_calls;\n";
    copy.put("partner-api/src/lib.rs", format!("{library}\n{module}"));
    copy.put(
        "partner-api/src/public_calls.rs",
        program::source(&builders, &lowered),
    );
    copy.put(
        "partner-api/tests/public_calls.rs",
        include_str!("../resources/public_calls.rs"),
    );
    let calls = json!({"base": base_path(&document.json), "calls": given(&cases)});
    copy.put("cases.json", calls.to_string());
    copy.cargo(&["test", "--test", "public_calls"])?;
    let recorded: Vec<Value> = serde_json::from_str(&copy.text("recorded.json")).unwrap();
    let mut counts = [cases.len(), 0, 0, 0];
    for (case, recorded) in cases.iter().zip(&recorded) {
        let recorded = Recorded(recorded);
        let name = format!("{}: {}", document.name, case.operation);
        if let Some(problem) = recorded.request_problem(case) {
            counts[1] += 1;
            println!("{name}: request: {problem}");
        } else if let Some((is_lossy, problem)) = recorded.response_problem(case) {
            counts[if is_lossy { 3 } else { 2 }] += 1;
            println!("{name}: response {}: {problem}", case.response.status);
        }
    }
    Ok(counts)
}

/// What the program in the copy reads.
fn given(cases: &[Case]) -> Value {
    cases
        .iter()
        .map(|case| {
            let response = &case.response;
            json!({
                "name": case.name,
                "given": case.given,
                "response": {"status": response.status, "kind": response.kind, "body": response.body},
            })
        })
        .collect()
}
