//! Events as an extractor of axum.

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, Request};
use axum_core::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::event::Event;
use super::verify::{Signature, WebhookError, Webhooks};

impl<S: Send + Sync> FromRequest<S> for Event
where
    Webhooks: FromRef<S>,
{
    type Rejection = WebhookError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookError> {
        let webhooks = Webhooks::from_ref(state);
        // Without a signature the body is not read at all.
        let signature = Signature::of(request.headers())?;
        let body = read(request.into_body(), webhooks.limit()).await?;
        webhooks.verify_signature(&body, &signature)?;
        Self::read(body)
    }
}

async fn read(body: Body, limit: usize) -> Result<Bytes, WebhookError> {
    let body = Limited::new(body, limit).collect().await;
    body.map(|body| body.to_bytes())
        .map_err(|error| match error.is::<LengthLimitError>() {
            true => WebhookError::TooLarge { limit },
            false => WebhookError::Unreadable,
        })
}

impl IntoResponse for WebhookError {
    fn into_response(self) -> Response {
        (self.status(), self.to_string()).into_response()
    }
}
