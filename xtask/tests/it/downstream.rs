//! Checks the verdicts of `cargo xtask diff`: a program that uses the crate is compiled and run with
//! the client of the changed pages.

use crate::support::assert_contains;
use crate::support::changes::{CHANGES, Change, changed};
use crate::support::copy::Copy;

/// Compiles and runs the program; the error is the output of cargo.
fn program(changes: &[&Change]) -> Result<(), String> {
    let folder = changed(changes);
    folder.generate(&[]);
    let copy = Copy::with(&folder);
    let program = include_str!("../resources/downstream.rs");
    copy.put("partner-api/tests/downstream.rs", program);
    copy.cargo(&["test", "--test", "downstream"])
}

fn named(name: &str) -> &'static Change {
    CHANGES.iter().find(|change| change.name == name).unwrap()
}

#[test]
fn programs_compile_and_run_after_non_breaking_changes() {
    let harmless: Vec<_> = CHANGES
        .iter()
        .filter(|change| !["breaking", "security"].contains(&change.verdict))
        .collect();
    assert_eq!(program(&harmless), Ok(()));
}

#[test]
fn programs_do_not_compile_after_breaking_changes() {
    for (name, why) in [
        ("a field that is gone from a response", "no field `name`"),
        (
            "a new field in an update that must be set",
            "`ClientUpdate: Default` is not satisfied",
        ),
        (
            "a field of an update that can be set to null",
            "expected `Option<i64>`, found integer",
        ),
        (
            "a value that is gone from an enum",
            "item named `Verified` found for enum `ChannelStatus`",
        ),
        (
            "another response of an operation",
            "expected `Vec<Channel>`, found `ListSharedClientNumbersResponse`",
        ),
        ("another name of a type", "cannot find type `ClientAccount`"),
    ] {
        let change = named(name);
        assert_eq!(change.verdict, "breaking");
        let why_not = program(&[change]).expect_err(name);
        assert_contains(
            &why_not,
            &[
                why,
                "error: could not compile `partner-api` (test \"downstream\")",
            ],
        );
    }
}

#[test]
fn programs_fail_at_run_time_after_run_time_breaks() {
    let why = program(&[named("a parameter that must be set")]).expect_err("the call is rejected");
    assert_contains(
        &why,
        &["limit: is required and was not set", "test result: FAILED"],
    );
}
