//! Drives the state machine through random interleavings of callers, cancellations, the clock, the
//! store, the server and other processes, and checks what has to hold at every step.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use super::*;
use crate::auth::Credential;
use crate::error::{Error, ErrorKind};
use crate::operation::LOGIN;

struct Call {
    idempotent: bool,
    /// The credential of its last attempt, until it has waited for another one.
    rejected: Option<Arc<ActiveCredential>>,
    does: Does,
}

enum Does {
    Want,
    Wait(RefreshId),
    Send(Arc<ActiveCredential>),
}

/// A refresh that was started; `is_current` until it has ended, was lost or given up.
struct Task {
    start: Start,
    is_current: bool,
}

/// The world around one process.
struct World {
    rng: Rng,
    now: Instant,
    state: TokenState,
    calls: Vec<Call>,
    tasks: Vec<Task>,
    /// The only token that the server accepts.
    live: String,
    tokens: usize,
    store: Option<(String, Instant)>,
    /// Tokens that were dropped.
    dead: Vec<Arc<ActiveCredential>>,
    /// All tokens of this process.
    got: Vec<CachedToken>,
    last_rejected: Option<Arc<ActiveCredential>>,
    last_replacement: Option<Instant>,
    last_failure: Option<Instant>,
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        Self {
            state: TokenState::new(rng.bool()),
            rng,
            now: Instant::now(),
            calls: Vec::new(),
            tasks: Vec::new(),
            live: String::new(),
            tokens: 0,
            store: None,
            dead: Vec::new(),
            got: Vec::new(),
            last_rejected: None,
            last_replacement: None,
            last_failure: None,
        }
    }

    fn held(&self) -> usize {
        let harmed = |call: &&Call| !call.idempotent && matches!(call.does, Does::Send(_));
        self.calls.iter().filter(harmed).count()
    }

    fn current(&self) -> Option<usize> {
        self.tasks.iter().position(|task| task.is_current)
    }

    fn begin(&mut self, start: Start) {
        assert!(self.current().is_none(), "one refresh in flight");
        assert!(self.tasks.iter().all(|task| task.start.id != start.id));
        let is_current = true;
        self.tasks.push(Task { start, is_current });
    }

    /// A token with this secret, as a refresh creates it.
    fn cached(&mut self, secret: &str, lives: Option<Duration>, is_adopted: bool) -> CachedToken {
        let mut credential = ActiveCredential::new(Credential::bearer(secret).unwrap());
        credential.is_adopted = is_adopted;
        let credential = Arc::new(credential);
        let token = CachedToken {
            credential,
            renew_at: lives.map(|life| self.now + life * 8 / 10),
            stale_at: lives.map(|life| self.now + life * 9 / 10),
            ends_at: lives.map(|life| self.now + life),
            doubted: None,
        };
        self.got.push(token.clone());
        token
    }

    /// A process logs in.
    fn grant(&mut self) -> String {
        self.tokens += 1;
        self.live = format!("t{}", self.tokens);
        self.live.clone()
    }

    fn step(&mut self) {
        match self.rng.u8(0..100) {
            0..20 => {
                let idempotent = self.rng.u8(0..4) > 0;
                let does = Does::Want;
                self.calls.push(Call {
                    idempotent,
                    rejected: None,
                    does,
                });
            }
            20..70 => self.step_call(),
            70..85 => self.step_task(),
            85..87 => self.lose_task(),
            87..90 => {
                let secret = self.grant();
                let ends = self.now + seconds(self.rng.u64(1..600));
                // Not every process has the store.
                if self.rng.bool() {
                    self.store = Some((secret, ends));
                }
            }
            90 => self.live.clear(),
            _ => self.now += Duration::from_millis(self.rng.u64(0..20_000)),
        }
    }

    fn step_call(&mut self) {
        if self.calls.is_empty() {
            return;
        }
        let nth = self.rng.usize(..self.calls.len());
        // A call can be cancelled in any state.
        let is_cancelled = self.rng.u8(0..10) == 0;
        let call = self.calls.swap_remove(nth);
        match (&call.does, is_cancelled) {
            (Does::Send(credential), false) => {
                let credential = Arc::clone(credential);
                // Some calls get a 401 with any token.
                let is_live = credential.credential.secret() == self.live;
                if is_live && self.rng.u8(0..6) > 0 {
                    credential.accept();
                    self.sent(&call);
                } else {
                    self.reject(&credential);
                    self.sent(&call);
                    if call.idempotent && self.rng.bool() {
                        let does = Does::Want;
                        self.calls.push(Call {
                            rejected: Some(credential),
                            does,
                            ..call
                        });
                    }
                }
            }
            (Does::Send(_), true) => self.sent(&call),
            (Does::Want, false) => self.want(call),
            (Does::Wait(id), false) => {
                let id = *id;
                match self
                    .tasks
                    .iter()
                    .any(|it| it.is_current && it.start.id == id)
                {
                    true => self.calls.push(call),
                    false => self.want(call),
                }
            }
            (_, true) => {}
        }
    }

    /// A call that was sent has ended.
    fn sent(&mut self, call: &Call) {
        if call.idempotent {
            return;
        }
        if let Some(start) = self.state.call_ended(self.now) {
            assert_eq!(self.held(), 0, "a renewal harms a call");
            assert!(start.may_log_in);
            self.begin(start);
        }
    }

    fn want(&mut self, mut call: Call) {
        let held = self.held();
        match self
            .state
            .want(call.idempotent, call.rejected.take().as_ref(), self.now)
        {
            Step::Send(credential, renewal) => {
                let is = |dead: &Arc<ActiveCredential>| Arc::ptr_eq(dead, &credential);
                assert!(!self.dead.iter().any(is), "a token that was thrown away");
                // Nor as the store has it, as far as the last ones are remembered.
                let is = |dead: &&Arc<ActiveCredential>| dead.credential == credential.credential;
                let again = self.dead.iter().rev().take(2).find(is);
                assert!(
                    again.is_none(),
                    "a token that was thrown away, of the store"
                );
                let token = self.got.iter().find(|it| it.is(&credential)).unwrap();
                let is_over = token.ends_at.is_some_and(|ends| ends <= self.now);
                assert!(!is_over, "it has ended");
                assert!(self.state.is_current(&credential, self.now));
                if !call.idempotent {
                    assert!(renewal.is_none());
                    let may_log_in = |nth: usize| self.tasks[nth].start.may_log_in;
                    assert!(
                        !self.current().is_some_and(may_log_in),
                        "a login would harm it"
                    );
                    let failed = |last: Instant| self.now - last < BACKOFF.1;
                    let may_renew = held == 0 && !self.last_failure.is_some_and(failed);
                    assert!(
                        !(may_renew && token.is_due(self.now)),
                        "another process may have renewed it"
                    );
                }
                if let Some(start) = renewal {
                    assert_eq!(held, 0, "a renewal harms a call");
                    self.begin(start);
                }
                call.does = Does::Send(credential);
                self.calls.push(call);
            }
            Step::Start(start) => {
                if matches!(self.state.state, State::Renewing(..)) {
                    assert_eq!(held, 0, "a renewal harms a call");
                }
                self.begin(start);
                call.does = Does::Wait(start.id);
                self.calls.push(call);
            }
            Step::Wait(id) => {
                let current = self.current().map(|nth| self.tasks[nth].start.id);
                assert_eq!(current, Some(id), "it waits for what is in flight");
                call.does = Does::Wait(id);
                self.calls.push(call);
            }
            Step::Fail(_, wait) => {
                assert!(wait <= BACKOFF.1, "{wait:?}");
                let failed = self.last_failure.unwrap();
                assert!(self.now - failed < BACKOFF.1);
            }
        }
    }

    fn reject(&mut self, credential: &Arc<ActiveCredential>) {
        let was_current = self.state.is_current(credential, self.now);
        let had_refresh = self.current().is_some();
        let again = self.state.reject(credential, self.now);
        let is_recent = |last: Instant| self.now - last < REPLACEMENT_INTERVAL.1;
        if !was_current {
            assert!(again, "there is a newer one, or one on its way");
        } else if !self.last_replacement.is_some_and(is_recent) {
            assert!(again, "it may be replaced");
            self.dead.push(Arc::clone(credential));
        }
        let is_dropped = was_current && !self.state.is_current(credential, self.now);
        if is_dropped && !had_refresh && !credential.is_adopted {
            self.last_rejected = Some(Arc::clone(credential));
        }
    }

    fn step_task(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let nth = self.rng.usize(..self.tasks.len());
        let Task { start, is_current } = self.tasks.swap_remove(nth);
        let stored = self.store.clone().filter(|it| it.1 > self.now);
        let stored = stored.filter(|(secret, ends)| {
            self.state.has_store && self.state.judge(secret, Some(*ends)) == Judgement::Usable
        });
        let outcome = if let Some((secret, ends)) = stored {
            let lives = Some(ends - self.now);
            Outcome::Found(self.cached(&secret, lives, true))
        } else if !start.may_log_in {
            let store_failed = self.rng.bool();
            Outcome::NotFound { store_failed }
        } else if self.rng.u8(0..5) == 0 {
            if is_current {
                self.last_failure = Some(self.now);
            }
            let retry_after = seconds(self.rng.u64(..100_000));
            Outcome::Failed(Error::throttled(&LOGIN, retry_after))
        } else {
            let secret = self.grant();
            let lives = self.rng.bool().then(|| seconds(self.rng.u64(1..300)));
            let token = self.cached(&secret, lives, false);
            if self.rng.bool() {
                self.store = Some((secret, self.now + seconds(300)));
            }
            if is_current && self.last_rejected.take().is_some() {
                if let Some(last) = self.last_replacement {
                    assert!(self.now - last >= REPLACEMENT_INTERVAL.0, "too soon");
                }
                self.last_replacement = Some(self.now);
            }
            Outcome::LoggedIn(token)
        };
        let found = matches!(outcome, Outcome::Found(_) | Outcome::NotFound { .. });
        if found && is_current {
            self.last_rejected = None;
        }
        assert_eq!(
            self.state.refreshed(start.id, outcome, self.now),
            is_current
        );
    }

    /// The runtime of a refresh ends, or a waiter gives the refresh up. The task may still run.
    fn lose_task(&mut self) {
        if let Some(nth) = self.current() {
            self.tasks[nth].is_current = false;
            let id = self.tasks[nth].start.id;
            self.state.lost(id);
            if self.rng.bool() {
                self.tasks.swap_remove(nth);
            }
        }
    }

    /// Without further failures, every call has to end.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.calls.is_empty() && self.current().is_none() {
                return;
            }
            self.step_call();
            self.step_task();
        }
        panic!("{} calls wait forever", self.calls.len());
    }
}

#[test]
fn no_interleaving_breaks_an_invariant() {
    for seed in 0..3_000 {
        let mut world = World::new(seed);
        for _ in 0..300 {
            world.step();
        }
        world.settle();
        // After the longest backoff there is a token again.
        world.now += seconds(61);
        for _ in 0..100 {
            let call = Call {
                idempotent: true,
                rejected: None,
                does: Does::Want,
            };
            world.want(call);
            if matches!(world.calls.last().unwrap().does, Does::Send(_)) {
                break;
            }
            world.calls.clear();
            world.last_failure = None;
            if let Some(nth) = world.current() {
                let start = world.tasks.swap_remove(nth).start;
                let secret = world.grant();
                let token = world.cached(&secret, None, false);
                let outcome = match start.may_log_in {
                    true => Outcome::LoggedIn(token),
                    false => Outcome::NotFound {
                        store_failed: false,
                    },
                };
                assert!(world.state.refreshed(start.id, outcome, world.now));
            }
        }
        assert!(!world.calls.is_empty(), "seed {seed}: no token any more");
    }
}

#[test]
fn a_failed_login_delays_the_next_by_a_minute_at_most() {
    for (failures, retry_after, expected) in [
        (1, None, 1),
        (3, None, 4),
        (30, None, 60),
        (1, Some(30), 30),
        (1, Some(86_400), 60),
        (1, Some(u64::MAX), 60),
    ] {
        let mut state = TokenState::new(false);
        let mut now = Instant::now();
        let mut wait = Duration::ZERO;
        for _ in 0..failures {
            now += wait;
            let Step::Start(start) = state.want(true, None, now) else {
                panic!("no login after {wait:?}");
            };
            let error = match retry_after {
                Some(retry_after) => Error::throttled(&LOGIN, seconds(retry_after)),
                None => Error::for_operation(&LOGIN, ErrorKind::Credentials("no".into())),
            };
            state.refreshed(start.id, Outcome::Failed(error), now);
            let Step::Fail(_, its) = state.want(true, None, now) else {
                panic!("it is not delayed");
            };
            wait = its;
        }
        assert_eq!(wait, seconds(expected));
    }
}
