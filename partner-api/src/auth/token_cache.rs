//! One token for all calls of a client: the I/O around the decisions of `token_state`.

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

/// The token of a user, for any number of callers.
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

/// The refresh in flight. It runs in its own task, so it does not end when a caller is cancelled.
struct Refresh {
    id: RefreshId,
    /// The runtime that runs it.
    home: RuntimeId,
    /// When it ran last; by the real clock, because the clock of another runtime may be paused.
    ran_at: RealInstant,
    /// Closes at the end of the refresh. It has changed if the refresh had an outcome.
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

/// The lock of the store. A refresh that replaces this one can take it.
type LockSlot = Arc<Mutex<Option<TokenStoreLock>>>;

/// How long a refresh may be without a heartbeat before it is given up.
const STALLED: Duration = Duration::from_secs(1);

/// How many refreshes of one caller may be lost, each because its runtime is shutting down.
const MAX_LOST: u32 = 3;

/// The result of a wait for a refresh.
enum Waited {
    /// The refresh has ended, or another one replaced it.
    Ended,
    /// The runtime of the caller dropped it.
    Lost,
    /// Its runtime did not run it, so it was given up. It returns the lock of the store, if it had it.
    GivenUp(Option<TokenStoreLock>),
}

/// Prevents the renewal of the token while it exists.
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
            // Outside a runtime, the next call renews the token.
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

    /// The token to send now; it is fetched if there is none. A call that is not idempotent also gets a
    /// refresh block.
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
                        // Not `then_some`: dropping a block ends a call.
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
                        // Unreachable: the two change together.
                        None => {
                            shared.state.lost(id);
                            continue;
                        }
                    },
                }
            };
            // The refresh of another caller has to get the lock itself.
            drop(inherited.take());
            // The store is not checked twice for one rejection.
            rejected = None;
            match self.wait(waiting, runtime.id()).await {
                Waited::Ended => {}
                Waited::GivenUp(lock) => inherited = lock,
                Waited::Lost => {
                    lost += 1;
                    if lost >= MAX_LOST {
                        return Err(runtime_is_shutting_down(operation));
                    }
                }
            }
        }
    }

    /// Reports that the server rejected this credential. Returns whether to retry with another one.
    pub(crate) fn reject(&self, credential: &Arc<ActiveCredential>) -> bool {
        let (was_current, again) = {
            let mut shared = self.shared();
            let now = Instant::now();
            let was_current = shared.state.is_current(credential, now);
            (was_current, shared.state.reject(credential, now))
        };
        if was_current {
            tracing::info!(target: "partner_api", is_replaced = again, "the token was rejected");
        }
        again
    }

    /// Whether this is the token that calls send now.
    pub(crate) fn is_current(&self, credential: &Arc<ActiveCredential>) -> bool {
        self.shared().state.is_current(credential, Instant::now())
    }

    /// Spawns a refresh on the runtime of the caller.
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
        // A runtime that is shutting down drops the task immediately, which locks the mutex.
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

    /// Waits for the end of a refresh, and gives it up if its runtime does not run it.
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

    /// Gives up a refresh whose runtime does not run it.
    fn give_up(&self, id: RefreshId) -> Waited {
        let mut shared = self.shared();
        let Some(refresh) = shared.refresh.take_if(|refresh| refresh.id == id) else {
            return Waited::Ended;
        };
        shared.state.lost(id);
        drop(shared);
        tracing::warn!(
            target: "partner_api",
            "the login does not run, because its tokio runtime does not run; logging in again"
        );
        if let Some(task) = refresh.task {
            task.abort();
        }
        Waited::GivenUp(locked(&refresh.lock).take())
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        locked(&self.shared)
    }
}

fn runtime_is_shutting_down(operation: &'static Operation) -> Error {
    let problem = "the login was cancelled, because its tokio runtime is shutting down";
    Error::for_operation(operation, ErrorKind::Credentials(problem.into()))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
