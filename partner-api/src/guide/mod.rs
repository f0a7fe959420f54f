//! Guides to subjects that concern more than one item of the crate.
//!
//! - [`calls`]: what happens between `send` and its result
//! - [`credentials`]: API keys, logins, vaults; processes that share a login
//! - [`lists`]: whole lists, which may change while they are read, and resuming
//! - [`testing`]: mocks and the emulator
//! - [`speed`]: what a call, a list and a build cost
//! - [`comparison`]: what other clients do and do not
//!
//! The front page has timeouts, retries, limits and errors [in production](crate#in-production), the
//! [features](crate#features), and how to set up [TLS](crate#tls). Other subjects are at their items:
//! [`telemetry`](crate::telemetry), `workflows::change_requests` for approvals, `workflows::onboarding`, and
//! `webhooks`.

#[doc = include_str!("calls.md")]
#[doc = "\n<div>"]
#[doc = include_str!("call.svg")]
#[doc = "</div>"]
pub mod calls {}
#[doc = include_str!("comparison.md")]
pub mod comparison {}
#[doc = include_str!("credentials.md")]
pub mod credentials {}
#[doc = include_str!("lists.md")]
pub mod lists {}
#[doc = include_str!("speed.md")]
pub mod speed {}
#[doc = include_str!("testing.md")]
pub mod testing {}
