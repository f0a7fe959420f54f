//! Decides whether a call is retried after a failed attempt, and when.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::failure::Failure;

/// How failed calls are retried.
///
/// A call of an idempotent operation is retried after a connection error, a timeout, and a response
/// of 408, 429 or 5xx. Any other call is retried only if no connection was established, because then
/// nothing was sent: an approval never reaches the server twice.
///
/// # Defaults
///
/// - at most 3 retries. The calls of a client share a retry budget: while it is empty because most
///   calls fail, failed calls are not retried
/// - backoff with full jitter: a random wait of up to 0.25 s before the first retry, 0.5 s before the
///   second, 1 s before the third and so on, up to 20 seconds
/// - a `Retry-After` of at most 60 seconds is obeyed, and counts as at least 0.25 s. The backoff is
///   added to it, so that calls with the same `Retry-After` are not retried at the same moment. A
///   longer `Retry-After` ends the call; the error returns it from
///   [`Error::retry_after`](crate::Error::retry_after)
/// - a 429 without `Retry-After` counts as a `Retry-After` of 0.25 s
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

    /// Waits a random time of up to `min` before the first retry, up to twice as long before each
    /// further retry, and at most `max`. A `Retry-After` counts as at least `min`; the backoff is
    /// added to it.
    #[must_use]
    pub fn backoff(mut self, min: Duration, max: Duration) -> Self {
        self.min_backoff = min;
        self.max_backoff = max;
        self
    }

    /// Obeys a `Retry-After` of at most `max`. A longer one ends the call.
    #[must_use]
    pub fn max_retry_after(mut self, max: Duration) -> Self {
        self.max_retry_after = max;
        self
    }

    /// The backoff after this many attempts; `random` is from 0 to 1.
    fn delay(&self, attempts: u32, random: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        let most = self
            .min_backoff
            .saturating_mul(doubled)
            .min(self.max_backoff);
        most.mul_f64(random)
    }

    /// How long a client sends nothing after a 429 with this `Retry-After`.
    pub(super) fn pause(&self, retry_after: Option<Duration>) -> Duration {
        let retry_after = retry_after.unwrap_or_default().min(self.max_retry_after);
        retry_after.max(self.min_pause())
    }

    /// The shortest pause after a 429. It is also the longest backoff before the first retry.
    pub(super) fn min_pause(&self) -> Duration {
        self.min_backoff.min(self.max_backoff)
    }
}

/// What a call does after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It returns the error.
    Return,
    /// It waits for this long and sends the request again.
    RetryAfter(Duration),
    /// It sends the request again with another credential.
    RenewCredential,
}

/// The state of a call when an attempt has failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) policy: RetryPolicy,
    /// How many attempts there were.
    pub(super) attempts: u32,
    /// Whether sending the request twice has the same effect as sending it once.
    pub(super) idempotent: bool,
    /// Whether the request can be sent again. A body that is read while it is sent cannot.
    pub(super) resendable: bool,
    /// Whether the server rejected the credential and this call may use another one.
    pub(super) renewable: bool,
    /// The time until the call's deadline.
    pub(super) left: Duration,
    /// From 0 to 1.
    pub(super) random: f64,
}

/// Decides what a call does after this failure.
pub(super) fn decide(failure: &Failure, state: &State) -> Decision {
    let State { policy, .. } = state;
    if !state.resendable {
        return Decision::Return;
    }
    if state.renewable && state.idempotent {
        return Decision::RenewCredential;
    }
    let may_retry = failure.not_sent || (state.idempotent && failure.transient);
    if !may_retry || state.attempts > policy.max {
        return Decision::Return;
    }
    let backoff = policy.delay(state.attempts, state.random);
    let retry_after = failure.error.retry_after();
    let wait = match retry_after {
        Some(retry_after) if retry_after > policy.max_retry_after => return Decision::Return,
        None if !failure.error.is_rate_limited() => backoff,
        // Other calls may have the same `Retry-After`, so the backoff is added.
        retry_after => policy.pause(retry_after).saturating_add(backoff),
    };
    match wait < state.left {
        true => Decision::RetryAfter(wait),
        false => Decision::Return,
    }
}

/// The retry budget of a client, a token bucket. Each retry takes tokens and each success returns
/// some, so that a client does not multiply the load of a server that fails.
#[derive(Debug)]
pub(crate) struct Budget(Mutex<u32>);

impl Budget {
    const FULL: u32 = 500;
    const RETRY: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(Mutex::new(Self::FULL))
    }

    /// Takes the tokens of one retry; false if there are not enough.
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

    /// Returns tokens after a call that succeeded with this many retries.
    pub(crate) fn succeeded(&self, retries: u32) {
        let back = if retries > 0 { Self::RETRY } else { 1 };
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = Self::FULL.min(*left + back);
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, RETRY_AFTER};

    use super::super::failure::is_transient;
    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::operation::Operation;

    const OPERATION: Operation = Operation {
        id: "x",
        method: "GET",
        path: "/x",
        idempotent: true,
        authenticated: true,
        server: None,
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

    /// A retry after this many milliseconds.
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
            // Failures that are transient
            (timeout(), FIRST, after(250)),
            (status(408, None), FIRST, after(250)),
            (status(500, None), FIRST, after(250)),
            (status(503, None), FIRST, after(250)),
            (not_connected(), FIRST, after(250)),
            // and failures that are not.
            (status(400, None), FIRST, Return),
            (status(401, None), FIRST, Return),
            (status(404, Some(1)), FIRST, Return),
            (status(302, None), FIRST, Return),
            (too_large(), FIRST, Return),
            // The backoff is random and grows to its maximum.
            (status(503, None), random(0.0), after(0)),
            (status(503, None), random(0.5), after(125)),
            (status(503, None), attempts(2), after(500)),
            (status(503, None), attempts(3), after(1000)),
            (status(503, None), attempts(4), Return),
            // A `Retry-After` is the minimum.
            (status(503, Some(7)), FIRST, after(7250)),
            (status(503, Some(7)), random(0.0), after(7000)),
            (status(429, Some(7)), random(0.5), after(7125)),
            (status(503, Some(60)), FIRST, after(60_250)),
            (status(503, Some(61)), FIRST, Return),
            (status(429, Some(61)), FIRST, Return),
            (status(503, Some(u64::MAX)), FIRST, Return),
            // A short `Retry-After` counts as 0.25 s.
            (status(503, Some(0)), random(0.0), after(250)),
            (status(503, Some(0)), FIRST, after(500)),
            (status(429, Some(0)), FIRST, after(500)),
            (status(429, None), FIRST, after(500)),
            (status(429, None), random(0.0), after(250)),
            // A wait that reaches the deadline is useless.
            (status(503, Some(7)), left(8), after(7250)),
            (status(503, Some(7)), left(7), Return),
            (timeout(), left(0), Return),
            // A call that is not idempotent is retried if nothing was sent.
            (timeout(), approval, Return),
            (status(429, Some(1)), approval, Return),
            (status(503, None), approval, Return),
            (not_connected(), approval, after(250)),
            // A body that can be sent only once is not sent again.
            (timeout(), sent_once, Return),
            (not_connected(), sent_once, Return),
            // A rejected credential is replaced,
            (status(401, None), rejected, RenewCredential),
            // even after the last retry,
            (
                status(401, None),
                State {
                    attempts: 4,
                    ..rejected
                },
                RenewCredential,
            ),
            // but not for a call or a body that must not be sent again.
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
    fn the_backoff_grows_to_its_maximum() {
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
    fn a_pause_is_the_retry_after_within_bounds() {
        let pause = |seconds: Option<u64>| FIRST.policy.pause(seconds.map(Duration::from_secs));
        assert_eq!(pause(None), Duration::from_millis(250));
        assert_eq!(pause(Some(0)), Duration::from_millis(250));
        assert_eq!(pause(Some(7)), 7 * SECOND);
        assert_eq!(pause(Some(u64::MAX)), 60 * SECOND);
    }

    #[test]
    fn the_budget_runs_out_and_is_refilled() {
        let budget = Budget::new();
        assert_eq!((0..1000).filter(|_| budget.try_withdraw()).count(), 100);
        budget.succeeded(1);
        assert!(budget.try_withdraw());
        assert!(!budget.try_withdraw());
        (0..5).for_each(|_| budget.succeeded(0));
        assert!(budget.try_withdraw());
    }
}
