//! The record of deliveries.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::Serialize;

/// One attempt to deliver an event, without its body, its URL and its signature.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Delivery {
    /// The number of the attempt among those of all events, counted from 1.
    pub number: u64,
    /// The partner that the event is for.
    pub partner_id: String,
    /// The `id` of the event; `None` if its body has none.
    pub event_id: Option<String>,
    /// The kind of the event, such as `channel_ready`; `None` if its body has none.
    pub event: Option<String>,
    /// The number of the attempt among those of this event, counted from 1.
    pub attempt: u32,
    /// The status of the response; `None` while the attempt is in flight and if there was an error.
    pub status: Option<u16>,
    /// Why there was no response.
    pub error: Option<String>,
    /// How long the attempt took, in milliseconds; `None` while it is in flight.
    pub duration_ms: Option<u64>,
    /// The faults that were injected.
    pub faults: Vec<String>,
}

/// The latest deliveries.
#[derive(Debug)]
pub(crate) struct DeliveryRecord {
    max: usize,
    total: u64,
    deliveries: VecDeque<Delivery>,
}

impl DeliveryRecord {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            total: 0,
            deliveries: VecDeque::new(),
        }
    }

    /// Adds a delivery and returns its number.
    pub(crate) fn begin(&mut self, delivery: Delivery) -> u64 {
        self.total += 1;
        let number = self.total;
        self.deliveries.push_back(Delivery { number, ..delivery });
        if self.deliveries.len() > self.max {
            self.deliveries.pop_front();
        }
        number
    }

    /// The delivery with this number, if it is still recorded.
    pub(crate) fn find(&mut self, number: u64) -> Option<&mut Delivery> {
        let first = self.deliveries.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        self.deliveries.get_mut(index)
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.deliveries.clear();
    }
}
