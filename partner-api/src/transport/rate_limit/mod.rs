//! Limits the rate of requests: the client's own limits, and the pauses after a 429.

mod pause;
mod schedule;
mod window;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

pub(crate) use self::schedule::Place;

use self::pause::Pause;
use self::schedule::{Class, Schedule, Slot, Turn};
use crate::operation::Operation;
use crate::time::after;

/// The most requests that are sent in a period of time.
///
/// Examples of documented limits of the API: 5 requests in 30 seconds for a client's balance, 400 in
/// a minute for the list of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    requests: u32,
    period: Duration,
}

impl RateLimit {
    /// At most `requests` in each `period`, as a sliding window. 0 requests count as 1, and a period
    /// of zero is no limit.
    ///
    /// The first `requests` are sent without a wait; the next one waits until the first is a
    /// `period` old. A request counts from the moment when it is sent.
    #[must_use]
    pub fn new(requests: u32, period: Duration) -> Self {
        Self {
            requests: requests.max(1),
            period,
        }
    }
}

/// The limits of a client and the calls that wait for them, shared by the client's clones.
#[derive(Debug)]
pub(crate) struct RateLimiter(Mutex<Schedule<Arc<Notify>>>);

/// The permission to send a request now. Dropping it returns it, unless it was used.
#[derive(Debug)]
#[must_use = "dropping the permit returns it"]
pub(crate) struct Permit<'a> {
    limiter: &'a RateLimiter,
    slot: Option<Slot>,
}

impl RateLimiter {
    pub(crate) fn new(
        client: Option<RateLimit>,
        operations: HashMap<&'static str, RateLimit>,
    ) -> Self {
        Self(Mutex::new(Schedule::new(client, operations)))
    }

    /// Waits until a request of this operation may be sent. A call that waits again keeps its place.
    ///
    /// # Errors
    ///
    /// The length of the wait, if it would not end before the deadline; zero if the deadline has
    /// passed. The error is returned as soon as that is known, not at the deadline.
    pub(crate) async fn acquire(
        &self,
        operation: &'static Operation,
        deadline: Instant,
        place: &mut Option<Place>,
    ) -> Result<Permit<'_>, Duration> {
        if self.lock().is_open(Instant::now) {
            return Ok(self.permit(None));
        }
        let mut waiting: Option<Waiting<'_>> = None;
        let wake = Arc::new(Notify::new());
        loop {
            let turn = self.change(|schedule, now| {
                let class = match operation.authenticated {
                    true => Class::Call,
                    false => Class::Login,
                };
                let place = *place.get_or_insert_with(|| schedule.place(class));
                let turn = schedule.turn(now, place, operation.id, deadline, &wake);
                (turn, place, now)
            });
            match turn {
                (Turn::Go(slot), ..) => return Ok(self.permit(Some(slot))),
                (Turn::Late(at), _, now) => return Err(at - now),
                (Turn::Wait(until), place, _) => {
                    if waiting.is_none() {
                        tracing::debug!(target: "partner_api", operation = operation.id, "waiting for the rate limit");
                        waiting = Some(Waiting {
                            limiter: self,
                            place,
                        });
                    }
                    let _ = timeout_at(until, wake.notified()).await;
                }
            }
        }
    }

    /// Pauses all requests for `wait`, because the server responded with 429. The calls that wait at
    /// the end of the pause are spread over `spread`.
    pub(crate) fn pause(&self, wait: Duration, spread: Duration) {
        self.change(|schedule, now| schedule.pause(now, Pause::new(after(now, wait), spread)));
    }

    fn permit(&self, slot: Option<Slot>) -> Permit<'_> {
        Permit {
            limiter: self,
            slot,
        }
    }

    /// Changes the schedule, and wakes the calls that have to check it again.
    fn change<T>(&self, change: impl FnOnce(&mut Schedule<Arc<Notify>>, Instant) -> T) -> T {
        let (outcome, woken) = {
            let mut schedule = self.lock();
            // Read with the lock held, so that times never go back.
            let outcome = change(&mut schedule, Instant::now());
            (outcome, schedule.woken())
        };
        woken.iter().for_each(|wake| wake.notify_one());
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, Schedule<Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Marks the permit as used: the request is sent now.
    pub(crate) fn use_up(mut self) {
        self.slot = None;
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.limiter
                .change(|schedule, now| schedule.give_back(now, slot));
        }
    }
}

/// A waiting call; dropping it removes the call from the schedule.
struct Waiting<'a> {
    limiter: &'a RateLimiter,
    place: Place,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.limiter
            .change(|schedule, now| schedule.leave(now, self.place));
    }
}
