//! Signatures of events.

use std::fmt;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use sha2::Sha256;

use super::event::Event;
use crate::error::Error;

/// The header with the signature: the HMAC-SHA256 of the body in hexadecimal digits.
pub const SIGNATURE_HEADER: &str = "x-360dialog-signature";

/// Verifies the events of the hub. Clones share nothing and cost little.
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
    /// signature. The signature is compared in constant time, with each of the secrets.
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
        let right = self.keys.iter().fold(false, |right, key| {
            let mac = key.clone().chain_update(body);
            mac.verify_slice(&signature.0).is_ok() | right
        });
        right.then_some(()).ok_or(WebhookError::WrongSignature)
    }

    /// The value of [`SIGNATURE_HEADER`] for this body, with the first secret: for tests that send
    /// events.
    #[must_use]
    pub fn sign(&self, body: &[u8]) -> String {
        let first = self.keys.first().cloned();
        let mac = first.map(|key| key.chain_update(body).finalize().into_bytes());
        mac.as_deref().map(hex).unwrap_or_default()
    }
}

/// The signature of a request; 32 bytes.
pub(super) struct Signature([u8; 32]);

impl Signature {
    /// Reads the signature of a request. The prefix `sha256=` and upper case are accepted, because
    /// the documentation does not exclude them.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, WebhookError> {
        let mut values = headers.get_all(SIGNATURE_HEADER).iter();
        let value = values.next().ok_or(WebhookError::MissingSignature)?;
        if values.next().is_some() {
            return Err(WebhookError::InvalidSignature);
        }
        let digits = value.as_bytes().trim_ascii();
        let digits = match digits.split_at_checked(PREFIX.len()) {
            Some((prefix, digits)) if prefix.eq_ignore_ascii_case(PREFIX) => digits,
            _ => digits,
        };
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(WebhookError::InvalidSignature);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |byte, digit| {
                    char::from(*digit)
                        .to_digit(16)
                        .map(|digit| byte << 4 | digit as u8)
                })
                .ok_or(WebhookError::InvalidSignature)?;
        }
        Ok(Self(bytes))
    }
}

const PREFIX: &[u8] = b"sha256=";

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: impl AsRef<[u8]>) -> String {
    let digits =
        |byte: &u8| [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]);
    let digits = bytes.as_ref().iter().flat_map(digits);
    digits.map(char::from).collect()
}

/// Why a request is not an event of the hub. No variant contains anything of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// There is no signature. Respond with 401. Is the request from the hub, and does a proxy remove
    /// headers?
    #[error("the request has no header `{SIGNATURE_HEADER}`")]
    MissingSignature,
    /// The signature is not 64 hexadecimal digits, or there are several. Respond with 401.
    #[error("the header `{SIGNATURE_HEADER}` is not one signature of 64 hexadecimal digits")]
    InvalidSignature,
    /// The signature is not that of this body with any of the secrets. Respond with 401. Is the secret
    /// the one of the Partner Hub, and is the body unchanged?
    #[error("the signature is not that of this body with any of the secrets")]
    WrongSignature,
    /// The body is larger than [`Webhooks::max_body_bytes`]. Respond with 413.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The most bytes of a body.
        limit: usize,
    },
    /// The body was signed, but is not a JSON object. Respond with 400.
    #[error("the body is signed, but it is not a JSON object: {reason}")]
    NotAnEvent {
        /// What was expected, and where.
        reason: String,
    },
    /// The body ended early or could not be read. Respond with 400.
    #[error("the body could not be read")]
    Unreadable,
}

impl WebhookError {
    /// The status of the response to such a request.
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        match self {
            Self::MissingSignature | Self::InvalidSignature | Self::WrongSignature => {
                http::StatusCode::UNAUTHORIZED
            }
            Self::TooLarge { .. } => http::StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAnEvent { .. } | Self::Unreadable => http::StatusCode::BAD_REQUEST,
        }
    }
}
