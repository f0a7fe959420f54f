//! The pipeline from the provider's docs pages to the generated client.
//!
//! A chain of plain functions from document to document, one module each, in this order:
//! [`extract`] → [`merge`] → [`overlay`] → [`normalise`] → [`lower`] → [`generate`]; the finishing
//! pass over the generated code is in `partner-api/build`. [`codegen`] is the command that runs
//! them.

pub mod codegen;
pub mod extract;
pub mod generate;
pub mod lower;
pub mod merge;
pub mod normalise;
pub mod origin;
pub mod overlay;
mod pointer;
mod schemas;
pub mod write;
