//! Operations that no reference page of the document has yet: channels, their keys, and balances.
//!
//! What is known of them is from other pages and from clients in production; the README lists what is a
//! guess. An operation of the document with the same path replaces one of these.

use http::StatusCode;
use partner_api::types::ChannelStatus;
use serde_json::{Value, json};

use crate::api::list::{filters, number, once};
use crate::api::request::{ApiRequest, Handler, no_partner};
use crate::api::response::{ApiError, ApiResponse};
use crate::seed::extra::object;
use crate::store::rows::ClientRow;
use crate::store::state::ChannelKey;

/// The handlers by the names of [`UNDOCUMENTED`](crate::api::operations).
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("list_channels", Handler::Single(list_channels)),
    ("create_channel_key", Handler::Single(create_channel_key)),
    ("list_channel_keys", Handler::Single(list_channel_keys)),
    ("delete_channel_keys", Handler::Single(delete_channel_keys)),
    ("get_balance", Handler::Single(get_balance)),
    ("get_client_balance", Handler::Single(get_client_balance)),
];

fn list_channels(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let sizes = request.settings.page_size;
    let limit = number(request.query, "limit", 1)?;
    let limit = limit.unwrap_or(sizes.default).min(sizes.max);
    let offset = number(request.query, "offset", 0)?.unwrap_or_default();
    let filters = match once(request.query, "filters")? {
        Some(json) => filters(json)?,
        None => serde_json::Map::new(),
    };
    let mut wanted = None;
    for (name, value) in &filters {
        match (name.as_str(), value) {
            ("id", Value::String(id)) => wanted = Some(id.as_str()),
            _ => {
                let message = "The emulator filters channels only by `id`";
                return Err(ApiError::bad_request(message));
            }
        }
    }
    let partner_id = request.parameter("partner_id");
    let partner = request.state.partner(partner_id).ok_or_else(no_partner)?;
    let (total, found) = match wanted {
        Some(id) => {
            let found = request.state.channel(partner, id);
            let found: Vec<_> = found.into_iter().collect();
            let total = found.len();
            (total, found.into_iter().skip(offset as usize).collect())
        }
        None => request
            .state
            .partner_channels(partner, offset as usize, limit as usize),
    };
    let items: Vec<Value> = found
        .iter()
        .map(|(client, channel, extra)| {
            let mut channel = object(channel, extra);
            channel.insert("client".to_owned(), summary(client));
            Value::Object(channel)
        })
        .collect();
    let page = json!({
        "limit": limit, "offset": offset, "sort": [], "filters": filters,
        "total": total, "count": items.len(), "partner_channels": items,
    });
    Ok(ApiResponse::json(StatusCode::OK, &page))
}

/// The client of a channel, as it was seen in lists of channels.
fn summary(client: &ClientRow) -> Value {
    let account = &client.account;
    let contact = account.contact_info.as_ref();
    json!({
        "id": account.id,
        "name": account.name,
        "partner_payload": account.partner_payload,
        "contact_info": {"email": contact.and_then(|contact| contact.email.as_ref())},
    })
}

/// The id of the channel in the path, if it belongs to the partner, and whether it runs.
fn channel(request: &ApiRequest<'_>) -> Result<(String, bool), ApiError> {
    let partner = request.state.partner(request.parameter("partner_id"));
    let partner = partner.ok_or_else(no_partner)?;
    let id = request.parameter("channel_id");
    let (_, channel, _) = request
        .state
        .channel(partner, id)
        .ok_or_else(|| ApiError::not_found("Channel not found"))?;
    Ok((id.to_owned(), channel.status == Some(ChannelStatus::Ready)))
}

fn create_channel_key(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let (channel_id, runs) = channel(request)?;
    if !runs {
        let message = "A key can be created once the channel runs";
        return Err(ApiError::bad_request(message));
    }
    let key = request.state.create_channel_key(&channel_id);
    let mut shown = description(&key);
    shown["api_key"] = key.key.into();
    Ok(ApiResponse::json(StatusCode::CREATED, &shown))
}

fn list_channel_keys(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let (channel_id, _) = channel(request)?;
    let keys = request.state.channel_keys.get(&channel_id);
    let keys: Vec<Value> = keys.into_iter().map(description).collect();
    Ok(ApiResponse::json(StatusCode::OK, &keys))
}

fn delete_channel_keys(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let (channel_id, _) = channel(request)?;
    match request.state.channel_keys.remove(&channel_id) {
        Some(_) => Ok(ApiResponse::empty(StatusCode::NO_CONTENT)),
        None => Err(ApiError::not_found("The channel has no key")),
    }
}

/// A key without its secret, which is shown once.
fn description(key: &ChannelKey) -> Value {
    json!({"id": key.id, "app_id": key.app_id, "address": "https://waba-v2.360dialog.io"})
}

fn get_balance(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let id = request.parameter("partner_id");
    request.state.partner(id).ok_or_else(no_partner)?;
    let total = request.state.generator.balance(id);
    let balances = json!([{"total": total, "currency": "EUR"}]);
    Ok(ApiResponse::json(StatusCode::OK, &balances))
}

fn get_client_balance(request: &mut ApiRequest<'_>) -> Result<ApiResponse, ApiError> {
    let partner = request.state.partner(request.parameter("partner_id"));
    let partner = partner.ok_or_else(no_partner)?;
    let id = request.parameter("client_id");
    let client = partner.clients.get(id);
    client.ok_or_else(|| ApiError::not_found("Client not found"))?;
    for name in ["start_date", "end_date"] {
        number(request.query, name, 0)?;
    }
    if let Some(granularity) = once(request.query, "granularity")?
        && !["DAY", "MONTH"].contains(&granularity)
    {
        let error = ApiError::bad_request("Wrong parameters");
        return Err(error.field("granularity", "must be `DAY` or `MONTH`"));
    }
    let balance = request.state.generator.balance(id);
    let balance = json!({"balance": balance, "currency": "EUR", "usage": []});
    Ok(ApiResponse::json(StatusCode::OK, &balance))
}
