//! Each claim of the comparison with other clients, `guide::comparison`, names tests that prove it.

use std::collections::BTreeSet;
use std::process::Command;

/// The tests of this program.
fn tests() -> BTreeSet<String> {
    let program = std::env::current_exe().unwrap();
    let list = Command::new(program).arg("--list").output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}

#[test]
fn each_row_names_tests_that_exist() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/guide/comparison.md");
    let comparison = std::fs::read_to_string(path).unwrap();
    let rows = comparison
        .lines()
        .skip_while(|line| !line.starts_with("|---"));
    let rows: Vec<_> = rows
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() > 10, "the table has {} rows", rows.len());
    let tests = tests();
    for row in rows {
        let proofs = row.rsplit('|').nth(1).unwrap().trim();
        for proof in proofs.split(", ") {
            let test = proof.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
            assert!(tests.contains(test.expect(row)), "no test {proof}: {row}");
        }
    }
}
