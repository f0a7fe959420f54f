//! A sliding window: the times of the last requests, and when the window has room for the next one.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::RateLimit;
use crate::time::after;

/// The requests of the last period, the oldest first.
#[derive(Debug)]
pub(super) struct SlidingWindow {
    requests: usize,
    period: Duration,
    taken: VecDeque<Instant>,
}

impl SlidingWindow {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self {
            requests: usize::try_from(limit.requests).unwrap_or(usize::MAX),
            period: limit.period,
            taken: VecDeque::new(),
        }
    }

    /// The earliest time from `from` on at which there is room for a request.
    pub(super) fn room_from(&self, from: Instant) -> Instant {
        self.room_after(&[]).map_or(from, |room| room.max(from))
    }

    /// Counts a request. There is room for it, and it is not earlier than those counted before.
    pub(super) fn take(&mut self, at: Instant) {
        if self.taken.len() >= self.requests {
            self.taken.pop_front();
        }
        self.taken.push_back(at);
    }

    /// Whether a request counted at this time still takes room.
    pub(super) fn holds(&self, at: Instant, now: Instant) -> bool {
        now < after(at, self.period)
    }

    /// Moves a counted request to a later time.
    pub(super) fn renew(&mut self, at: Instant, now: Instant) {
        self.give_back(at);
        self.taken.push_back(now);
    }

    /// Removes a request that was not sent.
    pub(super) fn give_back(&mut self, at: Instant) {
        if let Some(index) = self.taken.iter().rposition(|taken| *taken == at) {
            self.taken.remove(index);
        }
    }

    #[cfg(test)]
    pub(super) fn stamps(&self) -> impl Iterator<Item = Instant> {
        self.taken.iter().copied()
    }

    /// When there is room for a request after `others` more, if nothing else delays them.
    pub(super) fn room_behind(&self, others: usize, now: Instant) -> Instant {
        let periods = others / self.requests;
        let oldest = (self.taken.len() + others).checked_sub((periods + 1) * self.requests);
        let first = oldest.and_then(|oldest| self.taken.get(oldest));
        let first = first.map_or(now, |first| after(*first, self.period).max(now));
        let periods = u32::try_from(periods).unwrap_or(u32::MAX);
        after(first, self.period.saturating_mul(periods))
    }

    /// When there is room for one more request after those counted and those `ahead` of it; `None`
    /// if there is room at any time.
    fn room_after(&self, ahead: &[Instant]) -> Option<Instant> {
        let oldest = (self.taken.len() + ahead.len()).checked_sub(self.requests)?;
        let oldest = match oldest.checked_sub(self.taken.len()) {
            Some(index) => ahead.get(index),
            None => self.taken.get(oldest),
        };
        oldest.map(|oldest| after(*oldest, self.period))
    }
}

/// A window as it will be after further requests.
pub(super) struct Forecast<'a> {
    window: Option<&'a SlidingWindow>,
    ahead: Vec<Instant>,
}

impl<'a> Forecast<'a> {
    pub(super) fn new(window: Option<&'a SlidingWindow>) -> Self {
        Self {
            window,
            ahead: Vec::new(),
        }
    }

    /// The earliest time from `from` on at which there is room for a request.
    pub(super) fn room_from(&self, from: Instant) -> Instant {
        let room = self.window.and_then(|it| it.room_after(&self.ahead));
        room.map_or(from, |room| room.max(from))
    }

    pub(super) fn take(&mut self, at: Instant) {
        if self.window.is_some() {
            self.ahead.push(at);
        }
    }
}
