//! Numbers in the query of a request.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a document need not have such numbers"
)]

use std::fmt;

use serde::{Serialize, Serializer};

/// A number in the query; converted from any integer or float.
///
/// It is sent in its shortest form, `7` instead of `7.0`: servers often read a parameter that is
/// documented as a number as an integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryNumber(Box<str>);

/// A float that is not a finite number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a finite number")]
pub struct NotFinite;

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl From<$integer> for QueryNumber {
            fn from(number: $integer) -> Self {
                Self(number.to_string().into())
            }
        }
    )*};
}

macro_rules! floats {
    ($($float:ty)*) => {$(
        impl TryFrom<$float> for QueryNumber {
            type Error = NotFinite;

            fn try_from(number: $float) -> Result<Self, NotFinite> {
                match number.is_finite() {
                    true => Ok(Self(number.to_string().into())),
                    false => Err(NotFinite),
                }
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);
floats!(f32 f64);

impl fmt::Display for QueryNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for QueryNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
