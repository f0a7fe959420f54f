//! The admin paths under `/__hub/`, for shells and for tests in other languages.
//!
//! They need no credentials and are not recorded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::{delete, get, post};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::response::{ApiError, ApiResponse};
use crate::faults::rule::FaultRule;
use crate::lock::lock;
use crate::server::context::Context;
use crate::server::record::RecordedRequest;
use crate::server::record_filter::RecordFilter;
use crate::server::request;

/// Adds the admin paths to a router.
pub(crate) fn routes(context: &Arc<Context>, router: Router) -> Router {
    let (add, list, clear, remove) = (
        Arc::clone(context),
        Arc::clone(context),
        Arc::clone(context),
        Arc::clone(context),
    );
    let (requests, forget) = (Arc::clone(context), Arc::clone(context));
    let (expire, advance) = (Arc::clone(context), Arc::clone(context));
    router
        .route(
            "/__hub/faults",
            post(async move |request| with_body(request, |body| add_fault(&add, body)).await)
                .get(async move || ok(&lock(&list.faults).active()))
                .delete(async move || {
                    clear.clear_faults();
                    ok(&json!({"cleared": true}))
                }),
        )
        .route(
            "/__hub/faults/{id}",
            delete(async move |Path(id): Path<String>| respond(remove_fault(&remove, &id))),
        )
        .route(
            "/__hub/requests",
            get(async move |request: Request<Body>| respond(recorded(&requests, request)))
                .delete(async move |request: Request<Body>| respond(forget_all(&forget, request))),
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
    let response = request::body(&parts, body)
        .await
        .and_then(|body| handler(&body).map_err(ApiError::bad_request));
    respond(response)
}

fn respond(response: Result<ApiResponse, ApiError>) -> Response<Body> {
    let response = response.unwrap_or_else(|error| error.into_response("0"));
    response.into_http()
}

fn add_fault(context: &Context, body: &Bytes) -> Result<ApiResponse, String> {
    let rule: FaultRule =
        serde_json::from_slice(body).map_err(|error| format!("invalid fault: {error}"))?;
    let fault = context.add_fault(rule)?;
    Ok(ApiResponse::json(StatusCode::CREATED, &fault))
}

fn remove_fault(context: &Context, id: &str) -> Result<ApiResponse, ApiError> {
    let removed = id.parse().ok().and_then(|id| context.remove_fault(id));
    let removed =
        removed.ok_or_else(|| ApiError::not_found(format!("There is no fault `{id}`")))?;
    Ok(ApiResponse::json(StatusCode::OK, &removed))
}

/// The requests in the record that all filters in the query match.
fn recorded(context: &Context, request: Request<Body>) -> Result<ApiResponse, ApiError> {
    let query = request::query_parameters(&request.into_parts().0)?;
    let filters = query
        .iter()
        .map(|(name, value)| RecordFilter::parse(name, value));
    let filters: Vec<RecordFilter> = filters
        .collect::<Result<_, _>>()
        .map_err(ApiError::bad_request)?;
    let (counts, requests) = {
        let record = lock(&context.record);
        (record.counts(), record.requests())
    };
    // It takes a while to serialise them, so the record is not locked meanwhile.
    let requests: Vec<&RecordedRequest> = requests
        .iter()
        .map(AsRef::as_ref)
        .filter(|request| filters.iter().all(|filter| filter.matches(request)))
        .collect();
    #[derive(Serialize)]
    struct Recorded<'a> {
        counts: BTreeMap<String, u64>,
        requests: Vec<&'a RecordedRequest>,
    }
    Ok(ApiResponse::json(
        StatusCode::OK,
        &Recorded { counts, requests },
    ))
}

/// Clears the record, which has no filters.
fn forget_all(context: &Context, request: Request<Body>) -> Result<ApiResponse, ApiError> {
    if request.uri().query().is_some() {
        let message = "The record is cleared as a whole: remove the query";
        return Err(ApiError::bad_request(message));
    }
    lock(&context.record).clear();
    Ok(ApiResponse::json(StatusCode::OK, &json!({"cleared": true})))
}

fn advance_clock(context: &Context, body: &Bytes) -> Result<ApiResponse, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Advance {
        seconds: u64,
    }
    let advance: Advance =
        serde_json::from_slice(body).map_err(|error| format!("expected `seconds`: {error}"))?;
    context
        .clock
        .advance(Duration::from_secs(advance.seconds))?;
    Ok(ApiResponse::json(
        StatusCode::OK,
        &json!({"now": context.clock.timestamp()}),
    ))
}
