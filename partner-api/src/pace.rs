//! How fast a client sends: its own limits, and the pauses the hub asks for.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard};
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

    fn requests(&self) -> usize {
        usize::try_from(self.requests).unwrap_or(usize::MAX)
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
        if own.is_none() && self.all.is_none() {
            return self.pass_pause(operation, latest).await;
        }
        let gates = [own, self.all.as_ref()];
        let now = Instant::now();
        let at = gates.iter().flatten().map(|gate| gate.expected(now)).max();
        if let Some(at) = at.filter(|at| *at > now) {
            if at > latest {
                return Err(Error::throttled(operation, at - now));
            }
            tracing::debug!(operation = operation.id, "waiting for the rate limit");
        }
        // Each gate lets one request at a time look for its turn. The first is held while waiting
        // for the second, so that a turn in both is taken at one moment.
        let mut queues = Vec::with_capacity(2);
        for gate in gates.iter().flatten() {
            queues.push(gate.queue().await);
        }
        loop {
            self.pass_pause(operation, latest).await?;
            let free = gates.iter().flatten().map(|gate| gate.free_at()).max();
            match free.flatten().filter(|free| *free > Instant::now()) {
                Some(free) => sleep_until(free).await,
                None => break,
            }
        }
        for gate in gates.iter().flatten() {
            gate.take();
        }
        Ok(())
    }

    /// Holds all requests back for so long, because the hub said 429.
    pub(crate) fn hold(&self, wait: Duration) {
        let until = after(Instant::now(), wait);
        let mut paused = lock(&self.paused_until);
        *paused = (*paused).max(Some(until));
    }

    /// Waits for the end of a pause, which may be made longer meanwhile.
    async fn pass_pause(
        &self,
        operation: &'static Operation,
        latest: Instant,
    ) -> Result<(), Error> {
        while let Some(until) = self.pause() {
            if until > latest {
                let wait = until.saturating_duration_since(Instant::now());
                return Err(Error::throttled(operation, wait));
            }
            sleep_until(until).await;
        }
        Ok(())
    }

    fn pause(&self) -> Option<Instant> {
        let mut paused = lock(&self.paused_until);
        *paused = paused.filter(|until| *until > Instant::now());
        *paused
    }
}

/// One limit, and when the last requests went.
#[derive(Debug)]
struct Gate {
    limit: RateLimit,
    sent: Mutex<VecDeque<Instant>>,
    queue: AsyncMutex<()>,
    waiting: AtomicUsize,
}

/// A place in the queue of a gate; the next one moves up when it is dropped.
struct Place<'a> {
    _turn: AsyncMutexGuard<'a, ()>,
    _waiting: Waiting<'a>,
}

/// One that waits in the queue, or is at its head.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            sent: Mutex::default(),
            queue: AsyncMutex::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    async fn queue(&self) -> Place<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting(&self.waiting);
        Place {
            _turn: self.queue.lock().await,
            _waiting: waiting,
        }
    }

    /// When the next request may go; none for now.
    fn free_at(&self) -> Option<Instant> {
        let sent = lock(&self.sent);
        let oldest = sent.front().filter(|_| sent.len() >= self.limit.requests());
        oldest.map(|oldest| after(*oldest, self.limit.period))
    }

    /// When a request that came now would go, behind all that wait.
    fn expected(&self, now: Instant) -> Instant {
        let sent = lock(&self.sent);
        // A request goes a period after the one that came so many before it, at the earliest.
        let mut place = sent.len() + self.waiting.load(Ordering::Relaxed);
        let mut wait = Duration::ZERO;
        while place >= sent.len() {
            let Some(before) = place.checked_sub(self.limit.requests()) else {
                return after(now, wait);
            };
            place = before;
            wait = wait.saturating_add(self.limit.period);
        }
        sent.get(place)
            .map_or(now, |sent| now.max(after(*sent, wait)))
    }

    /// Notes that a request goes now.
    fn take(&self) {
        let mut sent = lock(&self.sent);
        if sent.len() >= self.limit.requests() {
            sent.pop_front();
        }
        sent.push_back(Instant::now());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::task::JoinSet;

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
    async fn a_turn_that_is_not_waited_for_is_anothers() {
        let limit = RateLimit::new(1, Duration::from_secs(10));
        let pace = Pace::new(Some(limit), HashMap::new());
        let start = Instant::now();
        pace.turn(&OPERATION, in_seconds(1000)).await.unwrap();
        let given_up = pace.turn(&OPERATION, in_seconds(1000));
        let second = tokio::time::timeout(Duration::from_secs(1), given_up).await;
        assert!(second.is_err());
        pace.turn(&OPERATION, in_seconds(1000)).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_knows_how_long_it_waits() {
        let limit = RateLimit::new(2, Duration::from_secs(10));
        let pace = Arc::new(Pace::new(Some(limit), HashMap::new()));
        let start = Instant::now();
        let mut crowd = JoinSet::new();
        for _ in 0..10 {
            let pace = Arc::clone(&pace);
            crowd.spawn(async move { pace.turn(&OPERATION, in_seconds(25)).await });
        }
        let outcomes = crowd.join_all().await;
        let waits = outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().err()?.retry_after());
        let waits: Vec<_> = waits.map(|wait| wait.as_secs()).collect();
        // Two at 0, 10 and 20 seconds each; those that would be at 30 and 40 do not wait.
        assert_eq!(waits, [30; 4]);
        assert_eq!(start.elapsed(), Duration::from_secs(20));
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
