//! What each operation does. A handler reads and writes the state; it never waits.

use bytes::Bytes;
use http::HeaderMap;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::envelope::{Answer, Problem};
use crate::rows::{Extra, with_extra};
use crate::shared::Shared;
use crate::state::State;
use crate::{change_requests, list, lock};

/// A request that is to be answered.
pub(crate) struct Call<'a> {
    pub(crate) hub: &'a Shared,
    pub(crate) state: &'a mut State,
    pub(crate) headers: &'a HeaderMap,
    /// The parameters of the path, decoded.
    pub(crate) path: &'a [(String, String)],
    /// The parameters of the query, decoded.
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: &'a Bytes,
}

/// What answers an operation.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Answer, Problem>;

/// The operations there are handlers for.
pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("list_clients", list_clients),
    ("update_client", update_client),
    ("list_shared_client_numbers", list_shared_client_numbers),
    ("get_partner", get_partner),
    ("update_partner", update_partner),
    ("list_partner_change_requests", list_partner_change_requests),
    (
        "approve_partner_change_request",
        approve_partner_change_request,
    ),
];

impl Call<'_> {
    pub(crate) fn parameter(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The members of the JSON body, of which only these are known. No body changes nothing.
    fn members(&self, known: &[&str]) -> Result<Map<String, Value>, Problem> {
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
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body must be application/json",
            ));
        }
        let body = match serde_json::from_slice(self.body) {
            Ok(Value::Object(body)) => body,
            Ok(_) => return Err(Problem::bad_request("The body must be a JSON object")),
            Err(error) => {
                return Err(Problem::bad_request(format!(
                    "The body is not JSON: {error}"
                )));
            }
        };
        match body.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(wrong(name, "Unknown field.")),
            None => Ok(body),
        }
    }
}

fn wrong(name: &str, reason: &str) -> Problem {
    Problem::bad_request("Wrong payload").field(name, reason)
}

fn text(body: &Map<String, Value>, name: &str) -> Result<Option<String>, Problem> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(name, "Not a valid string.")),
    }
}

fn address(body: &Map<String, Value>, name: &str) -> Result<Option<String>, Problem> {
    let Some(text) = text(body, name)? else {
        return Ok(None);
    };
    let good = url::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if good {
        Ok(Some(text))
    } else {
        Err(wrong(name, "Not a valid URL."))
    }
}

/// A whole number; JSON may write it as `3.0`.
fn whole(body: &Map<String, Value>, name: &str) -> Result<Option<i64>, Problem> {
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
        .ok_or_else(|| wrong(name, "Not a valid integer."))
}

fn list_clients(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let id = call.parameter("partner_id").to_owned();
    let partner = call.state.partner_mut(&id).ok_or_else(no_partner)?;
    list::answer(&mut partner.clients, call.hub.page_size, call.query)
}

fn update_client(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let unknown = || Problem::not_found("Client not found");
    let partner_id = call.parameter("partner_id").to_owned();
    let client_id = call.parameter("client_id").to_owned();
    let partner = call.state.partner(&partner_id).ok_or_else(no_partner)?;
    partner.clients.get(&client_id).ok_or_else(unknown)?;
    let body = call.members(&["partner_payload", "max_channels"])?;
    let (payload, channels) = (
        text(&body, "partner_payload")?,
        whole(&body, "max_channels")?,
    );
    let timestamp = call.hub.clock.timestamp();
    let partner = call.state.partner_mut(&partner_id).ok_or_else(no_partner)?;
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
        written(&mut row.extra, &body);
    });
    Ok(Answer::raw_json(json.ok_or_else(unknown)?))
}

/// What was written is no longer the null that stood there.
fn written(extra: &mut Extra, body: &Map<String, Value>) {
    for name in body.keys() {
        extra.remove(name);
    }
}

fn list_shared_client_numbers(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let unknown = || Problem::not_found("Client not found");
    let partner_id = call.parameter("partner_id").to_owned();
    let client_id = call.parameter("client_id").to_owned();
    let partner = call.state.partner(&partner_id).ok_or_else(no_partner)?;
    partner.clients.get(&client_id).ok_or_else(unknown)?;
    let channels = call.state.channels(&client_id).ok_or_else(unknown)?;
    let items: Vec<String> = channels
        .iter()
        .map(|(channel, extra)| with_extra(channel, extra))
        .collect();
    Ok(Answer::raw_json(format!("[{}]", items.join(","))))
}

fn get_partner(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let partner = call
        .state
        .partner(call.parameter("partner_id"))
        .ok_or_else(no_partner)?;
    Ok(Answer::raw_json(with_extra(
        &partner.partner,
        &partner.extra,
    )))
}

fn update_partner(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let body = call.members(&[
        "webhook_url",
        "partner_redirect_url",
        "allow_client_to_add_phone_no",
    ])?;
    let webhook = address(&body, "webhook_url")?;
    let redirect = address(&body, "partner_redirect_url")?;
    let allow = match body.get("allow_client_to_add_phone_no") {
        None => None,
        Some(Value::Bool(allow)) => Some(*allow),
        Some(_) => {
            return Err(wrong(
                "allow_client_to_add_phone_no",
                "Not a valid boolean.",
            ));
        }
    };
    let id = call.parameter("partner_id").to_owned();
    let state = call.state.partner_mut(&id).ok_or_else(no_partner)?;
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
    written(&mut state.extra, &body);
    Ok(Answer::raw_json(with_extra(&state.partner, &state.extra)))
}

fn list_partner_change_requests(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let id = call.parameter("partner_id").to_owned();
    let partner = call.state.partner_mut(&id).ok_or_else(no_partner)?;
    list::answer(&mut partner.change_requests, call.hub.page_size, call.query)
}

fn approve_partner_change_request(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let partner_id = call.parameter("partner_id").to_owned();
    let id = call.parameter("pcr_id").to_owned();
    let hub = call.hub;
    let json = change_requests::approve(call.state, &hub.clock, hub.migration, &partner_id, &id)?;
    Ok(Answer::raw_json(json))
}

fn no_partner() -> Problem {
    Problem::not_found("Partner not found")
}

/// The token endpoint.
pub(crate) fn token(call: &mut Call<'_>) -> Result<Answer, Problem> {
    let hub = call.hub;
    lock(&hub.tokens).login(call.state, hub.token_settings, &hub.clock, call.body)
}
