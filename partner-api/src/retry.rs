//! When a call is sent again, and how long it waits before.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;

/// How failed calls are repeated.
///
/// A call is repeated after a connection error, a timeout, or an answer of 408, 429 or 5xx, if its
/// operation is idempotent. Any other call is repeated only when no connection was made, so that
/// nothing can have been sent: an approval never reaches the hub twice.
///
/// # Defaults
///
/// - at most 3 repetitions
/// - before each a random wait of up to 0.25 s, 0.5 s, 1 s …, at most 20 seconds ("full jitter")
/// - a `Retry-After` of the server is obeyed instead if it is at most 60 seconds; a longer one is
///   given back as an error with [`Error::retry_after`](crate::Error::retry_after)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    pub(crate) max: u32,
    pub(crate) base: Duration,
    pub(crate) longest: Duration,
    pub(crate) retry_after_cap: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            max: 3,
            base: Duration::from_millis(250),
            longest: Duration::from_secs(20),
            retry_after_cap: Duration::from_secs(60),
        }
    }
}

impl Retries {
    /// At most this many repetitions.
    #[must_use]
    pub fn max(max: u32) -> Self {
        Self {
            max,
            ..Self::default()
        }
    }

    /// No repetition.
    #[must_use]
    pub fn none() -> Self {
        Self::max(0)
    }

    /// Waits up to `base` before the first repetition, up to twice as long before each further
    /// one, and at most `longest`.
    #[must_use]
    pub fn waits(mut self, base: Duration, longest: Duration) -> Self {
        self.base = base;
        self.longest = longest;
        self
    }

    /// Obeys a `Retry-After` of at most this long.
    #[must_use]
    pub fn retry_after_cap(mut self, cap: Duration) -> Self {
        self.retry_after_cap = cap;
        self
    }

    /// How long to wait before the repetition after `attempts`; none when there is to be none.
    pub(crate) fn wait(&self, attempts: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if attempts > self.max {
            return None;
        }
        if let Some(asked) = retry_after {
            return (asked <= self.retry_after_cap).then_some(asked);
        }
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        let most = self.base.saturating_mul(doubled).min(self.longest);
        Some(most.mul_f64(fastrand::f64()))
    }
}

/// Whether an answer says that the same request may succeed later.
pub(crate) fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        )
}

/// What all calls of a client may spend on repetitions, so that a hub in trouble is not sent
/// several times the requests: each repetition costs, each success pays back a little.
#[derive(Debug)]
pub(crate) struct Budget(Mutex<u32>);

impl Budget {
    const FULL: u32 = 500;
    const REPETITION: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(Mutex::new(Self::FULL))
    }

    /// Pays for a repetition; false when there is nothing left.
    pub(crate) fn pay(&self) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match left.checked_sub(Self::REPETITION) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => false,
        }
    }

    /// A call succeeded, after so many repetitions.
    pub(crate) fn succeeded(&self, repetitions: u32) {
        let back = if repetitions > 0 { Self::REPETITION } else { 1 };
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = Self::FULL.min(*left + back);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_are_random_below_it() {
        let retries = Retries::max(50);
        for (attempts, most) in [(1, 250), (2, 500), (3, 1000), (9, 20_000), (50, 20_000)] {
            let waits: Vec<_> = (0..200)
                .filter_map(|_| retries.wait(attempts, None))
                .collect();
            assert!(
                waits
                    .iter()
                    .all(|wait| *wait <= Duration::from_millis(most))
            );
            assert!(
                waits
                    .iter()
                    .any(|wait| *wait > Duration::from_millis(most / 2))
            );
            assert!(
                waits
                    .iter()
                    .any(|wait| *wait < Duration::from_millis(most / 2))
            );
        }
        assert_eq!(retries.wait(51, None), None);
    }

    #[test]
    fn a_retry_after_is_obeyed_up_to_the_cap() {
        let retries = Retries::default();
        let asked = |seconds| retries.wait(1, Some(Duration::from_secs(seconds)));
        assert_eq!(asked(7), Some(Duration::from_secs(7)));
        assert_eq!(asked(61), None);
    }

    #[test]
    fn the_budget_ends_and_is_paid_back() {
        let budget = Budget::new();
        assert_eq!((0..1000).filter(|_| budget.pay()).count(), 100);
        budget.succeeded(1);
        assert!(budget.pay());
        assert!(!budget.pay());
        (0..5).for_each(|_| budget.succeeded(0));
        assert!(budget.pay());
    }
}
