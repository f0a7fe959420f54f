//! What the workers did, and the errors they saw.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Mutex;

use partner_hub::Hub;

/// How often each thing happened.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<String, u64>>);

impl Tally {
    pub fn count(&self, what: impl Into<String>) {
        *self.0.lock().unwrap().entry(what.into()).or_default() += 1;
    }

    /// Counts an error, which must show no secret.
    pub fn error(&self, hub: &Hub, worker: &str, label: &str, error: &(impl Error + ?Sized)) {
        let shown = format!("{error} {error:?}");
        for secret in [hub.api_key(), hub.password()] {
            assert!(!shown.contains(secret), "{shown}");
        }
        self.count(format!("{worker}: error {label}"));
    }

    /// Each kind of worker got something done.
    pub fn check(&self) {
        let counts = self.0.lock().unwrap();
        for what in ["walk: whole", "update: done", "approval: approved"] {
            assert!(counts.contains_key(what), "nothing of {what}: {counts:#?}");
        }
    }

    pub fn total(&self) -> u64 {
        self.0.lock().unwrap().values().sum()
    }
}
