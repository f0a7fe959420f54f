//! Which events mean that a channel is ready.

use serde::Deserialize;

use super::event::Event;

/// The names of events that mean that a channel is ready, from the provider's pages. The order and the
/// number of them that arrive for a channel are not documented.
const READY: [&str; 3] = ["channel_ready", "channel_running", "channel_live"];

/// An event that means that a channel may be ready.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Readiness {
    /// The id of the channel; `None` if the event has none.
    pub channel_id: Option<String>,
}

/// What counts of the data of such an event.
#[derive(Default, Deserialize)]
struct Data {
    id: Option<serde_json::Value>,
    status: Option<serde_json::Value>,
}

impl Event {
    /// Whether the event means that a channel may be ready, under any of the names that this has:
    /// `channel_ready`, `channel_running`, `channel_live`, or `channel_permission_granted` with the
    /// status `ready`.
    ///
    /// Several of them arrive for one channel, in any order and more than once. So read the channel,
    /// and do what has to be done once, such as creating its API key, only if your database says that
    /// it was not done: a new key revokes the ones before.
    #[must_use]
    pub fn readiness(&self) -> Option<Readiness> {
        let data: Data = self
            .data::<Option<Data>>()
            .ok()
            .flatten()
            .unwrap_or_default();
        let kind = self.kind.as_str();
        let is_ready = data.status.as_ref().is_some_and(|status| status == "ready");
        let permitted = kind == "channel_permission_granted" && is_ready;
        (READY.contains(&kind) || permitted).then(|| Readiness {
            channel_id: data.id.and_then(|id| id.as_str().map(str::to_owned)),
        })
    }
}
