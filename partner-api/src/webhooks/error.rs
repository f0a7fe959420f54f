//! Why a request is not an event.

/// Why a request is not an event of the hub. No variant contains anything of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// There is no signature. Respond with 401. Is the request from the hub, and does a proxy remove
    /// headers?
    #[error("the request has no header `x-360dialog-signature`")]
    MissingSignature,
    /// The signature is not 64 hexadecimal digits, or there are several. Respond with 401.
    #[error("the header `x-360dialog-signature` is not one signature of 64 hexadecimal digits")]
    InvalidSignature,
    /// The signature is not that of this body with any of the secrets. Respond with 401. Is the secret
    /// the one of the Partner Hub, and is the body unchanged?
    #[error("the signature is not that of this body with any of the secrets")]
    WrongSignature,
    /// The body is larger than [`max_body_bytes`](super::Webhooks::max_body_bytes). Respond with 413.
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
