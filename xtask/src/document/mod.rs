//! Reading a JSON document: pointers, visitors, and the source map.

pub(crate) mod pointer;
pub mod source_map;
pub(crate) mod visit;
