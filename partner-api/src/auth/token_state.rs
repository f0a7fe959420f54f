//! The state machine of the token cache: one method for each event decides what to do.
//!
//! No I/O, clock or lock: the time is an argument, and `token_cache` carries out the decisions.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::credential::ActiveCredential;
use crate::error::Error;
use crate::time::after;

/// The shortest and the longest backoff after failed logins.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// The shortest and the longest interval between logins that are caused by rejections.
const REPLACEMENT_INTERVAL: (Duration, Duration) =
    (Duration::from_secs(10), Duration::from_secs(60));

/// How long a store that failed is not checked for calls that do not need it.
const STORE_REST: Duration = Duration::from_secs(60);

/// How many spent tokens are remembered, because a store may still have them.
const SPENT: usize = 8;

/// A token and its times.
#[derive(Clone)]
pub(super) struct CachedToken {
    pub(super) credential: Arc<ActiveCredential>,
    pub(super) renew_at: Option<Instant>,
    /// Shortly before it ends, because a token must not end while a request is sent.
    pub(super) stale_at: Option<Instant>,
    pub(super) ends_at: Option<Instant>,
    /// Set when it was rejected too soon to be replaced: whether it had been accepted before.
    pub(super) doubted: Option<bool>,
}

impl CachedToken {
    fn is(&self, credential: &Arc<ActiveCredential>) -> bool {
        Arc::ptr_eq(&self.credential, credential)
    }

    /// Whether it can no longer be sent. While a call is in flight that is not idempotent, a login would
    /// end its token, so calls use the token until its exact end.
    fn has_ended(&self, held: usize, now: Instant) -> bool {
        let end = if held > 0 {
            self.ends_at
        } else {
            self.stale_at
        };
        end.is_some_and(|at| at <= now)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.renew_at.is_some_and(|at| at <= now)
    }

    /// Whether the call or the server is the likely cause of its rejections, not the token: it was never
    /// accepted, or it was accepted again after a rejection.
    fn is_rejected_in_vain(&self) -> bool {
        let accepted = self.credential.was_accepted();
        self.doubted.map_or(!accepted, |before| accepted || !before)
    }
}

/// Identifies a refresh. The outcome of an older one is ignored.
pub(super) type RefreshId = u64;

enum State {
    /// There is no token and no refresh.
    Empty(Goal),
    /// Calls send this token.
    Valid(CachedToken),
    /// Calls send this token while a refresh fetches the next one.
    Renewing(CachedToken, RefreshId),
    /// Calls send this token while a refresh checks the store for another one. Calls whose token was
    /// rejected wait for it.
    Checking(CachedToken, RefreshId),
    /// Calls wait for the refresh.
    Refreshing(Goal, RefreshId),
}

/// Why calls wait for a refresh.
enum Goal {
    /// There is no token, or it has ended.
    Token,
    /// The token was rejected. If `counts`, the login begins a new interval.
    Replacement { counts: bool },
    /// The token was rejected too soon after the last login of that cause, so that only the store may
    /// replace it. If the store has no other token, calls use it again.
    Check(CachedToken),
}

struct LoginBackoff {
    error: Arc<Error>,
    until: Instant,
}

/// A token that must not be used again.
struct Spent {
    credential: Arc<ActiveCredential>,
    is_rejected: bool,
}

/// What a caller that wants a token has to do.
pub(super) enum Step {
    /// Send this credential, and start the renewal if there is one.
    Send(Arc<ActiveCredential>, Option<Start>),
    /// Start a refresh, and wait for it.
    Start(Start),
    /// Wait for this refresh.
    Wait(RefreshId),
    /// Fail: the last login failed, and the next one is after this time.
    Fail(Arc<Error>, Duration),
}

/// A refresh that has to be started.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) id: RefreshId,
    /// Whether it logs in if the store has no other token.
    pub(super) may_log_in: bool,
}

/// The outcome of a refresh.
pub(super) enum Outcome {
    /// The store has a token that another process fetched.
    Found(CachedToken),
    LoggedIn(CachedToken),
    /// The store has no other token, and a login was not allowed.
    NotFound {
        store_failed: bool,
    },
    Failed(Error),
}

/// Whether this process can use a token of the store.
#[derive(Debug, PartialEq)]
pub(super) enum Judgement {
    Usable,
    /// It is the current token, has ended, or ends before the current one.
    Old,
    Rejected,
}

pub(super) struct TokenState {
    state: State,
    has_store: bool,
    last_id: RefreshId,
    backoff: Option<LoginBackoff>,
    /// Failed logins in a row.
    failures: u32,
    /// The last spent tokens, the oldest first.
    spent: Vec<Spent>,
    /// How many own tokens in a row were rejected although the token is not the likely cause.
    rejected_in_a_row: u32,
    no_replacement_before: Option<Instant>,
    no_check_before: Option<Instant>,
    /// The token was rejected too soon to be replaced, and the store was not checked since.
    is_check_wanted: bool,
    /// Calls in flight that are not idempotent. A renewal would end their token.
    held: usize,
    /// A renewal waits for these calls.
    is_renewal_held: bool,
}

impl TokenState {
    pub(super) fn new(has_store: bool) -> Self {
        Self {
            state: State::Empty(Goal::Token),
            has_store,
            last_id: 0,
            backoff: None,
            failures: 0,
            spent: Vec::new(),
            rejected_in_a_row: 0,
            no_replacement_before: None,
            no_check_before: None,
            is_check_wanted: false,
            held: 0,
            is_renewal_held: false,
        }
    }

    /// A call wants a token to send. After a `Send`, a call that is not idempotent blocks renewals until
    /// `call_ended`. Before, it waits for a renewal that is due, unless other calls block it.
    ///
    /// `rejected` is the credential of the call's last attempt, if the server rejected it.
    pub(super) fn want(
        &mut self,
        idempotent: bool,
        rejected: Option<&Arc<ActiveCredential>>,
        now: Instant,
    ) -> Step {
        let is_rejected = |token: &CachedToken| rejected.is_some_and(|it| token.is(it));
        match &self.state {
            // A call that is not idempotent must not be the one to find out that the token is invalid.
            State::Valid(token)
                if !token.has_ended(self.held, now)
                    && self.may_check(now)
                    && (is_rejected(token) || (self.is_check_wanted && !idempotent)) =>
            {
                let token = token.clone();
                let start = self.start(false);
                self.is_check_wanted = false;
                self.state = State::Checking(token, start.id);
                Step::Start(start)
            }
            State::Checking(token, _)
                if !token.has_ended(self.held, now)
                    && !is_rejected(token)
                    && (idempotent || self.held > 0 || !token.is_due(now)) =>
            {
                if !idempotent {
                    self.held += 1;
                }
                Step::Send(Arc::clone(&token.credential), None)
            }
            State::Valid(token) if !token.has_ended(self.held, now) => {
                let credential = Arc::clone(&token.credential);
                match (self.renew(now), idempotent) {
                    // The renewal would end the token of this call.
                    (Some(start), false) => return Step::Start(start),
                    (None, false) => self.held += 1,
                    (renewal, true) => return Step::Send(credential, renewal),
                }
                Step::Send(credential, None)
            }
            // The renewal ends the token, so only calls that can be retried may use it.
            State::Renewing(token, _) if idempotent && !token.has_ended(self.held, now) => {
                Step::Send(Arc::clone(&token.credential), None)
            }
            State::Renewing(_, id) | State::Checking(_, id) | State::Refreshing(_, id) => {
                Step::Wait(*id)
            }
            State::Empty(_) | State::Valid(_) => self.refresh(now),
        }
    }

    /// A call that blocked renewals has ended. Returns the renewal that waited for it.
    pub(super) fn call_ended(&mut self, now: Instant) -> Option<Start> {
        self.held = self.held.saturating_sub(1);
        if self.held == 0 && std::mem::take(&mut self.is_renewal_held) {
            self.renew(now)
        } else {
            None
        }
    }

    /// The server rejected this credential (401). Returns whether to retry with another one.
    pub(super) fn reject(&mut self, credential: &Arc<ActiveCredential>, now: Instant) -> bool {
        let held = self.held;
        let is_current = |token: &CachedToken| token.is(credential) && !token.has_ended(held, now);
        let too_soon = self.no_replacement_before.is_some_and(|at| now < at);
        let may_check = self.may_check(now);
        match &mut self.state {
            State::Valid(token) if is_current(token) && too_soon => {
                let accepted = token.credential.doubt();
                token.doubted.get_or_insert(accepted);
                self.is_check_wanted = may_check;
                return may_check;
            }
            State::Checking(token, _) if is_current(token) && too_soon => {}
            State::Valid(token) if is_current(token) => {
                let is_own = !credential.is_adopted;
                if is_own {
                    self.rejected_in_a_row = match token.is_rejected_in_vain() {
                        true => self.rejected_in_a_row.saturating_add(1),
                        false => 0,
                    };
                }
                // The token of another process may be out of date, so it does not count.
                self.state = State::Empty(Goal::Replacement { counts: is_own });
                self.spend(credential, true);
            }
            // The refresh in flight is the likely cause.
            State::Renewing(token, id) | State::Checking(token, id) if is_current(token) => {
                let id = *id;
                if too_soon {
                    self.state = State::Refreshing(Goal::Check(token.clone()), id);
                } else {
                    let goal = Goal::Replacement { counts: false };
                    self.state = State::Refreshing(goal, id);
                    self.spend(credential, true);
                }
            }
            _ => {}
        }
        true
    }

    /// A refresh has ended. Returns whether it was the current one.
    pub(super) fn refreshed(&mut self, id: RefreshId, outcome: Outcome, now: Instant) -> bool {
        let goal = match self.take(id) {
            Some(State::Renewing(token, _) | State::Checking(token, _)) => Goal::Check(token),
            Some(State::Refreshing(goal, _)) => goal,
            _ => return false,
        };
        let token = match outcome {
            Outcome::LoggedIn(token) => {
                if matches!(goal, Goal::Replacement { counts: true }) {
                    let interval = doubled(REPLACEMENT_INTERVAL, self.rejected_in_a_row);
                    self.no_replacement_before = Some(after(now, interval));
                }
                token
            }
            Outcome::Found(token) => token,
            Outcome::NotFound { store_failed } => {
                self.no_check_before = store_failed.then(|| after(now, STORE_REST));
                self.state = goal.unmet();
                return true;
            }
            Outcome::Failed(error) => {
                self.failures = self.failures.saturating_add(1);
                let retry_after = error.retry_after().unwrap_or_default();
                let wait = doubled(BACKOFF, self.failures).max(retry_after.min(BACKOFF.1));
                self.backoff = Some(LoginBackoff {
                    error: Arc::new(error),
                    until: after(now, wait),
                });
                self.state = goal.unmet();
                return true;
            }
        };
        self.backoff = None;
        self.failures = 0;
        self.is_check_wanted = false;
        self.state = State::Valid(token);
        true
    }

    /// A refresh has ended without an outcome: its runtime has ended, or does not run it.
    pub(super) fn lost(&mut self, id: RefreshId) {
        match self.take(id) {
            Some(State::Renewing(token, _) | State::Checking(token, _)) => {
                self.state = State::Valid(token);
            }
            Some(State::Refreshing(goal, _)) => self.state = State::Empty(goal),
            _ => {}
        }
    }

    /// Whether calls may send this credential.
    pub(super) fn is_current(&self, credential: &Arc<ActiveCredential>, now: Instant) -> bool {
        match &self.state {
            State::Valid(token) | State::Renewing(token, _) | State::Checking(token, _) => {
                token.is(credential) && !token.has_ended(self.held, now)
            }
            _ => false,
        }
    }

    /// Judges a token of the store that ends at this time.
    pub(super) fn judge(&self, secret: &str, ends_at: Option<Instant>) -> Judgement {
        let is = |credential: &Arc<ActiveCredential>| credential.credential.secret() == secret;
        if let Some(spent) = self.spent.iter().find(|spent| is(&spent.credential)) {
            return match spent.is_rejected {
                true => Judgement::Rejected,
                false => Judgement::Old,
            };
        }
        let is_old = match &self.state {
            State::Valid(token) | State::Renewing(token, _) => {
                let ends = token.ends_at.zip(ends_at);
                is(&token.credential) || ends.is_some_and(|(ours, its)| its <= ours)
            }
            State::Checking(token, _) | State::Refreshing(Goal::Check(token), _) => {
                is(&token.credential)
            }
            _ => false,
        };
        match is_old {
            true => Judgement::Old,
            false => Judgement::Usable,
        }
    }

    /// Starts a renewal if one is due and no call blocks it.
    fn renew(&mut self, now: Instant) -> Option<Start> {
        let State::Valid(token) = &self.state else {
            return None;
        };
        if !token.is_due(now) || token.has_ended(self.held, now) || self.backoff(now).is_some() {
            return None;
        }
        if self.held > 0 {
            self.is_renewal_held = true;
            return None;
        }
        let token = token.clone();
        let start = self.start(true);
        self.state = State::Renewing(token, start.id);
        Some(start)
    }

    /// Starts a refresh that calls wait for.
    fn refresh(&mut self, now: Instant) -> Step {
        let is_check = matches!(self.state, State::Empty(Goal::Check(_)));
        if let Some(backoff) = self.backoff(now).filter(|_| !is_check) {
            return Step::Fail(Arc::clone(&backoff.error), backoff.until - now);
        }
        let start = self.start(!is_check);
        let before = std::mem::replace(&mut self.state, State::Empty(Goal::Token));
        let goal = match before {
            State::Empty(goal) => goal,
            State::Valid(token) => {
                self.spend(&token.credential, false);
                Goal::Token
            }
            // Unreachable: a refresh is in flight already.
            State::Renewing(..) | State::Checking(..) | State::Refreshing(..) => Goal::Token,
        };
        self.state = State::Refreshing(goal, start.id);
        Step::Start(start)
    }

    /// Whether a store may have another token than one that is rejected.
    fn may_check(&self, now: Instant) -> bool {
        self.has_store && self.no_check_before.is_none_or(|at| at <= now)
    }

    fn start(&mut self, may_log_in: bool) -> Start {
        self.last_id += 1;
        Start {
            id: self.last_id,
            may_log_in,
        }
    }

    fn backoff(&self, now: Instant) -> Option<&LoginBackoff> {
        self.backoff.as_ref().filter(|backoff| now < backoff.until)
    }

    /// The state, if this refresh is in flight.
    fn take(&mut self, id: RefreshId) -> Option<State> {
        match &self.state {
            State::Renewing(_, current)
            | State::Checking(_, current)
            | State::Refreshing(_, current)
                if *current == id =>
            {
                let empty = State::Empty(Goal::Token);
                Some(std::mem::replace(&mut self.state, empty))
            }
            _ => None,
        }
    }

    fn spend(&mut self, credential: &Arc<ActiveCredential>, is_rejected: bool) {
        if self.spent.len() >= SPENT {
            self.spent.remove(0);
        }
        self.spent.push(Spent {
            credential: Arc::clone(credential),
            is_rejected,
        });
    }
}

impl Goal {
    /// The state after a refresh without a token.
    fn unmet(self) -> State {
        match self {
            Self::Check(token) => State::Valid(token),
            goal => State::Empty(goal),
        }
    }
}

/// The first wait, doubled for each further time, up to the longest.
fn doubled((first, longest): (Duration, Duration), times: u32) -> Duration {
    let factor = 2_u32.saturating_pow(times.saturating_sub(1));
    first.saturating_mul(factor).min(longest)
}

#[cfg(test)]
mod model;
