//! Requests to the admin paths. They need no credentials, are not recorded and have no faults.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use http::header::{ALLOW, HeaderValue};
use http::{Method, Request, StatusCode};

use crate::admin::endpoint::{AdminRequest, PathParameters};
use crate::admin::endpoints::ENDPOINTS;
use crate::api::response::{ApiError, ApiResponse};
use crate::server::context::Context;
use crate::server::request;

/// Adds the admin paths to a router.
pub(crate) fn routes(context: &Arc<Context>, mut router: Router) -> Router {
    for path in ["/__hub", "/__hub/", "/__hub/{*path}"] {
        let context = Arc::clone(context);
        let handler = async move |request| serve(&context, request).await.into_http();
        router = router.route(path, any(handler));
    }
    router
}

async fn serve(context: &Arc<Context>, request: Request<Body>) -> ApiResponse {
    let (parts, body) = request.into_parts();
    let (endpoint, path) = match find(&parts.method, parts.uri.path()) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    let body = match request::body(&parts, body, ENDPOINTS[endpoint].max_body).await {
        Ok(body) => body,
        Err(error) => return error.into_response("0"),
    };
    // Some commands copy or generate all data.
    let context = Arc::clone(context);
    let request = AdminRequest {
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body,
    };
    let called = tokio::task::spawn_blocking(move || {
        let result = ENDPOINTS[endpoint].call(&context, &request);
        result.unwrap_or_else(|error| error.into_response("0"))
    });
    called.await.unwrap_or_else(|_| {
        let message = "The command failed; the emulator's output has the reason";
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message).into_response("0")
    })
}

/// The index of the endpoint for a method and path, and its parameters.
fn find(method: &Method, path: &str) -> Result<(usize, PathParameters), Box<ApiResponse>> {
    let segments = segments(path);
    let mut allowed = Vec::new();
    for (index, endpoint) in ENDPOINTS.iter().enumerate() {
        let Some(parameters) = endpoint.matches(&segments) else {
            continue;
        };
        if endpoint.method == *method || (endpoint.method == Method::GET && *method == Method::HEAD)
        {
            return Ok((index, parameters));
        }
        allowed.push(endpoint.method.as_str());
    }
    if allowed.is_empty() {
        let message = "There is no such admin path; GET /__hub/openapi.json lists them";
        return Err(Box::new(ApiError::not_found(message).into_response("0")));
    }
    let message = "This path has no such method";
    let mut response = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, message).into_response("0");
    if let Ok(allowed) = HeaderValue::from_str(&allowed.join(", ")) {
        response.headers.insert(ALLOW, allowed);
    }
    Err(Box::new(response))
}

/// The decoded segments of a path, after `/__hub/`.
fn segments(path: &str) -> Vec<String> {
    let rest = path.strip_prefix("/__hub/").unwrap_or_default();
    let decode = percent_encoding::percent_decode_str;
    let segments = rest.split('/');
    segments
        .map(|segment| decode(segment).decode_utf8_lossy().into_owned())
        .collect()
}
