//! The integration tests of the pipeline and its commands, by topic.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test that cannot be set up has failed"
)]

mod accepted_input;
mod awkward_names;
mod awkward_shapes;
mod bad_input;
mod bad_overlay;
mod checked_in;
mod collisions;
mod crash_regressions;
mod diff;
mod documents;
mod downstream;
mod extensions;
mod fetch;
mod fetch_specifications;
mod future_pages;
mod generates;
mod golden;
mod hostile_pages;
mod hostile_site;
mod imports;
mod inert_docs;
mod lookalikes;
mod other_apis;
mod other_servers;
mod properties;
mod public_documents;
mod release;
mod semver;
mod specifications;
mod support;
mod unions;
mod unsupported;
mod update;
#[cfg(unix)]
mod webhooks;
mod wire_forms;
mod workflow;
mod workspace;
