//! The admin paths. Their requests are parsed, and their document is written, by this table.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::admin::data::{Data, Object, typed};
use crate::admin::endpoint::{Endpoint, PathParameters};
use crate::admin::openapi;
use crate::api::response::ApiError;
use crate::faults::fault::Fault;
use crate::faults::rule::FaultRule;
use crate::faults::schedule::ActiveFault;
use crate::lock::lock;
use crate::seed::extra::object;
use crate::server::context::Context;
use crate::server::record::RecordedRequest;
use crate::server::record_filter::RecordFilter;
use crate::store::outbox::Event;
use crate::webhooks::record::Delivery;

type Outcome<T> = Result<T, ApiError>;

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

/// The maximum size of imported data in bytes.
const DATA_LIMIT: usize = 256 * 1024 * 1024;

pub(crate) static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    [
        server(),
        faults_and_record(),
        webhooks(),
        partners(),
        clients(),
        data(),
    ]
    .into_iter()
    .flatten()
    .collect()
});

fn server() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            (
                GET,
                "health",
                "health",
                "503 while the port of the API is closed",
            ),
            health,
        ),
        Endpoint::new(
            (
                GET,
                "openapi.json",
                "openapi",
                "The document of the admin paths",
            ),
            |_, _| Ok(openapi::document()),
        ),
        Endpoint::new(
            (
                POST,
                "reset",
                "reset",
                "Returns to the beginning: data, clock, tokens, faults, an empty record",
            ),
            |hub, _| hub.reset().map(done),
        ),
        Endpoint::with_body(
            (
                POST,
                "advance",
                "advance",
                "Advances the clock, by which tokens expire and migrations complete",
            ),
            |hub, _, advance: Advance| {
                hub.advance(Duration::from_secs(advance.seconds))?;
                Ok(Now {
                    now: hub.clock.timestamp().to_string(),
                })
            },
        ),
        Endpoint::new(
            (
                POST,
                "expire_tokens",
                "expire_tokens",
                "Expires every token",
            ),
            |hub, _| {
                hub.expire_tokens();
                Ok(done(()))
            },
        ),
        Endpoint::new(
            (
                POST,
                "refuse_connections",
                "refuse_connections",
                "Closes the port of the API; needs `--admin-port`",
            ),
            refuse_connections,
        ),
        Endpoint::new(
            (
                POST,
                "accept_connections",
                "accept_connections",
                "Opens the port of the API again",
            ),
            |hub, _| hub.open_port().map(done),
        ),
    ]
}

fn faults_and_record() -> Vec<Endpoint> {
    vec![
        Endpoint::with_body((POST, "faults", "add_fault", "Sets a fault"), add_fault)
            .status(StatusCode::CREATED),
        Endpoint::new(
            (
                GET,
                "faults",
                "list_faults",
                "The faults that are set, and how often each was injected",
            ),
            |hub, _| Ok(lock(&hub.faults).active().to_vec()),
        ),
        Endpoint::new(
            (DELETE, "faults", "clear_faults", "Removes all faults"),
            |hub, _| {
                hub.clear_faults();
                Ok(done(()))
            },
        ),
        Endpoint::new(
            (
                DELETE,
                "faults/{id}",
                "remove_fault",
                "Removes a fault and returns it with its counts",
            ),
            |hub, path| {
                let id = path.get("id");
                let removed = id.parse().ok().and_then(|id| hub.remove_fault(id));
                removed.ok_or_else(|| ApiError::not_found(format!("there is no fault `{id}`")))
            },
        ),
        Endpoint::with_query(
            (
                GET,
                "requests",
                "list_requests",
                "The recorded requests, and the number of requests to each operation",
            ),
            |hub, filter: RecordFilter| {
                let (counts, requests) = {
                    let record = lock(&hub.record);
                    (record.counts(), record.requests())
                };
                // They are serialised after this, while the record is not locked.
                let matching = requests
                    .into_iter()
                    .filter(|request| filter.matches(request));
                Ok(Requests {
                    counts,
                    requests: matching.map(Arc::unwrap_or_clone).collect(),
                })
            },
        ),
        Endpoint::new(
            (
                DELETE,
                "requests",
                "clear_requests",
                "Clears the record and the counts",
            ),
            |hub, _| {
                lock(&hub.record).clear();
                Ok(done(()))
            },
        ),
    ]
}

fn webhooks() -> Vec<Endpoint> {
    vec![
        Endpoint::with_bytes::<Value, _>(
            (
                POST,
                "webhooks",
                "send_webhook",
                "Sends the body as an event to the first partner",
            ),
            |hub, body| {
                let first = hub.credentials().into_iter().next();
                let partner_id = first.map(|partner| partner.partner_id).unwrap_or_default();
                let body = body.clone();
                let sent = hub.send(Event { partner_id, body });
                sent.map(done).map_err(ApiError::bad_request)
            },
        )
        .status(StatusCode::ACCEPTED),
        Endpoint::new(
            (
                GET,
                "webhooks",
                "list_deliveries",
                "The recorded deliveries of events",
            ),
            |hub, _| {
                Ok(Deliveries {
                    deliveries: lock(&hub.sender.record).deliveries(),
                })
            },
        ),
        Endpoint::new(
            (
                DELETE,
                "webhooks",
                "clear_deliveries",
                "Clears the record of deliveries",
            ),
            |hub, _| {
                lock(&hub.sender.record).clear();
                Ok(done(()))
            },
        ),
        Endpoint::with_bytes::<Secret, _>(
            (
                POST,
                "webhook_secret",
                "set_webhook_secret",
                "Signs webhooks with this secret from now on",
            ),
            |hub, body| {
                // The message of serde could have the secret.
                let Secret { secret } = serde_json::from_slice(body)
                    .map_err(|_| ApiError::bad_request("expected `secret`, a string"))?;
                hub.sender
                    .set_secret(&secret)
                    .map(done)
                    .map_err(ApiError::bad_request)
            },
        ),
    ]
}

fn partners() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            (
                GET,
                "partners",
                "list_partners",
                "The credentials of each partner",
            ),
            |hub, _| Ok(hub.credentials()),
        ),
        Endpoint::new(
            (GET, "partners/{partner_id}", "read_partner", "A partner"),
            |hub, path| {
                hub.read_partner(path.get("partner_id"), |it| object(&it.partner, &it.extra))
            },
        ),
        Endpoint::with_body(
            (
                PATCH,
                "partners/{partner_id}",
                "change_partner",
                "Merges an object into a partner, such as its settings (RFC 7396)",
            ),
            change_partner,
        ),
        Endpoint::new(
            (
                GET,
                "partners/{partner_id}/change_requests",
                "list_change_requests",
                "The requests to move a client to a partner",
            ),
            |hub, path| {
                hub.read_partner(path.get("partner_id"), |partner| -> Vec<Object> {
                    let requests = &partner.change_requests;
                    let rows = requests.ids().filter_map(|id| requests.get(id));
                    rows.map(|row| object(&row.request, &row.extra)).collect()
                })
            },
        ),
        Endpoint::with_body(
            (
                POST,
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
                POST,
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

fn clients() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            (
                GET,
                "partners/{partner_id}/clients",
                "list_client_ids",
                "The ids of a partner's clients",
            ),
            |hub, path| {
                hub.read_partner(path.get("partner_id"), |partner| ClientIds {
                    count: partner.clients.len(),
                    ids: partner.clients.ids().map(str::to_owned).collect(),
                })
            },
        ),
        Endpoint::with_body(
            (
                POST,
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
                GET,
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
                DELETE,
                "clients/{client_id}",
                "remove_client",
                "Removes a client",
            ),
            |hub, path| hub.remove_client(path.get("client_id")).map(done),
        ),
        Endpoint::new(
            (
                GET,
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

fn data() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            (GET, "data", "export_data", "All data, as `--data` reads it"),
            |hub, _| Ok(hub.export()),
        ),
        Endpoint::with_body(
            (PUT, "data", "import_data", "Replaces all data"),
            |hub, _, data: Data| hub.import(&data).map(done),
        )
        .with_max_body(DATA_LIMIT),
        Endpoint::new(
            (
                PUT,
                "snapshots/{name}",
                "take_snapshot",
                "Keeps a copy of data, tokens and clock",
            ),
            |hub, path| hub.take_snapshot(path.get("name")).map(done),
        ),
        Endpoint::new(
            (
                POST,
                "snapshots/{name}/restore",
                "restore_snapshot",
                "Returns to a snapshot",
            ),
            |hub, path| hub.restore_snapshot(path.get("name")).map(done),
        ),
        Endpoint::new(
            (
                DELETE,
                "snapshots/{name}",
                "delete_snapshot",
                "Deletes a snapshot",
            ),
            |hub, path| hub.delete_snapshot(path.get("name")).map(done),
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

#[derive(Serialize, JsonSchema)]
struct Now {
    now: String,
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

#[derive(Serialize, JsonSchema)]
struct Requests {
    counts: BTreeMap<String, u64>,
    requests: Vec<RecordedRequest>,
}

#[derive(Serialize, JsonSchema)]
struct Deliveries {
    deliveries: Vec<Delivery>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Secret {
    secret: String,
}

#[derive(Serialize, JsonSchema)]
struct Health {
    ready: bool,
}

/// The response of a command that returns nothing.
#[derive(Serialize, JsonSchema)]
struct Done {
    done: bool,
}

fn done((): ()) -> Done {
    Done { done: true }
}

fn health(hub: &Context, _: &PathParameters) -> Outcome<Health> {
    if hub.listener.is_open() {
        return Ok(Health { ready: true });
    }
    let message = "The port of the API is closed";
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message))
}

fn add_fault(hub: &Context, _: &PathParameters, rule: FaultRule) -> Outcome<ActiveFault> {
    if matches!(rule.fault, Fault::Refuse { .. })
        && rule.is_endless()
        && hub.admin_listener.is_none()
    {
        let message = "this would refuse connections to the admin paths too, and so could not be ended: set `times` or `nth`, or start the emulator with `--admin-port`";
        return Err(ApiError::bad_request(message));
    }
    hub.add_fault(rule).map_err(ApiError::bad_request)
}

fn refuse_connections(hub: &Context, _: &PathParameters) -> Outcome<Done> {
    if hub.admin_listener.is_none() {
        let message = "This would close the port of the admin paths too: start the emulator with `--admin-port`";
        return Err(ApiError::new(StatusCode::CONFLICT, message));
    }
    hub.listener.close(None);
    Ok(done(()))
}

fn change_partner(hub: &Context, path: &PathParameters, patch: Object) -> Outcome<Object> {
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
