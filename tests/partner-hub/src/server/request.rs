//! Reading a request: its body, and the parameters of its path and query.

use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts as _, RawPathParams};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::api::response::ApiError;

/// The maximum size of the body of a request to the API in bytes.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;
/// How long the server waits for a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads the whole body, up to a limit in bytes.
pub(crate) async fn body(parts: &Parts, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let too_large = || {
        let message = format!("The body is larger than {} MiB", limit >> 20);
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    let announced = parts
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(ApiError::bad_request("The body cannot be read")),
        Err(_) => Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "The body was not received in time",
        )),
    }
}

pub(crate) async fn path_parameters(parts: &mut Parts) -> Result<Vec<(String, String)>, ApiError> {
    if !is_well_encoded(parts.uri.path()) {
        return Err(ApiError::bad_request(
            "The path has a `%` without two hexadecimal digits",
        ));
    }
    match RawPathParams::from_request_parts(parts, &()).await {
        Ok(path) => Ok(path
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()),
        // An unknown path has no parameters.
        Err(RawPathParamsRejection::MissingPathParams(_)) => Ok(Vec::new()),
        Err(_) => Err(ApiError::bad_request("The path is not UTF-8")),
    }
}

pub(crate) fn query_parameters(parts: &Parts) -> Result<Vec<(String, String)>, ApiError> {
    let query = parts.uri.query().unwrap_or_default();
    if !is_well_encoded(query) {
        return Err(ApiError::bad_request(
            "The query has a `%` without two hexadecimal digits",
        ));
    }
    let decoded = percent_encoding::percent_decode_str(query).decode_utf8();
    if decoded.is_err() {
        return Err(ApiError::bad_request("The query is not UTF-8"));
    }
    Ok(url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect())
}

fn is_well_encoded(encoded: &str) -> bool {
    encoded.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        let mut digit = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        digit() && digit()
    })
}
