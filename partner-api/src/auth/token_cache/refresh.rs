//! One refresh: takes the token of another process, or logs in.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant as RealInstant, SystemTime};

use futures_util::FutureExt as _;
use futures_util::future::Either;
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::super::credential::{ActiveCredential, Credential};
use super::super::login::LoginTransport;
use super::super::shared_tokens::{SharedTokens, Trouble};
use super::super::token_state::{CachedToken, Judgement, Outcome, RefreshId};
use super::super::token_store::Token;
use super::{LockSlot, TokenCache, locked};
use crate::error::{Error, ErrorKind};
use crate::operation::LOGIN;
use crate::time::after;

/// The interval of the heartbeat of a refresh.
const HEARTBEAT: Duration = Duration::from_millis(250);

/// One refresh. Dropping it releases the lock of the store and wakes the callers.
pub(super) struct RefreshGuard {
    pub(super) cache: Arc<TokenCache>,
    pub(super) id: RefreshId,
    pub(super) lock: LockSlot,
    pub(super) finished: watch::Sender<()>,
}

impl Drop for RefreshGuard {
    fn drop(&mut self) {
        let mut shared = self.cache.shared();
        // Nothing is lost if there was an outcome.
        shared.state.lost(self.id);
        let ended = shared.refresh.take_if(|refresh| refresh.id == self.id);
        drop(shared);
        drop(ended);
        let lock = locked(&self.lock).take();
        drop(lock);
    }
}

impl RefreshGuard {
    pub(super) async fn run(self, transport: &impl LoginTransport, may_log_in: bool) {
        let mut work = pin!(AssertUnwindSafe(self.refresh(transport, may_log_in)).catch_unwind());
        let outcome = loop {
            match timeout(HEARTBEAT, &mut work).await {
                Ok(outcome) => break outcome,
                Err(_) => self.beat(),
            }
        };
        if outcome.is_err() {
            // A function of the program panicked, such as an observer. Callers get an error.
            let error = ErrorKind::Credentials("the login's task panicked".into());
            self.end(Outcome::Failed(Error::for_operation(&LOGIN, error)));
        }
        // It is an error if no caller waits any more.
        let _ = self.finished.send(());
    }

    fn beat(&self) {
        if let Some(refresh) = &mut self.cache.shared().refresh
            && refresh.id == self.id
        {
            refresh.ran_at = RealInstant::now();
        }
    }

    fn end(&self, outcome: Outcome) {
        let now = Instant::now();
        self.cache.shared().state.refreshed(self.id, outcome, now);
    }

    async fn refresh(&self, transport: &impl LoginTransport, may_log_in: bool) {
        let cache = &self.cache;
        let store = cache.store.as_ref();
        let store = store.map(|store| SharedTokens::new(store, &cache.key, transport));
        let mut store_failed = false;
        if let Some(store) = &store {
            match self.load_shared(store, may_log_in).await {
                Ok(Some(token)) => return self.end(Outcome::Found(token)),
                Ok(None) => {}
                Err(_) => store_failed = true,
            }
        }
        if !may_log_in {
            return self.end(Outcome::NotFound { store_failed });
        }
        let (token, cached) = match self.log_in(transport).await {
            Ok(granted) => granted,
            Err(error) => {
                tracing::warn!(target: "partner_api", %error, "the login failed");
                return self.end(Outcome::Failed(error));
            }
        };
        // Set before it is saved, so that it is not lost if this task ends. The callers wait until it
        // is saved, so that a program that ends after its call has saved it.
        self.end(Outcome::LoggedIn(cached));
        if let Some(store) = &store {
            let _ = store.save(&token).await;
        }
    }

    /// The token of another process. If there is none and a login follows, this process holds the lock
    /// of the store, if the lock can be acquired.
    async fn load_shared(
        &self,
        store: &SharedTokens<'_>,
        may_log_in: bool,
    ) -> Result<Option<CachedToken>, Trouble> {
        let loaded = store.load().await;
        // A store that hangs is not called again.
        if let Err(Trouble::Hangs) = loaded {
            return Err(Trouble::Hangs);
        }
        if let Ok(Some(token)) = &loaded
            && let Ok(cached) = self.judge(token)
        {
            return Ok(Some(cached));
        }
        if !may_log_in {
            return loaded.map(|_| None);
        }
        let mut loaded = loaded;
        if locked(&self.lock).is_none() {
            let lock = match store.lock_unless(|token| self.judge(token).ok()).await {
                Either::Left(lock) => lock,
                Either::Right(cached) => return Ok(Some(cached)),
            };
            // Another process may have logged in during the wait, even if it was in vain.
            if !matches!(lock, Ok(None)) {
                *locked(&self.lock) = lock.ok().flatten();
                loaded = store.load().await;
            }
        }
        let Some(token) = loaded? else {
            return Ok(None);
        };
        match self.judge(&token) {
            Ok(cached) => return Ok(Some(cached)),
            Err(Judgement::Rejected) => drop(store.reject(&token).await),
            Err(_) => {}
        }
        Ok(None)
    }

    /// The token of the store as a cached token, or why this process does not use it.
    fn judge(&self, token: &Token) -> Result<CachedToken, Judgement> {
        let secret = token.access_token().expose_secret();
        let left = |at: SystemTime| at.duration_since(SystemTime::now());
        let lifetime = token.expires_at().map(left).transpose();
        let lifetime = lifetime.map_err(|_| Judgement::Old)?;
        let credential = Credential::bearer(secret).map_err(|_| Judgement::Old)?;
        let mut credential = ActiveCredential::new(credential);
        credential.is_adopted = true;
        let cached = cached(credential, lifetime);
        // Not in the `match`: the subscriber must not be called with the mutex held.
        let judgement = self.cache.shared().state.judge(secret, cached.ends_at);
        match judgement {
            Judgement::Usable => {
                tracing::info!(target: "partner_api", "another process has logged in; its token is used");
                Ok(cached)
            }
            judgement => Err(judgement),
        }
    }

    async fn log_in(&self, transport: &impl LoginTransport) -> Result<(Token, CachedToken), Error> {
        let cache = &self.cache;
        let granted = transport
            .login(&cache.key.username, &cache.password)
            .await?;
        let lifetime = granted.lifetime();
        let credential = Credential::bearer(granted.access_token.clone()).map_err(|error| {
            let problem = match error.kind() {
                ErrorKind::Configuration { reason, .. } => reason.clone(),
                other => other.to_string(),
            };
            let path = Some("access_token".to_owned());
            Error::for_operation(&LOGIN, ErrorKind::Decode { path, problem })
                .with_status(StatusCode::OK)
        })?;
        tracing::info!(
            target: "partner_api",
            lifetime_seconds = lifetime.map(|life| life.as_secs()),
            "logged in"
        );
        let expires_at = lifetime.and_then(|life| SystemTime::now().checked_add(life));
        let token = Token::new(granted.access_token, expires_at);
        Ok((token, cached(ActiveCredential::new(credential), lifetime)))
    }
}

/// A token with this lifetime from now on.
fn cached(credential: ActiveCredential, lifetime: Option<Duration>) -> CachedToken {
    let now = Instant::now();
    // Random, so that processes that share a token do not renew it at the same moment.
    let share = 0.75 + 0.1 * fastrand::f64();
    let margin = |life: Duration| (life / 10).min(Duration::from_secs(10));
    CachedToken {
        credential: Arc::new(credential),
        renew_at: lifetime.map(|life| after(now, life.mul_f64(share))),
        stale_at: lifetime.map(|life| after(now, life - margin(life))),
        ends_at: lifetime.map(|life| after(now, life)),
        doubted: None,
    }
}
