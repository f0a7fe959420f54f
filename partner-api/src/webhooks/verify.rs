//! Verifies events.

use std::fmt;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use sha2::Sha256;

use super::error::WebhookError;
use super::event::Event;
use super::signature::{Signature, hex};
use crate::error::Error;

/// Verifies the events of the hub. It is cheap to clone.
///
/// It does not contain the secrets but keys derived from them, and `Debug` shows neither.
#[derive(Clone)]
pub struct Webhooks {
    keys: Vec<Hmac<Sha256>>,
    max_body_bytes: usize,
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks")
            .field("secrets", &self.keys.len())
            .field("max_body_bytes", &self.max_body_bytes)
            .finish()
    }
}

impl Webhooks {
    /// Accepts events that are signed with any of these secrets: the current one and, while it is
    /// being rotated, the one before or the next one.
    ///
    /// # Errors
    ///
    /// If there is no secret, or if one is empty or has white space at its beginning or end, which
    /// copying adds easily.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        let invalid = |reason: &str| Err(Error::configuration("webhook secret", reason));
        let mut keys = Vec::new();
        for secret in secrets {
            let secret = secret.as_ref();
            if secret.is_empty() {
                return invalid("is empty");
            }
            if secret.trim() != secret {
                return invalid(
                    "begins or ends with white space, which was probably copied with it; remove it",
                );
            }
            match Hmac::new_from_slice(secret.as_bytes()) {
                Ok(key) => keys.push(key),
                Err(_) => return invalid("cannot be used as a key"),
            }
        }
        if keys.is_empty() {
            return invalid("is missing; without one, no event can be verified");
        }
        Ok(Self {
            keys,
            max_body_bytes: 1024 * 1024,
        })
    }

    /// The most bytes of a body, 1 MiB by default. A larger one is an error.
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    #[cfg(feature = "axum")]
    pub(super) fn limit(&self) -> usize {
        self.max_body_bytes
    }

    /// Verifies the signature of a request and reads its event.
    ///
    /// `body` must be the bytes as they arrived: JSON that was parsed and written again has another
    /// signature. The signature is compared in constant time, with each of the secrets: the time depends on
    /// the length of the body and the number of secrets, not on where the signatures differ.
    ///
    /// One body is one event. The provider documents no batches, so a JSON array is
    /// [`NotAnEvent`](WebhookError::NotAnEvent), also if it has events.
    ///
    /// # Errors
    ///
    /// See [`WebhookError`]. An unknown kind of event and unexpected data are no errors.
    pub fn verify(&self, body: &[u8], headers: &HeaderMap) -> Result<Event, WebhookError> {
        let signature = Signature::of(headers)?;
        self.verify_signature(body, &signature)?;
        Event::read(Bytes::copy_from_slice(body))
    }

    pub(super) fn verify_signature(
        &self,
        body: &[u8],
        signature: &Signature,
    ) -> Result<(), WebhookError> {
        if body.len() > self.max_body_bytes {
            return Err(WebhookError::TooLarge {
                limit: self.max_body_bytes,
            });
        }
        // Each is tried even after one was right, so that the time does not depend on which it is.
        // `verify_slice` compares all bytes, whichever differ: it is `ctutils::CtEq` on both slices.
        let right = self.keys.iter().fold(false, |right, key| {
            let mac = key.clone().chain_update(body);
            mac.verify_slice(signature.bytes()).is_ok() | right
        });
        right.then_some(()).ok_or(WebhookError::WrongSignature)
    }

    /// The value of [`SIGNATURE_HEADER`](super::SIGNATURE_HEADER) for this body, with the first secret: for tests that send
    /// events.
    #[must_use]
    pub fn sign(&self, body: &[u8]) -> String {
        let first = self.keys.first().cloned();
        let mac = first.map(|key| key.chain_update(body).finalize().into_bytes());
        mac.as_deref().map(hex).unwrap_or_default()
    }
}
