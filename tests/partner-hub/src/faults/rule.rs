//! The requests that a fault applies to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::faults::fault::{Fault, RetryAfter};

/// A fault and the requests that it applies to.
///
/// # Defaults
///
/// - every request of every operation that the fault can apply to
/// - the response of a status or redirect replaces the work of the request, and a latency precedes it
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultRule {
    /// An `operationId` such as `list_clients`, or `token`, or `webhook`; `None` for all operations, or for
    /// webhooks if the fault applies only to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Only the nth matching request, counted from 1 since the rule was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// Every nth matching request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// The share of matching requests, from 0 to 1, chosen by the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Only requests beyond a rate limit, such as five in 30 seconds. They do not count towards it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<RateLimit>,
    /// The maximum number of injections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// Whether the work of the request is done before the response of a status or redirect is sent, or
    /// before a latency. Other faults change the response to work that was done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_work: bool,
    /// The fault.
    pub fault: Fault,
}

/// A number of requests in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests are within the limit; 10,000 at most.
    pub requests: u32,
    /// The period; a day at most.
    pub seconds: u32,
}

impl From<Fault> for FaultRule {
    fn from(fault: Fault) -> Self {
        Self {
            operation: None,
            nth: None,
            every: None,
            probability: None,
            beyond: None,
            times: None,
            after_work: false,
            fault,
        }
    }
}

impl Fault {
    /// Applies to the requests of one operation.
    #[must_use]
    pub fn on(self, operation: impl Into<String>) -> FaultRule {
        FaultRule {
            operation: Some(operation.into()),
            ..self.into()
        }
    }
}

impl FaultRule {
    /// Applies only to the nth matching request, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// Applies to every nth matching request.
    #[must_use]
    pub fn every(mut self, every: u64) -> Self {
        self.every = Some(every);
        self
    }

    /// Applies to this share of the matching requests, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Applies to matching requests beyond this many in any period of this many seconds.
    #[must_use]
    pub fn beyond(mut self, requests: u32, seconds: u32) -> Self {
        self.beyond = Some(RateLimit { requests, seconds });
        self
    }

    /// Applies to this many requests at most.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Applies after the work of the request is done.
    #[must_use]
    pub fn after_work(mut self) -> Self {
        self.after_work = true;
        self
    }

    /// Whether there is no end to the requests that it applies to.
    pub(crate) fn is_endless(&self) -> bool {
        self.nth.is_none() && self.times.is_none()
    }

    /// Checks all but the name of the operation.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(operation) = &self.operation
            && !self.fault.applies_to(Some(operation))
        {
            return Err(if self.fault.is_of_lists() {
                format!("`{operation}` returns no list")
            } else {
                format!("`{}` cannot apply to `{operation}`", self.fault.name())
            });
        }
        self.check_numbers().map_err(str::to_owned)
    }

    fn check_numbers(&self) -> Result<(), &'static str> {
        if self.nth == Some(0) || self.every == Some(0) {
            return Err("`nth` and `every` must be at least 1");
        }
        if self
            .probability
            .is_some_and(|share| !(0.0..=1.0).contains(&share))
        {
            return Err("`probability` must be from 0 to 1");
        }
        if let Some(limit) = self.beyond
            && (limit.requests > MAX_RATE || !(1..=DAY_S).contains(&limit.seconds))
        {
            return Err("`beyond` must have at most 10000 `requests` in 1 to 86400 `seconds`");
        }
        match &self.fault {
            Fault::Latency { ms, jitter_ms } if *ms > DAY_MS || *jitter_ms > DAY_MS => {
                Err("`ms` and `jitter_ms` must be at most 86400000")
            }
            Fault::Refuse { for_ms } if *for_ms > MINUTE_MS => {
                Err("`for_ms` must be at most 60000, because the admin paths are refused too")
            }
            Fault::Status { status, .. } if !(200..=599).contains(status) => {
                Err("`status` must be from 200 to 599")
            }
            Fault::Status {
                retry_after: Some(RetryAfter::DateInSeconds(seconds)),
                ..
            } if *seconds > CENTURY_SECONDS => Err("`date_in_seconds` must be at most 3153600000"),
            Fault::Redirect { status, .. } if !(300..=399).contains(status) => {
                Err("`status` must be from 300 to 399")
            }
            Fault::Redirect { location, .. }
                if !location.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Err("`location` must be a URL")
            }
            Fault::GzipBomb { mib } if *mib > 1024 => Err("`mib` must be at most 1024"),
            Fault::InsertClients { count } | Fault::RemoveClients { count } if *count > 100_000 => {
                Err("`count` must be at most 100000")
            }
            Fault::HideItems(items) | Fault::NullItems(items) if items.from >= items.to => {
                Err("`from` must be less than `to`")
            }
            Fault::WrongTotal { by: 0 } => Err("`by` must not be 0"),
            _ => Ok(()),
        }
    }
}

/// The schedule remembers this many requests of a rule.
const MAX_RATE: u32 = 10_000;
const DAY_S: u32 = 86_400;
const DAY_MS: u64 = 86_400_000;
const MINUTE_MS: u64 = 60_000;
const CENTURY_SECONDS: u64 = 3_153_600_000;
