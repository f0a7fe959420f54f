//! Reports each attempt to a function of the program.

use std::time::Duration;

use reqwest::StatusCode;

use crate::error::Error;

/// One attempt of a call or a login; see
/// [`ClientBuilder::on_attempt`](crate::ClientBuilder::on_attempt).
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The name of the operation's method on the client; `token` for a login, and the
    /// [method and template](crate::RequestBuilder#names) of a request.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The number of the attempt within its call, from 1.
    pub number: u32,
    /// How long the attempt took, including reading the response.
    pub duration: Duration,
    /// The status of the response, if there was one.
    pub status: Option<StatusCode>,
    /// The error, if the attempt failed.
    pub error: Option<&'a Error>,
    /// How long the client waits before the next attempt; `None` if this was the last one.
    pub retry_in: Option<Duration>,
}

impl Attempt<'_> {
    /// A short name of the outcome for metrics: `ok`, or that of the [error](Error::label).
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use std::sync::{Arc, Mutex};
    /// use partner_api::prelude::*;
    ///
    /// let counters = Arc::new(Mutex::new(BTreeMap::<_, u64>::new()));
    /// let counted = Arc::clone(&counters);
    /// let client = Client::with_api_key("key")
    ///     .on_attempt(move |attempt| {
    ///         let mut counters = counted.lock().unwrap();
    ///         *counters.entry((attempt.operation, attempt.label())).or_default() += 1;
    ///     })
    ///     .build()?;
    /// # Ok::<(), partner_api::Error>(())
    /// ```
    #[must_use]
    pub fn label(&self) -> &'static str {
        self.error.map_or("ok", Error::label)
    }
}

/// The function that each attempt is reported to.
pub(crate) type Observer = Box<dyn Fn(&Attempt<'_>) + Send + Sync>;
