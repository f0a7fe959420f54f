//! Requests to endpoints that no page documents.

mod invalid;
mod lists;
mod operations;
mod requests;
mod transport;
