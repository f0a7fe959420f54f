//! Calls the program's token store with timeouts. A store that fails, hangs or panics causes a warning.

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

/// The timeouts of the lock and of the other methods. The first must be long enough for the login of
/// another process, and leave the call enough time for its own login.
const LOCK_TIMEOUT: Duration = Duration::from_secs(20);
const TIMEOUT: Duration = Duration::from_secs(5);

/// How often a process that waits for the lock checks whether there is a token.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// The store of one user's tokens.
pub(super) struct SharedTokens<'a> {
    store: &'a DynTokenStore,
    key: &'a TokenKey,
    lock_timeout: Duration,
    timeout: Duration,
}

/// How the store failed.
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
            // Random, so that processes that give up waiting do not log in at the same moment.
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

    /// The lock, or the first token that appears during the wait and that `judge` accepts.
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
                        if let Some(accepted) = token.as_ref().and_then(&judge) {
                            return accepted;
                        }
                    }
                    // Reported once; the lock may still be acquired.
                    Err(_) => pending().await,
                }
            }
        });
        match select(lock, appears).await {
            Either::Left((lock, _)) => Either::Left(lock),
            Either::Right((accepted, _)) => Either::Right(accepted),
        }
    }
}

async fn bounded<T, E: Display>(
    action: &'static str,
    limit: Duration,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    let outcome = timeout(limit, AssertUnwindSafe(future).catch_unwind()).await;
    match outcome {
        Ok(Ok(Ok(value))) => return Ok(value),
        Ok(Ok(Err(error))) => {
            tracing::warn!(target: "partner_api", action, %error, "the token store failed")
        }
        Ok(Err(_)) => tracing::warn!(target: "partner_api", action, "the token store panicked"),
        Err(_) => {
            tracing::warn!(target: "partner_api", action, after = ?limit, "the token store timed out");
            return Err(Trouble::Hangs);
        }
    }
    Err(Trouble::Fails)
}
