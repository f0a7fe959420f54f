//! The path of a request to its response: recorded, given its faults, authenticated, handled.

use std::future::{pending, ready};
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use tokio::time::Instant;

use crate::api::handlers::handler;
use crate::api::list::PendingPage;
use crate::api::operations::{Operation, TOKEN_PATH};
use crate::api::request::{ApiRequest, Handler};
use crate::api::response::{ApiError, ApiResponse};
use crate::faults::apply::{ConnectionFault, apply, replacement};
use crate::faults::broken_response::BrokenResponse;
use crate::faults::fault::{CloseMode, Fault};
use crate::faults::lists;
use crate::faults::schedule::Injected;
use crate::lock::lock;
use crate::server::connection::ConnectionState;
use crate::server::context::Context;
use crate::server::record::RecordedRequest;
use crate::server::request;
use crate::store::state::State;

/// What the path and method of a request name.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Operation(Operation),
    UnknownPath,
    UnknownMethod,
}

type Parameters = Vec<(String, String)>;

impl Target {
    fn operation_id(&self) -> Option<&str> {
        match self {
            Self::Operation(operation) => Some(&operation.id),
            _ => None,
        }
    }
}

/// Records a request, injects its faults and returns its response.
///
/// On HTTP/1.1 this runs to its end although the client has gone: a client that has closed its connection
/// looks like one that has closed only its half and waits.
pub(crate) async fn dispatch(
    context: Arc<Context>,
    target: Target,
    request: Request<Body>,
) -> Response<Body> {
    let received = Instant::now();
    let (mut parts, body) = request.into_parts();
    let body = request::body(&parts, body, request::BODY_LIMIT).await;
    let operation = target.operation_id();
    let (number, trace_id) = record(&context, operation, &parts, body.as_deref());
    let strike = |name| lock(&context.record).add_fault(number, name);
    let connection = parts.extensions.get::<Arc<ConnectionState>>();
    let connection = connection.cloned().unwrap_or_default();
    let injected = if connection.is_stuck() {
        Injected::stuck()
    } else {
        lock(&context.faults).next(operation, context.clock.now())
    };
    let (fault, after_work) = injected.response.unzip();
    if let Some(stuck @ Fault::StuckConnection) = &fault {
        strike(stuck.name());
        connection.get_stuck(parts.version);
        return pending().await;
    }
    let is_login = parts.uri.path() == TOKEN_PATH;
    let path = request::path_parameters(&mut parts).await;
    if let Some(latency) = injected.latency_before_work {
        strike("latency".to_owned());
        tokio::time::sleep(latency).await;
    }
    for fault in &injected.before {
        strike(fault.name());
        change_state(&context, fault, &parts, path.as_deref()).await;
    }

    let handle = async || {
        let handled = match (body, path) {
            (Ok(body), Ok(path)) => handle(&context, &target, &parts, &path, &body).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        handled
            .map_err(|error| {
                let generator = context.origin.generator;
                error.or_oauth(is_login).with_anomaly(generator, number)
            })
            .unwrap_or_else(|error| error.into_response(&trace_id))
    };
    let replaced = fault
        .as_ref()
        .and_then(|fault| replacement(fault, operation, &trace_id));
    let mut response = match replaced {
        Some(replaced) if after_work == Some(false) => replaced,
        replaced => {
            let handled = handle().await;
            replaced.unwrap_or(handled)
        }
    };
    if let Some(latency) = injected.latency_after_work {
        strike("latency".to_owned());
        tokio::time::sleep(latency).await;
    }
    let now = context.clock.wall();
    response.add_headers(&trace_id, now);
    if lists::apply(&injected.list, &mut response) {
        injected.list.iter().map(Fault::name).for_each(strike);
    }
    if let Some(fault) = &fault {
        strike(fault.name());
        if let Some(fault) = apply(fault, &parts, &mut response, now) {
            end_connection(&context, &connection, fault);
            return pending().await;
        }
    }
    lock(&context.record).finish(number, response.status.as_u16(), received.elapsed());
    response.into_http()
}

/// Records a request, and returns its number and trace id.
fn record(
    context: &Context,
    operation: Option<&str>,
    parts: &Parts,
    body: Result<&[u8], &ApiError>,
) -> (u64, String) {
    let keeps_requests = lock(&context.record).keeps_requests();
    // It takes a while to mask a large body, so the record is not locked meanwhile.
    let request =
        keeps_requests.then(|| RecordedRequest::new(operation, parts, body.unwrap_or_default()));
    lock(&context.record).begin(operation, request)
}

/// Applies a fault that changes the state before a request is handled.
async fn change_state(
    context: &Context,
    fault: &Fault,
    parts: &Parts,
    path: Result<&[(String, String)], &ApiError>,
) {
    let partner = path.ok().and_then(|path| find(path, "partner_id"));
    match fault {
        Fault::InsertClients { count } => {
            context.insert_clients(partner, *count).await;
        }
        Fault::RemoveClients { count } => {
            context.remove_clients(partner, *count).await;
        }
        _ => lock(&context.tokens).expire_sent(&parts.headers),
    }
}

fn end_connection(context: &Context, connection: &ConnectionState, fault: ConnectionFault) {
    let response = match fault {
        ConnectionFault::Break(broken) => broken,
        ConnectionFault::Refuse(duration) => {
            context.listener.close(Some(duration));
            BrokenResponse::empty(CloseMode::Reset)
        }
    };
    connection.end(response);
}

/// Authenticates a request and calls its handler.
async fn handle(
    context: &Context,
    target: &Target,
    parts: &Parts,
    path: &Parameters,
    body: &Bytes,
) -> Result<ApiResponse, ApiError> {
    let operation = match target {
        Target::Operation(operation) => operation,
        Target::UnknownPath => return Err(ApiError::not_found("There is nothing at this path")),
        Target::UnknownMethod => {
            return Err(ApiError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "This path has no such method",
            ));
        }
    };
    let query = request::query_parameters(parts);
    let handled = context.with_state(|state| {
        if !operation.public {
            authorize(context, state, parts, find(path, "partner_id"))?;
        }
        let Some(handler) = handler(&operation.id) else {
            let message = format!("The emulator does not implement `{}` yet", operation.id);
            return Err(ApiError::new(StatusCode::NOT_IMPLEMENTED, message));
        };
        if operation.needs_body && body.is_empty() {
            return Err(ApiError::bad_request("A body is required"));
        }
        let request = &mut ApiRequest {
            settings: context.settings,
            clock: &context.clock,
            tokens: &context.tokens,
            state,
            headers: &parts.headers,
            path,
            query: &query?,
            body,
        };
        match handler {
            Handler::Single(handler) => {
                handler(request).map(|response| Box::pin(ready(Ok(response))) as PendingPage)
            }
            Handler::List(handler) => handler(request),
        }
    });
    handled?.await
}

/// Checks that the credentials are valid for the partner in the path.
fn authorize(
    context: &Context,
    state: &State,
    parts: &Parts,
    partner: Option<&str>,
) -> Result<(), ApiError> {
    let tokens = lock(&context.tokens);
    let caller = tokens.authenticate(state, context.clock.now(), &parts.headers)?;
    match partner {
        Some(partner) if partner == caller.credentials.partner_id => Ok(()),
        None => Ok(()),
        Some(partner) if state.partner(partner).is_none() => {
            Err(ApiError::not_found("Partner not found"))
        }
        Some(_) => Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "These credentials are not valid for this partner",
        )),
    }
}

fn find<'a>(path: &'a [(String, String)], name: &str) -> Option<&'a str> {
    path.iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}
