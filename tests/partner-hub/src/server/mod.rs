//! The HTTP server: the port, connections, the path of a request to its response, and the record.

pub(crate) mod connection;
pub(crate) mod context;
pub(crate) mod deliver;
pub(crate) mod dispatch;
pub(crate) mod listener;
mod masking;
pub(crate) mod raw_errors;
pub(crate) mod record;
pub(crate) mod record_filter;
pub(crate) mod request;
pub(crate) mod router;
