//! Everything that a program can print of a value.

use std::error::Error as StdError;
use std::fmt::Debug;

use partner_api::Error;

/// All debug output of a value.
pub fn debug(value: &impl Debug) -> String {
    format!("{value:?}\n{value:#?}\n")
}

/// All output of an error, its parts and its sources.
pub fn output_of(error: &Error) -> String {
    let mut output = debug(error.kind()) + &debug(&error.meta());
    output += &format!("{}\n", error.kind());
    let mut source: Option<&dyn StdError> = Some(error);
    while let Some(error) = source {
        output += &format!("{error}\n{error:#}\n{error:?}\n{error:#?}\n");
        source = error.source();
    }
    output
}

#[track_caller]
pub fn assert_hidden(secret: &str, text: &str) {
    assert!(!text.contains(secret), "{secret} is in:\n{text}");
}
