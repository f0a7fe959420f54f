//! The error type of the crate.

pub(crate) mod connection_error;
pub(crate) mod printable;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use tokio::time::Instant;

use self::connection_error::ConnectionError;
use self::printable::Printable;
use crate::operation::Operation;

/// Why a client could not be built or a call failed.
///
/// It contains the operation, the status, and the error message of the API, but no credentials, no
/// queries and no bodies.
///
/// `Display` prints one line with everything needed to act on the error. In strings of the server it
/// escapes control characters, and it shortens them to 500 characters; the methods and [`ErrorMeta`]
/// return them whole. [`source`](std::error::Error::source) returns only causes that `Display` does
/// not contain. Print them too if a connection fails.
pub struct Error(Box<Inner>);

struct Inner {
    operation: Option<&'static Operation>,
    status: Option<StatusCode>,
    retry_after: Option<Duration>,
    meta: Option<ErrorMeta>,
    attempts: u32,
    elapsed: Duration,
    outcome_unknown: bool,
    kind: ErrorKind,
}

/// The attempts and the start of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// How many attempts there were, including those that could not connect.
    pub(crate) attempts: u32,
    /// When the call started.
    pub(crate) since: Instant,
}

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The kind of an [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting of the client is invalid. Nothing was sent.
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
    /// The API could not be reached, or the connection broke or took too long.
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
    /// [`CredentialsProvider`](crate::CredentialsProvider) failed. Nothing was sent. It contains the
    /// error of the provider, which `downcast_ref` identifies.
    #[error("no credential is available: {}", Printable(.0))]
    Credentials(BoxError),
    /// The login failed, so the request was not sent. [`Error::retry_after`] returns the time until
    /// the client logs in again.
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
}

/// The error that the API reports: the `meta` member of an error body, or the body itself.
///
/// Source: the `400` and `404` responses of every operation in the published documentation. Members
/// that are not documented are in [`other`](Self::other).
///
/// A credential that the server sends back, in any usual encoding, is replaced by `***`. A string
/// from which it cannot be removed is hidden. `Debug` shortens long strings.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ErrorMeta {
    /// What went wrong, for a developer.
    #[serde(deserialize_with = "string")]
    pub developer_message: Option<String>,
    /// The HTTP status.
    pub http_code: Option<Value>,
    /// Always false.
    pub success: Option<Value>,
    /// The id of this request, for the provider's support.
    #[serde(rename = "360dialog_trace_id", deserialize_with = "string")]
    pub trace_id: Option<String>,
    /// Details of the error: an object or an array of strings.
    pub details: Option<Value>,
    /// All other members.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Error {
    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The operation that failed, by the name of its method on the client; `None` for an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }

    /// The status of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The provider's id of this request, for its support.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.0.meta.as_ref()?.trace_id.as_deref()
    }

    /// The error message of the API.
    #[must_use]
    pub fn developer_message(&self) -> Option<&str> {
        self.0.meta.as_ref()?.developer_message.as_deref()
    }

    /// The error that the API reported; `None` if the body is not a JSON object, such as the HTML of a
    /// gateway.
    #[must_use]
    pub fn meta(&self) -> Option<&ErrorMeta> {
        self.0.meta.as_ref()
    }

    /// Whether the requested object does not exist (404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        let is_login = matches!(self.0.kind, ErrorKind::Login(_));
        !is_login && self.0.status == Some(StatusCode::NOT_FOUND)
    }

    /// Whether too many requests were sent (429); see [`retry_after`](Self::retry_after).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.0.status == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether the credentials were rejected (401) or do not allow the operation (403).
    #[must_use]
    pub fn is_auth(&self) -> bool {
        matches!(
            self.0.status,
            Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        )
    }

    /// Whether a timeout ended the call: that of this client, of the server (408) or of a gateway (504).
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match &self.0.kind {
            ErrorKind::Timeout(_) => true,
            ErrorKind::Connection(error) => error.is_timeout(),
            ErrorKind::Login(error) => error.is_timeout(),
            _ => matches!(
                self.0.status,
                Some(StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT)
            ),
        }
    }

    /// How long to wait before the next request, from a `Retry-After` in seconds or as a date. A date is
    /// compared with the `Date` of the same response.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many attempts there were, including those that could not connect.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call took, with all its attempts and waits.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Whether the server may have done the operation although the call failed.
    ///
    /// This is possible for an operation that is not idempotent, such as an approval, if its request
    /// was sent and the response was lost, or was 408, 429 or 5xx. Such a call is not retried: check
    /// first what it has changed.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    fn advice(&self) -> Option<&'static str> {
        match self.0.status? {
            status if status.is_redirection() => {
                Some("redirects are not followed; check the base URL")
            }
            StatusCode::UNAUTHORIZED => Some("check the credentials"),
            StatusCode::FORBIDDEN => Some("the credentials do not allow this operation"),
            _ => None,
        }
    }

    pub(crate) fn configuration(setting: &'static str, reason: impl Into<String>) -> Self {
        Self::new(
            None,
            ErrorKind::Configuration {
                setting,
                reason: reason.into(),
            },
        )
    }

    pub(crate) fn for_operation(operation: &'static Operation, kind: ErrorKind) -> Self {
        Self::new(Some(operation), kind)
    }

    pub(crate) fn invalid_request(operation: &'static Operation, why: String) -> Self {
        // The message may contain an argument.
        Self::for_operation(
            operation,
            ErrorKind::InvalidRequest(Printable(why).to_string()),
        )
    }

    /// The login that the operation needs failed, and there is no other one for `wait`.
    pub(crate) fn login(operation: &'static Operation, login: Arc<Self>, wait: Duration) -> Self {
        let mut error = Self::for_operation(operation, ErrorKind::Login(Arc::clone(&login)));
        error.0.status = login.status();
        error.0.meta.clone_from(&login.0.meta);
        error.0.retry_after = Some(wait);
        error
    }

    /// The call would have to wait for the rate limit past its deadline.
    pub(crate) fn throttled(operation: &'static Operation, wait: Duration) -> Self {
        let mut error = Self::for_operation(operation, ErrorKind::ClientThrottled(wait));
        error.0.retry_after = Some(wait);
        error
    }

    /// Adds the status of the response.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Marks the operation as possibly done.
    pub(crate) fn with_unknown_outcome(mut self) -> Self {
        self.0.outcome_unknown = true;
        self
    }

    /// Adds the attempts and the duration of the call.
    pub(crate) fn with_progress(mut self, progress: Progress) -> Self {
        self.0.attempts = progress.attempts;
        self.0.elapsed = progress.since.elapsed();
        self
    }

    pub(crate) fn response(
        operation: &'static Operation,
        status: StatusCode,
        headers: &HeaderMap,
        meta: Option<ErrorMeta>,
    ) -> Self {
        let error = Self::for_operation(operation, ErrorKind::Api);
        Self(Box::new(Inner {
            status: Some(status),
            retry_after: retry_after(headers),
            meta,
            ..*error.0
        }))
    }

    pub(crate) fn decode(
        operation: &'static Operation,
        status: StatusCode,
        path: Option<String>,
        error: &serde_json::Error,
    ) -> Self {
        let path = path.map(|path| Printable(path).to_string());
        let problem = problem(error);
        let error = Self::for_operation(operation, ErrorKind::Decode { path, problem });
        Self(Box::new(Inner {
            status: Some(status),
            ..*error.0
        }))
    }

    fn new(operation: Option<&'static Operation>, kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            operation,
            status: None,
            retry_after: None,
            meta: None,
            attempts: 0,
            elapsed: Duration::ZERO,
            outcome_unknown: false,
            kind,
        }))
    }
}

const UNKNOWN_OUTCOME: &str = "the operation may have been done, so the call was not retried";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, self.retry_after())
    }
}

/// The error of a login within the error of a call, which prints its own wait.
struct WithoutWait<'a>(&'a Error);

impl fmt::Display for WithoutWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, None)
    }
}

impl Error {
    /// Prints the error, with the wait before the next request.
    fn write(&self, f: &mut fmt::Formatter<'_>, wait: Option<Duration>) -> fmt::Result {
        let Inner {
            operation,
            status,
            meta,
            kind,
            ..
        } = &*self.0;
        if let Some(Operation {
            id, method, path, ..
        }) = operation
        {
            write!(f, "{id} ({method} {path}): ")?;
        }
        match (status, self.developer_message()) {
            // The error of the login contains everything but the wait for the next login.
            _ if matches!(kind, ErrorKind::Login(_)) => {
                write!(f, "{kind}")?;
                return wait.map_or(Ok(()), |wait| write!(f, "; try again in {wait:.0?}"));
            }
            (Some(status), Some(message)) => {
                write!(f, "{status}: {}", Printable(message))?;
            }
            (Some(status), None) if matches!(kind, ErrorKind::Api) => {
                write!(f, "{status}")?;
                if !status.is_redirection() && meta.is_none() {
                    write!(f, ", without the documented error body")?;
                }
            }
            (Some(status), None) => write!(f, "{status}: {kind}")?,
            (None, _) => write!(f, "{kind}")?,
        }
        if let Some(details) = meta.as_ref().and_then(|meta| meta.details.as_ref()) {
            write!(f, "; details: {}", Printable(details))?;
        }
        if let Some(id) = self.trace_id() {
            write!(f, "; trace id {}", Printable(id))?;
        }
        if let Some(advice) = self.advice() {
            write!(f, "; {advice}")?;
        }
        match (wait, self.is_outcome_unknown()) {
            (None, false) => {}
            (Some(wait), false) => write!(f, "; try again in {wait:.0?}")?,
            (None, true) => write!(f, "; {UNKNOWN_OUTCOME}: check before you send it again")?,
            (Some(wait), true) => write!(
                f,
                "; {UNKNOWN_OUTCOME}: check first, and wait {wait:.0?} before you send it again"
            )?,
        }
        if self.0.attempts > 1 {
            write!(
                f,
                "; after {} attempts in {:.1?}",
                self.0.attempts, self.0.elapsed
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("operation", &self.operation())
            .field("status", &self.0.status)
            .field("kind", &self.0.kind)
            .field("meta", &self.0.meta)
            .field("retry_after", &self.0.retry_after)
            .field("attempts", &self.0.attempts)
            .field("elapsed", &self.0.elapsed)
            .field("outcome_unknown", &self.0.outcome_unknown)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            // `Display` contains these errors.
            ErrorKind::Login(login) => login.source(),
            ErrorKind::Credentials(error) => error.source(),
            kind => kind.source(),
        }
    }
}

impl fmt::Debug for ErrorMeta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            developer_message,
            http_code,
            success,
            trace_id,
            details,
            other,
        } = self;
        let other = serde_json::to_string(other).unwrap_or_default();
        f.debug_struct("ErrorMeta")
            .field(
                "developer_message",
                &developer_message.as_ref().map(Printable),
            )
            .field("http_code", &http_code.as_ref().map(Printable))
            .field("success", &success.as_ref().map(Printable))
            .field("trace_id", &trace_id.as_ref().map(Printable))
            .field("details", &details.as_ref().map(Printable))
            .field("other", &Printable(other))
            .finish()
    }
}

/// A string. Any other value is kept as its JSON.
fn string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(string) => Some(string),
        other => Some(other.to_string()),
    })
}

/// The message of serde, without values of the body.
fn problem(error: &serde_json::Error) -> String {
    let message = error.to_string();
    if !error.is_data() {
        return message;
    }
    // The names of fields come from the documentation.
    if message.starts_with("missing field `") {
        return message;
    }
    let expected = message
        .rsplit_once(", expected ")
        .map(|(_, expected)| expected);
    let found = message
        .strip_prefix("invalid type: ")
        .and_then(|found| found.split(['"', '`', ',']).next().map(str::trim));
    match (found, expected) {
        (Some(found), Some(expected)) => format!("found {found}, expected {expected}"),
        (None, Some(expected)) => format!("expected {expected}"),
        _ => format!(
            "unexpected value at line {} column {}",
            error.line(),
            error.column()
        ),
    }
}

/// Parses a `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large for the type is a long wait, too.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    // Both dates of a response come from the server's clock, which may differ from ours.
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let now = date.unwrap_or_else(SystemTime::now);
    // A date in the past means no wait.
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::LOGIN;

    #[test]
    fn names_of_a_response_are_printed_in_one_line() {
        let path = format!("plan.\u{1b}[31m\n{}", "long".repeat(10_000));
        let problem = serde_json::from_str::<bool>("{}").unwrap_err();
        let error = Error::decode(&LOGIN, StatusCode::OK, Some(path), &problem);
        for printed in [error.to_string(), format!("{error:?}")] {
            assert!(!printed.contains(char::is_control), "{printed:?}");
            assert!(printed.len() < 1_000, "{} bytes", printed.len());
        }
    }
}
