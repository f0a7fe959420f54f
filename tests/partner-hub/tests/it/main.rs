//! The integration tests of the emulator, by topic.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod auth;
mod change_requests;
mod clock;
mod concurrency;
mod fault_rules;
mod faults;
mod generated_data;
mod http2;
mod invalid_requests;
mod latency;
mod list_faults;
mod lists;
mod many_clients;
mod masking;
mod operations;
#[cfg(unix)]
mod program;
#[cfg(unix)]
mod readme;
mod record;
mod record_limits;
mod support;
mod undocumented;
mod webhooks;
