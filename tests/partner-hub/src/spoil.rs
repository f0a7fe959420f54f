//! What a fault makes of an answer.

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderValue, LOCATION, RETRY_AFTER};
use http::request::Parts;

use crate::envelope::{Answer, Problem};
use crate::fault::{ErrorBody, Fault, RetryAfter};
use crate::operations::TOKEN;
use crate::shared::Shared;
use crate::wire::WireFault;

/// The answer of a fault that needs no work.
pub(crate) fn replacement(
    hub: &Shared,
    fault: &Fault,
    operation: Option<&str>,
    trace_id: &str,
) -> Option<Answer> {
    match fault {
        Fault::Status {
            status,
            retry_after,
            body,
        } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let reason = status.canonical_reason().unwrap_or("Error");
            let mut answer = match body {
                ErrorBody::Maintenance => {
                    Answer::json(status, &serde_json::json!({"message": "maintenance"}))
                }
                ErrorBody::Envelope => {
                    let problem = Problem::new(status, reason).or_oauth(operation == Some(TOKEN));
                    problem.into_answer(trace_id)
                }
                ErrorBody::Html => {
                    let text = format!("{} {reason}", status.as_u16());
                    let page = format!(
                        "<html>\r\n<head><title>{text}</title></head>\r\n<body>\r\n<center><h1>{text}</h1></center>\r\n</body>\r\n</html>\r\n"
                    );
                    Answer::new(status, HeaderValue::from_static("text/html"), page)
                }
                ErrorBody::Empty => {
                    let mut answer = Answer::raw_json(Bytes::new());
                    answer.status = status;
                    answer.headers.remove(CONTENT_TYPE);
                    answer
                }
            };
            let retry_after = match retry_after {
                None => None,
                Some(RetryAfter::Seconds(seconds)) => Some(seconds.to_string()),
                Some(RetryAfter::DateInSeconds(seconds)) => {
                    let ahead = Duration::from_secs((*seconds).min(100 * 365 * 86_400));
                    let now = hub.clock.wall();
                    // The two dates of a response are of one clock, which a test can move.
                    let date = HeaderValue::from_str(&httpdate::fmt_http_date(now)).ok()?;
                    answer.headers.insert(DATE, date);
                    Some(httpdate::fmt_http_date(now + ahead))
                }
            };
            if let Some(value) = retry_after.and_then(|value| HeaderValue::from_str(&value).ok()) {
                answer.headers.insert(RETRY_AFTER, value);
            }
            Some(answer)
        }
        Fault::Redirect { location, status } => {
            let mut answer = Answer::raw_json(Bytes::new());
            answer.status = StatusCode::from_u16(*status).unwrap_or(StatusCode::TEMPORARY_REDIRECT);
            answer.headers.remove(CONTENT_TYPE);
            if let Ok(location) = HeaderValue::from_str(location) {
                answer.headers.insert(LOCATION, location);
            }
            Some(answer)
        }
        _ => None,
    }
}

/// Spoils an answer, or says how the connection is to end.
pub(crate) async fn spoil(
    hub: &Shared,
    fault: &Fault,
    request: &Parts,
    answer: &mut Answer,
) -> Option<WireFault> {
    match fault {
        Fault::WrongContentType => {
            answer.headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            None
        }
        Fault::GarbageJson => {
            answer.body = Bytes::from_static(b"{\"meta\": {\"success\": tru, ]}\xff\x00");
            None
        }
        Fault::GzipBomb { mib } => {
            let mib = *mib;
            let bomb = tokio::task::spawn_blocking(move || gzip_bomb(mib)).await;
            answer.body = bomb.ok().and_then(Result::ok).unwrap_or_default();
            answer
                .headers
                .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            None
        }
        Fault::Refuse { for_ms } => {
            hub.listener.close(Some(Duration::from_millis(*for_ms)));
            Some(WireFault::nothing())
        }
        Fault::Break { at, how } => Some(WireFault::new(request, answer, *at, *how)),
        _ => None,
    }
}

/// So many MiB of spaces, which are JSON as far as they go.
fn gzip_bomb(mib: u32) -> std::io::Result<Bytes> {
    let block = vec![b' '; 1024 * 1024];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..mib {
        encoder.write_all(&block)?;
    }
    encoder.finish().map(Bytes::from)
}
