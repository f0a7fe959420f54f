//! What a program can see of each attempt.

use std::time::Duration;

use reqwest::StatusCode;

use crate::error::Error;

/// One attempt of a call, that of a login included; see
/// [`ClientBuilder::observe`](crate::ClientBuilder::observe).
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The operation, as its method on the client is called; `token` for a login.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Which attempt of the call it was, from 1.
    pub number: u32,
    /// How long it took, its answer read.
    pub duration: Duration,
    /// The status, if there was an answer.
    pub status: Option<StatusCode>,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
    /// How long the client waits before the next attempt; `None` if there is to be none.
    pub retry_in: Option<Duration>,
}

/// What is told of each attempt.
pub(crate) type Observer = Box<dyn Fn(&Attempt<'_>) + Send + Sync>;
