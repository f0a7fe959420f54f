//! The handlers of the operations. A handler reads and writes the state and never waits.

use serde_json::{Map, Value};

use crate::api::list::PendingPage;
use crate::api::operations::TOKEN;
use crate::api::request::{ApiRequest, Handler, invalid, no_partner};
use crate::api::response::{ApiError, ApiResponse};
use crate::api::{change_requests, list, undocumented};
use crate::lock::lock;
use crate::seed::extra::{Extra, with_extra};

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
    let documented = HANDLERS.iter().copied();
    let all = documented.chain(undocumented::HANDLERS.iter().copied());
    all.into_iter()
        .find(|(id, _)| *id == operation)
        .map(|(_, handler)| handler)
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

/// A URL that the hub can send events to. The rules are documented for the webhooks of numbers: `https`,
/// no port, no underscore in the host. Any URL of the same machine is accepted, for tests.
fn webhook_url(body: &Map<String, Value>) -> Result<Option<String>, ApiError> {
    const NAME: &str = "webhook_url";
    let Some(value) = url(body, NAME)? else {
        return Ok(None);
    };
    let parsed = url::Url::parse(&value).map_err(|_| invalid(NAME, "Not a valid URL."))?;
    let is_local = match parsed.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(domain)) => domain == "localhost",
        None => false,
    };
    if is_local {
        return Ok(Some(value));
    }
    if parsed.scheme() != "https" {
        return Err(invalid(NAME, "Must begin with `https://`."));
    }
    if parsed.port().is_some() {
        return Err(invalid(NAME, "Must not have a port."));
    }
    if parsed.host_str().is_some_and(|host| host.contains('_')) {
        return Err(invalid(NAME, "Must not have an underscore in its host."));
    }
    Ok(Some(value))
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
            row.extra.remove("modified_at");
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
    let webhook = webhook_url(&body)?;
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

/// The token endpoint.
fn token(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let settings = request.settings.tokens;
    lock(request.tokens).login(request.state, settings, request.clock, request.body)
}
