//! One token for all calls of a client: fetched once, renewed ahead, thrown away when refused.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{RwLock, RwLockReadGuard, watch};
use tokio::time::{Instant, timeout};

use super::credential::{Credential, Pass};
use super::login::{LOGIN, login};
use super::token::{DynTokenStore, Token};
use crate::operation::Operation;
use crate::transport::time::after;
use crate::{Client, Error, ErrorKind};

/// A user's token, for any number of callers.
pub(crate) struct Session {
    username: String,
    password: SecretString,
    store: Option<Box<dyn DynTokenStore>>,
    state: Mutex<State>,
    /// Held by calls that may not be sent twice, so that no login ends their token meanwhile.
    quiet: RwLock<()>,
}

/// While it lives, the token is not renewed ahead of its end.
pub(crate) type Quiet<'a> = RwLockReadGuard<'a, ()>;

#[derive(Default)]
struct State {
    live: Option<Live>,
    /// Ends with the login that is under way.
    flight: Option<watch::Receiver<()>>,
    failure: Option<Failure>,
    /// Logins that failed since the last that did not.
    failures: u32,
    /// Tokens in a row that were refused from their first use.
    useless: u32,
    /// The last token that was refused, which a store may still have.
    refused: Option<Arc<Pass>>,
}

struct Live {
    pass: Arc<Pass>,
    renew_at: Option<Instant>,
    ends_at: Option<Instant>,
}

struct Failure {
    error: Arc<Error>,
    /// No login before.
    until: Instant,
}

/// The wait after the first failed login, and the longest one.
const WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What is obeyed of a `Retry-After` at most; more is a mistake, and may be more than a clock holds.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(86_400);

const USELESS: &str = "the hub refuses the tokens that it has just given out";

impl Session {
    pub(crate) fn new(
        username: String,
        password: SecretString,
        store: Option<Box<dyn DynTokenStore>>,
    ) -> Self {
        Self {
            username,
            password,
            store,
            state: Mutex::default(),
            quiet: RwLock::default(),
        }
    }

    pub(crate) fn password(&self) -> &SecretString {
        &self.password
    }

    /// The token to send now, fetched if there is none; for a call that may not be sent twice with
    /// what keeps it alive.
    pub(crate) async fn pass(
        self: &Arc<Self>,
        client: &Client,
        operation: &'static Operation,
        idempotent: bool,
    ) -> Result<(Arc<Pass>, Option<Quiet<'_>>), Error> {
        loop {
            let quiet = match idempotent {
                true => None,
                false => Some(self.quiet.read().await),
            };
            let mut flight = {
                let mut state = self.state();
                let now = Instant::now();
                let held = state.failure.as_ref().filter(|failure| now < failure.until);
                let wait = held.map(|failure| (Arc::clone(&failure.error), failure.until - now));
                if let Some(live) = state
                    .live
                    .as_ref()
                    .filter(|live| !is_past(live.ends_at, now))
                {
                    let pass = Arc::clone(&live.pass);
                    if is_past(live.renew_at, now) && wait.is_none() && !state.is_flying() {
                        self.fly(&mut state, client.clone(), true);
                    }
                    return Ok((pass, quiet));
                }
                if let Some((error, wait)) = wait {
                    return Err(Error::login(operation, error, wait));
                }
                match &state.flight {
                    Some(flight) if state.is_flying() => flight.clone(),
                    // A token that was refused is of no use to a call under way; one that is
                    // about to end still may be.
                    _ => {
                        let ahead = state.live.is_some();
                        self.fly(&mut state, client.clone(), ahead)
                    }
                }
            };
            // The login may be waiting for this call to be quiet.
            drop(quiet);
            // It is never sent to: this ends when the login does, however that ended.
            let _ = flight.changed().await;
        }
    }

    /// Whether this is the token that calls send now.
    pub(crate) fn is_current(&self, pass: &Arc<Pass>) -> bool {
        let state = self.state();
        state.live.as_ref().is_some_and(|live| {
            Arc::ptr_eq(&live.pass, pass) && !is_past(live.ends_at, Instant::now())
        })
    }

    /// Throws a token away, unless a newer one has taken its place.
    pub(crate) fn refused(&self, pass: &Arc<Pass>) {
        let mut state = self.state();
        if !state
            .live
            .as_ref()
            .is_some_and(|live| Arc::ptr_eq(&live.pass, pass))
        {
            return;
        }
        state.live = None;
        state.refused = Some(Arc::clone(pass));
        tracing::info!("the hub refused the token; it is thrown away");
        if pass.was_accepted() {
            state.useless = 0;
            return;
        }
        if !pass.is_adopted {
            state.useless += 1;
        }
        if state.useless > 1 {
            let useless = state.useless - 1;
            let error = ErrorKind::Credentials(USELESS.into());
            let error = Error::of(&LOGIN, error).with_status(StatusCode::UNAUTHORIZED);
            state.fail(error, useless);
        }
    }

    /// Fetches a token in a task of its own, so that no caller's end is the end of it.
    fn fly(
        self: &Arc<Self>,
        state: &mut State,
        client: Client,
        ahead: bool,
    ) -> watch::Receiver<()> {
        let (landed, flight) = watch::channel(());
        state.flight = Some(flight.clone());
        let landing = Landing {
            session: Arc::clone(self),
            _landed: landed,
        };
        tokio::spawn(async move {
            let session = &landing.session;
            // A login ends the token there is, which calls under way may need; and whoever waits
            // for it goes on when the new token is in place, not before.
            let _quiet = match ahead {
                true => Some(session.quiet.write().await),
                false => None,
            };
            let fetched = session.fetch(&client).await;
            let mut state = session.state();
            match fetched {
                Ok(live) => {
                    let last = state.live.replace(live);
                    if last.is_some_and(|last| last.pass.was_accepted()) {
                        state.useless = 0;
                    }
                    state.failure = None;
                    state.failures = 0;
                }
                Err(error) => state.fail_login(error),
            }
        });
        flight
    }

    async fn fetch(&self, client: &Client) -> Result<Live, Error> {
        let patience = client.inner.attempt_timeout;
        if let Some(live) = self.adopt(patience).await {
            return Ok(live);
        }
        let granted = login(client, &self.username, &self.password).await?;
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
        let live = Live::new(Pass::new(credential), lifetime);
        if let Some(store) = &self.store {
            let ends_at = lifetime.and_then(|life| SystemTime::now().checked_add(life));
            let token = Token::new(granted.access_token, ends_at);
            told(timeout(patience, store.save(&self.username, &token)).await);
        }
        Ok(live)
    }

    /// The token that another process fetched, if it is news.
    async fn adopt(&self, patience: Duration) -> Option<Live> {
        let store = self.store.as_ref()?;
        let token = told(timeout(patience, store.load(&self.username)).await)??;
        let lifetime = match token.expires_at() {
            Some(at) => Some(at.duration_since(SystemTime::now()).ok()?),
            None => None,
        };
        let state = self.state();
        let own = state.live.as_ref().map(|live| &live.pass);
        if own
            .into_iter()
            .chain(&state.refused)
            .any(|pass| token.is(pass.credential.secret()))
        {
            return None;
        }
        let ours = state.live.as_ref().and_then(|live| live.ends_at);
        let its = lifetime.map(|life| Live::usable_until(Instant::now(), life));
        if ours.zip(its).is_some_and(|(ours, its)| its <= ours) {
            return None;
        }
        let credential = Credential::bearer(token.access_token().expose_secret()).ok()?;
        tracing::info!("another process has logged in; its token is used");
        let mut pass = Pass::new(credential);
        pass.is_adopted = true;
        Some(Live::new(pass, lifetime))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a flight, whatever its task came to.
struct Landing {
    session: Arc<Session>,
    _landed: watch::Sender<()>,
}

impl Drop for Landing {
    fn drop(&mut self) {
        // A store or an observer of the program's did; the next caller is not to find it out.
        if std::thread::panicking() {
            let error = ErrorKind::Credentials("the login's task panicked".into());
            self.session.state().fail_login(Error::of(&LOGIN, error));
        }
    }
}

impl State {
    fn fail_login(&mut self, error: Error) {
        tracing::warn!(%error, "the login failed");
        self.failures += 1;
        let failures = self.failures;
        self.fail(error, failures);
    }

    fn is_flying(&self) -> bool {
        let flight = self.flight.as_ref();
        flight.is_some_and(|flight| flight.has_changed().is_ok())
    }

    /// Holds logins back, the longer the more of them failed.
    fn fail(&mut self, error: Error, failures: u32) {
        let doubled = WAIT
            .0
            .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
        let wait = doubled
            .min(WAIT.1)
            .max(error.retry_after().unwrap_or_default())
            .min(LONGEST_RETRY_AFTER);
        self.failure = Some(Failure {
            error: Arc::new(error),
            until: after(Instant::now(), wait),
        });
    }
}

impl Live {
    fn new(pass: Pass, lifetime: Option<Duration>) -> Self {
        let now = Instant::now();
        // Processes that share a token renew it one after the other: the first by chance.
        let share = 0.75 + 0.1 * fastrand::f64();
        Self {
            pass: Arc::new(pass),
            renew_at: lifetime.map(|life| after(now, life.mul_f64(share))),
            ends_at: lifetime.map(|life| Self::usable_until(now, life)),
        }
    }

    /// A token that ends on its way is of no use.
    fn usable_until(now: Instant, life: Duration) -> Instant {
        after(now, life - (life / 10).min(Duration::from_secs(10)))
    }
}

fn is_past(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| at <= now)
}

/// What a store gave; its failure is told and survived.
fn told<T, E: std::fmt::Display>(
    outcome: Result<Result<T, E>, tokio::time::error::Elapsed>,
) -> Option<T> {
    match outcome {
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the token store failed");
            None
        }
        Err(_) => {
            tracing::warn!("the token store did not answer in time");
            None
        }
    }
}
