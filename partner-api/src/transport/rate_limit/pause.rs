//! A pause of all requests after a 429.

use std::time::Duration;

use tokio::time::Instant;

use crate::time::after;

/// A time without requests. After it, the waiting calls are sent one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    until: Instant,
    /// When the next request may be sent.
    next: Instant,
    /// When requests need no longer be spread.
    end: Instant,
}

impl Pause {
    pub(super) fn new(until: Instant, spread: Duration) -> Self {
        Self {
            until,
            next: until,
            end: after(until, spread),
        }
    }

    /// Whether the pause and its spread have ended.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.end <= now
    }

    /// Whether no request may be sent.
    pub(super) fn is_on(&self, now: Instant) -> bool {
        now < self.until
    }

    /// The earliest time from `from` on at which the next request may be sent.
    pub(super) fn room_from(&self, from: Instant) -> Instant {
        self.next.max(from)
    }

    /// When a request may be sent if `others` of the `waiting` calls go before it.
    pub(super) fn room_behind(&self, others: usize, waiting: usize) -> Instant {
        let rest = self.end.saturating_duration_since(self.next);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.next + rest / count(waiting).saturating_add(1) * count(others.min(waiting))
    }

    /// Whether a request may be sent before this time.
    pub(super) fn lets_in_before(&self, deadline: Instant) -> bool {
        self.next < deadline
    }

    /// Counts a request. The rest of the spread is divided among the `waiting` calls.
    pub(super) fn take(&mut self, waiting: usize) {
        let parts = u32::try_from(waiting).unwrap_or(u32::MAX).saturating_add(1);
        self.next += self.end.saturating_duration_since(self.next) / parts;
    }

    /// Whichever of the two is longer.
    pub(super) fn or_longer(self, other: Option<Self>) -> Self {
        other
            .filter(|other| self.next <= other.next)
            .unwrap_or(self)
    }
}
