//! What every stage needs of a JSON document: its pointers, its schemas, and where it was published.

pub(crate) mod pointer;
pub mod source_map;
pub(crate) mod visit;
