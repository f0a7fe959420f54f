//! Texts that stand for one thing, such as a partner or a client.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a document need not have identifiers"
)]

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Why a text cannot stand in a path: it would change the path of the request.
///
/// Identifiers hold any text, because an answer may have any; a call refuses these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIdentifier {
    /// It has no characters.
    #[error("is empty")]
    Empty,
    /// It is `.` or `..`, which lead to another path.
    #[error("is `.` or `..`, which would lead to another path")]
    DotSegment,
    /// It has a `/` or `\`, which begin another path segment.
    #[error("has a slash or backslash, which would lead to another path")]
    Slash,
    /// It has a control character.
    #[error("has a control character")]
    Control,
}

/// Refuses what would change the path of a request.
pub(crate) fn check(text: &impl AsRef<str>) -> Result<(), InvalidIdentifier> {
    match text.as_ref() {
        "" => Err(InvalidIdentifier::Empty),
        "." | ".." => Err(InvalidIdentifier::DotSegment),
        text if text.contains(['/', '\\']) => Err(InvalidIdentifier::Slash),
        text if text.chars().any(char::is_control) => Err(InvalidIdentifier::Control),
        _ => Ok(()),
    }
}

/// All characters but the unreserved ones of RFC 3986. Servers may read the others as separators:
/// some take `..;` for `..`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes an argument so that it stays one segment of the path.
pub(crate) fn encode_path(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// What every generated identifier can do.
macro_rules! identifier {
    ($name:ident) => {
        crate::values::string_value::string_value!($name);

        impl ::std::convert::From<&$name> for $name {
            fn from(name: &$name) -> Self {
                name.clone()
            }
        }

        impl ::std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

pub(crate) use identifier;
