//! What becomes of a call whose attempt failed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;

use super::attempt::Failure;

/// How failed calls are retried.
///
/// A call is retried after a connection error, a timeout, or a response of 408, 429 or 5xx, if its
/// operation is idempotent. Any other call is retried only when no connection was made, so that
/// nothing can have been sent: an approval never reaches the server twice.
///
/// # Defaults
///
/// - at most 3 retries
/// - before each a random wait of up to 0.25 s, 0.5 s, 1 s …, at most 20 seconds ("full jitter")
/// - a `Retry-After` of at most 60 seconds is obeyed, and counts as at least 0.25 s; the random
///   wait is added to it, so that calls that got the same one do not come back together. A longer
///   one ends the call with an error that has it in
///   [`Error::retry_after`](crate::Error::retry_after)
/// - a 429 without `Retry-After` counts as one with 0.25 s
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) max: u32,
    pub(crate) min_backoff: Duration,
    pub(crate) max_backoff: Duration,
    pub(crate) max_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max: 3,
            min_backoff: Duration::from_millis(250),
            max_backoff: Duration::from_secs(20),
            max_retry_after: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// At most this many retries.
    #[must_use]
    pub fn max(max: u32) -> Self {
        Self {
            max,
            ..Self::default()
        }
    }

    /// No retry.
    #[must_use]
    pub fn none() -> Self {
        Self::max(0)
    }

    /// Waits up to `base` before the first retry, up to twice as long before each further one, and
    /// at most `longest`. A `Retry-After` counts as at least `base`, and as much is added to it.
    #[must_use]
    pub fn backoff(mut self, min: Duration, max: Duration) -> Self {
        self.min_backoff = min;
        self.max_backoff = max;
        self
    }

    /// Obeys a `Retry-After` of at most this long.
    #[must_use]
    pub fn max_retry_after(mut self, max: Duration) -> Self {
        self.max_retry_after = max;
        self
    }

    /// How long to wait after so many attempts; `random` is from 0 to 1.
    fn delay(&self, attempts: u32, random: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        let most = self
            .min_backoff
            .saturating_mul(doubled)
            .min(self.max_backoff);
        most.mul_f64(random)
    }

    /// How long nothing is to be sent after a response that may have a `Retry-After`.
    pub(super) fn pause(&self, retry_after: Option<Duration>) -> Duration {
        let asked = retry_after.unwrap_or_default().min(self.max_retry_after);
        asked.max(self.least())
    }

    /// The most that is waited before the first retry, and the least after a response that asks
    /// for a wait.
    pub(super) fn least(&self) -> Duration {
        self.min_backoff.min(self.max_backoff)
    }
}

/// What a call does after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It returns the failure.
    Return,
    /// It waits so long, and is sent again.
    RetryAfter(Duration),
    /// It is sent again with another credential.
    RenewCredential,
}

/// How the call stands when an attempt has failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) policy: RetryPolicy,
    /// Attempts so far.
    pub(super) attempts: u32,
    /// Whether a second request does no more than the first.
    pub(super) idempotent: bool,
    /// Whether the request can be sent again; a body that is read while it is sent cannot.
    pub(super) resendable: bool,
    /// Whether the credential was rejected and there may be another one for this call.
    pub(super) renewable: bool,
    /// How long it may still take.
    pub(super) left: Duration,
    /// From 0 to 1.
    pub(super) random: f64,
}

/// What becomes of a call after this failure.
pub(super) fn decide(failure: &Failure, state: &State) -> Decision {
    let State { policy, .. } = state;
    if !state.resendable {
        return Decision::Return;
    }
    if state.renewable && state.idempotent {
        return Decision::RenewCredential;
    }
    let may_repeat = failure.not_sent || (state.idempotent && failure.transient);
    if !may_repeat || state.attempts > policy.max {
        return Decision::Return;
    }
    let backoff = policy.delay(state.attempts, state.random);
    let asked = failure.error.retry_after();
    let wait = match asked {
        Some(asked) if asked > policy.max_retry_after => return Decision::Return,
        None if !failure.error.is_rate_limited() => backoff,
        // Many calls may have got the same response.
        asked => policy.pause(asked).saturating_add(backoff),
    };
    match wait < state.left {
        true => Decision::RetryAfter(wait),
        false => Decision::Return,
    }
}

/// Whether a response with this status says that the same request may succeed later.
pub(super) fn is_transient(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        )
}

/// What all calls of a client may spend on retries, so that a server in trouble is not sent several
/// times the requests: each retry costs, each success pays back a little.
#[derive(Debug)]
pub(crate) struct Budget(Mutex<u32>);

impl Budget {
    const FULL: u32 = 500;
    const RETRY: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(Mutex::new(Self::FULL))
    }

    /// Pays for a retry; false when there is nothing left.
    pub(crate) fn try_withdraw(&self) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match left.checked_sub(Self::RETRY) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => false,
        }
    }

    /// A call succeeded, after so many retries.
    pub(crate) fn succeeded(&self, retries: u32) {
        let back = if retries > 0 { Self::RETRY } else { 1 };
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = Self::FULL.min(*left + back);
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, RETRY_AFTER};

    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::operation::Operation;

    const OPERATION: Operation = Operation {
        id: "x",
        method: "GET",
        path: "/x",
        idempotent: true,
        authenticated: true,
    };
    const SECOND: Duration = Duration::from_secs(1);

    fn status(status: u16, retry_after: Option<u64>) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        let mut headers = HeaderMap::new();
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        let error = Error::response(&OPERATION, status, &headers, None);
        Failure::new(error, is_transient(status))
    }

    fn timeout() -> Failure {
        Failure::new(
            Error::for_operation(&OPERATION, ErrorKind::Timeout(SECOND)),
            true,
        )
    }

    fn too_large() -> Failure {
        let kind = ErrorKind::ResponseTooLarge { limit: 1 };
        Failure::new(Error::for_operation(&OPERATION, kind), false)
    }

    fn not_connected() -> Failure {
        Failure {
            not_sent: true,
            ..timeout()
        }
    }

    const FIRST: State = State {
        policy: RetryPolicy {
            max: 3,
            min_backoff: Duration::from_millis(250),
            max_backoff: Duration::from_secs(20),
            max_retry_after: Duration::from_secs(60),
        },
        attempts: 1,
        idempotent: true,
        resendable: true,
        renewable: false,
        left: Duration::from_secs(3600),
        random: 1.0,
    };

    /// After so many milliseconds.
    fn after(millis: u64) -> Decision {
        Decision::RetryAfter(Duration::from_millis(millis))
    }

    #[test]
    fn each_failure_has_its_decision() {
        use Decision::{RenewCredential, Return};
        let approval = State {
            idempotent: false,
            ..FIRST
        };
        let sent_once = State {
            resendable: false,
            ..FIRST
        };
        let rejected = State {
            renewable: true,
            ..FIRST
        };
        let random = |random| State { random, ..FIRST };
        let attempts = |attempts| State { attempts, ..FIRST };
        let left = |seconds| State {
            left: seconds * SECOND,
            ..FIRST
        };
        for (line, (failure, state, decision)) in [
            // What may succeed later
            (timeout(), FIRST, after(250)),
            (status(408, None), FIRST, after(250)),
            (status(500, None), FIRST, after(250)),
            (status(503, None), FIRST, after(250)),
            (not_connected(), FIRST, after(250)),
            // and what may not.
            (status(400, None), FIRST, Return),
            (status(401, None), FIRST, Return),
            (status(404, Some(1)), FIRST, Return),
            (status(302, None), FIRST, Return),
            (too_large(), FIRST, Return),
            // Waits are random, and grow up to the longest.
            (status(503, None), random(0.0), after(0)),
            (status(503, None), random(0.5), after(125)),
            (status(503, None), attempts(2), after(500)),
            (status(503, None), attempts(3), after(1000)),
            (status(503, None), attempts(4), Return),
            // What the server asks for is the least.
            (status(503, Some(7)), FIRST, after(7250)),
            (status(503, Some(7)), random(0.0), after(7000)),
            (status(429, Some(7)), random(0.5), after(7125)),
            (status(503, Some(60)), FIRST, after(60_250)),
            (status(503, Some(61)), FIRST, Return),
            (status(429, Some(61)), FIRST, Return),
            (status(503, Some(u64::MAX)), FIRST, Return),
            // It is never too short.
            (status(503, Some(0)), random(0.0), after(250)),
            (status(503, Some(0)), FIRST, after(500)),
            (status(429, Some(0)), FIRST, after(500)),
            (status(429, None), FIRST, after(500)),
            (status(429, None), random(0.0), after(250)),
            // A wait to the deadline is in vain.
            (status(503, Some(7)), left(8), after(7250)),
            (status(503, Some(7)), left(7), Return),
            (timeout(), left(0), Return),
            // What is not idempotent is retried if nothing was sent.
            (timeout(), approval, Return),
            (status(429, Some(1)), approval, Return),
            (status(503, None), approval, Return),
            (not_connected(), approval, after(250)),
            // What can be sent once is sent once.
            (timeout(), sent_once, Return),
            (not_connected(), sent_once, Return),
            // A rejected credential is replaced,
            (status(401, None), rejected, RenewCredential),
            // whatever the number of attempts,
            (
                status(401, None),
                State {
                    attempts: 4,
                    ..rejected
                },
                RenewCredential,
            ),
            // but an approval is not sent again, and neither is what cannot be.
            (
                status(401, None),
                State {
                    renewable: true,
                    ..approval
                },
                Return,
            ),
            (
                status(401, None),
                State {
                    renewable: true,
                    ..sent_once
                },
                Return,
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let context = format!("line {line}: {:?} {state:?}", failure.error);
            assert_eq!(decide(&failure, &state), decision, "{context}");
        }
    }

    #[test]
    fn backoffs_grow_to_the_longest_whatever_the_number_of_attempts() {
        for (attempts, most) in [
            (1, 250),
            (2, 500),
            (3, 1000),
            (9, 20_000),
            (u32::MAX, 20_000),
        ] {
            let most = Duration::from_millis(most);
            assert_eq!(FIRST.policy.delay(attempts, 1.0), most);
            assert_eq!(FIRST.policy.delay(attempts, 0.0), Duration::ZERO);
        }
    }

    #[test]
    fn a_pause_is_as_long_as_the_server_asks_within_bounds() {
        let pause = |seconds: Option<u64>| FIRST.policy.pause(seconds.map(Duration::from_secs));
        assert_eq!(pause(None), Duration::from_millis(250));
        assert_eq!(pause(Some(0)), Duration::from_millis(250));
        assert_eq!(pause(Some(7)), 7 * SECOND);
        assert_eq!(pause(Some(u64::MAX)), 60 * SECOND);
    }

    #[test]
    fn the_budget_ends_and_is_paid_back() {
        let budget = Budget::new();
        assert_eq!((0..1000).filter(|_| budget.try_withdraw()).count(), 100);
        budget.succeeded(1);
        assert!(budget.try_withdraw());
        assert!(!budget.try_withdraw());
        (0..5).for_each(|_| budget.succeeded(0));
        assert!(budget.try_withdraw());
    }
}
