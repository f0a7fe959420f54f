//! Everything that the requests to one emulator share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::api::auth::Tokens;
use crate::api::change_requests;
use crate::api::operations::{Operation, WEBHOOK};
use crate::api::request::ApiSettings;
use crate::clock::Clock;
use crate::data::Origin;
use crate::faults::fault::Fault;
use crate::faults::rule::FaultRule;
use crate::faults::schedule::{ActiveFault, Schedule};
use crate::lock::lock;
use crate::server::listener::Listener;
use crate::server::record::Record;
use crate::store::outbox::Event;
use crate::store::state::State;
use crate::webhooks::sender::Sender;

/// How many clients are inserted or removed before other requests can use the state.
const BATCH: usize = 500;

/// How long they have for this. A mutex is not fair: without a pause, the same thread would have it again
/// before one that waits for it.
const PAUSE: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) settings: ApiSettings,
    pub(crate) operations: Arc<Vec<Operation>>,
    pub(crate) clock: Clock,
    /// The port of the API.
    pub(crate) listener: Arc<Listener>,
    /// The port of the admin paths, if they have one of their own.
    pub(crate) admin_listener: Option<Arc<Listener>>,
    pub(crate) origin: Origin,
    pub(crate) initial_faults: Vec<FaultRule>,
    // Lock order: the state before the others.
    pub(crate) state: Mutex<State>,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) faults: Mutex<Schedule>,
    pub(crate) record: Mutex<Record>,
    /// By name.
    pub(crate) snapshots: Mutex<BTreeMap<String, Snapshot>>,
    pub(crate) sender: Sender,
}

/// What a restored snapshot brings back: the data, the tokens and the time that was added to the clock.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) state: State,
    pub(crate) tokens: Tokens,
    pub(crate) advanced: Duration,
}

impl Context {
    /// Locks the state, completes the migrations that are due and calls `access`. The events of both are
    /// on their way afterwards.
    pub(crate) fn with_state<T>(&self, access: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        change_requests::complete_due(&mut state, &self.clock);
        let result = access(&mut state);
        for event in state.outbox.take() {
            // Without a secret, nobody expects it.
            let _ = self.send(event);
        }
        result
    }

    /// Sends an event, or returns why it is not accepted.
    pub(crate) fn send(&self, event: Event) -> Result<(), String> {
        if !self.sender.has_secret() {
            return Err("there is no secret to sign it with; set one first".to_owned());
        }
        let injected = lock(&self.faults).next(Some(WEBHOOK), self.clock.now());
        self.sender.add(event, injected, &self.clock)
    }

    /// When the next migration completes, if that is an event that is sent.
    pub(crate) fn next_migration(&self) -> Option<Instant> {
        if !self.sender.has_secret() {
            return None;
        }
        self.with_state(|state| state.pending.iter().map(|pending| pending.due).min())
    }

    /// Adds generated clients to the partner with this id, or the first.
    pub(crate) async fn insert_clients(&self, partner_id: Option<&str>, count: u32) {
        for first in (0..count).step_by(BATCH) {
            let count = (count - first).min(BATCH as u32);
            self.with_state(|state| state.insert_generated_clients(partner_id, count));
            sleep(PAUSE).await;
        }
    }

    /// Removes clients, chosen by the seed, of the partner with this id, or the first.
    pub(crate) async fn remove_clients(&self, partner_id: Option<&str>, count: u32) {
        let choose = self.with_state(|state| state.choose_clients(partner_id, count));
        let chosen = spawn_blocking(choose).await.unwrap_or_default();
        for ids in chosen.chunks(BATCH) {
            self.with_state(|state| state.remove_clients(partner_id, ids));
            sleep(PAUSE).await;
        }
    }

    /// Sets a fault, or returns why it is invalid.
    pub(crate) fn add_fault(&self, rule: FaultRule) -> Result<ActiveFault, String> {
        rule.check()?;
        if let Some(name) = &rule.operation
            && name != WEBHOOK
            && !self
                .operations
                .iter()
                .any(|operation| operation.id == *name)
        {
            return Err(format!("there is no operation `{name}`"));
        }
        lock(&self.faults).add(rule)
    }

    /// Removes a fault. If it has closed the port, that is open again.
    pub(crate) fn remove_fault(&self, id: u64) -> Option<ActiveFault> {
        let removed = lock(&self.faults).remove(id)?;
        if let Fault::Refuse { .. } = removed.rule.fault {
            self.listener.end_refusal();
        }
        Some(removed)
    }

    /// Removes all faults. If one of them has closed the port, that is open again.
    pub(crate) fn clear_faults(&self) {
        lock(&self.faults).clear();
        self.listener.end_refusal();
    }
}
