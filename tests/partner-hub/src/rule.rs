//! Which requests a fault strikes.

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// A fault, and which requests it strikes.
///
/// # Defaults
///
/// - every operation that it can strike, and every request of it
/// - a status or redirect is answered instead of doing the work
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultRule {
    /// The operation it strikes, such as `list_clients` or `token`; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Only this request of those it could strike, counted from 1 since the rule was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// Each so-manieth request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// The share of requests, from 0 to 1; the seed decides which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// How many times it strikes at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Whether a status or redirect is answered although the work was done. The other faults
    /// change the answer to work that was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_work: bool,
    /// What goes wrong.
    pub fault: Fault,
}

impl From<Fault> for FaultRule {
    fn from(fault: Fault) -> Self {
        Self {
            operation: None,
            nth: None,
            every: None,
            probability: None,
            times: None,
            after_work: false,
            fault,
        }
    }
}

impl FaultRule {
    /// Strikes only this request, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// Strikes each so-manieth request.
    #[must_use]
    pub fn every(mut self, every: u64) -> Self {
        self.every = Some(every);
        self
    }

    /// Strikes this share of the requests, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Strikes so many times at most.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Strikes after the work was done.
    #[must_use]
    pub fn after_work(mut self) -> Self {
        self.after_work = true;
        self
    }

    /// What is wrong with the rule itself.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(operation) = &self.operation
            && !self.fault.fits(Some(operation))
        {
            return Err(format!("`{operation}` gives no list"));
        }
        self.check_numbers().map_err(str::to_owned)
    }

    fn check_numbers(&self) -> Result<(), &'static str> {
        if self.nth == Some(0) || self.every == Some(0) {
            return Err("`nth` and `every` count from 1");
        }
        if self
            .probability
            .is_some_and(|share| !(0.0..=1.0).contains(&share))
        {
            return Err("`probability` is from 0 to 1");
        }
        match &self.fault {
            Fault::Latency { ms, jitter_ms } if *ms > A_DAY || *jitter_ms > A_DAY => {
                Err("`ms` and `jitter_ms` are at most 86400000")
            }
            Fault::Refuse { for_ms } if *for_ms > A_DAY => Err("`for_ms` is at most 86400000"),
            Fault::Status { status, .. } if !(200..=599).contains(status) => {
                Err("`status` is from 200 to 599")
            }
            Fault::Redirect { status, .. } if !(300..=399).contains(status) => {
                Err("`status` is from 300 to 399")
            }
            Fault::Redirect { location, .. }
                if !location.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Err("`location` must be an address")
            }
            Fault::GzipBomb { mib } if *mib > 1024 => Err("`mib` is at most 1024"),
            Fault::InsertClients { count } | Fault::RemoveClients { count } if *count > 100_000 => {
                Err("`count` is at most 100000")
            }
            Fault::HideItems(items) | Fault::NullItems(items) if items.from >= items.to => {
                Err("`from` must be less than `to`")
            }
            Fault::WrongTotal { by: 0 } => Err("`by` must not be 0"),
            _ => Ok(()),
        }
    }
}

/// In milliseconds.
const A_DAY: u64 = 86_400_000;
