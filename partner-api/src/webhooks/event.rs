//! A verified event.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::EventKind;
use super::verify::{WebhookError, hex};

/// A verified event of the hub.
#[derive(Clone)]
#[non_exhaustive]
pub struct Event {
    /// The id of the event, if it has one. The same event has the same id when it is sent again.
    pub id: Option<String>,
    /// What happened. A kind that is not known is kept; if the event has none, it is empty.
    pub kind: EventKind,
    body: Bytes,
    data: Option<Range<usize>>,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The data may have names, addresses and phone numbers.
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Event {
    /// Reads an event whose signature is verified.
    pub(super) fn read(body: Bytes) -> Result<Self, WebhookError> {
        let not_an_event = |reason: &dyn fmt::Display| WebhookError::NotAnEvent {
            reason: reason.to_string(),
        };
        let json = str::from_utf8(&body).map_err(|error| not_an_event(&error))?;
        // Of members with the same name, the last counts, as in most languages.
        let members: BTreeMap<Cow<'_, str>, &RawValue> =
            serde_json::from_str(json).map_err(|error| not_an_event(&Place(&error)))?;
        let member = |name: &str| members.get(name).map(|value| value.get());
        let id = member("id").and_then(word);
        let kind = member("event").and_then(word);
        let kind = kind.or_else(|| member("type").and_then(word));
        let data = member("data").map(|data| {
            let start = data.as_ptr().addr() - json.as_ptr().addr();
            start..start + data.len()
        });
        Ok(Self {
            id,
            kind: EventKind::from(kind.unwrap_or_default()),
            data,
            body,
        })
    }

    /// The data of the event. What `T` is depends on the [`kind`](Self::kind), such as
    /// `types::Channel` for the events of a channel, or `serde_json::Value`.
    ///
    /// The types of this crate accept data with missing, null and unknown members. An event without
    /// data is decoded as null, which an `Option` accepts.
    ///
    /// # Errors
    ///
    /// If the data is not a `T`. The event is still an event: store it, and respond with 2xx.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let data = self.data.clone().and_then(|range| self.body.get(range));
        serde_json::from_slice(data.unwrap_or(b"null"))
    }

    /// The body of the request, as it arrived.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.body
    }

    /// What identifies the event when it arrives again: its id, or a hash of the body if it has none.
    #[must_use]
    pub fn dedup_key(&self) -> Cow<'_, str> {
        match &self.id {
            Some(id) => id.into(),
            None => format!("sha256:{}", hex(Sha256::digest(&self.body))).into(),
        }
    }
}

/// A string or a number, as a string. Null, an empty string and anything else are no name.
fn word(json: &str) -> Option<String> {
    let word = match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok()?,
        b'-' | b'0'..=b'9' => json.to_owned(),
        _ => return None,
    };
    (!word.is_empty()).then_some(word)
}

/// An error without the values of the body, which serde's message may contain.
struct Place<'a>(&'a serde_json::Error);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = match self.0.classify() {
            serde_json::error::Category::Eof => "it ends too early",
            serde_json::error::Category::Data => "expected an object",
            _ => "it is not valid JSON",
        };
        let (line, column) = (self.0.line(), self.0.column());
        write!(f, "{problem} (line {line}, column {column})")
    }
}
