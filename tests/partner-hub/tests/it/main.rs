//! The integration tests of the emulator, by topic.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod auth;
mod change_requests;
mod concurrency;
mod faults;
mod generated_data;
mod http2;
mod invalid_requests;
mod list_faults;
mod lists;
mod many_clients;
mod operations;
#[cfg(unix)]
mod program;
#[cfg(unix)]
mod readme;
mod record;
mod support;
