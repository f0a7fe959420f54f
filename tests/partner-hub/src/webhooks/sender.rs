//! What there is to deliver: queued, signed and recorded.

use std::sync::Mutex;
use std::time::Duration;

use partner_api::webhooks::Webhooks;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::faults::schedule::Injected;
use crate::lock::lock;
use crate::store::outbox::Event;
use crate::webhooks::queue::{Queue, Waiting};
use crate::webhooks::record::{Delivery, DeliveryRecord};

/// The deliveries that wait, and the record of those that were attempted.
#[derive(Debug)]
pub(crate) struct Sender {
    /// `None` until there is a secret. Without one, no event is delivered.
    signer: Mutex<Option<Webhooks>>,
    queue: Mutex<Queue>,
    pub(crate) record: Mutex<DeliveryRecord>,
    /// Notified when there is something new to deliver.
    pub(crate) changed: Notify,
}

/// A delivery in flight.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) waiting: Waiting,
    pub(crate) signature: String,
    /// Its number in the record.
    number: u64,
}

impl Sender {
    pub(crate) fn new(recorded: usize) -> Self {
        Self {
            signer: Mutex::new(None),
            queue: Mutex::new(Queue::default()),
            record: Mutex::new(DeliveryRecord::new(recorded)),
            changed: Notify::new(),
        }
    }

    /// Signs all later deliveries with this secret, or returns why it is not valid.
    pub(crate) fn set_secret(&self, secret: &str) -> Result<(), String> {
        let signer = Webhooks::new([secret]).map_err(|error| error.to_string())?;
        *lock(&self.signer) = Some(signer);
        self.changed.notify_one();
        Ok(())
    }

    /// Forgets the secret, the deliveries that wait and the record.
    pub(crate) fn reset(&self) {
        *lock(&self.signer) = None;
        *lock(&self.queue) = Queue::default();
        lock(&self.record).clear();
    }

    /// Whether there is a secret.
    pub(crate) fn has_secret(&self) -> bool {
        lock(&self.signer).is_some()
    }

    /// Adds the first delivery of an event, or returns why it is not accepted.
    pub(crate) fn add(
        &self,
        event: Event,
        injected: Injected,
        clock: &Clock,
    ) -> Result<(), String> {
        lock(&self.queue).add(event, injected, clock)?;
        self.changed.notify_one();
        Ok(())
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        lock(&self.queue).next_due()
    }

    /// Takes the next delivery if it is due, signs it and records it.
    pub(crate) fn begin(&self, now: Instant) -> Option<InFlight> {
        let signer = lock(&self.signer).clone()?;
        let waiting = lock(&self.queue).pop(now)?;
        let body = &waiting.event.body;
        let signature = if waiting.wrong_signature {
            signer.sign(&[body, &b" "[..]].concat())
        } else {
            signer.sign(body)
        };
        let number = lock(&self.record).begin(Delivery {
            number: 0,
            partner_id: waiting.event.partner_id.clone(),
            event_id: waiting.id.clone(),
            event: waiting.kind.clone(),
            attempt: waiting.attempt,
            status: None,
            error: None,
            duration_ms: None,
            faults: waiting.faults.clone(),
        });
        Some(InFlight {
            waiting,
            signature,
            number,
        })
    }

    /// Schedules the attempt after a failed one.
    pub(crate) fn retry(&self, failed: Waiting, injected: Injected, clock: &Clock) {
        lock(&self.queue).retry(failed, injected, clock);
    }

    /// Records the response to a delivery, or why there was none.
    pub(crate) fn end(
        &self,
        delivery: &InFlight,
        response: Result<u16, String>,
        duration: Duration,
        now: Instant,
    ) {
        lock(&self.queue).release_reordered(&delivery.waiting, now);
        let mut record = lock(&self.record);
        let Some(recorded) = record.find(delivery.number) else {
            return;
        };
        match response {
            Ok(status) => recorded.status = Some(status),
            Err(error) => recorded.error = Some(error),
        }
        recorded.duration_ms = Some(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    }
}
