//! The types of arguments and fields: how each is converted, checked and serialised.

pub(crate) mod argument;
pub(crate) mod constant;
pub(crate) mod cookie;
pub(crate) mod extra;
pub(crate) mod form;
pub(crate) mod identifier;
pub(crate) mod lenient;
pub(crate) mod limit_offset;
#[cfg(feature = "mock")]
pub(crate) mod mock_response;
pub(crate) mod multipart;
pub(crate) mod number;
pub(crate) mod open_enum;
pub(crate) mod open_union;
pub(crate) mod query;
pub(crate) mod sort;
pub(crate) mod string_value;
pub(crate) mod timestamp;
