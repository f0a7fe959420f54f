//! The routes of the API.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::{MethodFilter, on};
use http::Request;

use crate::server::context::Context;
use crate::server::dispatch::{Target, dispatch};

pub(crate) fn router(context: &Arc<Context>) -> Router {
    let handler = |target: Target| {
        let context = Arc::clone(context);
        async move |request: Request<Body>| dispatch(context, target, request).await
    };
    let mut router = Router::new();
    for operation in context.operations.iter() {
        if let Ok(method) = MethodFilter::try_from(operation.method.clone()) {
            let target = Target::Operation(operation.clone());
            router = router.route(&operation.path, on(method, handler(target)));
        }
    }
    router
        .fallback(handler(Target::UnknownPath))
        .method_not_allowed_fallback(handler(Target::UnknownMethod))
}
