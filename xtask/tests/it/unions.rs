//! A client of alternatives of every kind.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::copy::Copy;
use crate::support::{Folder, assert_contains};

fn resource(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/resources");
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn alternatives_are_read_as_they_are_and_unknown_ones_kept() {
    let page: Value = serde_json::from_str(&resource("unions.json")).unwrap();
    let folder = Folder::new().fragment("t.md", &page);
    let run = folder.generate(&[]);
    // The error body is ambiguous, which rejects no operation.
    assert_contains(&run.stderr, &["note: any JSON: ", "/responses/400/"]);
    let copy = Copy::with(&folder);
    copy.put("partner-api/tests/unions.rs", resource("unions_client.rs"));
    let passed = copy.cargo(&["test", "--test", "unions"]);
    assert!(passed.is_ok(), "{}", passed.unwrap_err());
}
