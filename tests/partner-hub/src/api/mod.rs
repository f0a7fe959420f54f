//! The API itself: its operations, their handlers, credentials, lists and errors.

pub(crate) mod auth;
pub(crate) mod change_requests;
pub(crate) mod handlers;
pub(crate) mod list;
pub(crate) mod operations;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod undocumented;
