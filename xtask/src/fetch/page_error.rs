//! Why a page could not be fetched, and whether the request is retried.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap};

/// How many attempts a page has.
const ATTEMPTS: u32 = 4;
/// The delay after the first attempt; it doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_millis(200);
/// A `Retry-After` longer than this ends the attempts.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Why a page could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(super) struct PageError {
    reason: String,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// The site has no such page.
    NotFound,
    /// The site does not give it to this request, whose signature may have expired.
    Denied,
    /// A retry may succeed, after the delay that `Retry-After` states.
    Transient(Option<Duration>),
    Permanent,
}

impl PageError {
    pub(super) fn permanent(reason: impl Into<String>) -> Self {
        let (reason, kind) = (reason.into(), Kind::Permanent);
        Self { reason, kind }
    }

    pub(super) fn not_found() -> Self {
        let (reason, kind) = ("was not found".into(), Kind::NotFound);
        Self { reason, kind }
    }

    pub(super) fn is_not_found(&self) -> bool {
        self.kind == Kind::NotFound
    }

    /// Whether the site responded, but has nothing for this URL: the status of an expired link.
    pub(super) fn is_rejected(&self) -> bool {
        matches!(self.kind, Kind::NotFound | Kind::Denied)
    }

    /// The delay before the next attempt, if there is one.
    pub(super) fn retry_delay(&self, attempt: u32) -> Option<Duration> {
        match self.kind {
            Kind::Transient(retry_after) if attempt < ATTEMPTS => {
                let delay = retry_after.unwrap_or(FIRST_DELAY * 2_u32.pow(attempt - 1));
                (delay <= MAX_RETRY_AFTER).then_some(delay)
            }
            _ => None,
        }
    }
}

/// The error for a response without success.
pub(super) fn for_status(status: StatusCode, headers: &HeaderMap) -> PageError {
    let mut reason = format!("returned {status}");
    let kind = match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Kind::NotFound,
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Kind::Denied,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Kind::Transient(retry_after(headers))
        }
        status if status.is_server_error() => Kind::Transient(retry_after(headers)),
        _ => Kind::Permanent,
    };
    if let Kind::Transient(Some(delay)) = kind {
        reason += &format!(" with a `Retry-After` of {} s", delay.as_secs());
    }
    PageError { reason, kind }
}

/// The delay of a `Retry-After` header, which is in seconds or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    value.parse().map(Duration::from_secs).ok().or_else(|| {
        let date = httpdate::parse_http_date(value).ok()?;
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    })
}

/// The error for a failure of the network; it shows the innermost cause, but not the URL, which may be
/// signed.
pub(super) fn transient(what: &str, error: reqwest::Error) -> PageError {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    PageError {
        reason: format!("{what}: {cause}"),
        kind: Kind::Transient(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled(retry_after: &str) -> PageError {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, retry_after.parse().expect("a value"));
        for_status(StatusCode::TOO_MANY_REQUESTS, &headers)
    }

    #[test]
    fn retry_after_is_obeyed_up_to_a_minute() {
        assert_eq!(throttled("7").retry_delay(1), Some(Duration::from_secs(7)));
        assert_eq!(throttled("61").retry_delay(1), None);
        let past = throttled("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(past.retry_delay(1), Some(Duration::ZERO));
        assert_eq!(throttled("soon").retry_delay(2), Some(FIRST_DELAY * 2));
    }

    #[test]
    fn transient_errors_are_retried_a_limited_number_of_times() {
        assert_eq!(throttled("0").retry_delay(ATTEMPTS), None);
        for (status, retried) in [
            (403, false),
            (404, false),
            (408, true),
            (500, true),
            (503, true),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let error = for_status(status, &HeaderMap::new());
            assert_eq!(error.retry_delay(1).is_some(), retried, "{status}");
        }
    }
}
