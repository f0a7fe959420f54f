//! The deliveries that wait, and when each is due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::faults::fault::Fault;
use crate::faults::schedule::Injected;
use crate::store::outbox::Event;

/// How often an event is delivered at most.
const MAX_ATTEMPTS: u32 = 6;
/// The wait after the first failed attempt. It doubles with each.
const BACKOFF: Duration = Duration::from_secs(1);
/// How long a reordered event waits for the next one.
const REORDER: Duration = Duration::from_secs(10);
/// The maximum size of the bodies that wait, in bytes.
const MAX_WAITING: usize = 64 * 1024 * 1024;

/// A delivery that waits, or is in flight.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) event: Arc<Event>,
    /// The number of the event.
    number: u64,
    pub(crate) id: Option<String>,
    pub(crate) kind: Option<String>,
    /// Counted from 1.
    pub(crate) attempt: u32,
    pub(crate) wrong_signature: bool,
    /// Whether it waits until the next event was delivered.
    reordered: bool,
    /// Whether it is the second of a duplicate, which is not retried.
    is_copy: bool,
    /// The names of its faults.
    pub(crate) faults: Vec<String>,
}

impl Waiting {
    /// whether it is retried if it fails.
    pub(crate) fn is_retried(&self) -> bool {
        self.attempt < MAX_ATTEMPTS && !self.is_copy
    }
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// By the time they are due, then in the order they were added.
    waiting: BTreeMap<(Instant, u64), Waiting>,
    /// How many deliveries were ever added.
    added: u64,
    /// How many events were ever added.
    events: u64,
    /// The size of the bodies that wait.
    bytes: usize,
}

impl Queue {
    /// Adds the first delivery of an event, or returns why it is not accepted.
    pub(crate) fn add(
        &mut self,
        event: Event,
        injected: Injected,
        clock: &Clock,
    ) -> Result<(), String> {
        if self.bytes.saturating_add(event.body.len()) > MAX_WAITING {
            return Err("more than 64 MiB of events wait to be delivered".to_owned());
        }
        self.events += 1;
        let body: Value = serde_json::from_slice(&event.body).unwrap_or_default();
        let member = |name: &str| body.get(name)?.as_str().map(str::to_owned);
        let waiting = Waiting {
            number: self.events,
            id: member("id"),
            kind: member("event"),
            event: Arc::new(event),
            attempt: 1,
            wrong_signature: false,
            reordered: false,
            is_copy: false,
            faults: Vec::new(),
        };
        self.schedule(waiting, Duration::ZERO, injected, clock);
        Ok(())
    }

    /// Schedules the attempt after a failed one.
    pub(crate) fn retry(&mut self, failed: Waiting, injected: Injected, clock: &Clock) {
        let backoff = BACKOFF * 2_u32.pow(failed.attempt - 1);
        let attempt = failed.attempt + 1;
        self.schedule(Waiting { attempt, ..failed }, backoff, injected, clock);
    }

    fn schedule(&mut self, waiting: Waiting, delay: Duration, injected: Injected, clock: &Clock) {
        let has = |fault| injected.webhook.contains(&fault);
        let (reordered, is_duplicate) = (has(Fault::Reorder), has(Fault::Duplicate));
        let held = if reordered { REORDER } else { Duration::ZERO };
        let latencies = [injected.latency_before_work, injected.latency_after_work];
        let latency: Duration = latencies.into_iter().flatten().sum();
        let names = injected.webhook.iter().map(Fault::name);
        let due = clock.after(delay + latency + held);
        let waiting = Waiting {
            wrong_signature: has(Fault::WrongSignature),
            reordered,
            faults: if latency.is_zero() {
                names.collect()
            } else {
                names.chain(["latency".to_owned()]).collect()
            },
            ..waiting
        };
        if is_duplicate {
            let copy = waiting.clone();
            self.insert(due, waiting);
            self.insert(
                due,
                Waiting {
                    is_copy: true,
                    ..copy
                },
            );
        } else {
            self.insert(due, waiting);
        }
    }

    fn insert(&mut self, due: Instant, waiting: Waiting) {
        self.added += 1;
        self.bytes += waiting.event.body.len();
        self.waiting.insert((due, self.added), waiting);
    }

    /// When the next delivery is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let ((due, _), _) = self.waiting.first_key_value()?;
        Some(*due)
    }

    /// Takes the next delivery if it is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Waiting> {
        let next = self.waiting.first_entry()?;
        let (due, _) = *next.key();
        let waiting = (due <= now).then(|| next.remove())?;
        self.bytes -= waiting.event.body.len();
        Some(waiting)
    }

    /// Makes the earlier events due that wait until this one was delivered.
    pub(crate) fn release_reordered(&mut self, delivered: &Waiting, now: Instant) {
        let number = delivered.number;
        let all = self.waiting.iter();
        let held = all.filter(|(_, waiting)| waiting.reordered && waiting.number < number);
        let held: Vec<_> = held.map(|(key, _)| *key).collect();
        for key in held {
            if let Some(mut waiting) = self.waiting.remove(&key) {
                waiting.reordered = false;
                self.waiting.insert((now, key.1), waiting);
            }
        }
    }
}
