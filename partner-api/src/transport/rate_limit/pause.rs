//! A pause that the server asked for.

use std::time::Duration;

use tokio::time::Instant;

use crate::time::after;

/// A time without requests, after which those that wait are sent one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    until: Instant,
    /// When the next request may be sent.
    next: Instant,
    /// When requests need no longer be apart.
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

    /// Whether requests are sent as if there had been no pause.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.end <= now
    }

    /// Whether nothing at all is sent.
    pub(super) fn is_on(&self, now: Instant) -> bool {
        now < self.until
    }

    /// When the next request may be sent, from this time on.
    pub(super) fn room_from(&self, from: Instant) -> Instant {
        self.next.max(from)
    }

    /// When a request may be sent that has so many of those that wait before it.
    pub(super) fn room_behind(&self, others: usize, waiting: usize) -> Instant {
        let rest = self.end.saturating_duration_since(self.next);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.next + rest / count(waiting).saturating_add(1) * count(others.min(waiting))
    }

    /// Whether a request may be sent before this time.
    pub(super) fn lets_in_before(&self, deadline: Instant) -> bool {
        self.next < deadline
    }

    /// Counts a request: the rest of the time is for it and the others that wait.
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
