//! One token for all calls of a client. What to do is decided in `token_state`; here it is done.

mod refresh;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as RealInstant};

use secrecy::SecretString;
use tokio::runtime::{Handle, Id as RuntimeId};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use self::refresh::RefreshGuard;
use super::credential::ActiveCredential;
use super::login::LoginTransport;
use super::reentry;
use super::token_state::{RefreshId, Start, Step, TokenState};
use super::token_store::{DynTokenStore, TokenKey, TokenStoreLock};
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;

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

/// For how long a refresh may not show that it runs.
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
pub(crate) struct RefreshBlock<'a, T: LoginTransport> {
    cache: &'a Arc<TokenCache>,
    transport: &'a T,
}

impl<T: LoginTransport> Drop for RefreshBlock<'_, T> {
    fn drop(&mut self) {
        let mut shared = self.cache.shared();
        let Some(start) = shared.state.call_ended(Instant::now()) else {
            return;
        };
        match Handle::try_current() {
            Ok(runtime) => {
                let _waiting =
                    self.cache
                        .spawn_refresh(shared, self.transport, &runtime, start, None);
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
    pub(crate) async fn credential<'a, T: LoginTransport>(
        self: &'a Arc<Self>,
        transport: &'a T,
        operation: &'static Operation,
        idempotent: bool,
        mut rejected: Option<&Arc<ActiveCredential>>,
    ) -> Result<(Arc<ActiveCredential>, Option<RefreshBlock<'a, T>>), Error> {
        reentry::check(transport, operation, "token store")?;
        let runtime = Handle::current();
        let mut lost = 0;
        let mut inherited = None;
        loop {
            let waiting = {
                let mut shared = self.shared();
                match shared.state.want(idempotent, rejected, Instant::now()) {
                    Step::Send(credential, renewal) => {
                        if let Some(start) = renewal {
                            self.spawn_refresh(shared, transport, &runtime, start, None);
                        }
                        // Not `then_some`: dropping one ends a call.
                        let block = (!idempotent).then(|| RefreshBlock {
                            cache: self,
                            transport,
                        });
                        return Ok((credential, block));
                    }
                    Step::Fail(error, wait) => return Err(Error::login(operation, error, wait)),
                    Step::Start(start) => {
                        let lock = inherited.take();
                        self.spawn_refresh(shared, transport, &runtime, start, lock)
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
            // The store is not asked twice for one rejection.
            rejected = None;
            match self.wait(waiting, runtime.id()).await {
                Waited::Ended => {}
                Waited::GivenUp(lock) => inherited = lock,
                Waited::Lost => {
                    lost += 1;
                    if lost >= MOST_LOST {
                        let problem = "the login was lost: its runtime is shutting down".into();
                        return Err(Error::for_operation(
                            operation,
                            ErrorKind::Credentials(problem),
                        ));
                    }
                }
            }
        }
    }

    /// The server rejected a call with this credential; whether to try again with another one.
    pub(crate) fn reject(&self, credential: &Arc<ActiveCredential>) -> bool {
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
        transport: &impl LoginTransport,
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
        let its = transport.clone();
        let work = async move { guard.run(&its, start.may_log_in).await };
        let work = reentry::within(transport, work);
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
