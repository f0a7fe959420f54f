//! Identifiers, such as that of a partner or a client.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a document need not have identifiers"
)]

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Why an identifier is not valid in the path of a request: it would change the path.
///
/// An identifier can hold any string, because a response may contain any. A call fails before it is
/// sent if the string of its identifier is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIdentifier {
    /// It is empty.
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

/// Rejects an identifier that would change the path of a request.
pub(crate) fn check(identifier: &impl AsRef<str>) -> Result<(), InvalidIdentifier> {
    match identifier.as_ref() {
        "" => Err(InvalidIdentifier::Empty),
        "." | ".." => Err(InvalidIdentifier::DotSegment),
        id if id.contains(['/', '\\']) => Err(InvalidIdentifier::Slash),
        id if id.chars().any(char::is_control) => Err(InvalidIdentifier::Control),
        _ => Ok(()),
    }
}

/// All characters except the unreserved ones of RFC 3986. Servers may treat the others as separators:
/// some treat `..;` as `..`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes an argument as one segment of the path.
pub(crate) fn encode_path(segment: &str) -> String {
    utf8_percent_encode(segment, RESERVED).to_string()
}

/// Implements the traits of a generated identifier.
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
