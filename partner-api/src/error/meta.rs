//! The error that the API reports in a response.

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::printable::Printable;

/// The error that the API reports: the `meta` member of an error body, or the body itself.
///
/// Source: the `400` and `404` responses of every operation in the published documentation. Members
/// that are not documented are in [`other`](Self::other).
///
/// A credential that the server sends back, in any usual encoding, is replaced by `***`. A string
/// from which it cannot be removed is hidden. `Debug` shortens long strings.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ErrorMeta {
    /// What went wrong, for a developer.
    #[serde(deserialize_with = "string")]
    pub developer_message: Option<String>,
    /// The HTTP status.
    pub http_code: Option<Value>,
    /// Always false.
    pub success: Option<Value>,
    /// The id of this request, for the provider's support.
    #[serde(rename = "360dialog_trace_id", deserialize_with = "string")]
    pub trace_id: Option<String>,
    /// Details of the error: an object or an array of strings.
    pub details: Option<Value>,
    /// All other members.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl fmt::Debug for ErrorMeta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            developer_message,
            http_code,
            success,
            trace_id,
            details,
            other,
        } = self;
        let other = serde_json::to_string(other).unwrap_or_default();
        f.debug_struct("ErrorMeta")
            .field(
                "developer_message",
                &developer_message.as_ref().map(Printable),
            )
            .field("http_code", &http_code.as_ref().map(Printable))
            .field("success", &success.as_ref().map(Printable))
            .field("trace_id", &trace_id.as_ref().map(Printable))
            .field("details", &details.as_ref().map(Printable))
            .field("other", &Printable(other))
            .finish()
    }
}

/// A string. Any other value is kept as its JSON.
fn string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(string) => Some(string),
        other => Some(other.to_string()),
    })
}
