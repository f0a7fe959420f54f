//! The emulator as a whole: its state, its clock and its port.

use std::time::Duration;

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admin::endpoint::{Done, Endpoint, PathParameters, done};
use crate::api::response::ApiError;
use crate::data::Data;
use crate::server::context::Context;
use http::Method;

/// The maximum size of imported data in bytes.
const DATA_LIMIT: usize = 256 * 1024 * 1024;

pub(super) fn server() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            (
                Method::GET,
                "health",
                "health",
                "503 while the port of the API is closed",
            ),
            health,
        ),
        Endpoint::new(
            (
                Method::POST,
                "reset",
                "reset",
                "Returns to the beginning: data, clock, tokens, faults, an empty record",
            ),
            |hub, _| hub.reset().map(done),
        ),
        Endpoint::with_body(
            (
                Method::POST,
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
                Method::POST,
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
                Method::POST,
                "refuse_connections",
                "refuse_connections",
                "Closes the port of the API; needs `--admin-port`",
            ),
            refuse_connections,
        ),
        Endpoint::new(
            (
                Method::POST,
                "accept_connections",
                "accept_connections",
                "Opens the port of the API again",
            ),
            |hub, _| hub.open_port().map(done),
        ),
    ]
}

pub(super) fn data() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            (
                Method::GET,
                "data",
                "export_data",
                "All data, as `--data` reads it",
            ),
            |hub, _| Ok(hub.export()),
        ),
        Endpoint::with_body(
            (Method::PUT, "data", "import_data", "Replaces all data"),
            |hub, _, data: Data| hub.import(&data).map(done),
        )
        .with_max_body(DATA_LIMIT),
        Endpoint::new(
            (
                Method::PUT,
                "snapshots/{name}",
                "take_snapshot",
                "Keeps a copy of data, tokens and clock",
            ),
            |hub, path| hub.take_snapshot(path.get("name")).map(done),
        ),
        Endpoint::new(
            (
                Method::POST,
                "snapshots/{name}/restore",
                "restore_snapshot",
                "Returns to a snapshot",
            ),
            |hub, path| hub.restore_snapshot(path.get("name")).map(done),
        ),
        Endpoint::new(
            (
                Method::DELETE,
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
struct Health {
    ready: bool,
}

fn health(hub: &Context, _: &PathParameters) -> Result<Health, ApiError> {
    if hub.listener.is_open() {
        return Ok(Health { ready: true });
    }
    let message = "The port of the API is closed";
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message))
}

fn refuse_connections(hub: &Context, _: &PathParameters) -> Result<Done, ApiError> {
    if hub.admin_listener.is_none() {
        let message = "This would close the port of the admin paths too: start the emulator with `--admin-port`";
        return Err(ApiError::new(StatusCode::CONFLICT, message));
    }
    hub.listener.close(None);
    Ok(done(()))
}
