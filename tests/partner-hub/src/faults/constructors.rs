//! A constructor for each kind of fault.

use std::time::Duration;

use crate::faults::fault::{
    BreakPoint, CloseMode, ErrorBody, Fault, ItemRange, RetryAfter, temporary_redirect,
};

impl Fault {
    /// A response with this status and the API's envelope.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            retry_after: None,
            body: ErrorBody::Envelope,
        }
    }

    /// A response with this status, the API's envelope and a `Retry-After` header.
    #[must_use]
    pub fn status_with_retry_after(status: u16, retry_after: RetryAfter) -> Self {
        Self::Status {
            status,
            retry_after: Some(retry_after),
            body: ErrorBody::Envelope,
        }
    }

    /// A response with this status and this kind of body, such as the HTML page of a gateway.
    #[must_use]
    pub fn status_with_body(status: u16, body: ErrorBody) -> Self {
        Self::Status {
            status,
            retry_after: None,
            body,
        }
    }

    /// A response that is late by this delay, a day at most. Other faults of the same request still
    /// apply. The work is done after the delay, or before it with [`FaultRule::after_work`].
    ///
    /// On HTTP/1.1 the work is done whether or not the client still waits. An HTTP/2 request that is
    /// cancelled during the delay is not handled.
    ///
    /// [`FaultRule::after_work`]: crate::FaultRule::after_work
    #[must_use]
    pub fn latency(delay: Duration) -> Self {
        Self::Latency {
            ms: milliseconds(delay),
            jitter_ms: 0,
        }
    }

    /// The emulator stops listening for this time, a minute at most, and closes every connection, so
    /// that connections are refused.
    #[must_use]
    pub fn refuse_connections(duration: Duration) -> Self {
        Self::Refuse {
            for_ms: milliseconds(duration),
        }
    }

    /// The connection ends at this point of the response.
    #[must_use]
    pub fn break_connection(at: BreakPoint, how: CloseMode) -> Self {
        Self::Break { at, how }
    }

    /// This request and all later ones on its connection have no response; new connections work.
    #[must_use]
    pub fn stuck_connection() -> Self {
        Self::StuckConnection
    }

    /// A response with the correct body and the content type HTML.
    #[must_use]
    pub fn wrong_content_type() -> Self {
        Self::WrongContentType
    }

    /// A response with the content type JSON and a body that is not JSON.
    #[must_use]
    pub fn garbage_json() -> Self {
        Self::GarbageJson
    }

    /// The token of the request expires before the request is handled.
    #[must_use]
    pub fn expire_token() -> Self {
        Self::ExpireToken
    }

    /// A redirect to this URL with the status 307.
    #[must_use]
    pub fn redirect(location: impl Into<String>) -> Self {
        Self::Redirect {
            location: location.into(),
            status: temporary_redirect(),
        }
    }

    /// A small compressed body that expands to this many MiB, 1024 at most.
    #[must_use]
    pub fn gzip_bomb(mib: u32) -> Self {
        Self::GzipBomb { mib }
    }

    /// The partner gets this many new clients before the request is handled.
    #[must_use]
    pub fn insert_clients(count: u32) -> Self {
        Self::InsertClients { count }
    }

    /// This many clients of the partner, chosen by the seed, are removed before the request is handled.
    #[must_use]
    pub fn remove_clients(count: u32) -> Self {
        Self::RemoveClients { count }
    }

    /// The items at these positions of a list are missing; the total counts them.
    #[must_use]
    pub fn hide_items(range: impl Into<ItemRange>) -> Self {
        Self::HideItems(range.into())
    }

    /// The items at these positions of a list are null.
    #[must_use]
    pub fn null_items(range: impl Into<ItemRange>) -> Self {
        Self::NullItems(range.into())
    }

    /// A page of a list has at most this many items, although its `limit` is that of the request.
    #[must_use]
    pub fn short_page(max: u32) -> Self {
        Self::ShortPage {
            max,
            announced: false,
        }
    }

    /// The total of a list is wrong by this difference.
    #[must_use]
    pub fn wrong_total(by: i32) -> Self {
        Self::WrongTotal { by }
    }

    /// A webhook is delivered twice.
    #[must_use]
    pub fn duplicate() -> Self {
        Self::Duplicate
    }

    /// A webhook is delivered after the next event, or after 10 seconds if there is none.
    #[must_use]
    pub fn reorder() -> Self {
        Self::Reorder
    }

    /// A webhook has the signature of another body.
    #[must_use]
    pub fn wrong_signature() -> Self {
        Self::WrongSignature
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
