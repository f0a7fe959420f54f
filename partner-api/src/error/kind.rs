//! The kinds of errors.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::connection_error::ConnectionError;
use super::printable::Printable;
use super::{BoxError, Error};

/// The kind of an [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting of the client is invalid or missing. Nothing was sent.
    #[error("the setting `{setting}` {reason}")]
    Configuration {
        /// The name of the setting: its method on the builder, or an environment variable.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// An argument of the call is missing or invalid. Nothing was sent.
    #[error("{0}")]
    InvalidRequest(String),
    /// The API could not be reached, or the connection broke or timed out.
    #[error(transparent)]
    Connection(ConnectionError),
    /// The call or its last attempt took longer than its timeout.
    #[error("the API did not respond within {0:?}")]
    Timeout(Duration),
    /// The response has more bytes than the client accepts, or needs too much memory when decoded.
    #[error(
        "the response has more than {limit} bytes, or needs too much memory for this limit; \
         raise `ClientBuilder::max_response_bytes`"
    )]
    ResponseTooLarge {
        /// The limit of the client, in bytes.
        limit: usize,
    },
    /// The call would have to wait past its deadline, for the client's own
    /// [`RateLimit`](crate::RateLimit) or for the end of a pause after a 429. Nothing was sent.
    #[error(
        "the rate limit of the client, or a pause after a 429, delays the call by {0:.1?}, \
         which is past its deadline"
    )]
    ClientThrottled(Duration),
    /// There is no credential to send, for example because the
    /// [`CredentialsProvider`](crate::CredentialsProvider) failed. This attempt sent nothing; see
    /// [`Error::attempts`] for earlier ones. It contains the error of the provider, which
    /// `downcast_ref` identifies.
    #[error("no credential is available: {}", Printable(.0))]
    Credentials(BoxError),
    /// The login failed, so this attempt sent nothing; see [`Error::attempts`] for earlier ones.
    /// [`Error::retry_after`] returns the time until the client logs in again.
    #[error("cannot log in: {}", WithoutWait(.0))]
    Login(Arc<Error>),
    /// The API responded with an error status.
    #[error("the API responded with an error")]
    Api,
    /// The list changed faster than it could be read, or the server returned the same items again and
    /// again. The items returned so far are correct. Read the list again later, or with larger pages.
    #[error(
        "the list changes faster than it can be read; read it again later, or with larger pages"
    )]
    ListUnstable,
    /// The list was resumed from a [`Cursor`](crate::Cursor), and it is not certain where it continues:
    /// the last items that were returned before are no longer in the list, or not where they were. No
    /// item was returned. Read the list from the beginning.
    #[error("the list changed too much to be resumed from the cursor; read it from the beginning")]
    ListChanged,
    /// The total of the list is higher than the number of items that the server returned, even after
    /// pages were requested again. All visible items were returned before this error. The exception
    /// is a list of more than 4,096 pages of which hardly any item is visible: it was not read to its
    /// end, and `allow_incomplete` does not accept it. Read the list again later. If the server always
    /// counts hidden items, accept the list with
    /// [`allow_incomplete`](crate::PageStream::allow_incomplete).
    #[error(
        "only {given} of {total} items of the list are visible; \
         read it again later, or accept such lists with `allow_incomplete`"
    )]
    #[non_exhaustive]
    ListIncomplete {
        /// How many items were returned, plus those skipped before the first.
        given: u64,
        /// How many items the list has, according to the server.
        total: u64,
    },
    /// The response does not match the documentation.
    #[error("the response cannot be decoded{}: {problem}", path.as_ref().map(|path| format!(" at `{path}`")).unwrap_or_default())]
    Decode {
        /// Where in the JSON, such as `clients[3].max_channels`.
        path: Option<String>,
        /// What was found and what was expected, without the value itself.
        problem: String,
    },
    /// The task of the call ended before the call did: a function of the program panicked, such as that
    /// of [`on_attempt`](crate::ClientBuilder::on_attempt), or the runtime was shut down.
    #[error(
        "the task of the call ended: a function of the program panicked, \
         or the runtime was shut down"
    )]
    Interrupted,
}

/// The error of a login within the error of a call, which prints its own wait.
struct WithoutWait<'a>(&'a Error);

impl fmt::Display for WithoutWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, None)
    }
}
