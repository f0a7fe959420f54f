//! The credentials that no later error may show.

use std::sync::{Mutex, PoisonError};

use crate::auth::Credential;

/// The credentials of the last failed requests. A server may still mention one of them in the
/// response to the next request.
#[derive(Default)]
pub(crate) struct FailedCredentials(Mutex<Vec<Credential>>);

impl FailedCredentials {
    /// How many credentials are kept.
    const KEPT: usize = 4;

    pub(super) fn add(&self, credential: &Credential) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.contains(credential) {
            kept.truncate(Self::KEPT - 1);
            kept.insert(0, credential.clone());
        }
    }

    pub(super) fn all(&self) -> Vec<Credential> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
