//! What everything in one hub shares.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::auth::{TokenSettings, Tokens};
use crate::clock::Clock;
use crate::list::PageSize;
use crate::listener::Listener;
use crate::operations::Operation;
use crate::record::Record;
use crate::rows::ClientRow;
use crate::rule::FaultRule;
use crate::state::State;
use crate::strike::Faults;
use crate::{change_requests, lock};

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) seed: u64,
    pub(crate) page_size: PageSize,
    pub(crate) migration: Duration,
    pub(crate) token_settings: TokenSettings,
    pub(crate) operations: Arc<Vec<Operation>>,
    pub(crate) clock: Clock,
    pub(crate) listener: Listener,
    // Whoever needs both locks takes that of the state first.
    pub(crate) state: Mutex<State>,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) record: Mutex<Record>,
}

impl Shared {
    /// Looks at the state after all that is due has happened.
    pub(crate) fn with_state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        change_requests::settle(&mut state, &self.clock);
        look(&mut state)
    }

    /// Sets a fault, or says why it cannot be.
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

    /// Adds made clients to a partner.
    pub(crate) fn insert_made_clients(&self, partner_id: Option<&str>, count: u32) {
        self.with_state(|state| {
            let data = state.data;
            for _ in 0..count {
                let number = state.next_number() | 1 << 36;
                let row: ClientRow = data.client(number);
                if let Some(partner) = state.partner_or_first(partner_id) {
                    partner.clients.insert(row);
                }
            }
        });
    }

    /// Removes clients of a partner, chosen by the seed.
    pub(crate) fn remove_some_clients(&self, partner_id: Option<&str>, count: u32) {
        self.with_state(|state| {
            let mut rng =
                fastrand::Rng::with_seed(crate::data::mix(self.seed, 0xdead, state.next_number()));
            let Some(partner) = state.partner_or_first(partner_id) else {
                return;
            };
            let mut ids: Vec<String> = partner.clients.ids().map(str::to_owned).collect();
            rng.shuffle(&mut ids);
            for id in ids.iter().take(count as usize) {
                partner.clients.remove(id);
            }
        });
    }
}
