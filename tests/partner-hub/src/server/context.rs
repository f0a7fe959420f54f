//! Everything that the requests to one emulator share.

use std::sync::{Arc, Mutex};

use tokio::task::{spawn_blocking, yield_now};

use crate::api::auth::Tokens;
use crate::api::change_requests;
use crate::api::handlers::ApiSettings;
use crate::api::operations::Operation;
use crate::clock::Clock;
use crate::faults::rule::FaultRule;
use crate::faults::schedule::Schedule;
use crate::lock::lock;
use crate::server::listener::Listener;
use crate::server::record::Record;
use crate::store::state::State;

/// How many clients are inserted or removed before other requests can use the state.
const BATCH: usize = 500;

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) seed: u64,
    pub(crate) settings: ApiSettings,
    pub(crate) operations: Arc<Vec<Operation>>,
    pub(crate) clock: Clock,
    pub(crate) listener: Listener,
    // Lock order: the state before the tokens.
    pub(crate) state: Mutex<State>,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) faults: Mutex<Schedule>,
    pub(crate) record: Mutex<Record>,
}

impl Context {
    /// Locks the state, completes the migrations that are due and calls `access`.
    pub(crate) fn with_state<T>(&self, access: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        change_requests::complete_due(&mut state, &self.clock);
        access(&mut state)
    }

    /// Adds generated clients to the partner with this id, or the first.
    pub(crate) async fn insert_clients(&self, partner_id: Option<&str>, count: u32) {
        for first in (0..count).step_by(BATCH) {
            let count = (count - first).min(BATCH as u32);
            self.with_state(|state| state.insert_generated_clients(partner_id, count));
            yield_now().await;
        }
    }

    /// Removes clients, chosen by the seed, of the partner with this id, or the first.
    pub(crate) async fn remove_clients(&self, partner_id: Option<&str>, count: u32) {
        let choose = self.with_state(|state| state.choose_clients(partner_id, count));
        let chosen = spawn_blocking(choose).await.unwrap_or_default();
        for ids in chosen.chunks(BATCH) {
            self.with_state(|state| state.remove_clients(partner_id, ids));
            yield_now().await;
        }
    }

    /// Sets a fault, or returns why it is invalid.
    pub(crate) fn add_fault(&self, rule: FaultRule) -> Result<(), String> {
        rule.check()?;
        if let Some(name) = &rule.operation
            && !self
                .operations
                .iter()
                .any(|operation| operation.id == *name)
        {
            return Err(format!("there is no operation `{name}`"));
        }
        lock(&self.faults).add(rule);
        Ok(())
    }
}
