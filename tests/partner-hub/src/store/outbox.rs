//! The events of partners that are not on their way yet.

use bytes::Bytes;

use crate::seed::random::mix;

/// An event for a partner's `webhook_url`.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) partner_id: String,
    pub(crate) body: Bytes,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    /// How many events were ever added.
    added: u64,
    events: Vec<Event>,
}

impl Outbox {
    /// Adds an event whose `data` is JSON. Its id depends on the seed.
    pub(crate) fn add(&mut self, seed: u64, partner_id: &str, kind: &str, data: &str) {
        self.added += 1;
        let [high, low] = [0xe0, 0xe1].map(|half| mix(seed, half, self.added));
        let body = format!(r#"{{"id":"{high:016x}{low:016x}","event":"{kind}","data":{data}}}"#);
        self.events.push(Event {
            partner_id: partner_id.to_owned(),
            body: body.into(),
        });
    }

    pub(crate) fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}
