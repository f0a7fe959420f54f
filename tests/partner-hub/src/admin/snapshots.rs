//! Returning to an earlier state: the initial one, or one that was kept by name.

use std::time::Duration;

use crate::api::auth::Tokens;
use crate::api::response::ApiError;
use crate::faults::schedule::Schedule;
use crate::lock::lock;
use crate::server::context::{Context, Snapshot};

/// The maximum number of snapshots, each of which is a copy of all data.
const MAX_SNAPSHOTS: usize = 16;

impl Context {
    /// Returns to the beginning: data, clock, faults and tokens, empty records, no secret of webhooks and an
    /// open port.
    pub(crate) fn reset(&self) -> Result<(), ApiError> {
        // Generated before the state is locked, because that takes a while for many clients.
        let state = self
            .origin
            .create(self.settings, &self.clock)
            .map_err(ApiError::bad_request)?;
        self.restore(Snapshot {
            state,
            tokens: Tokens::default(),
            advanced: Duration::ZERO,
        });
        *lock(&self.faults) = Schedule::new(self.origin.generator.seed);
        for rule in &self.initial_faults {
            self.add_fault(rule.clone())
                .map_err(ApiError::bad_request)?;
        }
        self.sender.reset();
        lock(&self.record).clear();
        self.open_port()
    }

    /// Keeps a copy of the current state by this name, in place of an earlier one.
    pub(crate) fn take_snapshot(&self, name: &str) -> Result<(), ApiError> {
        let mut snapshots = lock(&self.snapshots);
        if snapshots.len() >= MAX_SNAPSHOTS && !snapshots.contains_key(name) {
            let message = format!("there are {MAX_SNAPSHOTS} snapshots: delete one first");
            return Err(ApiError::bad_request(message));
        }
        let snapshot = self.with_state(|state| Snapshot {
            state: state.clone(),
            tokens: lock(&self.tokens).clone(),
            advanced: self.clock.advanced(),
        });
        snapshots.insert(name.to_owned(), snapshot);
        Ok(())
    }

    /// Returns to a snapshot, which is kept.
    pub(crate) fn restore_snapshot(&self, name: &str) -> Result<(), ApiError> {
        let snapshot = lock(&self.snapshots).get(name).cloned();
        self.restore(snapshot.ok_or_else(|| no_snapshot(name))?);
        Ok(())
    }

    pub(crate) fn delete_snapshot(&self, name: &str) -> Result<(), ApiError> {
        let removed = lock(&self.snapshots).remove(name);
        removed.map(drop).ok_or_else(|| no_snapshot(name))
    }

    fn restore(&self, snapshot: Snapshot) {
        let mut state = lock(&self.state);
        self.clock.set_advanced(snapshot.advanced);
        *lock(&self.tokens) = snapshot.tokens;
        *state = snapshot.state;
    }
}

fn no_snapshot(name: &str) -> ApiError {
    ApiError::not_found(format!("there is no snapshot `{name}`"))
}
