//! Which faults are injected into a request, by the rules that are set.

use std::time::Duration;

use fastrand::Rng;

use crate::api::operations::WEBHOOK;
use crate::faults::fault::Fault;
use crate::faults::rule::FaultRule;
use crate::seed::random::mix;

/// The faults for one request.
#[derive(Debug, Default)]
pub(crate) struct Injected {
    pub(crate) latency: Duration,
    /// The faults that change the state before the request is handled.
    pub(crate) before: Vec<Fault>,
    /// The faults that change the list in the response.
    pub(crate) list: Vec<Fault>,
    /// The faults that change the delivery of a webhook.
    pub(crate) webhook: Vec<Fault>,
    /// The fault that changes the response, and whether the request is handled all the same.
    pub(crate) response: Option<(Fault, bool)>,
    /// The names of all of them, for the record.
    pub(crate) names: Vec<String>,
}

impl Injected {
    /// The fault for a request on a stuck connection.
    pub(crate) fn stuck() -> Self {
        let fault = Fault::StuckConnection;
        Self {
            names: vec![fault.name()],
            response: Some((fault, false)),
            ..Self::default()
        }
    }
}

/// The rules that are set, and how often each has matched.
#[derive(Debug)]
pub(crate) struct Schedule {
    seed: u64,
    /// How many rules were ever set.
    added: u64,
    rules: Vec<CountedRule>,
}

#[derive(Debug)]
struct CountedRule {
    id: u64,
    rule: FaultRule,
    /// How many requests the rule could apply to.
    matched: u64,
    /// How many of them had the fault.
    injected: u64,
}

impl Schedule {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            added: 0,
            rules: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.added += 1;
        self.rules.push(CountedRule {
            id: self.added,
            rule,
            matched: 0,
            injected: 0,
        });
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn rules(&self) -> Vec<FaultRule> {
        self.rules
            .iter()
            .map(|counted| counted.rule.clone())
            .collect()
    }

    /// Counts a request and returns its faults. Only one fault changes the response: that of the rule
    /// that was set first.
    pub(crate) fn next(&mut self, operation: Option<&str>) -> Injected {
        let mut injected = Injected::default();
        for counted in &mut self.rules {
            let rule = &counted.rule;
            let named = match &rule.operation {
                Some(name) => Some(name.as_str()) == operation,
                None => operation != Some(WEBHOOK) || rule.fault.is_of_webhooks(),
            };
            if !named || !rule.fault.applies_to(operation) {
                continue;
            }
            counted.matched += 1;
            let mut rng = Rng::with_seed(mix(self.seed, counted.id, counted.matched));
            if !counted.is_due(&mut rng) {
                continue;
            }
            match &rule.fault {
                Fault::Latency { ms, jitter_ms } => {
                    let jitter = rng.u64(0..=*jitter_ms);
                    injected.latency += Duration::from_millis(ms.saturating_add(jitter));
                }
                Fault::ExpireToken | Fault::InsertClients { .. } | Fault::RemoveClients { .. } => {
                    injected.before.push(rule.fault.clone());
                }
                fault if fault.is_of_lists() => injected.list.push(fault.clone()),
                fault if fault.is_of_webhooks() => injected.webhook.push(fault.clone()),
                _ if injected.response.is_some() => continue,
                fault => injected.response = Some((fault.clone(), rule.after_work)),
            }
            injected.names.push(rule.fault.name());
            counted.injected += 1;
        }
        injected
    }
}

impl CountedRule {
    /// Whether the request that was counted last has the fault.
    fn is_due(&self, rng: &mut Rng) -> bool {
        let (rule, matched) = (&self.rule, self.matched);
        let due = rule.nth.is_none_or(|nth| nth == matched)
            && rule.every.is_none_or(|every| matched.is_multiple_of(every))
            && rule.probability.is_none_or(|share| rng.f64() < share);
        due && rule.times.is_none_or(|times| self.injected < times)
    }
}
