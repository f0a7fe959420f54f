//! The admin paths under `/__hub/`, for shells and for tests in other languages.
//!
//! They need no credentials and are not recorded.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::response::{ApiError, ApiResponse};
use crate::faults::rule::FaultRule;
use crate::lock::lock;
use crate::server::context::Context;
use crate::server::request;
use crate::store::outbox::Event;

/// Adds the admin paths to a router.
pub(crate) fn routes(context: &Arc<Context>, router: Router) -> Router {
    let (add, list, clear) = (
        Arc::clone(context),
        Arc::clone(context),
        Arc::clone(context),
    );
    let (requests, forget) = (Arc::clone(context), Arc::clone(context));
    let (expire, advance) = (Arc::clone(context), Arc::clone(context));
    let (send, deliveries, forget_deliveries, secret) = (
        Arc::clone(context),
        Arc::clone(context),
        Arc::clone(context),
        Arc::clone(context),
    );
    router
        .route(
            "/__hub/faults",
            post(async move |request| with_body(request, |body| add_fault(&add, body)).await)
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
            "/__hub/webhooks",
            post(async move |request| with_body(request, |body| send_webhook(&send, body)).await)
                .get(async move || {
                    let deliveries = lock(&deliveries.sender.record).deliveries();
                    ok(&json!({"deliveries": deliveries}))
                })
                .delete(async move || {
                    lock(&forget_deliveries.sender.record).clear();
                    ok(&json!({"cleared": true}))
                }),
        )
        .route(
            "/__hub/webhook_secret",
            post(async move |request| {
                with_body(request, |body| set_webhook_secret(&secret, body)).await
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
            post(async move |request| {
                with_body(request, |body| advance_clock(&advance, body)).await
            }),
        )
}

fn ok(value: &impl Serialize) -> Response<Body> {
    ApiResponse::json(StatusCode::OK, value).into_http()
}

/// Reads the body of a request and returns the response of its handler.
async fn with_body(
    request: Request<Body>,
    handler: impl FnOnce(&Bytes) -> Result<ApiResponse, String>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    request::body(&parts, body)
        .await
        .and_then(|body| handler(&body).map_err(ApiError::bad_request))
        .unwrap_or_else(|error| error.into_response("0"))
        .into_http()
}

fn add_fault(context: &Context, body: &Bytes) -> Result<ApiResponse, String> {
    let rule: FaultRule =
        serde_json::from_slice(body).map_err(|error| format!("invalid fault: {error}"))?;
    let response = ApiResponse::json(StatusCode::CREATED, &rule);
    context.add_fault(rule)?;
    Ok(response)
}

/// Sends the body as an event to the first partner.
fn send_webhook(context: &Context, body: &Bytes) -> Result<ApiResponse, String> {
    let partner_id = context.with_state(|state| {
        let first = state.partners.first();
        first.map_or_else(String::new, |first| first.credentials.partner_id.clone())
    });
    let body = body.clone();
    context.send(Event { partner_id, body })?;
    Ok(ApiResponse::json(
        StatusCode::ACCEPTED,
        &json!({"accepted": true}),
    ))
}

fn set_webhook_secret(context: &Context, body: &Bytes) -> Result<ApiResponse, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Secret {
        secret: String,
    }
    // The message of serde could have the secret.
    let Secret { secret } =
        serde_json::from_slice(body).map_err(|_| "expected `secret`, a string".to_owned())?;
    context.sender.set_secret(&secret)?;
    Ok(ApiResponse::json(StatusCode::OK, &json!({"set": true})))
}

fn advance_clock(context: &Context, body: &Bytes) -> Result<ApiResponse, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Advance {
        seconds: u32,
    }
    let advance: Advance =
        serde_json::from_slice(body).map_err(|error| format!("expected `seconds`: {error}"))?;
    context
        .clock
        .advance(Duration::from_secs(advance.seconds.into()));
    Ok(ApiResponse::json(
        StatusCode::OK,
        &json!({"now": context.clock.timestamp()}),
    ))
}
