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

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize};

use crate::operations;
use crate::rule::FaultRule;

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The answer comes later. What else strikes the request still does.
    Latency {
        /// Milliseconds that it always takes; a day at most.
        ms: u64,
        /// Milliseconds that it takes more at most, from the seed; a day at most.
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
        /// Milliseconds until it listens again; a day at most.
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
    #[serde(deserialize_with = "no_members")]
    WrongContentType,
    /// The body is said to be JSON and is not.
    #[serde(deserialize_with = "no_members")]
    GarbageJson,
    /// The token that was sent expires now.
    #[serde(deserialize_with = "no_members")]
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
    /// These items are missing from a list after its page was cut. The total counts them.
    HideItems(ItemRange),
    /// These items of a list are null.
    NullItems(ItemRange),
    /// A page of a list has fewer items than were asked for.
    ShortPage {
        /// How many it has at most; 0 makes an empty page.
        max: u32,
        /// Whether `limit` in the response says so. Otherwise it is the limit that was asked for.
        #[serde(default)]
        announced: bool,
    },
    /// The total of a list is wrong.
    WrongTotal {
        /// How much is added to it. The total is never below 0.
        by: i32,
    },
    /// This request and all later ones on its connection have no response, and no work is done for
    /// them. The connection stays open; on HTTP/2 it takes new streams and responds to pings. New
    /// connections work.
    #[serde(deserialize_with = "no_members")]
    StuckConnection,
}

/// Positions of items, counted from 0.
///
/// ```
/// use partner_hub::{Fault, ItemRange};
///
/// let of_the_list = Fault::HideItems((20..40).into());
/// let of_each_page = Fault::NullItems(ItemRange { from: 0, to: 1, per_page: true });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRange {
    /// The first position.
    pub from: u64,
    /// The position after the last.
    pub to: u64,
    /// Whether each page is counted from 0, and not the whole list.
    #[serde(default)]
    pub per_page: bool,
}

impl From<Range<u64>> for ItemRange {
    /// Positions of the whole list.
    fn from(range: Range<u64>) -> Self {
        Self {
            from: range.start,
            to: range.end,
            per_page: false,
        }
    }
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
    /// `{"message": "maintenance"}`
    Maintenance,
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
            Self::HideItems(_) => "hide_items".to_owned(),
            Self::NullItems(_) => "null_items".to_owned(),
            Self::ShortPage { .. } => "short_page".to_owned(),
            Self::WrongTotal { .. } => "wrong_total".to_owned(),
            Self::StuckConnection => "stuck_connection".to_owned(),
        }
    }

    /// Whether it changes a list, and so strikes only what gives one.
    pub(crate) fn is_of_lists(&self) -> bool {
        matches!(
            self,
            Self::HideItems(_)
                | Self::NullItems(_)
                | Self::ShortPage { .. }
                | Self::WrongTotal { .. }
        )
    }

    /// Whether it can strike this operation.
    pub(crate) fn fits(&self, operation: Option<&str>) -> bool {
        !self.is_of_lists() || operation.is_some_and(operations::is_list)
    }
}

/// Rejects members beside `kind`: serde ignores those of a variant without fields.
fn no_members<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    Nothing::deserialize(deserializer).map(|Nothing {}| ())
}

fn temporary_redirect() -> u16 {
    307
}
