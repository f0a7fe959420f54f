//! The state machine of the token cache: one method for each event decides what to do.
//!
//! There is no I/O, clock or lock here: the time is an argument, and `token_cache` does what is
//! decided.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::credential::ActiveCredential;
use crate::error::Error;
use crate::time::after;

/// The first and the longest wait after a failed login.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// The first and the longest time between two logins that rejections cause.
const REPLACEMENT_INTERVAL: (Duration, Duration) =
    (Duration::from_secs(10), Duration::from_secs(60));

/// For how long a store that failed is not asked by calls that could do without it.
const STORE_REST: Duration = Duration::from_secs(60);

/// How many tokens that are over are remembered, because a store may still have them.
const SPENT: usize = 8;

/// A token that calls send, and until when.
#[derive(Clone)]
pub(super) struct CachedToken {
    pub(super) credential: Arc<ActiveCredential>,
    pub(super) renew_at: Option<Instant>,
    /// A moment before it ends: a token that ends on its way is of no use.
    pub(super) stale_at: Option<Instant>,
    pub(super) ends_at: Option<Instant>,
    /// Set once it was rejected too soon to be replaced: whether it had been accepted before.
    pub(super) doubted: Option<bool>,
}

impl CachedToken {
    fn is(&self, credential: &Arc<ActiveCredential>) -> bool {
        Arc::ptr_eq(&self.credential, credential)
    }

    /// Whether it can no longer be sent. While a call is in flight that a login would harm, calls
    /// go on with it to its very end.
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

    /// Whether its rejections say more of the call or of the server than of the token: it was
    /// never accepted, or it was accepted again after a rejection.
    fn is_rejected_in_vain(&self) -> bool {
        let accepted = self.credential.was_accepted();
        self.doubted.map_or(!accepted, |before| accepted || !before)
    }
}

/// Names one refresh; what an older one brings is ignored.
pub(super) type RefreshId = u64;

enum State {
    /// No call has a token to send, and none is on its way.
    Empty(Goal),
    /// Calls send this token.
    Valid(CachedToken),
    /// Calls send this token while a refresh fetches the next one.
    Renewing(CachedToken, RefreshId),
    /// Calls send this token while a refresh looks into the store for another one; those that were
    /// rejected wait for it.
    Checking(CachedToken, RefreshId),
    /// Calls wait for the refresh.
    Refreshing(Goal, RefreshId),
}

/// Why calls have to wait for a refresh.
enum Goal {
    /// There is no token, or it has ended.
    Token,
    /// The token was rejected. If `counts`, the login begins a new interval.
    Replacement { counts: bool },
    /// The token was rejected so soon after the last login of that cause that only the store may
    /// replace it; otherwise calls go on with it.
    Check(CachedToken),
}

struct LoginBackoff {
    error: Arc<Error>,
    until: Instant,
}

/// A token that is not to be used again.
struct Spent {
    credential: Arc<ActiveCredential>,
    is_rejected: bool,
}

/// What a caller that wants a token does now.
pub(super) enum Step {
    /// Send this, and start the renewal.
    Send(Arc<ActiveCredential>, Option<Start>),
    /// Start a refresh, and wait for it.
    Start(Start),
    /// Wait for this refresh.
    Wait(RefreshId),
    /// Fail: the last login failed, and there is none for this long.
    Fail(Arc<Error>, Duration),
}

/// A refresh that has to be started.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) id: RefreshId,
    /// Whether it logs in if the store has no other token.
    pub(super) may_log_in: bool,
}

/// What a refresh came to.
pub(super) enum Outcome {
    /// The store has a token that another process fetched.
    Found(CachedToken),
    LoggedIn(CachedToken),
    /// The store has no other token, and a login was not wanted.
    NotFound {
        store_failed: bool,
    },
    Failed(Error),
}

/// What a token of the store is to this process.
#[derive(Debug, PartialEq)]
pub(super) enum Judgement {
    Usable,
    /// It is the current one, has ended or ends before the current one.
    Old,
    Rejected,
}

pub(super) struct TokenState {
    state: State,
    has_store: bool,
    last_id: RefreshId,
    backoff: Option<LoginBackoff>,
    /// Logins that failed since the last that did not.
    failures: u32,
    /// The last of them, oldest first.
    spent: Vec<Spent>,
    /// Own tokens in a row that were rejected in vain.
    rejected_in_a_row: u32,
    no_replacement_before: Option<Instant>,
    no_check_before: Option<Instant>,
    /// Nobody has looked into the store since the token was rejected too soon to be replaced.
    is_check_wanted: bool,
    /// Calls in flight that are never sent twice, which a renewal would harm.
    held: usize,
    /// A renewal waits for them.
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

    /// A call wants a token to send. After a `Send`, one that is not idempotent holds renewals
    /// back until `call_ended`; but first it waits for one that is due, unless others hold it back.
    ///
    /// `rejected` is the credential of this call's last attempt, if that was rejected.
    pub(super) fn want(
        &mut self,
        idempotent: bool,
        rejected: Option<&Arc<ActiveCredential>>,
        now: Instant,
    ) -> Step {
        let is_rejected = |token: &CachedToken| rejected.is_some_and(|it| token.is(it));
        match &self.state {
            // A call that is never sent twice does not try whether the token is good.
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
                    // It would end the token of a call that is never sent twice.
                    (Some(start), false) => return Step::Start(start),
                    (None, false) => self.held += 1,
                    (renewal, true) => return Step::Send(credential, renewal),
                }
                Step::Send(credential, None)
            }
            // The renewal ends the token, which only calls that can be sent again risk.
            State::Renewing(token, _) if idempotent && !token.has_ended(self.held, now) => {
                Step::Send(Arc::clone(&token.credential), None)
            }
            State::Renewing(_, id) | State::Checking(_, id) | State::Refreshing(_, id) => {
                Step::Wait(*id)
            }
            State::Empty(_) | State::Valid(_) => self.refresh(now),
        }
    }

    /// A call that held renewals back has ended; the renewal that may have waited for it.
    pub(super) fn call_ended(&mut self, now: Instant) -> Option<Start> {
        self.held = self.held.saturating_sub(1);
        if self.held == 0 && std::mem::take(&mut self.is_renewal_held) {
            self.renew(now)
        } else {
            None
        }
    }

    /// The server rejected a call with this credential (401); whether to try again with another.
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
                // Another process's token may be out of date: it says nothing of our logins.
                self.state = State::Empty(Goal::Replacement { counts: is_own });
                self.spend(credential, true);
            }
            // The renewal in flight has ended it, as likely as not.
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

    /// A refresh has ended; whether it was the current one.
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
                let asked = error.retry_after().unwrap_or_default();
                let wait = doubled(BACKOFF, self.failures).max(asked.min(BACKOFF.1));
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

    /// A refresh is over without an outcome: its runtime has ended, or does not run it.
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

    /// What a token of the store is worth that can be used until then.
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

    /// Starts a renewal if it is due and harms no call.
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
            // Not reached: a refresh is in flight already.
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
    /// The state after a refresh that brought no token.
    fn unmet(self) -> State {
        match self {
            Self::Check(token) => State::Valid(token),
            goal => State::Empty(goal),
        }
    }
}

/// The first wait, doubled with each time after the first, up to the longest.
fn doubled((first, longest): (Duration, Duration), times: u32) -> Duration {
    let factor = 2_u32.saturating_pow(times.saturating_sub(1));
    first.saturating_mul(factor).min(longest)
}

#[cfg(test)]
mod model;
