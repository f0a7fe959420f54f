//! Reports calls through `tracing`, without bodies, queries and secrets.
//!
//! The names are those of OpenTelemetry's semantic conventions for HTTP clients.

use std::time::Duration;

use reqwest::StatusCode;
use tracing::Span;
use tracing::field::Empty;

use super::Server;
use crate::error::{Error, ErrorKind, Progress};
use crate::operation::Operation;

/// The span of one call, with all its attempts.
pub(super) fn span(server: &Server, operation: &Operation) -> Span {
    tracing::info_span!(
        "partner_api.call",
        otel.kind = "client",
        otel.name = operation.id,
        http.request.method = operation.method,
        url.template = operation.path,
        server.address = server.host,
        server.port = server.port,
        http.response.status_code = Empty,
        http.request.resend_count = Empty,
        error.r#type = Empty,
    )
}

/// Records the outcome of a call.
pub(super) fn record_outcome(span: &Span, outcome: Result<StatusCode, &Error>, progress: Progress) {
    if progress.attempts > 1 {
        span.record("http.request.resend_count", progress.attempts - 1);
    }
    let status = outcome.map_or_else(Error::status, Some);
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    if let Err(error) = outcome {
        span.record("error.type", error_type(error));
    }
}

/// Warns that a call failed and is retried.
pub(super) fn warn_of_retry(error: &Error, progress: Progress, wait: Duration) {
    tracing::warn!(
        attempt = progress.attempts,
        wait_seconds = wait.as_secs_f64(),
        error.r#type = error_type(error),
        "the call failed and is retried",
    );
}

/// Records the error of a response that cannot be decoded.
pub(super) fn record_error(span: &Span, error: &Error) {
    span.record("error.type", error_type(error));
}

/// The status of an error response, or the kind of failure.
fn error_type(error: &Error) -> String {
    let status = match error.kind() {
        ErrorKind::Api => error.status().map(|status| status.as_u16().to_string()),
        _ => None,
    };
    status.unwrap_or_else(|| {
        let kind = match error.kind() {
            _ if error.is_timeout() => "timeout",
            ErrorKind::Connection(_) => "connection",
            ErrorKind::ResponseTooLarge { .. } => "body_too_large",
            ErrorKind::Decode { .. } => "decode",
            ErrorKind::ClientThrottled(_) => "throttled",
            ErrorKind::Login(_) | ErrorKind::Credentials(_) => "credentials",
            _ => "invalid_request",
        };
        kind.to_owned()
    })
}
