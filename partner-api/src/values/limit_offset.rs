//! The part of a list that a call requests: limit and offset.
#![allow(dead_code, reason = "a document need not have lists")]

use std::fmt::Display;
use std::num::NonZero;

/// The most items of a page, from 1 to 4294967295; converted from any integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u32);

/// How many items come before a page, from 0 to 4294967295; converted from any integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset(u32);

/// A limit or offset that is out of range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is {given}; expected {least} to {}", u32::MAX)]
pub struct OutOfRange {
    given: String,
    least: u32,
}

/// Checks that a number is at least `least` and fits.
fn within<N: Copy + Display + TryInto<u32>>(least: u32, given: N) -> Result<u32, OutOfRange> {
    let number = given.try_into().ok().filter(|number| *number >= least);
    number.ok_or_else(|| OutOfRange {
        given: given.to_string(),
        least,
    })
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        integers!(Limit, 1, $integer);
        integers!(Offset, 0, $integer);
    )*};
    ($count:ident, $least:literal, $integer:ty) => {
        impl TryFrom<$integer> for $count {
            type Error = OutOfRange;

            fn try_from(number: $integer) -> Result<Self, OutOfRange> {
                within($least, number).map(Self)
            }
        }

        impl TryFrom<NonZero<$integer>> for $count {
            type Error = OutOfRange;

            fn try_from(number: NonZero<$integer>) -> Result<Self, OutOfRange> {
                Self::try_from(number.get())
            }
        }
    };
}

integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl From<Limit> for u32 {
    fn from(limit: Limit) -> Self {
        limit.0
    }
}

impl From<Offset> for u32 {
    fn from(offset: Offset) -> Self {
        offset.0
    }
}
