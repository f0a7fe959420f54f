//! What the README claims of this crate beside others is proved by tests.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;

#[test]
fn each_row_names_a_test_that_exists() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(crate_folder.join("../README.md")).unwrap();
    let (_, section) = readme.split_once("## Beside others").expect("the section");
    let rows = section.lines().skip_while(|line| !line.starts_with("|---"));
    let rows: Vec<_> = rows
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() > 10, "the table is read");
    for row in rows {
        let proof = row.rsplit('|').nth(1).unwrap().trim().trim_matches('`');
        let (file, test) = proof.split_once("::").expect(row);
        let source = fs::read_to_string(crate_folder.join(format!("tests/{file}.rs"))).expect(row);
        let is_there = source.contains(&format!("fn {test}("));
        assert!(is_there, "{proof} proves: {row}");
    }
}
