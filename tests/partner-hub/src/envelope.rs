//! Answers, and errors as the hub words them.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Response, StatusCode};
use partner_api::types::{ErrorResponse, ErrorResponseMeta};
use serde::Serialize;
use serde_json::{Value, json};

/// The header that carries the trace id of every answer.
pub(crate) const TRACE_HEADER: HeaderName = HeaderName::from_static("x-trace-id");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer before it is on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
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

    /// A success with bytes that are JSON already.
    pub(crate) fn raw_json(body: impl Into<Bytes>) -> Self {
        Self::new(StatusCode::OK, JSON, body)
    }

    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Self {
        // Texts and numbers in objects with text keys: these can always be written.
        Self::new(status, JSON, serde_json::to_vec(value).unwrap_or_default())
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Why a request is not answered with what it asked for.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    message: String,
    details: Option<Value>,
    /// Whether the answer asks for credentials.
    challenge: bool,
    oauth: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            details: None,
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

    /// An error of the token endpoint, which is not in the envelope.
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

    /// Says what is wrong with one field.
    pub(crate) fn field(mut self, name: &str, reason: impl Into<String>) -> Self {
        self.details = Some(json!({ name: [reason.into()] }));
        self
    }

    /// Credentials that are missing or wrong.
    pub(crate) fn unauthorized(message: &str) -> Self {
        Self {
            challenge: true,
            ..Self::new(StatusCode::UNAUTHORIZED, message)
        }
    }

    /// The same as an OAuth error, for a request to the token endpoint.
    pub(crate) fn or_oauth(mut self, token_endpoint: bool) -> Self {
        if token_endpoint && self.status.is_client_error() {
            self.oauth.get_or_insert("invalid_request");
        }
        self
    }

    pub(crate) fn into_answer(self, trace_id: &str) -> Answer {
        let mut answer = match self.oauth {
            Some(error) => Answer::json(
                self.status,
                &json!({"error": error, "error_description": self.message}),
            ),
            None => Answer::json(
                self.status,
                &ErrorResponse {
                    meta: Some(ErrorResponseMeta {
                        developer_message: Some(self.message),
                        http_code: Some(self.status.as_u16().into()),
                        success: Some(false),
                        trace_id: Some(trace_id.to_owned()),
                        details: self.details,
                    }),
                },
            ),
        };
        if self.challenge {
            let bearer = HeaderValue::from_static("Bearer");
            answer.headers.insert(WWW_AUTHENTICATE, bearer);
        }
        answer
    }
}

/// A trace id that no other request of this hub has.
pub(crate) fn trace_id(seed: u64, request: u64) -> String {
    format!(
        "{:016x}{request:016x}",
        crate::data::mix(seed, 0x7ace, request)
    )
}
