//! Partners, their clients and their change requests.

use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::admin::endpoint::{Endpoint, PathParameters, done};
use crate::api::response::ApiError;
use crate::data::{Object, typed};
use crate::seed::extra::object;
use crate::server::context::Context;
use http::Method;

pub(super) fn partners() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            (
                Method::GET,
                "partners",
                "list_partners",
                "The credentials of each partner",
            ),
            |hub, _| Ok(hub.credentials()),
        ),
        Endpoint::new(
            (
                Method::GET,
                "partners/{partner_id}",
                "read_partner",
                "A partner",
            ),
            |hub, path| {
                hub.read_partner(path.get("partner_id"), |it| object(&it.partner, &it.extra))
            },
        ),
        Endpoint::with_body(
            (
                Method::PATCH,
                "partners/{partner_id}",
                "change_partner",
                "Merges an object into a partner, such as its settings (RFC 7396)",
            ),
            change_partner,
        ),
        Endpoint::new(
            (
                Method::GET,
                "partners/{partner_id}/change_requests",
                "list_change_requests",
                "The requests to move a client to a partner",
            ),
            |hub, path| {
                let partner_id = path.get("partner_id");
                let requests =
                    hub.read_partner(partner_id, |partner| partner.change_requests.snapshot())?;
                let rows = requests.iter(0).map(|request| request.row());
                let objects = rows.map(|row| object(&row.request, &row.extra));
                Ok::<Vec<Object>, ApiError>(objects.collect())
            },
        ),
        Endpoint::with_body(
            (
                Method::POST,
                "change_requests",
                "insert_change_request",
                "Adds a change request to its `target_partner_id`",
            ),
            |hub, _, request: Object| {
                let (request, extra) = typed(&request).map_err(ApiError::bad_request)?;
                let id = hub.insert_change_request(request, extra)?;
                Ok(Id { id })
            },
        )
        .status(StatusCode::CREATED),
        Endpoint::new(
            (
                Method::POST,
                "partners/{partner_id}/change_requests/{id}/fail",
                "fail_change_request",
                "Sets the status of a change request to `failed`",
            ),
            |hub, path| {
                hub.fail_change_request(path.get("partner_id"), path.get("id"))
                    .map(done)
            },
        ),
    ]
}

pub(super) fn clients() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            (
                Method::GET,
                "partners/{partner_id}/clients",
                "list_client_ids",
                "The ids of a partner's clients",
            ),
            |hub, path| {
                let partner_id = path.get("partner_id");
                let clients = hub.read_partner(partner_id, |partner| partner.clients.snapshot())?;
                let ids = clients.iter(0).map(|client| client.id.to_string());
                Ok(ClientIds {
                    count: clients.len,
                    ids: ids.collect(),
                })
            },
        ),
        Endpoint::with_body(
            (
                Method::POST,
                "partners/{partner_id}/clients",
                "insert_client",
                "Adds a client, in place of one with the same id",
            ),
            |hub, path, client: Object| {
                let (account, extra) = typed(&client).map_err(ApiError::bad_request)?;
                let id = hub.insert_client(path.get("partner_id"), account, extra)?;
                Ok(Id { id })
            },
        )
        .status(StatusCode::CREATED),
        Endpoint::new(
            (
                Method::GET,
                "clients/{client_id}",
                "read_client",
                "A client of any partner",
            ),
            |hub, path| {
                hub.read_client(path.get("client_id"), |row| {
                    object(&row.account, &row.extra)
                })
            },
        ),
        Endpoint::new(
            (
                Method::DELETE,
                "clients/{client_id}",
                "remove_client",
                "Removes a client",
            ),
            |hub, path| hub.remove_client(path.get("client_id")).map(done),
        ),
        Endpoint::new(
            (
                Method::GET,
                "clients/{client_id}/channels",
                "list_channels",
                "The channels of a client",
            ),
            |hub, path| {
                hub.read_channels(path.get("client_id"), |channel, extra| {
                    object(channel, extra)
                })
            },
        ),
    ]
}

#[derive(Serialize, JsonSchema)]
struct Id {
    id: String,
}

#[derive(Serialize, JsonSchema)]
struct ClientIds {
    count: usize,
    ids: Vec<String>,
}

fn change_partner(hub: &Context, path: &PathParameters, patch: Object) -> Result<Object, ApiError> {
    let id = path.get("partner_id");
    hub.change_partner(id, |partner, extra| {
        let mut merged = Value::Object(object(partner, extra));
        merge(&mut merged, Value::Object(patch));
        let Value::Object(merged) = merged else {
            return Ok(());
        };
        (*partner, *extra) = typed(&merged).map_err(ApiError::bad_request)?;
        Ok(())
    })?;
    hub.read_partner(id, |it| object(&it.partner, &it.extra))
}

/// A JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Object::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(&name);
            } else {
                merge(target.entry(name).or_insert(Value::Null), value);
            }
        }
    }
}
