//! The verdicts of `cargo xtask diff`, proved: a program on the crate is compiled and run with the
//! client of the changed pages.

use crate::support::changes::{CHANGES, Change, changed};
use crate::support::copy::Copy;
use crate::support::says;

/// Runs the program, or tells why it cannot be compiled or fails.
fn program(changes: &[&Change]) -> Result<(), String> {
    let folder = changed(changes);
    folder.made(&[]);
    let copy = Copy::with(&folder);
    let program = include_str!("../resources/downstream.rs");
    copy.put("partner-api/tests/downstream.rs", program);
    copy.cargo(&["test", "--test", "downstream"])
}

fn named(name: &str) -> &'static Change {
    CHANGES.iter().find(|change| change.name == name).unwrap()
}

#[test]
fn what_breaks_nothing_lets_the_program_go_on() {
    let harmless: Vec<_> = CHANGES
        .iter()
        .filter(|change| !["breaking", "security"].contains(&change.verdict))
        .collect();
    assert_eq!(program(&harmless), Ok(()));
}

#[test]
fn what_breaks_does_not_compile() {
    for (name, why) in [
        ("a field that is gone from an answer", "no field `name`"),
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
            "another answer of an operation",
            "expected `Vec<Channel>`, found `ListSharedClientNumbersResponse`",
        ),
        ("another name of a type", "cannot find type `ClientAccount`"),
    ] {
        let change = named(name);
        assert_eq!(change.verdict, "breaking");
        let why_not = program(&[change]).expect_err(name);
        says(
            &why_not,
            &[
                why,
                "error: could not compile `partner-api` (test \"downstream\")",
            ],
        );
    }
}

#[test]
fn what_breaks_at_run_time_compiles_and_fails() {
    let why = program(&[named("a parameter that must be set")]).expect_err("the call is refused");
    says(
        &why,
        &["limit: is required and was not set", "test result: FAILED"],
    );
}
