//! The one error of the crate.

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

/// Why a client could not be made or a call failed.
///
/// It says which operation failed, with what status, and what the provider said of it. It shows
/// no credentials, no addresses with their query, and no bodies.
///
/// `Display` is one line with all that is needed to act on the error. Strings of the server are
/// escaped in it where they contain control characters, and shortened to 500 characters; the methods
/// and [`ErrorMeta`] return them whole. [`source`](std::error::Error::source) returns only causes
/// that `Display` does not contain. Print those too when a connection fails.
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

/// How far a call has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// How many times the request was sent, or tried to be.
    pub(crate) attempts: u32,
    /// When the call began.
    pub(crate) since: Instant,
}

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What kind of failure an [`Error`] is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting of the client cannot be used; nothing was sent.
    #[error("the setting `{setting}` {reason}")]
    Configuration {
        /// The setting, as its method on the builder is called.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// An argument of the call is missing or was refused; nothing was sent.
    #[error("{0}")]
    InvalidRequest(String),
    /// The API could not be reached, or the connection broke or took too long.
    #[error(transparent)]
    Connection(ConnectionError),
    /// The call, or its last attempt, took longer than it may.
    #[error("the API did not answer within {0:?}")]
    Timeout(Duration),
    /// The response has more bytes than the client accepts, or would take too much memory.
    #[error(
        "the response has more than {limit} bytes, or would take too much memory for that limit; \
         see `ClientBuilder::max_response_bytes`"
    )]
    ResponseTooLarge {
        /// The most bytes it may have.
        limit: usize,
    },
    /// The call would have to wait past its deadline, for a turn in the client's own
    /// [`RateLimit`](crate::RateLimit) or for the end of a pause that the hub asked for by a 429;
    /// nothing was sent.
    #[error("its turn comes only in {0:.1?}, by a rate limit or a pause that the hub asked for")]
    ClientThrottled(Duration),
    /// The [`CredentialsProvider`](crate::CredentialsProvider) has no credential, or the hub none
    /// that it lets in with; nothing was sent. It holds the provider's error, which
    /// `downcast_ref` identifies.
    #[error("there are no credentials: {}", Printable(.0))]
    Credentials(BoxError),
    /// The login failed; nothing else was sent. [`Error::retry_after`] says when the client will
    /// try again.
    #[error("cannot log in: {}", WithoutWait(.0))]
    Login(Arc<Error>),
    /// The API answered with an error.
    #[error("the API answered with an error")]
    Api,
    /// The list changed faster than it could be read, or the server gives the same rows again and
    /// again. What was given so far is right; read it anew when it is quieter, or with larger pages.
    #[error("the list changes faster than it can be read")]
    ListUnstable,
    /// The server counts more items in the list than it shows, also when asked again. Every visible
    /// item was given, unless the list has more than 4,096 pages of which hardly any item is
    /// visible: its end was not searched, and it is an error even if accepted. Read the list again
    /// later, or accept it with [`allow_incomplete`](crate::PageStream::allow_incomplete) where the
    /// server always counts hidden items.
    #[error(
        "{given} of the {total} items that the server counts were visible; \
         try again later, or accept such lists with `allow_incomplete`"
    )]
    #[non_exhaustive]
    ListIncomplete {
        /// How many items were given, and skipped before the first.
        given: u64,
        /// How many items the list has, as the server says.
        total: u64,
    },
    /// The answer is not what the documentation says.
    #[error("the answer cannot be read{}: {problem}", path.as_ref().map(|path| format!(" at `{path}`")).unwrap_or_default())]
    Decode {
        /// Where in the JSON, such as `clients[3].max_channels`.
        path: Option<String>,
        /// What is there and what was expected; the value itself is not shown.
        problem: String,
    },
}

/// What the API says of an error, in the `meta` member of its body, or in a body without one.
///
/// Source: the `400` and `404` answers of every operation in the published documentation; what is
/// documented nowhere is in [`other`](Self::other).
///
/// A credential that the server sends back, in any usual encoding, is replaced by `***`; a string
/// from which it cannot be cut out is hidden whole. `Debug` shortens long strings.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ErrorMeta {
    /// What went wrong, for a developer.
    #[serde(deserialize_with = "text")]
    pub developer_message: Option<String>,
    /// The status once more.
    pub http_code: Option<Value>,
    /// Always false.
    pub success: Option<Value>,
    /// The name of this very call, to give to the provider's support.
    #[serde(rename = "360dialog_trace_id", deserialize_with = "text")]
    pub trace_id: Option<String>,
    /// More about the error: an object or an array of texts.
    pub details: Option<Value>,
    /// What the API sent beside these.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Error {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The operation that failed, as its method on the client is called; `None` for an error of
    /// [`ClientBuilder::build`](crate::ClientBuilder::build).
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }

    /// The status of the answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The provider's name for this very call, to give to its support.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.0.meta.as_ref()?.trace_id.as_deref()
    }

    /// What the provider says went wrong.
    #[must_use]
    pub fn developer_message(&self) -> Option<&str> {
        self.0.meta.as_ref()?.developer_message.as_deref()
    }

    /// All that the provider says of the error; `None` when the body was no JSON object, such as a
    /// gateway's HTML.
    #[must_use]
    pub fn meta(&self) -> Option<&ErrorMeta> {
        self.0.meta.as_ref()
    }

    /// Whether what was asked for does not exist (404).
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

    /// Whether the credentials were refused (401) or do not allow this (403).
    #[must_use]
    pub fn is_auth(&self) -> bool {
        matches!(
            self.0.status,
            Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        )
    }

    /// Whether it took too long: for this client, or for the server (408) or a gateway (504).
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

    /// How long the server asks to wait before the next try, from a `Retry-After` in seconds or as
    /// a date, which is compared with the `Date` of the same response.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many times the request was sent, or tried to be.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call took, with all its attempts and waits.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Whether the hub may have done what was asked although the call failed.
    ///
    /// It can be so for an operation that is not idempotent, such as an approval, when its request
    /// was sent and the answer was lost, or was one of 408, 429 or 5xx. Such a call is not repeated:
    /// look at what it should have changed first.
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
            StatusCode::FORBIDDEN => Some("these credentials do not allow it"),
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
        // It may contain an argument.
        Self::for_operation(
            operation,
            ErrorKind::InvalidRequest(Printable(why).to_string()),
        )
    }

    /// The login that the operation needs failed, and is not tried again for a while.
    pub(crate) fn login(operation: &'static Operation, login: Arc<Self>, wait: Duration) -> Self {
        let mut error = Self::for_operation(operation, ErrorKind::Login(Arc::clone(&login)));
        error.0.status = login.status();
        error.0.meta.clone_from(&login.0.meta);
        error.0.retry_after = Some(wait);
        error
    }

    /// A call has to wait for its turn for longer than it may take.
    pub(crate) fn throttled(operation: &'static Operation, wait: Duration) -> Self {
        let mut error = Self::for_operation(operation, ErrorKind::ClientThrottled(wait));
        error.0.retry_after = Some(wait);
        error
    }

    /// The same error of an answer with this status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// The same error of a call that may have been done.
    pub(crate) fn with_unknown_outcome(mut self) -> Self {
        self.0.outcome_unknown = true;
        self
    }

    /// The same error at the end of a call.
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

const UNKNOWN_OUTCOME: &str = "it may have been done all the same, so it was not retried";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, self.retry_after())
    }
}

/// An error in that of a call, which has a wait of its own.
struct WithoutWait<'a>(&'a Error);

impl fmt::Display for WithoutWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, None)
    }
}

impl Error {
    /// Writes it with this wait before the next try.
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
            // The error of the login says all the rest, but not when the client logs in again.
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
            (None, true) => write!(
                f,
                "; {UNKNOWN_OUTCOME}: check that before you send it again"
            )?,
            (Some(wait), true) => write!(
                f,
                "; {UNKNOWN_OUTCOME}: check that first, and do not send it again before {wait:.0?} have passed"
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
            // Display contains these errors themselves.
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

/// A text; whatever else the API sends there is kept as its JSON.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

/// What serde says of a body, without the body's values.
fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return text;
    }
    // The names of fields are the documentation's.
    if text.starts_with("missing field `") {
        return text;
    }
    let expected = text
        .rsplit_once(", expected ")
        .map(|(_, expected)| expected);
    let found = text
        .strip_prefix("invalid type: ")
        .and_then(|found| found.split(['"', '`', ',']).next().map(str::trim));
    match (found, expected) {
        (Some(found), Some(expected)) => format!("found {found}, expected {expected}"),
        (None, Some(expected)) => format!("expected {expected}"),
        _ => format!(
            "a value that is not expected at line {} column {}",
            error.line(),
            error.column()
        ),
    }
}

/// A `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What is more than a number can hold is long, too.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    // Both dates of a response are by the server's clock, which ours need not agree with.
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let now = date.unwrap_or_else(SystemTime::now);
    // A date that has passed asks for no wait at all.
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
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains(char::is_control), "{text:?}");
            assert!(text.len() < 1_000, "{} bytes", text.len());
        }
    }
}
