//! The integration tests of the client, by topic.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod auth;
#[cfg(feature = "mock")]
mod comparison;
#[cfg(feature = "workflows")]
mod examples;
mod operations;
mod paginate;
mod public_api;
mod request;
mod secrets;
mod support;
mod transport;
mod values;
#[cfg(feature = "webhooks")]
mod webhooks;
mod workflows;
