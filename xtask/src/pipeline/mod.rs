//! The stages from docs pages to the generated client, each a function from document to document.

pub mod documents;
pub(crate) mod extensions;
pub mod extract;
pub mod generate;
pub(crate) mod inert;
pub mod lower;
pub mod merge;
pub mod normalise;
pub mod overlay;
pub(crate) mod server;
pub mod stage_log;
