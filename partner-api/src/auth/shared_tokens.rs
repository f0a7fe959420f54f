//! The program's token store, in bounds: if it fails, hangs or panics, that is a warning.

use std::fmt::Display;
use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use tokio::time::{sleep, timeout};

use super::login::LoginTransport;
use super::token_store::{DynTokenStore, Token, TokenKey, TokenStore as _, TokenStoreLock};

/// The longest waits for another process that logs in, and for the store itself. The first has to
/// cover that login, and to leave a call the time for one of its own.
const LOCK_TIMEOUT: Duration = Duration::from_secs(20);
const TIMEOUT: Duration = Duration::from_secs(5);

/// How often a process that waits for the lock looks for the token that it waits for.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

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
    pub(super) fn new(
        store: &'a DynTokenStore,
        key: &'a TokenKey,
        transport: &impl LoginTransport,
    ) -> Self {
        let (call, attempt) = (transport.timeout(), transport.attempt_timeout());
        let lock_timeout = LOCK_TIMEOUT.min(call / 2);
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

    /// The lock, or the first token that appears while it is waited for and that `judge` wants.
    pub(super) async fn lock_unless<T>(
        &self,
        judge: impl Fn(&Token) -> Option<T>,
    ) -> Either<Result<Option<TokenStoreLock>, Trouble>, T> {
        let lock = pin!(bounded(
            "lock",
            self.lock_timeout,
            self.store.lock(self.key)
        ));
        let appears = pin!(async {
            loop {
                sleep(LOOK_INTERVAL).await;
                match self.load().await {
                    Ok(token) => {
                        if let Some(wanted) = token.as_ref().and_then(&judge) {
                            return wanted;
                        }
                    }
                    // Reported once; the lock may still come.
                    Err(_) => pending().await,
                }
            }
        });
        match select(lock, appears).await {
            Either::Left((lock, _)) => Either::Left(lock),
            Either::Right((wanted, _)) => Either::Right(wanted),
        }
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
