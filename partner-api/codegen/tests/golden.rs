//! The finished output for one small document, whole, so that a change of the finishing pass is a
//! diff to review.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::Path;
use std::{env, fs};

use similar::TextDiff;

#[test]
fn the_client_of_a_small_document_is_the_golden_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let golden = folder.join("things.rs");
    let code = partner_api_codegen::generate_file(&folder.join("things.json")).unwrap();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &code).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    let diff = TextDiff::from_lines(expected.as_str(), code.as_str());
    let diff = diff
        .unified_diff()
        .header("golden", "generated")
        .to_string();
    assert!(
        diff.is_empty(),
        "the output changed; if it is meant to, run this test with UPDATE_GOLDEN=1 and review the \
         diff of tests/golden/things.rs:\n{diff}"
    );
}
