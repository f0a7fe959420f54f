//! Faults on demand: what goes wrong, on which requests, how often.
//!
//! A rule says it all, in Rust or as JSON:
//!
//! ```
//! use partner_hub::{Fault, FaultRule, RetryAfter};
//!
//! let rule = Fault::Status { status: 429, retry_after: Some(RetryAfter::Seconds(2)), body: Default::default() }
//!     .on("list_clients")
//!     .nth(2);
//! let same: FaultRule = serde_json::from_str(
//!     r#"{"operation": "list_clients", "nth": 2, "fault": {"kind": "status", "status": 429, "retry_after": {"seconds": 2}}}"#,
//! )?;
//! assert_eq!(rule, same);
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Deserialize, Serialize};

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The answer comes later. What else strikes the request still does.
    Latency {
        /// Milliseconds that it always takes.
        ms: u64,
        /// Milliseconds that it takes more at most, from the seed.
        #[serde(default)]
        jitter_ms: u64,
    },
    /// The answer has this status.
    Status {
        /// Such as 408, 429, 500, 502, 503, 504.
        status: u16,
        /// The header of that name.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
        /// What the body is.
        #[serde(default)]
        body: ErrorBody,
    },
    /// The hub stops listening and breaks every connection.
    Refuse {
        /// Milliseconds until it listens again.
        for_ms: u64,
    },
    /// The connection ends before the answer is all sent.
    Break {
        /// Up to where it is sent.
        at: Point,
        /// How the connection ends.
        how: End,
    },
    /// The right body is said to be HTML.
    WrongContentType,
    /// The body is said to be JSON and is not.
    GarbageJson,
    /// The token that was sent expires now.
    ExpireToken,
    /// The answer leads to another origin.
    Redirect {
        /// Where to.
        location: String,
        /// 301, 302, 303, 307 or 308.
        #[serde(default = "temporary_redirect")]
        status: u16,
    },
    /// A small compressed body that becomes a large one.
    GzipBomb {
        /// How large, in MiB; at most 1024.
        mib: u32,
    },
    /// Clients are added to the partner's before the answer.
    InsertClients {
        /// How many.
        count: u32,
    },
    /// Clients of the partner, chosen by the seed, are removed before the answer.
    RemoveClients {
        /// How many.
        count: u32,
    },
}

/// A `Retry-After` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryAfter {
    /// As a number of seconds.
    Seconds(u64),
    /// As a date that is so many seconds ahead.
    DateInSeconds(u64),
}

/// The body of an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorBody {
    /// The hub's envelope, or the OAuth error of the token endpoint.
    #[default]
    Envelope,
    /// A gateway's page.
    Html,
    /// Nothing.
    Empty,
}

/// Up to where an answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// Nothing is sent.
    BeforeHeaders,
    /// Half of the headers are.
    DuringHeaders,
    /// All headers and nothing of the body.
    AfterHeaders,
    /// The headers and half of the body.
    DuringBody,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// With a TCP reset.
    Reset,
    /// As if all had been sent.
    Close,
    /// Not at all: nothing more comes until the other side gives up.
    Stall,
}

/// A fault, and which requests it strikes.
///
/// # Defaults
///
/// - every operation, and every request of it
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

impl Fault {
    /// An answer with this status in the hub's envelope.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            retry_after: None,
            body: ErrorBody::Envelope,
        }
    }

    /// Strikes the requests of one operation.
    #[must_use]
    pub fn on(self, operation: impl Into<String>) -> FaultRule {
        FaultRule {
            operation: Some(operation.into()),
            ..self.into()
        }
    }

    /// What the record calls it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Latency { .. } => "latency".to_owned(),
            Self::Status { status, .. } => format!("status {status}"),
            Self::Refuse { .. } => "refuse".to_owned(),
            Self::Break { at, how } => format!("break {at:?} {how:?}"),
            Self::WrongContentType => "wrong_content_type".to_owned(),
            Self::GarbageJson => "garbage_json".to_owned(),
            Self::ExpireToken => "expire_token".to_owned(),
            Self::Redirect { status, .. } => format!("redirect {status}"),
            Self::GzipBomb { .. } => "gzip_bomb".to_owned(),
            Self::InsertClients { .. } => "insert_clients".to_owned(),
            Self::RemoveClients { .. } => "remove_clients".to_owned(),
        }
    }
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
    pub(crate) fn check(&self) -> Result<(), &'static str> {
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
            _ => Ok(()),
        }
    }
}

fn temporary_redirect() -> u16 {
    307
}
