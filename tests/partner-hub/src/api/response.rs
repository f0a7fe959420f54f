//! Responses, and errors in the API's envelope.

use std::time::SystemTime;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Response, StatusCode};
use partner_api::Extra;
use partner_api::types::{ErrorResponse, ErrorResponseMeta};
use serde::Serialize;
use serde_json::{Value, json};

use crate::seed::generator::{Generator, Kind};
use crate::seed::random::mix;

/// The header that carries the trace id of every response.
pub(crate) const TRACE_HEADER: HeaderName = HeaderName::from_static("x-trace-id");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A response that faults can still change.
#[derive(Clone, Debug)]
pub(crate) struct ApiResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl ApiResponse {
    pub(crate) fn new(
        status: StatusCode,
        content_type: HeaderValue,
        body: impl Into<Bytes>,
    ) -> Self {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CONTENT_TYPE, content_type);
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// A success whose body is already JSON.
    pub(crate) fn raw_json(body: impl Into<Bytes>) -> Self {
        Self::new(StatusCode::OK, JSON, body)
    }

    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        // Strings and numbers in objects with string keys always serialise.
        Self::new(status, JSON, serde_json::to_vec(value).unwrap_or_default())
    }

    /// A response without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::with_capacity(4),
            body: Bytes::new(),
        }
    }

    /// Adds what each response of the API has.
    pub(crate) fn add_headers(&mut self, trace_id: &str, now: SystemTime) {
        let date = httpdate::fmt_http_date(now);
        for (name, value) in [(TRACE_HEADER, trace_id), (DATE, &date)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                self.headers.insert(name, value);
            }
        }
    }

    pub(crate) fn into_http(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Why a request fails.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
    details: Option<Box<Value>>,
    /// Undocumented members of the envelope.
    extra: Extra,
    /// Whether the response asks for credentials.
    challenge: bool,
    oauth: Option<&'static str>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            details: None,
            extra: Extra::default(),
            challenge: false,
            oauth: None,
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// An OAuth error of the token endpoint, which does not use the envelope.
    pub(crate) fn oauth(
        status: StatusCode,
        error: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            oauth: Some(error),
            ..Self::new(status, message)
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Adds the reason why one field is invalid.
    pub(crate) fn field(mut self, name: &str, reason: impl Into<String>) -> Self {
        self.details = Some(Box::new(json!({ name: [reason.into()] })));
        self
    }

    /// Missing or wrong credentials.
    pub(crate) fn unauthorized(message: &str) -> Self {
        Self {
            challenge: true,
            ..Self::new(StatusCode::UNAUTHORIZED, message)
        }
    }

    /// Converts an error of the token endpoint into an OAuth error.
    pub(crate) fn or_oauth(mut self, token_endpoint: bool) -> Self {
        let error = match self.status {
            _ if !token_endpoint => return self,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                "temporarily_unavailable"
            }
            status if status.is_client_error() => "invalid_request",
            status if status.is_server_error() => "server_error",
            _ => return self,
        };
        self.oauth.get_or_insert(error);
        self
    }

    /// Adds the members that were seen in some errors of the real API: `details` as an array of strings,
    /// `error` and `error_data`. What the last two contain is a guess.
    pub(crate) fn with_all_members(mut self) -> Self {
        let reasons = strings(self.details.as_deref(), &self.message);
        self.details = Some(Box::new(reasons.into()));
        let code = self.status.as_u16();
        let error = json!({"code": code, "title": self.message});
        self.extra.insert("error".to_owned(), error);
        let data = json!({"details": self.message});
        self.extra.insert("error_data".to_owned(), data);
        self
    }

    /// The error of some requests, by the seed, with an anomaly of the real API.
    pub(crate) fn with_anomaly(self, generator: Generator, request: u64) -> Self {
        let mut rng = generator.rng(Kind::Error, request);
        if generator.has_anomaly(&mut rng) {
            self.with_all_members()
        } else {
            self
        }
    }

    pub(crate) fn into_response(self, trace_id: &str) -> ApiResponse {
        let mut response = match self.oauth {
            Some(error) => ApiResponse::json(
                self.status,
                &json!({"error": error, "error_description": self.message}),
            ),
            None => ApiResponse::json(
                self.status,
                &ErrorResponse {
                    meta: Some(ErrorResponseMeta {
                        developer_message: Some(self.message),
                        http_code: Some(self.status.as_u16().into()),
                        success: Some(false),
                        trace_id: Some(trace_id.to_owned()),
                        details: self.details.map(|details| *details),
                        extra: self.extra,
                    }),
                    ..Default::default()
                },
            ),
        };
        if self.challenge {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers.insert(WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

/// The reasons in `details`, or the message.
fn strings(details: Option<&Value>, message: &str) -> Vec<String> {
    let fields = details.and_then(Value::as_object).into_iter().flatten();
    let reasons: Vec<String> = fields
        .map(|(name, reason)| {
            let reason = reason.get(0).and_then(Value::as_str);
            format!("{name}: {}", reason.unwrap_or_default())
        })
        .collect();
    if reasons.is_empty() {
        vec![message.to_owned()]
    } else {
        reasons
    }
}

/// The trace id of a request, unique in one emulator.
pub(crate) fn trace_id(seed: u64, request: u64) -> String {
    format!("{:016x}{request:016x}", mix(seed, 0x7ace, request))
}
