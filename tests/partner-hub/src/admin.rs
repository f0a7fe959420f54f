//! The paths under `/__hub/`, by which a shell or another program steers the hub.
//!
//! They need no credentials and are not recorded.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::envelope::{Answer, Problem};
use crate::exchange::read;
use crate::lock;
use crate::rule::FaultRule;
use crate::shared::Shared;

pub(crate) fn routes(hub: &Arc<Shared>, router: Router) -> Router {
    let (add, list, clear) = (Arc::clone(hub), Arc::clone(hub), Arc::clone(hub));
    let (requests, forget) = (Arc::clone(hub), Arc::clone(hub));
    let (expire, advance) = (Arc::clone(hub), Arc::clone(hub));
    router
        .route(
            "/__hub/faults",
            post(async move |request| finish(request, |body| add_fault(&add, body)).await)
                .get(async move || ok(&lock(&list.faults).rules()))
                .delete(async move || {
                    lock(&clear.faults).clear();
                    ok(&json!({"cleared": true}))
                }),
        )
        .route(
            "/__hub/requests",
            get(async move || {
                let record = lock(&requests.record);
                ok(&json!({"counts": record.counts(), "requests": record.requests()}))
            })
            .delete(async move || {
                lock(&forget.record).clear();
                ok(&json!({"cleared": true}))
            }),
        )
        .route(
            "/__hub/expire_tokens",
            post(async move || {
                lock(&expire.tokens).expire_all();
                ok(&json!({"expired": true}))
            }),
        )
        .route(
            "/__hub/advance",
            post(async move |request| finish(request, |body| advance_clock(&advance, body)).await),
        )
}

fn ok(value: &impl serde::Serialize) -> Response<Body> {
    Answer::json(StatusCode::OK, value).into_response()
}

/// Reads the body and answers with what is made of it.
async fn finish(
    request: Request<Body>,
    make: impl FnOnce(&Bytes) -> Result<Answer, String>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    read(&parts, body)
        .await
        .and_then(|body| make(&body).map_err(Problem::bad_request))
        .unwrap_or_else(|problem| problem.into_answer("0"))
        .into_response()
}

fn add_fault(hub: &Shared, body: &Bytes) -> Result<Answer, String> {
    let rule: FaultRule =
        serde_json::from_slice(body).map_err(|error| format!("not a fault: {error}"))?;
    let answer = Answer::json(StatusCode::CREATED, &rule);
    hub.add_fault(rule)?;
    Ok(answer)
}

fn advance_clock(hub: &Shared, body: &Bytes) -> Result<Answer, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Advance {
        seconds: u32,
    }
    let advance: Advance =
        serde_json::from_slice(body).map_err(|error| format!("expected `seconds`: {error}"))?;
    hub.clock
        .advance(Duration::from_secs(advance.seconds.into()));
    Ok(Answer::json(
        StatusCode::OK,
        &json!({"now": hub.clock.timestamp()}),
    ))
}
