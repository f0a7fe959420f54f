//! Reports calls through `tracing`, without bodies, queries and secrets. [`telemetry`](crate::telemetry)
//! documents the names, which are those of OpenTelemetry's semantic conventions for HTTP clients.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::{Request, StatusCode};
use tracing::Span;

use super::{Server, Transport};
use crate::error::{Error, Progress};
use crate::operation::Operation;

/// Creates the span of a call, with a field for each of these path parameters. The fields of a span are
/// fixed where it is created, so this is a macro for the generated code.
macro_rules! call_span {
    ($operation:ident, $host:ident, $port:ident $(, $parameter:literal)*) => {
        ::tracing::info_span!(
            target: "partner_api",
            "partner_api.call",
            otel.kind = "client",
            otel.name = $operation.id,
            http.request.method = $operation.method,
            url.template = $operation.path,
            server.address = $host,
            server.port = $port,
            http.response.status_code = ::tracing::field::Empty,
            http.request.resend_count = ::tracing::field::Empty,
            error.r#type = ::tracing::field::Empty,
            partner_api.trace_id = ::tracing::field::Empty,
            $($parameter = ::tracing::field::Empty,)*
        )
    };
}

pub(crate) use call_span;

/// The span of one call, with all its attempts.
pub(super) fn span(
    transport: &Transport,
    server: &Server,
    operation: &Operation,
    request: &Request,
) -> Span {
    let span = (transport.span)(operation, &server.host, server.port);
    if !span.is_disabled() {
        record_path(&span, operation.path, request.url().path());
    }
    span
}

/// Records the parameters of a path. The template is the end of the path: a base URL may have a path, too.
fn record_path(span: &Span, template: &str, path: &str) {
    let (template, _) = template.split_once('?').unwrap_or((template, ""));
    for (name, value) in template.rsplit('/').zip(path.rsplit('/')) {
        let name = name
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'));
        if let Some(name) = name {
            span.record(name, &*percent_decode_str(value).decode_utf8_lossy());
        }
    }
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
        record_error(span, error);
    }
}

/// Warns that a call failed and is retried.
pub(super) fn warn_of_retry(error: &Error, progress: Progress, wait: Duration) {
    tracing::warn!(
        target: "partner_api",
        attempt = progress.attempts,
        wait_seconds = wait.as_secs_f64(),
        error.r#type = error.label(),
        partner_api.trace_id = error.trace_id(),
        "the call failed and is retried",
    );
}

/// Records the error of a call.
pub(super) fn record_error(span: &Span, error: &Error) {
    span.record("error.type", error.label());
    if let Some(id) = error.trace_id() {
        span.record("partner_api.trace_id", id);
    }
}
