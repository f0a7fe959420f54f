//! The program's token store, in bounds: if it fails, hangs or panics, that is a warning.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::timeout;

use super::token_store::{DynTokenStore, Token, TokenKey, TokenStore as _, TokenStoreLock};
use crate::Client;

/// The longest waits for another process that logs in, and for the store itself. A call waits for
/// two loads, the lock and a save at most, and should have most of its time left then.
const LOCK_TIMEOUT: Duration = Duration::from_secs(20);
const TIMEOUT: Duration = Duration::from_secs(5);

/// The store of one user's tokens.
pub(super) struct SharedTokens<'a> {
    store: &'a DynTokenStore,
    key: &'a TokenKey,
    lock_timeout: Duration,
    timeout: Duration,
}

/// What the store did wrong.
pub(super) enum Trouble {
    Fails,
    Hangs,
}

impl<'a> SharedTokens<'a> {
    pub(super) fn new(store: &'a DynTokenStore, key: &'a TokenKey, client: &Client) -> Self {
        let (call, attempt) = (client.inner.deadline, client.inner.attempt_timeout);
        let lock_timeout = LOCK_TIMEOUT.min(attempt).min(call / 4);
        Self {
            store,
            key,
            // Processes that give up a lock log in one after the other: the first by chance.
            lock_timeout: lock_timeout.mul_f64(1.0 + 0.25 * fastrand::f64()),
            timeout: TIMEOUT.min(attempt).min(call / 8),
        }
    }

    pub(super) async fn load(&self) -> Result<Option<Token>, Trouble> {
        bounded("load", self.timeout, self.store.load(self.key)).await
    }

    pub(super) async fn save(&self, token: &Token) -> Result<(), Trouble> {
        bounded("save", self.timeout, self.store.save(self.key, token)).await
    }

    pub(super) async fn reject(&self, token: &Token) -> Result<(), Trouble> {
        bounded("reject", self.timeout, self.store.reject(self.key, token)).await
    }

    pub(super) async fn lock(&self) -> Result<Option<TokenStoreLock>, Trouble> {
        bounded("lock", self.lock_timeout, self.store.lock(self.key)).await
    }
}

async fn bounded<T, E: Display>(
    action: &'static str,
    patience: Duration,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    let outcome = timeout(patience, AssertUnwindSafe(future).catch_unwind()).await;
    match outcome {
        Ok(Ok(Ok(value))) => return Ok(value),
        Ok(Ok(Err(error))) => tracing::warn!(action, %error, "the token store failed"),
        Ok(Err(_)) => tracing::warn!(action, "the token store panicked"),
        Err(_) => {
            tracing::warn!(action, after = ?patience, "the token store timed out");
            return Err(Trouble::Hangs);
        }
    }
    Err(Trouble::Fails)
}
