//! The stages from the docs pages to the generated client.
//!
//! [`documents`] runs those before progenitor in their order.

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
