//! Members that can have one value only.
#![allow(dead_code, reason = "a document need not have constants")]

use serde::{Serialize, Serializer};

/// Serialises a member: its own value, or the documented one.
pub(crate) fn write<T: Serialize, C: Serialize, S: Serializer>(
    value: Option<&T>,
    constant: &C,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => value.serialize(serializer),
        None => constant.serialize(serializer),
    }
}
