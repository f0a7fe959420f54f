//! One token for all calls of a client. What to do is decided in `token_state`; here it is done.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as RealInstant, SystemTime};

use futures_util::FutureExt as _;
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::runtime::{Handle, Id as RuntimeId};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use super::credential::{ActiveCredential, Credential};
use super::login::{LOGIN, login};
use super::reentry;
use super::shared_tokens::{SharedTokens, Trouble};
use super::token_state::{CachedToken, Judgement, Outcome, RefreshId, Start, Step, TokenState};
use super::token_store::{DynTokenStore, Token, TokenKey, TokenStoreLock};
use crate::clock::after;
use crate::operation::Operation;
use crate::{Client, Error, ErrorKind};

/// A user's token, for any number of callers.
pub(crate) struct TokenCache {
    key: TokenKey,
    password: SecretString,
    store: Option<DynTokenStore>,
    shared: Mutex<Shared>,
}

struct Shared {
    state: TokenState,
    refresh: Option<Refresh>,
}

/// The refresh in flight, which runs in a task of its own: no caller's end is the end of it.
struct Refresh {
    id: RefreshId,
    /// The runtime that has to run it.
    home: RuntimeId,
    /// When it ran last. By the real clock, because that of another runtime may be paused.
    ran_at: RealInstant,
    /// Closes when it has ended; has changed if there was an outcome.
    ended: watch::Receiver<()>,
    task: Option<AbortHandle>,
    lock: LockSlot,
}

/// What a caller needs to wait for a refresh.
struct Waiting {
    id: RefreshId,
    home: RuntimeId,
    ended: watch::Receiver<()>,
}

impl Refresh {
    fn waiting(&self) -> Waiting {
        Waiting {
            id: self.id,
            home: self.home,
            ended: self.ended.clone(),
        }
    }
}

/// The store's lock, kept where a refresh that replaces this one can take it.
type LockSlot = Arc<Mutex<Option<TokenStoreLock>>>;

/// How often a refresh shows that it runs, and for how long it may not.
const HEARTBEAT: Duration = Duration::from_millis(250);
const STALLED: Duration = Duration::from_secs(1);

/// How many refreshes of one caller may be lost, each because its own runtime is shutting down.
const MOST_LOST: u32 = 3;

/// What a wait for a refresh came to.
enum Waited {
    /// It has ended, or another one has taken its place.
    Ended,
    /// The caller's own runtime dropped it.
    Lost,
    /// Its runtime did not run it, so it was given up; with the store's lock if it had it.
    GivenUp(Option<TokenStoreLock>),
}

/// While it lives, the token is not renewed ahead of its end.
pub(crate) struct RefreshBlock<'a> {
    cache: &'a Arc<TokenCache>,
    client: &'a Client,
}

impl Drop for RefreshBlock<'_> {
    fn drop(&mut self) {
        let mut shared = self.cache.shared();
        let Some(start) = shared.state.call_ended(Instant::now()) else {
            return;
        };
        match Handle::try_current() {
            Ok(runtime) => {
                let _waiting = self
                    .cache
                    .spawn_refresh(shared, self.client, &runtime, start, None);
            }
            // Outside of a runtime it is left to the next call.
            Err(_) => shared.state.lost(start.id),
        }
    }
}

impl TokenCache {
    pub(crate) fn new(key: TokenKey, password: SecretString, store: Option<DynTokenStore>) -> Self {
        let state = TokenState::new(store.is_some());
        Self {
            key,
            password,
            store,
            shared: Mutex::new(Shared {
                state,
                refresh: None,
            }),
        }
    }

    pub(crate) fn password(&self) -> &SecretString {
        &self.password
    }

    /// The token to send now, fetched if there is none; for a call that may not be sent twice with
    /// what holds renewals back.
    pub(crate) async fn pass<'a>(
        self: &'a Arc<Self>,
        client: &'a Client,
        operation: &'static Operation,
        idempotent: bool,
    ) -> Result<(Arc<ActiveCredential>, Option<RefreshBlock<'a>>), Error> {
        reentry::check(client, operation, "token store")?;
        let runtime = Handle::current();
        let mut lost = 0;
        let mut inherited = None;
        loop {
            let waiting = {
                let mut shared = self.shared();
                match shared.state.want(idempotent, Instant::now()) {
                    Step::Send(credential, renewal) => {
                        if let Some(start) = renewal {
                            self.spawn_refresh(shared, client, &runtime, start, None);
                        }
                        // Not `then_some`: dropping one ends a call.
                        let block = (!idempotent).then(|| RefreshBlock {
                            cache: self,
                            client,
                        });
                        return Ok((credential, block));
                    }
                    Step::Fail(error, wait) => return Err(Error::login(operation, error, wait)),
                    Step::Start(start) => {
                        let lock = inherited.take();
                        self.spawn_refresh(shared, client, &runtime, start, lock)
                    }
                    Step::Wait(id) => match &shared.refresh {
                        Some(refresh) => refresh.waiting(),
                        // Not reached: the two change together.
                        None => {
                            shared.state.lost(id);
                            continue;
                        }
                    },
                }
            };
            // If another caller's refresh goes on, it has to get the lock itself.
            drop(inherited.take());
            match self.wait(waiting, runtime.id()).await {
                Waited::Ended => {}
                Waited::GivenUp(lock) => inherited = lock,
                Waited::Lost => {
                    lost += 1;
                    if lost >= MOST_LOST {
                        let problem = "the login was lost: its runtime is shutting down".into();
                        return Err(Error::of(operation, ErrorKind::Credentials(problem)));
                    }
                }
            }
        }
    }

    /// The server rejected a call with this credential; whether to try again with another one.
    pub(crate) fn refused(&self, credential: &Arc<ActiveCredential>) -> bool {
        let (was_current, again) = {
            let mut shared = self.shared();
            let now = Instant::now();
            let was_current = shared.state.is_current(credential, now);
            (was_current, shared.state.reject(credential, now))
        };
        if was_current {
            tracing::info!(is_replaced = again, "the token was rejected");
        }
        again
    }

    /// Whether this is the token that calls send now.
    pub(crate) fn is_current(&self, credential: &Arc<ActiveCredential>) -> bool {
        self.shared().state.is_current(credential, Instant::now())
    }

    /// Starts a refresh in a task of its own, on the runtime of the caller.
    fn spawn_refresh(
        self: &Arc<Self>,
        mut shared: MutexGuard<'_, Shared>,
        client: &Client,
        runtime: &Handle,
        start: Start,
        lock: Option<TokenStoreLock>,
    ) -> Waiting {
        let (finished, ended) = watch::channel(());
        let lock = Arc::new(Mutex::new(lock));
        let refresh = shared.refresh.insert(Refresh {
            id: start.id,
            home: runtime.id(),
            ran_at: RealInstant::now(),
            ended,
            task: None,
            lock: Arc::clone(&lock),
        });
        let waiting = refresh.waiting();
        // A runtime that is shutting down drops the task at once, and that needs the mutex.
        drop(shared);
        let guard = RefreshGuard {
            cache: Arc::clone(self),
            id: start.id,
            lock,
            finished,
        };
        let its = client.clone();
        let work = async move { guard.run(&its, start.may_log_in).await };
        let work = reentry::within(client, work);
        let task = runtime.spawn(work).abort_handle();
        if let Some(refresh) = &mut self.shared().refresh
            && refresh.id == start.id
        {
            refresh.task = Some(task);
        }
        waiting
    }

    /// Waits for the end of a refresh, but not for a runtime that does not run it.
    async fn wait(&self, waiting: Waiting, here: RuntimeId) -> Waited {
        let Waiting {
            id,
            home,
            mut ended,
        } = waiting;
        if home == here {
            return match ended.changed().await {
                Ok(()) => Waited::Ended,
                Err(_) => Waited::Lost,
            };
        }
        loop {
            let left = match &self.shared().refresh {
                Some(refresh) if refresh.id == id => {
                    STALLED.saturating_sub(refresh.ran_at.elapsed())
                }
                _ => return Waited::Ended,
            };
            if left.is_zero() {
                return self.give_up(id);
            }
            if timeout(left, ended.changed()).await.is_ok() {
                return Waited::Ended;
            }
        }
    }

    /// Gives up a refresh that its runtime does not run.
    fn give_up(&self, id: RefreshId) -> Waited {
        let mut shared = self.shared();
        let Some(refresh) = shared.refresh.take_if(|refresh| refresh.id == id) else {
            return Waited::Ended;
        };
        shared.state.lost(id);
        drop(shared);
        tracing::warn!("the login does not run, because its runtime is not driven; starting over");
        if let Some(task) = refresh.task {
            task.abort();
        }
        Waited::GivenUp(locked(&refresh.lock).take())
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        locked(&self.shared)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One refresh. Its end, whatever it came to, frees the store's lock and wakes the callers.
struct RefreshGuard {
    cache: Arc<TokenCache>,
    id: RefreshId,
    lock: LockSlot,
    finished: watch::Sender<()>,
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
    async fn run(self, client: &Client, may_log_in: bool) {
        let mut work = pin!(AssertUnwindSafe(self.refresh(client, may_log_in)).catch_unwind());
        let outcome = loop {
            match timeout(HEARTBEAT, &mut work).await {
                Ok(outcome) => break outcome,
                Err(_) => self.beat(),
            }
        };
        if outcome.is_err() {
            // An observer of the program's did; the next caller is not to find it out.
            let error = ErrorKind::Credentials("the login's task panicked".into());
            self.end(Outcome::Failed(Error::of(&LOGIN, error)));
        }
        // Nobody may wait any more.
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

    async fn refresh(&self, client: &Client, may_log_in: bool) {
        let cache = &self.cache;
        let store = cache.store.as_ref();
        let store = store.map(|store| SharedTokens::new(store, &cache.key, client));
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
        let (token, cached) = match self.log_in(client).await {
            Ok(granted) => granted,
            Err(error) => {
                tracing::warn!(%error, "the login failed");
                return self.end(Outcome::Failed(error));
            }
        };
        // It is in use before it is saved, so that no end of this task loses it; but the callers
        // that wait do so until it is saved, so that a program that ends with its call saves it.
        self.end(Outcome::LoggedIn(cached));
        if let Some(store) = &store {
            let _ = store.save(&token).await;
        }
    }

    /// The token of another process. If there is none and a login follows, this process has the
    /// store's lock, as far as it can be had.
    async fn load_shared(
        &self,
        store: &SharedTokens<'_>,
        may_log_in: bool,
    ) -> Result<Option<CachedToken>, Trouble> {
        let loaded = store.load().await;
        // A store that hangs is not waited for twice.
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
        if locked(&self.lock).is_none()
            && let Ok(Some(lock)) = store.lock().await
        {
            *locked(&self.lock) = Some(lock);
            // Another process may have logged in until then.
            loaded = store.load().await;
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

    /// The token of the store as this process would use it, or why it does not.
    fn judge(&self, token: &Token) -> Result<CachedToken, Judgement> {
        let secret = token.access_token().expose_secret();
        let left = |at: SystemTime| at.duration_since(SystemTime::now());
        let lifetime = token.expires_at().map(left).transpose();
        let lifetime = lifetime.map_err(|_| Judgement::Old)?;
        let credential = Credential::bearer(secret).map_err(|_| Judgement::Old)?;
        let mut credential = ActiveCredential::new(credential);
        credential.is_adopted = true;
        let cached = cached(credential, lifetime);
        // The program's subscriber is not called with the mutex held.
        let judgement = self.cache.shared().state.judge(secret, cached.ends_at);
        match judgement {
            Judgement::Usable => {
                tracing::info!("another process has logged in; its token is used");
                Ok(cached)
            }
            judgement => Err(judgement),
        }
    }

    async fn log_in(&self, client: &Client) -> Result<(Token, CachedToken), Error> {
        let cache = &self.cache;
        let granted = login(client, &cache.key.username, &cache.password).await?;
        let lifetime = granted.lifetime();
        let credential = Credential::bearer(granted.access_token.clone()).map_err(|error| {
            let problem = match error.kind() {
                ErrorKind::Configuration { reason, .. } => reason.clone(),
                other => other.to_string(),
            };
            let path = Some("access_token".to_owned());
            Error::of(&LOGIN, ErrorKind::Decode { path, problem }).with_status(StatusCode::OK)
        })?;
        tracing::info!(
            lifetime_seconds = lifetime.map(|life| life.as_secs()),
            "logged in"
        );
        let expires_at = lifetime.and_then(|life| SystemTime::now().checked_add(life));
        let token = Token::new(granted.access_token, expires_at);
        Ok((token, cached(ActiveCredential::new(credential), lifetime)))
    }
}

/// A token that is used from now on and ends after this long.
fn cached(credential: ActiveCredential, lifetime: Option<Duration>) -> CachedToken {
    let now = Instant::now();
    // Processes that share a token renew it one after the other: the first by chance.
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
