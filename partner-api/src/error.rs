//! The error type of the crate.

mod connection_error;
mod kind;
mod label;
mod meta;
pub(crate) mod printable;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

use self::printable::Printable;

pub use self::connection_error::ConnectionError;
pub use self::kind::ErrorKind;
pub use self::meta::ErrorMeta;
use crate::operation::Operation;

/// Why a client could not be built or a call failed.
///
/// It contains the operation, the status, and the error message of the API, but no credentials, no
/// query strings and no bodies.
///
/// `Display` prints one line with everything needed to act on the error. In strings of the server it
/// escapes control characters, and it shortens them to 500 characters; the methods and [`ErrorMeta`]
/// return them in full. [`source`](std::error::Error::source) returns only causes that `Display` does
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

impl Error {
    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The operation that failed, by the name of its method on the client, or by the
    /// [method and template](crate::RequestBuilder#names) of a request; `None` for an error of
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

    /// How long to wait before the next request: the `Retry-After` of the response, or the wait for the
    /// client's rate limit or next login. A date in `Retry-After` is compared with the `Date` of the same
    /// response.
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

    /// A short name of the error for metrics; that of the span attribute `error.type`.
    ///
    /// There are few of these names, and they do not change:
    ///
    /// | Label | The call failed because |
    /// |---|---|
    /// | `400`, `404`, `503`, … | the API responded with this status |
    /// | `timeout` | the API did not respond or connect in time |
    /// | `connection` | the API could not be reached, or the connection broke |
    /// | `response_too_large` | the response is larger than the client accepts |
    /// | `decode` | the response does not match the documentation |
    /// | `client_throttled` | the client's rate limit, or a pause after a 429, delays it past its deadline |
    /// | `login` | the login failed |
    /// | `credentials` | there is no credential |
    /// | `invalid_request` | an argument is missing or invalid |
    /// | `configuration` | a setting of the client is invalid |
    /// | `list_unstable` | the list changed faster than it could be read |
    /// | `list_changed` | the list cannot be resumed from a cursor |
    /// | `list_incomplete` | the list has fewer visible items than its total |
    /// | `interrupted` | the task of the call ended before the call did |
    ///
    /// ```
    /// use partner_api::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = partner_hub::Hub::builder().start().await?;
    /// let client = Client::with_api_key("wrong").base_url(hub.url()).build()?;
    /// let error = client.get_partner().partner_id("abcPA").send().await.unwrap_err();
    /// assert_eq!(error.label(), "401");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn label(&self) -> &'static str {
        match &self.0.kind {
            ErrorKind::Api => self.0.status.map_or("api", label::of_status),
            ErrorKind::Timeout(_) => "timeout",
            ErrorKind::Connection(error) if error.is_timeout() => "timeout",
            ErrorKind::Connection(_) => "connection",
            ErrorKind::ResponseTooLarge { .. } => "response_too_large",
            ErrorKind::Decode { .. } => "decode",
            ErrorKind::ClientThrottled(_) => "client_throttled",
            ErrorKind::Login(_) => "login",
            ErrorKind::Credentials(_) => "credentials",
            ErrorKind::InvalidRequest(_) => "invalid_request",
            ErrorKind::Configuration { .. } => "configuration",
            ErrorKind::ListUnstable => "list_unstable",
            ErrorKind::ListChanged => "list_changed",
            ErrorKind::ListIncomplete { .. } => "list_incomplete",
            ErrorKind::Interrupted => "interrupted",
        }
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

    /// The operation is published for another server, and the program does not name it.
    pub(crate) fn server_not_named(operation: &'static Operation, published: &str) -> Self {
        let id = operation.id;
        let kind = ErrorKind::Configuration {
            setting: "operation_base_url",
            reason: format!(
                "is missing: this operation is published for {published}, and credentials go to another \
                 server only if the program names it; \
                 call `ClientBuilder::operation_base_url(\"{id}\", \"https://…\")`"
            ),
        };
        Self::for_operation(operation, kind)
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
        if let Some(operation) = operation {
            write!(f, "{operation}: ")?;
        }
        // Gateways and mock servers have error bodies of their own.
        let other = meta.as_ref().and_then(|meta| meta.other.get("message"));
        let message = self
            .developer_message()
            .or(other.and_then(|it| it.as_str()));
        match (status, message) {
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
