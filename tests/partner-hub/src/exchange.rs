//! One request and its answer: recorded, struck by faults, authenticated, handled.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts as _, RawPathParams};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::envelope::{Answer, Problem, TRACE_HEADER, trace_id};
use crate::fault::Fault;
use crate::handlers::Call;
use crate::list_faults;
use crate::lock;
use crate::operations::{Operation, TOKEN};
use crate::shared::Shared;
use crate::spoil::{replacement, spoil};
use crate::strike::Strike;
use crate::wire::ConnectionState;

/// The largest body the hub reads.
const BODY_LIMIT: usize = 1024 * 1024;
/// How long it waits for one.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What the path and method of a request name.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Operation(Operation),
    UnknownPath,
    UnknownMethod,
}

impl Target {
    fn operation(&self) -> Option<&str> {
        match self {
            Self::Operation(operation) => Some(&operation.id),
            _ => None,
        }
    }
}

/// Answers a request.
pub(crate) async fn exchange(
    hub: Arc<Shared>,
    target: Target,
    request: Request<Body>,
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let (body, unreadable) = match read(&parts, body).await {
        Ok(body) => (body, None),
        Err(problem) => (Bytes::new(), Some(problem)),
    };
    let name = target.operation();
    let number = lock(&hub.record).begin(name, &parts, &body);
    let trace_id = trace_id(hub.seed, number);
    let connection = parts.extensions.get::<Arc<ConnectionState>>();
    let connection = connection.cloned().unwrap_or_default();
    let strike = if connection.is_stuck() {
        Strike::stuck()
    } else {
        lock(&hub.faults).strike(name)
    };
    lock(&hub.record).struck(number, strike.names);
    if let Some((Fault::StuckConnection, _)) = strike.answer {
        connection.set_stuck();
        return pending().await;
    }
    let path = path_parameters(&mut parts).await;

    if !strike.latency.is_zero() {
        tokio::time::sleep(strike.latency).await;
    }
    let partner = path
        .as_deref()
        .ok()
        .and_then(|path| find(path, "partner_id"));
    for fault in &strike.before {
        match fault {
            Fault::InsertClients { count } => hub.insert_made_clients(partner, *count),
            Fault::RemoveClients { count } => hub.remove_some_clients(partner, *count),
            _ => lock(&hub.tokens).expire_sent(&parts.headers),
        }
    }

    let fault = strike.answer.as_ref();
    let replaced = fault.and_then(|(fault, _)| replacement(&hub, fault, name, &trace_id));
    let mut answer = match (replaced, fault) {
        (Some(replaced), Some((_, false))) => replaced,
        (replaced, _) => {
            let worked = match unreadable {
                Some(problem) => Err(problem),
                None => path.and_then(|path| work(&hub, &target, &parts, &path, &body)),
            };
            let worked = worked.unwrap_or_else(|problem| {
                problem.or_oauth(name == Some(TOKEN)).into_answer(&trace_id)
            });
            replaced.unwrap_or(worked)
        }
    };
    if let Ok(value) = HeaderValue::from_str(&trace_id) {
        answer.headers.insert(TRACE_HEADER, value);
    }
    list_faults::apply(&strike.list, &mut answer);
    if let Some((fault, _)) = fault
        && let Some(broken) = spoil(&hub, fault, &parts, &mut answer).await
    {
        connection.end(broken);
        return pending().await;
    }
    lock(&hub.record).end(number, answer.status.as_u16());
    answer.into_response()
}

/// Does what was asked for.
fn work(
    hub: &Shared,
    target: &Target,
    parts: &Parts,
    path: &[(String, String)],
    body: &Bytes,
) -> Result<Answer, Problem> {
    let operation = match target {
        Target::Operation(operation) => operation,
        Target::UnknownPath => return Err(Problem::not_found("There is nothing at this path")),
        Target::UnknownMethod => {
            return Err(Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "This path has no such method",
            ));
        }
    };
    let query = query_parameters(parts.uri.query().unwrap_or_default());
    hub.with_state(|state| {
        if !operation.open {
            let caller = lock(&hub.tokens).authenticate(state, hub.clock.now(), &parts.headers)?;
            let caller = &caller.access.partner_id;
            match find(path, "partner_id") {
                Some(partner) if partner != caller && state.partner(partner).is_none() => {
                    return Err(Problem::not_found("Partner not found"));
                }
                Some(partner) if partner != caller => {
                    let message = "These credentials are not for this partner";
                    return Err(Problem::new(StatusCode::FORBIDDEN, message));
                }
                _ => {}
            }
        }
        let Some(handler) = operation.handler else {
            let message = format!("The emulator does not implement `{}` yet", operation.id);
            return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, message));
        };
        if operation.needs_body && body.is_empty() {
            return Err(Problem::bad_request("A body is required"));
        }
        handler(&mut Call {
            hub,
            state,
            headers: &parts.headers,
            path,
            query: &query?,
            body,
        })
    })
}

/// The whole body, if it is not too large and comes in time.
pub(crate) async fn read(parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is larger than 1 MiB",
        )
    };
    let announced = parts
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_LIMIT as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, BODY_LIMIT).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Problem::bad_request("The body cannot be read")),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "The body did not come",
        )),
    }
}

async fn path_parameters(parts: &mut Parts) -> Result<Vec<(String, String)>, Problem> {
    if !well_encoded(parts.uri.path()) {
        return Err(Problem::bad_request(
            "The path has a `%` without two hexadecimal digits",
        ));
    }
    match RawPathParams::from_request_parts(parts, &()).await {
        Ok(path) => Ok(path
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()),
        // An unknown path has no parameters.
        Err(axum::extract::rejection::RawPathParamsRejection::MissingPathParams(_)) => {
            Ok(Vec::new())
        }
        Err(_) => Err(Problem::bad_request("The path is not UTF-8")),
    }
}

fn query_parameters(query: &str) -> Result<Vec<(String, String)>, Problem> {
    if !well_encoded(query) {
        return Err(Problem::bad_request(
            "The query has a `%` without two hexadecimal digits",
        ));
    }
    let text = percent_encoding::percent_decode_str(query).decode_utf8();
    if text.is_err() {
        return Err(Problem::bad_request("The query is not UTF-8"));
    }
    Ok(url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect())
}

fn well_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        let mut digit = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        digit() && digit()
    })
}

fn find<'a>(path: &'a [(String, String)], name: &str) -> Option<&'a str> {
    path.iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}
