//! The signature of a request.

use http::HeaderMap;

use super::error::WebhookError;

/// The header with the signature: the HMAC-SHA256 of the body in hexadecimal digits.
pub const SIGNATURE_HEADER: &str = "x-360dialog-signature";

/// The signature of a request; 32 bytes.
pub(super) struct Signature([u8; 32]);

impl Signature {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

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
