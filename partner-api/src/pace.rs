//! How fast a client sends: its own limits, and the pauses the hub asks for.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::Error;
use crate::clock::after;
use crate::operation::Operation;

/// At most so many requests in so much time.
///
/// The documented limits of the hub are, for example, 5 requests in 30 seconds for a client's
/// balance and 400 in a minute for the list of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    requests: u32,
    period: Duration,
}

impl RateLimit {
    /// At most `requests` in each `period`; 0 counts as 1.
    ///
    /// Up to `requests` go out at once; the next one waits until the first is a `period` old.
    #[must_use]
    pub fn new(requests: u32, period: Duration) -> Self {
        Self {
            requests: requests.max(1),
            period,
        }
    }
}

/// The pace of a client, shared by its clones.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    all: Option<Gate>,
    operations: HashMap<&'static str, Gate>,
    paused_until: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new(
        all: Option<RateLimit>,
        operations: HashMap<&'static str, RateLimit>,
    ) -> Self {
        let operations = operations
            .into_iter()
            .map(|(id, limit)| (id, Gate::new(limit)))
            .collect();
        Self {
            all: all.map(Gate::new),
            operations,
            paused_until: Mutex::default(),
        }
    }

    /// Waits for this request's turn; requests go in the order in which they came here.
    ///
    /// One whose turn would come after `latest` is refused at once, and takes no turn.
    pub(crate) async fn turn(
        &self,
        operation: &'static Operation,
        latest: Instant,
    ) -> Result<(), Error> {
        let own = self.operations.get(operation.id);
        for gate in own.into_iter().chain(&self.all) {
            match gate.turn(latest) {
                Ok(None) => {}
                Ok(Some(at)) => {
                    tracing::debug!(operation = operation.id, "waiting for the rate limit");
                    sleep_until(at).await;
                }
                Err(wait) => return Err(Error::throttled(operation, wait)),
            }
        }
        // A pause may have been asked for, or made longer, while this one waited.
        while let Some(until) = self.pause() {
            if until > latest {
                let wait = until.saturating_duration_since(Instant::now());
                return Err(Error::throttled(operation, wait));
            }
            sleep_until(until).await;
        }
        Ok(())
    }

    /// Holds all requests back for so long, because the hub said 429.
    pub(crate) fn hold(&self, wait: Duration) {
        let until = after(Instant::now(), wait);
        let mut paused = lock(&self.paused_until);
        *paused = (*paused).max(Some(until));
    }

    fn pause(&self) -> Option<Instant> {
        let mut paused = lock(&self.paused_until);
        *paused = paused.filter(|until| *until > Instant::now());
        *paused
    }
}

/// One limit, and when the last requests went or will go.
#[derive(Debug)]
struct Gate {
    limit: RateLimit,
    turns: Mutex<VecDeque<Instant>>,
}

impl Gate {
    fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            turns: Mutex::default(),
        }
    }

    /// When the next request may go, none for now; the error is how long it would have to wait.
    fn turn(&self, latest: Instant) -> Result<Option<Instant>, Duration> {
        let now = Instant::now();
        let mut turns = lock(&self.turns);
        let is_full = turns.len() >= usize::try_from(self.limit.requests).unwrap_or(usize::MAX);
        let oldest = turns.front().filter(|_| is_full);
        let at = oldest.map_or(now, |oldest| now.max(after(*oldest, self.limit.period)));
        if at > latest {
            return Err(at - now);
        }
        if is_full {
            turns.pop_front();
        }
        turns.push_back(at);
        Ok((at > now).then_some(at))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_seconds(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    const OPERATION: Operation = Operation {
        id: "x",
        method: "GET",
        path: "/x",
        idempotent: true,
    };

    #[tokio::test(start_paused = true)]
    async fn no_period_sees_more_than_the_limit() {
        let pace = Pace::new(
            Some(RateLimit::new(5, Duration::from_secs(30))),
            HashMap::new(),
        );
        let start = Instant::now();
        let mut sent = Vec::new();
        for _ in 0..20 {
            pace.turn(&OPERATION, in_seconds(1000)).await.unwrap();
            sent.push(start.elapsed().as_secs());
        }
        let turns: Vec<_> = (0..20).map(|request| request / 5 * 30).collect();
        assert_eq!(sent, turns);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_would_come_too_late_is_not_taken() {
        let limit = RateLimit::new(1, Duration::from_secs(10));
        let pace = Pace::new(Some(limit), HashMap::new());
        pace.turn(&OPERATION, in_seconds(1000)).await.unwrap();
        for _ in 0..3 {
            let error = pace.turn(&OPERATION, in_seconds(9)).await.unwrap_err();
            assert_eq!(error.retry_after(), Some(Duration::from_secs(10)));
        }
        let start = Instant::now();
        pace.turn(&OPERATION, in_seconds(1000)).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_every_operation_back() {
        let pace = Pace::default();
        pace.hold(Duration::from_secs(9));
        pace.hold(Duration::from_secs(2));
        let start = Instant::now();
        pace.turn(&OPERATION, in_seconds(1000)).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(9));
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_has_a_limit_of_its_own() {
        let limits = HashMap::from([("x", RateLimit::new(1, Duration::from_secs(10)))]);
        let pace = Pace::new(None, limits);
        const OTHER: Operation = Operation {
            id: "y",
            ..OPERATION
        };
        let start = Instant::now();
        for operation in [&OPERATION, &OTHER, &OTHER, &OPERATION] {
            pace.turn(operation, in_seconds(1000)).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }
}
