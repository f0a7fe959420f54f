//! One attempt of a call: sends a request and reads its response, within a time and a size.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Request, Response};
use tokio::time::{Instant, timeout_at};

use super::Transport;
use super::connections::Safeguards;
use super::error_body;
use super::failure::{Failure, is_transient};
use crate::auth::ActiveCredential;
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;

/// The most bytes of an error's body that are read, and the longest time.
const MAX_ERROR_BYTES: usize = 256 * 1024;
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// The operation of an attempt, and how long it may take.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    pub(super) transport: &'a Transport,
    pub(super) safeguards: Safeguards,
    pub(super) operation: &'static Operation,
    pub(super) reads_body: bool,
    pub(super) deadline: Instant,
    /// The setting that `deadline` comes from, for the error.
    pub(super) timeout: Duration,
}

/// Sends a request and reads the response.
pub(super) async fn run(
    limits: Limits<'_>,
    credential: Option<&ActiveCredential>,
    request: Request,
) -> Result<(Response, Bytes), Failure> {
    let Limits {
        transport,
        safeguards,
        operation,
        reads_body,
        deadline,
        timeout,
    } = limits;
    let connection_error =
        |error: reqwest::Error| error_body::connection(transport, operation, credential, error);
    let connections = &transport.connections;
    let pool = connections
        .pool(safeguards)
        .map_err(|error| Failure::new(connection_error(error), false))?;
    let timed_out = || {
        connections.timed_out(&pool);
        Error::for_operation(operation, ErrorKind::Timeout(timeout))
    };
    let mut response = match timeout_at(deadline, pool.execute(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            return Err(Failure {
                not_sent: error.is_connect(),
                transient: !error.is_builder(),
                error: connection_error(error),
            });
        }
        Err(_) => return Err(Failure::new(timed_out(), true)),
    };
    let status = response.status();
    if !status.is_success() {
        // The status is what matters, so a body that is broken or does not arrive is left out.
        let deadline = deadline.min(Instant::now() + ERROR_BODY_TIMEOUT);
        let body = timeout_at(deadline, read_body(&mut response, MAX_ERROR_BYTES)).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        let meta = error_body::meta(transport, operation, credential, &body);
        let error = Error::response(operation, status, response.headers(), meta);
        return Err(Failure::new(error, is_transient(status)));
    }
    if !reads_body {
        return Ok((response, Bytes::new()));
    }
    let limit = transport.max_response_bytes;
    let (error, transient) = match timeout_at(deadline, read_body(&mut response, limit)).await {
        Ok(Ok(body)) => return Ok((response, body)),
        Ok(Err(Some(error))) => (connection_error(error), true),
        Ok(Err(None)) => {
            let kind = ErrorKind::ResponseTooLarge { limit };
            (Error::for_operation(operation, kind), false)
        }
        Err(_) => (timed_out(), true),
    };
    Err(Failure::new(error.with_status(status), transient))
}

/// The whole body, decompressed. The error is `None` if it has more than `limit` bytes.
async fn read_body(response: &mut Response, limit: usize) -> Result<Bytes, Option<reqwest::Error>> {
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
