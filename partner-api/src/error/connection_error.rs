//! The error of a connection.

use std::error::Error;
use std::fmt;

/// Why the API could not be reached, or the connection broke or timed out.
///
/// Its [`source`](Error::source) is the error of reqwest without the URL. It can contain a string of
/// the server: the reason why it ended an HTTP/2 connection. If that string contains a credential,
/// there is no source.
pub struct ConnectionError {
    problem: &'static str,
    is_timeout: bool,
    cause: Option<reqwest::Error>,
}

impl ConnectionError {
    /// `has_secret` finds credentials in a string.
    pub(crate) fn new(cause: reqwest::Error, has_secret: impl Fn(&str) -> bool) -> Self {
        // The URL contains the caller's filters.
        let cause = cause.without_url();
        let is_timeout = cause.is_timeout();
        Self {
            problem: if is_timeout {
                "the API did not respond in time"
            } else if cause.is_connect() {
                "the API cannot be reached; check the address, the network and the proxy"
            } else if cause.is_body() || cause.is_decode() {
                "the connection broke while the response was read"
            } else {
                "the connection broke"
            },
            is_timeout,
            cause: (!has_secret(&printed(&cause))).then_some(cause),
        }
    }

    /// Whether it was a timeout.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.is_timeout
    }
}

/// An error and its causes, as `Debug` and `Display` print them.
fn printed(error: &reqwest::Error) -> String {
    let mut printed = format!("{error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        printed += &format!("\n{error}");
        cause = error.source();
    }
    printed
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem)
    }
}

impl fmt::Debug for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => fmt::Debug::fmt(cause, f),
            None => write!(f, "{:?}", self.problem),
        }
    }
}

impl Error for ConnectionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
