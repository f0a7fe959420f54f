//! The faults that can be injected.
//!
//! A fault and its rule can be written in Rust or as JSON:
//!
//! ```
//! use partner_hub::{Fault, FaultRule, RetryAfter};
//!
//! let rule = Fault::status_with_retry_after(429, RetryAfter::Seconds(2)).on("list_clients").nth(2);
//! let same: FaultRule = serde_json::from_str(
//!     r#"{"operation": "list_clients", "nth": 2, "fault": {"kind": "status", "status": 429, "retry_after": {"seconds": 2}}}"#,
//! )?;
//! assert_eq!(rule, same);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::api::operations::{self, WEBHOOK};

/// Something that goes wrong. There is a constructor for each kind.
///
/// ```
/// use std::time::Duration;
/// use partner_hub::{BreakPoint, CloseMode, Fault, Hub};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hub = Hub::builder().start().await?;
/// hub.fault(Fault::latency(Duration::from_secs(2)))?;
/// hub.fault(Fault::break_connection(BreakPoint::DuringBody, CloseMode::Reset).on("list_clients").nth(2))?;
/// hub.fault(Fault::hide_items(20..40))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The response is late. Other faults of the same request still apply.
    Latency {
        /// The delay in milliseconds; a day at most.
        ms: u64,
        /// The maximum of a random delay, from the seed, that is added; in milliseconds, a day at most.
        #[serde(default)]
        jitter_ms: u64,
    },
    /// The response has this status.
    Status {
        /// Such as 408, 429, 500, 502, 503, 504.
        status: u16,
        /// The `Retry-After` header.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
        /// The body.
        #[serde(default)]
        body: ErrorBody,
    },
    /// The emulator stops listening and closes every connection.
    Refuse {
        /// Milliseconds until it listens again; a minute at most.
        for_ms: u64,
    },
    /// The connection ends before the whole response is sent.
    Break {
        /// How much of the response is sent.
        at: BreakPoint,
        /// How the connection ends.
        how: CloseMode,
    },
    /// The response has the correct body and the content type HTML.
    #[serde(deserialize_with = "no_members")]
    WrongContentType,
    /// The response has the content type JSON and a body that is not JSON.
    #[serde(deserialize_with = "no_members")]
    GarbageJson,
    /// The token of the request expires before the request is handled.
    #[serde(deserialize_with = "no_members")]
    ExpireToken,
    /// The response redirects to another origin.
    Redirect {
        /// The `Location` header.
        location: String,
        /// 301, 302, 303, 307 or 308.
        #[serde(default = "temporary_redirect")]
        status: u16,
    },
    /// The response has a small compressed body that expands to a large one.
    GzipBomb {
        /// The size of the expanded body in MiB; at most 1024.
        mib: u32,
    },
    /// The partner gets new clients before the request is handled.
    InsertClients {
        /// How many.
        count: u32,
    },
    /// Clients of the partner, chosen by the seed, are removed before the request is handled.
    RemoveClients {
        /// How many.
        count: u32,
    },
    /// These items of a list are missing. Pages begin where they would without the fault, and the total
    /// counts the missing items.
    HideItems(ItemRange),
    /// These items of a list are null.
    NullItems(ItemRange),
    /// A page of a list has fewer items than requested.
    ShortPage {
        /// The maximum number of items; 0 for an empty page.
        max: u32,
        /// Whether `limit` in the response is this maximum, and not the limit of the request.
        #[serde(default)]
        announced: bool,
    },
    /// The total of a list is wrong.
    WrongTotal {
        /// The difference to the correct total. The total is never below 0.
        by: i32,
    },
    /// This request and all later ones on its connection are not handled and have no response. The
    /// connection stays open; on HTTP/2 it accepts new streams and responds to pings. New connections
    /// work.
    #[serde(deserialize_with = "no_members")]
    StuckConnection,
    /// A webhook is delivered twice.
    #[serde(deserialize_with = "no_members")]
    Duplicate,
    /// A webhook is delivered after the next event, or after 10 seconds if there is none.
    #[serde(deserialize_with = "no_members")]
    Reorder,
    /// A webhook has the signature of another body.
    #[serde(deserialize_with = "no_members")]
    WrongSignature,
}

/// Positions of items, counted from 0.
///
/// ```
/// use partner_hub::{Fault, ItemRange};
///
/// let of_the_list = Fault::hide_items(20..40);
/// let of_each_page = Fault::null_items(ItemRange { from: 0, to: 1, per_page: true });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemRange {
    /// The first position.
    pub from: u64,
    /// The position after the last.
    pub to: u64,
    /// Whether positions are counted in each page, and not in the whole list.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryAfter {
    /// As a number of seconds.
    Seconds(u64),
    /// As a date this many seconds in the future, 100 years at most.
    DateInSeconds(u64),
}

/// The body of an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorBody {
    /// The API's envelope, or the OAuth error of the token endpoint.
    #[default]
    Envelope,
    /// The envelope with all that was seen in one: `details` as an array of strings, `error` and
    /// `error_data`.
    Details,
    /// The HTML page of a gateway.
    Html,
    /// No body.
    Empty,
    /// `{"message": "maintenance"}`
    Maintenance,
}

/// The point at which a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakPoint {
    /// Before anything is sent.
    BeforeHeaders,
    /// After half of the status line and headers.
    DuringHeaders,
    /// After the headers.
    AfterHeaders,
    /// After half of the body.
    DuringBody,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseMode {
    /// With a TCP reset.
    Reset,
    /// With a normal close, as after a whole response.
    Close,
    /// It stays open and silent until the client closes it.
    Stall,
}

impl Fault {
    /// The name in the record.
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
            Self::Duplicate => "duplicate".to_owned(),
            Self::Reorder => "reorder".to_owned(),
            Self::WrongSignature => "wrong_signature".to_owned(),
        }
    }

    /// Whether it changes a list and so applies only to operations that return one.
    pub(crate) fn is_of_lists(&self) -> bool {
        matches!(
            self,
            Self::HideItems(_)
                | Self::NullItems(_)
                | Self::ShortPage { .. }
                | Self::WrongTotal { .. }
        )
    }

    /// Whether it changes a delivery and so applies only to webhooks.
    pub(crate) fn is_of_webhooks(&self) -> bool {
        matches!(self, Self::Duplicate | Self::Reorder | Self::WrongSignature)
    }

    /// Whether it can apply to this operation.
    pub(crate) fn applies_to(&self, operation: Option<&str>) -> bool {
        if operation == Some(WEBHOOK) {
            self.is_of_webhooks() || matches!(self, Self::Latency { .. })
        } else if self.is_of_lists() {
            operation.is_some_and(operations::is_list)
        } else {
            !self.is_of_webhooks()
        }
    }
}

/// Rejects members other than `kind`, which serde ignores for a variant without fields.
fn no_members<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    Nothing::deserialize(deserializer).map(|Nothing {}| ())
}

pub(super) fn temporary_redirect() -> u16 {
    307
}
