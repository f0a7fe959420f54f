//! Which faults strike a request, by the rules that are set.

use std::time::Duration;

use fastrand::Rng;

use crate::data::mix;
use crate::fault::Fault;
use crate::rule::FaultRule;

/// What strikes one request.
#[derive(Debug, Default)]
pub(crate) struct Strike {
    pub(crate) latency: Duration,
    /// What happens to the hub first.
    pub(crate) before: Vec<Fault>,
    /// What happens to the list in the response.
    pub(crate) list: Vec<Fault>,
    /// What happens to the answer, and whether the work is done all the same.
    pub(crate) answer: Option<(Fault, bool)>,
    /// For the record.
    pub(crate) names: Vec<String>,
}

impl Strike {
    /// What strikes a request on a connection that is stuck already.
    pub(crate) fn stuck() -> Self {
        let fault = Fault::StuckConnection;
        Self {
            names: vec![fault.name()],
            answer: Some((fault, false)),
            ..Self::default()
        }
    }
}

/// The rules that are set.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    set: u64,
    rules: Vec<Counted>,
}

#[derive(Debug)]
struct Counted {
    id: u64,
    rule: FaultRule,
    seen: u64,
    struck: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            set: 0,
            rules: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.set += 1;
        self.rules.push(Counted {
            id: self.set,
            rule,
            seen: 0,
            struck: 0,
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

    /// Counts a request and says what strikes it. Of the faults that change the answer, that of
    /// the rule set first does.
    pub(crate) fn strike(&mut self, operation: Option<&str>) -> Strike {
        let mut strike = Strike::default();
        for counted in &mut self.rules {
            let rule = &counted.rule;
            let named = rule.operation.is_none() || rule.operation.as_deref() == operation;
            if !named || !rule.fault.fits(operation) {
                continue;
            }
            counted.seen += 1;
            let mut rng = Rng::with_seed(mix(self.seed, counted.id, counted.seen));
            let spent = rule.times.is_some_and(|times| counted.struck >= times);
            let due = rule.nth.is_none_or(|nth| nth == counted.seen)
                && rule
                    .every
                    .is_none_or(|every| counted.seen.is_multiple_of(every))
                && rule.probability.is_none_or(|share| rng.f64() < share);
            if spent || !due {
                continue;
            }
            match &rule.fault {
                Fault::Latency { ms, jitter_ms } => {
                    let jitter = rng.u64(0..=*jitter_ms);
                    strike.latency += Duration::from_millis(ms.saturating_add(jitter));
                }
                Fault::ExpireToken | Fault::InsertClients { .. } | Fault::RemoveClients { .. } => {
                    strike.before.push(rule.fault.clone());
                }
                fault if fault.is_of_lists() => strike.list.push(fault.clone()),
                _ if strike.answer.is_some() => continue,
                fault => strike.answer = Some((fault.clone(), rule.after_work)),
            }
            counted.struck += 1;
            strike.names.push(rule.fault.name());
        }
        strike
    }
}
