//! What the handler of a request gets.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use crate::api::auth::{TokenSettings, Tokens};
use crate::api::list::{PageSize, PendingPage};
use crate::api::response::{ApiError, ApiResponse};
use crate::clock::Clock;
use crate::store::state::State;

/// What the builder sets for all handlers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ApiSettings {
    pub(crate) page_size: PageSize,
    /// From the approval of a change request to its completion.
    pub(crate) migration_time: Duration,
    pub(crate) tokens: TokenSettings,
}

/// A request with valid credentials, or to the token endpoint, and what its handler works on.
pub(crate) struct ApiRequest<'a> {
    pub(crate) settings: ApiSettings,
    pub(crate) clock: &'a Clock,
    pub(crate) tokens: &'a Mutex<Tokens>,
    pub(crate) state: &'a mut State,
    pub(crate) headers: &'a HeaderMap,
    /// The parameters of the path, decoded.
    pub(crate) path: &'a [(String, String)],
    /// The parameters of the query, decoded.
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: &'a Bytes,
}

/// Handles the requests of one operation while the state is locked.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Returns the response.
    Single(fn(&mut ApiRequest<'_>) -> Result<ApiResponse, ApiError>),
    /// Returns a page that is read when the state is no longer locked.
    List(fn(&mut ApiRequest<'_>) -> Result<PendingPage, ApiError>),
}

impl ApiRequest<'_> {
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The members of the JSON body; a member that is not in `known` is an error. A request without a
    /// body has no members.
    pub(super) fn members(&self, known: &[&str]) -> Result<Map<String, Value>, ApiError> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        let content_type = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = content_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default();
        if !essence.trim().eq_ignore_ascii_case("application/json") {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body must be application/json",
            ));
        }
        let body = match serde_json::from_slice(self.body) {
            Ok(Value::Object(body)) => body,
            Ok(_) => return Err(ApiError::bad_request("The body must be a JSON object")),
            Err(error) => {
                return Err(ApiError::bad_request(format!(
                    "The body is not JSON: {error}"
                )));
            }
        };
        match body.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(invalid(name, "Unknown field.")),
            None => Ok(body),
        }
    }
}

pub(super) fn invalid(name: &str, reason: &str) -> ApiError {
    ApiError::bad_request("Wrong payload").field(name, reason)
}

pub(super) fn no_partner() -> ApiError {
    ApiError::not_found("Partner not found")
}
