//! One attempt of a call: a request is sent, and its answer read within bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Request, Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::retry::is_transient;
use super::{Transport, error_body};
use crate::auth::ActiveCredential;
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;

/// What an attempt is of, and how long it may take.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    pub(super) transport: &'a Transport,
    pub(super) operation: &'static Operation,
    /// Whether the body is read, too.
    pub(super) whole: bool,
    pub(super) end: Instant,
    /// The setting that `end` comes from.
    pub(super) limit: Duration,
}

/// Why an attempt failed.
pub(super) struct Failure {
    pub(super) error: Error,
    /// The same request may succeed later.
    pub(super) transient: bool,
    /// Nothing of the request can have been sent.
    pub(super) not_sent: bool,
}

impl Failure {
    pub(super) fn new(error: Error, transient: bool) -> Self {
        Self {
            error,
            transient,
            not_sent: false,
        }
    }

    /// What the caller gets of it.
    pub(super) fn into_error(self, idempotent: bool) -> Error {
        // A 303 points to what was done, and of a success the response cannot be read.
        let is_done = |status: StatusCode| status.is_success() || status == StatusCode::SEE_OTHER;
        let may_be_done = self.transient || self.error.status().is_some_and(is_done);
        let unknown = !idempotent && !self.not_sent && may_be_done;
        if unknown {
            self.error.with_unknown_outcome()
        } else {
            self.error
        }
    }
}

/// Sends a request and reads the answer.
pub(super) async fn run(
    limits: Limits<'_>,
    pass: Option<&ActiveCredential>,
    request: Request,
) -> Result<(Response, Bytes), Failure> {
    let Limits {
        transport,
        operation,
        whole,
        end,
        limit,
    } = limits;
    let connections = &transport.connections;
    let pool = connections.pool().map_err(|error| {
        Failure::new(
            error_body::connection(transport, operation, pass, error),
            false,
        )
    })?;
    let late = || {
        connections.timed_out(&pool);
        Error::for_operation(operation, ErrorKind::Timeout(limit))
    };
    let mut response = match timeout_at(end, pool.execute(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            let (not_sent, transient) = (error.is_connect(), !error.is_builder());
            return Err(Failure {
                error: error_body::connection(transport, operation, pass, error),
                transient,
                not_sent,
            });
        }
        Err(_) => return Err(Failure::new(late(), true)),
    };
    let status = response.status();
    if !status.is_success() {
        // Of an error the status is what matters, so its body may be broken or not come at all.
        let patience = end.min(Instant::now() + ERROR_PATIENCE);
        let body = timeout_at(patience, read(&mut response, LARGEST_ERROR)).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        let meta = error_body::meta(transport, operation, pass, &body);
        let error = Error::response(operation, status, response.headers(), meta);
        return Err(Failure::new(error, is_transient(status)));
    }
    if !whole {
        return Ok((response, Bytes::new()));
    }
    let largest = transport.max_response_bytes;
    let (error, transient) = match timeout_at(end, read(&mut response, largest)).await {
        Ok(Ok(body)) => return Ok((response, body)),
        Ok(Err(Some(error))) => {
            let error = error_body::connection(transport, operation, pass, error);
            (error, true)
        }
        Ok(Err(None)) => {
            let kind = ErrorKind::ResponseTooLarge { limit: largest };
            (Error::for_operation(operation, kind), false)
        }
        Err(_) => (late(), true),
    };
    Err(Failure::new(error.with_status(status), transient))
}

/// The most that is read of an error's body, and for how long.
const LARGEST_ERROR: usize = 256 * 1024;
const ERROR_PATIENCE: Duration = Duration::from_secs(5);

/// The whole body, decompressed; the error is none when it has more bytes than `limit`.
async fn read(response: &mut Response, limit: usize) -> Result<Bytes, Option<reqwest::Error>> {
    let Some(first) = response.chunk().await? else {
        return Ok(Bytes::new());
    };
    if first.len() > limit {
        return Err(None);
    }
    let Some(second) = response.chunk().await? else {
        return Ok(first);
    };
    let expected = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    let mut body = BytesMut::with_capacity(expected.unwrap_or(2 * first.len()).min(limit));
    body.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        if body.len() + chunk.len() > limit {
            return Err(None);
        }
        body.extend_from_slice(&chunk);
        next = response.chunk().await?;
    }
    Ok(body.freeze())
}
