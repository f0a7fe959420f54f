//! What the README claims of this crate beside others is proved by tests.

use std::fs;
use std::path::Path;

#[test]
fn each_row_names_tests_that_exist() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(crate_folder.join("../README.md")).unwrap();
    let (_, section) = readme
        .split_once("## Compared with other clients")
        .expect("the section");
    let rows = section.lines().skip_while(|line| !line.starts_with("|---"));
    let rows: Vec<_> = rows
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() > 10, "the table is read");
    for row in rows {
        let proofs = row.rsplit('|').nth(1).unwrap().trim();
        for proof in proofs.split(", ") {
            let name = proof.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
            let (module, test) = name.and_then(|it| it.rsplit_once("::")).expect(row);
            let file = format!("{}.rs", module.replace("::", "/"));
            let binaries = ["tests", "tests/it"].map(|folder| crate_folder.join(folder));
            let mut sources = binaries.iter().map(|folder| folder.join(&file));
            let source = sources.find(|source| source.exists()).expect(row);
            let source = fs::read_to_string(source).expect(row);
            let is_there = source.contains(&format!("fn {test}("));
            assert!(is_there, "{proof} proves: {row}");
        }
    }
}
