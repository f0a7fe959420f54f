//! The handlers of the operations. A handler reads and writes the state and never waits.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::api::auth::{TokenSettings, Tokens};
use crate::api::list::{PageSize, PendingPage};
use crate::api::operations::TOKEN;
use crate::api::response::{ApiError, ApiResponse};
use crate::api::{change_requests, list};
use crate::clock::Clock;
use crate::lock::lock;
use crate::seed::extra::{Extra, with_extra};
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

/// The handlers by `operationId`.
const HANDLERS: &[(&str, Handler)] = &[
    ("list_clients", Handler::List(list_clients)),
    ("update_client", Handler::Single(update_client)),
    (
        "list_shared_client_numbers",
        Handler::Single(list_shared_client_numbers),
    ),
    ("get_partner", Handler::Single(get_partner)),
    ("update_partner", Handler::Single(update_partner)),
    (
        "list_partner_change_requests",
        Handler::List(list_partner_change_requests),
    ),
    (
        "approve_partner_change_request",
        Handler::Single(approve_partner_change_request),
    ),
];

/// The `operationId`s that the emulator implements.
#[must_use]
pub fn implemented() -> Vec<&'static str> {
    HANDLERS.iter().map(|(id, _)| *id).collect()
}

/// The handler of an operation, or `None` if the emulator does not implement it.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    if operation == TOKEN {
        return Some(Handler::Single(token));
    }
    let found = HANDLERS.iter().find(|(id, _)| *id == operation);
    found.map(|(_, handler)| *handler)
}

impl ApiRequest<'_> {
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The members of the JSON body; a member that is not in `known` is an error. A request without a
    /// body has no members.
    fn members(&self, known: &[&str]) -> Result<Map<String, Value>, ApiError> {
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

fn invalid(name: &str, reason: &str) -> ApiError {
    ApiError::bad_request("Wrong payload").field(name, reason)
}

fn string(body: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value.clone())),
        Some(_) => Err(invalid(name, "Not a valid string.")),
    }
}

fn url(body: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    let Some(value) = string(body, name)? else {
        return Ok(None);
    };
    let valid = url::Url::parse(&value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        && value.bytes().all(|byte| byte.is_ascii_graphic());
    if valid {
        Ok(Some(value))
    } else {
        Err(invalid(name, "Not a valid URL."))
    }
}

/// An integer, which JSON may spell `3.0`.
fn integer(body: &Map<String, Value>, name: &str) -> Result<Option<i64>, ApiError> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    let Some(value) = body.get(name) else {
        return Ok(None);
    };
    let number = value.as_i64().or_else(|| match value.as_f64() {
        Some(number) if number.fract() == 0.0 && number.abs() <= LARGEST => Some(number as i64),
        _ => None,
    });
    number
        .map(Some)
        .ok_or_else(|| invalid(name, "Not a valid integer."))
}

fn list_clients(request: &mut ApiRequest<'_>) -> Result<PendingPage, ApiError> {
    let id = request.parameter("partner_id").to_owned();
    let partner = request.state.partner(&id).ok_or_else(no_partner)?;
    list::page(&partner.clients, request.settings.page_size, request.query)
}

fn update_client(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let unknown = || ApiError::not_found("Client not found");
    let partner_id = request.parameter("partner_id").to_owned();
    let client_id = request.parameter("client_id").to_owned();
    let partner = request.state.partner(&partner_id).ok_or_else(no_partner)?;
    partner.clients.get(&client_id).ok_or_else(unknown)?;
    let body = request.members(&["partner_payload", "max_channels"])?;
    let (payload, channels) = (
        string(&body, "partner_payload")?,
        integer(&body, "max_channels")?,
    );
    let timestamp = request.clock.timestamp();
    let partner = request
        .state
        .partner_mut(&partner_id)
        .ok_or_else(no_partner)?;
    let json = partner.clients.update(&client_id, |row| {
        if payload.is_some() {
            row.account.partner_payload = payload;
        }
        if channels.is_some() {
            row.account.max_channels = channels;
        }
        if !body.is_empty() {
            row.account.modified_at = Some(timestamp);
        }
        remove_replaced(&mut row.extra, &body);
    });
    Ok(ApiResponse::raw_json(json.ok_or_else(unknown)?))
}

/// Removes the extra members that the body replaces, such as a null.
fn remove_replaced(extra: &mut Extra, body: &Map<String, Value>) {
    for name in body.keys() {
        extra.remove(name);
    }
}

fn list_shared_client_numbers(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let unknown = || ApiError::not_found("Client not found");
    let partner_id = request.parameter("partner_id").to_owned();
    let client_id = request.parameter("client_id").to_owned();
    let partner = request.state.partner(&partner_id).ok_or_else(no_partner)?;
    partner.clients.get(&client_id).ok_or_else(unknown)?;
    let channels = request.state.channels(&client_id).ok_or_else(unknown)?;
    let items: Vec<String> = channels
        .iter()
        .map(|(channel, extra)| with_extra(channel, extra))
        .collect();
    Ok(ApiResponse::raw_json(format!("[{}]", items.join(","))))
}

fn get_partner(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let partner = request
        .state
        .partner(request.parameter("partner_id"))
        .ok_or_else(no_partner)?;
    Ok(ApiResponse::raw_json(with_extra(
        &partner.partner,
        &partner.extra,
    )))
}

fn update_partner(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let body = request.members(&[
        "webhook_url",
        "partner_redirect_url",
        "allow_client_to_add_phone_no",
    ])?;
    let webhook = url(&body, "webhook_url")?;
    let redirect = url(&body, "partner_redirect_url")?;
    let allow = match body.get("allow_client_to_add_phone_no") {
        None => None,
        Some(Value::Bool(allow)) => Some(*allow),
        Some(_) => {
            return Err(invalid(
                "allow_client_to_add_phone_no",
                "Not a valid boolean.",
            ));
        }
    };
    let id = request.parameter("partner_id").to_owned();
    let state = request.state.partner_mut(&id).ok_or_else(no_partner)?;
    let partner = &mut state.partner;
    if webhook.is_some() {
        partner.webhook_url = webhook;
    }
    if redirect.is_some() {
        partner.partner_redirect_url = redirect;
    }
    if allow.is_some() {
        partner.allow_client_to_add_phone_no = allow;
    }
    remove_replaced(&mut state.extra, &body);
    Ok(ApiResponse::raw_json(with_extra(
        &state.partner,
        &state.extra,
    )))
}

fn list_partner_change_requests(request: &mut ApiRequest<'_>) -> Result<PendingPage, ApiError> {
    let id = request.parameter("partner_id").to_owned();
    let partner = request.state.partner(&id).ok_or_else(no_partner)?;
    list::page(
        &partner.change_requests,
        request.settings.page_size,
        request.query,
    )
}

fn approve_partner_change_request(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let partner_id = request.parameter("partner_id").to_owned();
    let id = request.parameter("pcr_id").to_owned();
    let migration_time = request.settings.migration_time;
    let json = change_requests::approve(
        request.state,
        request.clock,
        migration_time,
        &partner_id,
        &id,
    )?;
    Ok(ApiResponse::raw_json(json))
}

fn no_partner() -> ApiError {
    ApiError::not_found("Partner not found")
}

/// The token endpoint.
fn token(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let settings = request.settings.tokens;
    lock(request.tokens).login(request.state, settings, request.clock, request.body)
}
