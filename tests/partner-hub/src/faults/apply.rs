//! What a fault does to a response or its connection.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::{Compress, CompressError, Compression, Crc, FlushCompress};
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use http::request::Parts;
use serde_json::json;

use crate::api::operations::TOKEN;
use crate::api::response::{ApiError, ApiResponse};
use crate::faults::broken_response::BrokenResponse;
use crate::faults::fault::{ErrorBody, Fault, RetryAfter};

/// What happens to a connection instead of a response.
#[derive(Debug)]
pub(crate) enum ConnectionFault {
    Break(BrokenResponse),
    /// All connections are closed, and new ones are refused for this long.
    Refuse(Duration),
}

/// The response of a fault that replaces the response of the handler.
pub(crate) fn replacement(
    fault: &Fault,
    operation: Option<&str>,
    trace_id: &str,
) -> Option<ApiResponse> {
    match fault {
        Fault::Status { status, body, .. } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Some(error_response(status, *body, operation, trace_id))
        }
        Fault::Redirect { location, status } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::TEMPORARY_REDIRECT);
            let mut response = ApiResponse::empty(status);
            if let Ok(location) = HeaderValue::from_str(location) {
                response.headers.insert(LOCATION, location);
            }
            Some(response)
        }
        _ => None,
    }
}

/// Applies a fault to a response that is sent now; returns what happens to the connection, if the
/// response is not sent.
pub(crate) fn apply(
    fault: &Fault,
    request: &Parts,
    response: &mut ApiResponse,
    now: SystemTime,
) -> Option<ConnectionFault> {
    match fault {
        Fault::Status {
            retry_after: Some(retry_after),
            ..
        } => {
            if let Ok(value) = HeaderValue::from_str(&header(*retry_after, now)) {
                response.headers.insert(RETRY_AFTER, value);
            }
        }
        Fault::WrongContentType => {
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers.insert(CONTENT_TYPE, html);
        }
        Fault::GarbageJson => {
            response.body = Bytes::from_static(b"{\"meta\": {\"success\": tru, ]}\xff\x00");
        }
        Fault::GzipBomb { mib } => {
            response.body = gzip_bomb(*mib).unwrap_or_default();
            let gzip = HeaderValue::from_static("gzip");
            response.headers.insert(CONTENT_ENCODING, gzip);
        }
        Fault::Refuse { for_ms } => {
            return Some(ConnectionFault::Refuse(Duration::from_millis(*for_ms)));
        }
        Fault::Break { at, how } => {
            let broken = BrokenResponse::new(request, response, *at, *how);
            return Some(ConnectionFault::Break(broken));
        }
        _ => {}
    }
    None
}

fn error_response(
    status: StatusCode,
    body: ErrorBody,
    operation: Option<&str>,
    trace_id: &str,
) -> ApiResponse {
    let reason = status.canonical_reason().unwrap_or("Error");
    match body {
        ErrorBody::Maintenance => ApiResponse::json(status, &json!({"message": "maintenance"})),
        ErrorBody::Envelope => {
            let error = ApiError::new(status, reason).or_oauth(operation == Some(TOKEN));
            error.into_response(trace_id)
        }
        ErrorBody::Details => {
            let error = ApiError::new(status, reason).or_oauth(operation == Some(TOKEN));
            error.with_all_members().into_response(trace_id)
        }
        ErrorBody::Html => {
            let title = format!("{} {reason}", status.as_u16());
            let page = format!(
                "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
            );
            ApiResponse::new(status, HeaderValue::from_static("text/html"), page)
        }
        ErrorBody::Empty => ApiResponse::empty(status),
    }
}

fn header(retry_after: RetryAfter, now: SystemTime) -> String {
    match retry_after {
        RetryAfter::Seconds(seconds) => seconds.to_string(),
        RetryAfter::DateInSeconds(seconds) => {
            httpdate::fmt_http_date(now + Duration::from_secs(seconds))
        }
    }
}

/// Compresses this many MiB of spaces, which are the beginning of valid JSON.
fn gzip_bomb(mib: u32) -> Result<Bytes, CompressError> {
    let block = vec![b' '; 1024 * 1024];
    let mut block_crc = Crc::new();
    block_crc.update(&block);
    // A block that is flushed refers to nothing before it, so one is enough: to compress 1 GiB would
    // take seconds.
    let mut compressed = Vec::with_capacity(block.len());
    let mut deflate = Compress::new(Compression::best(), false);
    deflate.compress_vec(&block, &mut compressed, FlushCompress::Full)?;
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut crc = Crc::new();
    for _ in 0..mib {
        gzip.extend_from_slice(&compressed);
        crc.combine(&block_crc);
    }
    // An empty last block.
    gzip.extend_from_slice(&[3, 0]);
    gzip.extend_from_slice(&crc.sum().to_le_bytes());
    gzip.extend_from_slice(&crc.amount().to_le_bytes());
    Ok(gzip.into())
}
