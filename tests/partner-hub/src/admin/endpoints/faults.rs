//! Faults, the record of requests, and webhooks.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::admin::endpoint::{Endpoint, PathParameters, done};
use crate::api::response::ApiError;
use crate::faults::fault::Fault;
use crate::faults::rule::FaultRule;
use crate::faults::schedule::ActiveFault;
use crate::lock::lock;
use crate::server::context::Context;
use crate::server::record::RecordedRequest;
use crate::server::record_filter::RecordFilter;
use crate::store::outbox::Event;
use crate::webhooks::record::Delivery;
use http::Method;

pub(super) fn faults_and_record() -> Vec<Endpoint> {
    vec![
        Endpoint::with_body(
            (Method::POST, "faults", "add_fault", "Sets a fault"),
            add_fault,
        )
        .status(StatusCode::CREATED),
        Endpoint::new(
            (
                Method::GET,
                "faults",
                "list_faults",
                "The faults that are set, and how often each was injected",
            ),
            |hub, _| Ok(lock(&hub.faults).active().to_vec()),
        ),
        Endpoint::new(
            (
                Method::DELETE,
                "faults",
                "clear_faults",
                "Removes all faults",
            ),
            |hub, _| {
                hub.clear_faults();
                Ok(done(()))
            },
        ),
        Endpoint::new(
            (
                Method::DELETE,
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
                Method::GET,
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
                Method::DELETE,
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

pub(super) fn webhooks() -> Vec<Endpoint> {
    vec![
        Endpoint::with_bytes::<Value, _>(
            (
                Method::POST,
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
                Method::GET,
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
                Method::DELETE,
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
                Method::POST,
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

fn add_fault(hub: &Context, _: &PathParameters, rule: FaultRule) -> Result<ActiveFault, ApiError> {
    if matches!(rule.fault, Fault::Refuse { .. })
        && rule.is_endless()
        && hub.admin_listener.is_none()
    {
        let message = "this would refuse connections to the admin paths too, and so could not be ended: set `times` or `nth`, or start the emulator with `--admin-port`";
        return Err(ApiError::bad_request(message));
    }
    hub.add_fault(rule).map_err(ApiError::bad_request)
}
