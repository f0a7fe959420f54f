//! Events from the hub: verified, typed, and recognised when they arrive again.
//!
//! The hub sends a POST to the partner's `webhook_url` for each event, with a signature of the body.
//! [`Webhooks`] verifies the signature and gives an [`Event`].
//!
//! ```
//! use partner_api::types;
//! use partner_api::webhooks::{EventKind, WebhookError, Webhooks};
//!
//! # fn store(_: &str, _: &[u8]) {}
//! fn receive(webhooks: &Webhooks, body: &[u8], headers: &http::HeaderMap) -> Result<(), WebhookError> {
//!     let event = webhooks.verify(body, headers)?;
//!     store(&event.dedup_key(), event.raw());
//!     Ok(())
//! }
//!
//! let webhooks = Webhooks::new(["the secret", "the one before"])?;
//! let body = br#"{"id": "1", "event": "channel_live", "data": {"id": "abcCH"}}"#;
//! let mut headers = http::HeaderMap::new();
//! headers.insert("x-360dialog-signature", webhooks.sign(body).parse()?);
//! receive(&webhooks, body, &headers)?;
//!
//! let event = webhooks.verify(body, &headers)?;
//! assert_eq!(event.kind, EventKind::from("channel_live"));
//! let channel: types::Channel = event.data()?;
//! # assert!(channel.id.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The order of work
//!
//! 1. Verify the signature over the bytes of the body, before anything reads them. Respond with 401 if
//!    it is wrong.
//! 2. Store the event durably, under its [`dedup_key`](Event::dedup_key): an event can arrive several
//!    times. Respond with an error if it cannot be stored, so that it is sent again.
//! 3. Respond with 2xx within 5 seconds, also to an event that the program does not know. An error
//!    would have it sent again and again.
//! 4. Do the work afterwards, from the store. A handler that fails after its response can be run again;
//!    a response before the event is stored can lose it.
//!
//! Events can arrive in any order, and no time is signed. So treat an event as a hint that something
//! changed, and read the current state with the client. That a channel is ready arrives under several
//! names: see [`Event::readiness`].
//!
//! The secret is generated in the Partner Hub, under Integration. While it is being rotated, pass the
//! new one and the old one.
//!
//! # axum
//!
//! With the feature `axum`, an [`Event`] is an extractor for a state from which a [`Webhooks`] can be
//! taken. It responds with 401 without a valid signature, with 413 if the body is larger than
//! [`max_body_bytes`](Webhooks::max_body_bytes), and with 400 if what was signed is not an event.
#![cfg_attr(
    feature = "axum",
    doc = r#"
```
use axum::{Router, extract::State, http::StatusCode, routing::post};
use partner_api::webhooks::{Event, Webhooks};

# async fn store(_: &Event) -> std::io::Result<()> { Ok(()) }
async fn receive(State(_): State<Webhooks>, event: Event) -> StatusCode {
    match store(&event).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

let webhooks = Webhooks::new([std::env::var("WEBHOOK_SECRET").unwrap_or("secret".into())])?;
let app: Router = Router::new().route("/webhooks", post(receive)).with_state(webhooks);
# Ok::<(), partner_api::Error>(())
```
"#
)]

#[cfg(feature = "axum")]
mod axum;
mod event;
mod readiness;
mod verify;

#[allow(
    unused_imports,
    reason = "a document need not have webhooks or callbacks"
)]
pub use crate::generated::webhooks::*;
pub use event::Event;
pub use readiness::Readiness;
pub use verify::{SIGNATURE_HEADER, WebhookError, Webhooks};
