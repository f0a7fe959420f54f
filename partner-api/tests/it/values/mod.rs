//! The types of arguments and fields.

mod extra;
mod filters;
mod identifiers;
mod limit_offset;
mod sort;
mod timestamps;
