//! Events from the hub.

mod events;
#[cfg(feature = "axum")]
mod extractor;
#[cfg(feature = "axum")]
mod receiver;
mod signatures;

use http::HeaderMap;
use partner_api::webhooks::{Event, SIGNATURE_HEADER, WebhookError, Webhooks};

/// What verifies the events of these tests.
fn webhooks() -> Webhooks {
    Webhooks::new(["secret"]).unwrap()
}

/// The headers of a request with this signature.
fn headers(signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(SIGNATURE_HEADER, signature.parse().unwrap());
    headers
}

/// A client of the receivers in these tests.
#[cfg(feature = "axum")]
fn http() -> partner_api::reqwest::Client {
    use partner_api::prelude::*;

    let builder = Client::with_api_key("unused").base_url("http://127.0.0.1");
    builder.reqwest_builder().unwrap().build().unwrap()
}

/// Receives a body that is signed as it should be.
fn receive(body: &[u8]) -> Result<Event, WebhookError> {
    let webhooks = webhooks();
    webhooks.verify(body, &headers(&webhooks.sign(body)))
}
