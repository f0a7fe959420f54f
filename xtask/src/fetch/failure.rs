//! Why the site has nothing at an address, and whether another attempt is worth it.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap};

/// How often a page is asked for before the site is given up.
const ATTEMPTS: u32 = 4;
/// The pause after the first attempt; it doubles with each.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest that a `Retry-After` is obeyed.
const LONGEST: Duration = Duration::from_secs(60);

/// Why the site has nothing at an address.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(super) struct Failure {
    reason: String,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// There is no such page.
    Missing,
    /// It may work again, after the time the site asks for.
    Passing(Option<Duration>),
    Lasting,
}

impl Failure {
    pub(super) fn lasting(reason: impl Into<String>) -> Self {
        let (reason, kind) = (reason.into(), Kind::Lasting);
        Self { reason, kind }
    }

    pub(super) fn missing() -> Self {
        let (reason, kind) = ("is nowhere".into(), Kind::Missing);
        Self { reason, kind }
    }

    pub(super) fn is_missing(&self) -> bool {
        self.kind == Kind::Missing
    }

    /// How long to wait before the next attempt, if one is worth it.
    pub(super) fn pause(&self, attempt: u32) -> Option<Duration> {
        match self.kind {
            Kind::Passing(asked) if attempt < ATTEMPTS => {
                let pause = asked.unwrap_or(PAUSE * 2_u32.pow(attempt - 1));
                (pause <= LONGEST).then_some(pause)
            }
            _ => None,
        }
    }
}

/// A response that is no page.
pub(super) fn refused(status: StatusCode, headers: &HeaderMap) -> Failure {
    let mut reason = format!("answers {status}");
    let kind = match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Kind::Missing,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Kind::Passing(retry_after(headers))
        }
        status if status.is_server_error() => Kind::Passing(retry_after(headers)),
        _ => Kind::Lasting,
    };
    if let Kind::Passing(Some(asked)) = kind {
        reason += &format!(" and asks to wait {} s", asked.as_secs());
    }
    Failure { reason, kind }
}

/// The time a `Retry-After` asks for, in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    value.parse().map(Duration::from_secs).ok().or_else(|| {
        let date = httpdate::parse_http_date(value).ok()?;
        Some(date.duration_since(SystemTime::now()).unwrap_or_default())
    })
}

/// A failure of the network, with its cause, which is what tells people something.
pub(super) fn passing(what: &str, error: &reqwest::Error) -> Failure {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Failure {
        reason: format!("{what}: {cause}"),
        kind: Kind::Passing(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled(retry_after: &str) -> Failure {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, retry_after.parse().expect("a value"));
        refused(StatusCode::TOO_MANY_REQUESTS, &headers)
    }

    #[test]
    fn the_site_says_how_long_to_wait_up_to_a_minute() {
        assert_eq!(throttled("7").pause(1), Some(Duration::from_secs(7)));
        assert_eq!(throttled("61").pause(1), None);
        let past = throttled("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(past.pause(1), Some(Duration::ZERO));
        assert_eq!(throttled("soon").pause(2), Some(PAUSE * 2));
    }

    #[test]
    fn only_what_may_pass_is_tried_again_and_not_for_ever() {
        assert_eq!(throttled("0").pause(ATTEMPTS), None);
        for (status, again) in [
            (403, false),
            (404, false),
            (408, true),
            (500, true),
            (503, true),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let failure = refused(status, &HeaderMap::new());
            assert_eq!(failure.pause(1).is_some(), again, "{status}");
        }
    }
}
