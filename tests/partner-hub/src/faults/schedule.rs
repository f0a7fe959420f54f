//! Which faults are injected into a request, by the rules that are set.

use std::collections::VecDeque;
use std::time::Duration;

use fastrand::Rng;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use crate::api::operations::WEBHOOK;
use crate::faults::fault::Fault;
use crate::faults::rule::{FaultRule, RateLimit};
use crate::seed::random::mix;

/// A fault that is set, and how often it was injected so far.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ActiveFault {
    /// Identifies the fault in this emulator.
    pub id: u64,
    /// How many requests the rule could apply to, which `nth` and `every` count.
    pub matched: u64,
    /// How many of them got the fault.
    pub injected: u64,
    /// The fault, and the requests that it applies to.
    #[serde(flatten)]
    pub rule: FaultRule,
    /// Seeds the random choices. It depends on what the rule says and not on its id, so that a rule
    /// that is set again has the same sequence.
    #[serde(skip)]
    sequence: u64,
    /// When the latest requests within the rate limit of the rule were received.
    #[serde(skip)]
    recent: VecDeque<Instant>,
}

/// The faults for one request.
#[derive(Debug, Default)]
pub(crate) struct Injected {
    pub(crate) latency_before_work: Option<Duration>,
    pub(crate) latency_after_work: Option<Duration>,
    /// The faults that change the state before the request is handled.
    pub(crate) before: Vec<Fault>,
    /// The faults that change the list in the response.
    pub(crate) list: Vec<Fault>,
    /// The faults that change the delivery of a webhook.
    pub(crate) webhook: Vec<Fault>,
    /// The fault that changes the response, and whether the request is handled all the same.
    pub(crate) response: Option<(Fault, bool)>,
}

impl Injected {
    /// The fault for a request on a stuck connection.
    pub(crate) fn stuck() -> Self {
        Self {
            response: Some((Fault::StuckConnection, false)),
            ..Self::default()
        }
    }
}

/// The faults that are set.
#[derive(Debug)]
pub(crate) struct Schedule {
    seed: u64,
    /// How many faults were ever set.
    added: u64,
    active: Vec<ActiveFault>,
}

/// The maximum number of faults that are set at a time: each request is compared with all of them.
const MAX_ACTIVE: usize = 1_000;
/// The maximum delay of a request by all latencies together.
const MAX_LATENCY: Duration = Duration::from_secs(86_400);

impl Schedule {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            added: 0,
            active: Vec::new(),
        }
    }

    /// Sets a fault, or returns why that is impossible.
    pub(crate) fn add(&mut self, rule: FaultRule) -> Result<ActiveFault, String> {
        if self.active.len() >= MAX_ACTIVE {
            return Err(format!("{MAX_ACTIVE} faults are set; remove some first"));
        }
        self.added += 1;
        let json = serde_json::to_vec(&rule).unwrap_or_default();
        let fault = ActiveFault {
            id: self.added,
            matched: 0,
            injected: 0,
            rule,
            recent: VecDeque::new(),
            sequence: json
                .iter()
                .fold(self.seed, |hash, byte| mix(hash, 0xfa, u64::from(*byte))),
        };
        self.active.push(fault.clone());
        Ok(fault)
    }

    pub(crate) fn active(&self) -> &[ActiveFault] {
        &self.active
    }

    pub(crate) fn remove(&mut self, id: u64) -> Option<ActiveFault> {
        let index = self.active.iter().position(|fault| fault.id == id)?;
        Some(self.active.remove(index))
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    /// Counts a request and returns its faults. Only one fault changes the response: that of the rule
    /// that was set first. The others that were due are injected into their next requests.
    pub(crate) fn next(&mut self, operation: Option<&str>, now: Instant) -> Injected {
        let mut injected = Injected::default();
        for active in &mut self.active {
            let rule = &active.rule;
            let named = match &rule.operation {
                Some(name) => Some(name.as_str()) == operation,
                None => operation != Some(WEBHOOK) || rule.fault.is_of_webhooks(),
            };
            if !named || !rule.fault.applies_to(operation) {
                continue;
            }
            active.matched += 1;
            let mut rng = Rng::with_seed(mix(active.sequence, 0, active.matched));
            let beyond = is_beyond(rule.beyond, &mut active.recent, now);
            if !beyond || !active.is_due(&mut rng) {
                continue;
            }
            match &rule.fault {
                Fault::Latency { ms, jitter_ms } => {
                    let latency = Duration::from_millis(ms.saturating_add(rng.u64(0..=*jitter_ms)));
                    let total = if rule.after_work {
                        &mut injected.latency_after_work
                    } else {
                        &mut injected.latency_before_work
                    };
                    let sum = total.unwrap_or_default().saturating_add(latency);
                    *total = Some(sum.min(MAX_LATENCY));
                }
                Fault::ExpireToken | Fault::InsertClients { .. } | Fault::RemoveClients { .. } => {
                    injected.before.push(rule.fault.clone());
                }
                fault if fault.is_of_lists() => injected.list.push(fault.clone()),
                fault if fault.is_of_webhooks() => injected.webhook.push(fault.clone()),
                _ if injected.response.is_some() => {
                    active.matched -= 1;
                    continue;
                }
                fault => injected.response = Some((fault.clone(), rule.after_work)),
            }
            active.injected += 1;
        }
        injected
    }
}

impl ActiveFault {
    /// Whether the request that was counted last has the fault.
    fn is_due(&self, rng: &mut Rng) -> bool {
        let (rule, matched) = (&self.rule, self.matched);
        let due = rule.nth.is_none_or(|nth| nth == matched)
            && rule.every.is_none_or(|every| matched.is_multiple_of(every))
            && rule.probability.is_none_or(|share| rng.f64() < share);
        due && rule.times.is_none_or(|times| self.injected < times)
    }
}

/// Whether a request that is received now exceeds a rate limit, by the latest requests within it.
fn is_beyond(limit: Option<RateLimit>, recent: &mut VecDeque<Instant>, now: Instant) -> bool {
    let Some(limit) = limit else {
        return true;
    };
    let period = Duration::from_secs(limit.seconds.into());
    // A restored snapshot can set the clock back.
    recent.retain(|at| *at <= now && now.duration_since(*at) < period);
    let beyond = recent.len() >= limit.requests as usize;
    if !beyond {
        recent.push_back(now);
    }
    beyond
}
