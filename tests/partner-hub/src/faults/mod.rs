//! Fault injection: what can go wrong, for which requests, and what it does to their responses.

pub(crate) mod apply;
pub(crate) mod broken_response;
mod constructors;
pub(crate) mod fault;
pub(crate) mod lists;
pub(crate) mod rule;
pub(crate) mod schedule;
