//! What a browser brings back from the onboarding page.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq as _;

use crate::generated::types::{ChannelId, ClientId};

/// What a browser brings back from the onboarding page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// The client; `None` if the browser returned without one.
    pub client_id: Option<ClientId>,
    /// The channels to which the client has granted access, each once.
    pub channel_ids: Vec<ChannelId>,
    /// The channels to which the client has revoked access, each once.
    pub revoked_channel_ids: Vec<ChannelId>,
}

/// Why a redirect is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// The expected state is empty, so that no redirect can be verified. This is an error of the
    /// program, such as a session that has lost its state.
    #[error("the expected state is empty; take it from the session that built the link")]
    NoExpectedState,
    /// The state is missing or not the expected one: this browser did not start the onboarding, or it
    /// returned twice. Let the user start again.
    #[error("the state is not the expected one; start the onboarding again")]
    WrongState,
    /// The redirect is longer than 64 KiB.
    #[error("the redirect is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// A list has more than 1,000 different ids.
    #[error("`{0}` has more than {MAX_IDS} ids")]
    TooManyIds(&'static str),
    /// A parameter is there more than once, so that it is not clear which one counts.
    #[error("`{0}` is there more than once")]
    Duplicate(&'static str),
    /// A parameter has an id with characters other than ASCII letters, digits, `-` and `_`, or with
    /// more than 64 of them.
    #[error("`{0}` has something that is not an id")]
    InvalidId(&'static str),
}

const MAX_BYTES: usize = 64 * 1024;
const MAX_IDS: usize = 1_000;
const MAX_ID_BYTES: usize = 64;

impl Redirect {
    /// Reads the URL that the browser returned to, or its query, and checks that its state is the one
    /// in the user's session. The states are compared in constant time.
    ///
    /// The provider writes lists without quotes: `channels=[id1,id2]`. Quotes, spaces, missing brackets,
    /// empty items and percent-encoding are accepted as well. Other parameters are ignored.
    ///
    /// # Errors
    ///
    /// If the state is not the expected one, which is checked first, or if a parameter is hostile. The
    /// error has no string of the redirect.
    pub fn parse(url_or_query: &str, expected_state: &str) -> Result<Self, RedirectError> {
        if expected_state.is_empty() {
            return Err(RedirectError::NoExpectedState);
        }
        let query = query(url_or_query)?;
        let state = parameter(query, "state")?.unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(expected_state.as_bytes())) {
            return Err(RedirectError::WrongState);
        }
        Self::read(query)
    }

    /// Reads a redirect of a link without a state.
    ///
    /// Anyone can send a user's browser to such a redirect, so do not connect the client to the user
    /// who is logged in. Prefer [`parse`](Self::parse).
    ///
    /// # Errors
    ///
    /// If a parameter is hostile. The error has no string of the redirect.
    pub fn parse_without_state(url_or_query: &str) -> Result<Self, RedirectError> {
        Self::read(query(url_or_query)?)
    }

    fn read(query: &str) -> Result<Self, RedirectError> {
        let client_id = match parameter(query, "client")? {
            Some(id) => id_of("client", &id)?.map(ClientId::from),
            None => None,
        };
        Ok(Self {
            client_id,
            channel_ids: ids(query, "channels")?,
            revoked_channel_ids: ids(query, "revoked")?,
        })
    }
}

/// The query of a URL, or the input if that is a query.
fn query(url_or_query: &str) -> Result<&str, RedirectError> {
    if url_or_query.len() > MAX_BYTES {
        return Err(RedirectError::TooLong);
    }
    let input = url_or_query.trim();
    let input = input.split_once('#').map_or(input, |(before, _)| before);
    // The query itself may contain a `?`.
    let is_url = ["https://", "http://", "/", "?"]
        .iter()
        .any(|start| input.starts_with(start));
    Ok(match (is_url, input.split_once('?')) {
        (false, _) => input,
        (true, Some((_, query))) => query,
        (true, None) => "",
    })
}

/// The decoded value of a parameter.
fn parameter(query: &str, name: &'static str) -> Result<Option<String>, RedirectError> {
    let pairs = query.split('&');
    let mut values = pairs.filter_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key) == name).then_some(value)
    });
    let value = values.next().map(decoded);
    match values.next() {
        Some(_) => Err(RedirectError::Duplicate(name)),
        None => Ok(value),
    }
}

/// Decodes a name or value of a query. Invalid percent-encoding stays as it is, and no id accepts it.
fn decoded(encoded: &str) -> String {
    let spaced = encoded.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// The channels of a list, each once.
fn ids(query: &str, name: &'static str) -> Result<Vec<ChannelId>, RedirectError> {
    let list = parameter(query, name)?.unwrap_or_default();
    let list = list.trim();
    let list = match list.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .ok_or(RedirectError::InvalidId(name))?,
        None => list,
    };
    let mut known = HashSet::new();
    let mut ids = Vec::new();
    for item in list.split(',') {
        if let Some(id) = id_of(name, item)?
            && known.insert(id)
        {
            if ids.len() == MAX_IDS {
                return Err(RedirectError::TooManyIds(name));
            }
            ids.push(ChannelId::from(id));
        }
    }
    Ok(ids)
}

/// An id without spaces and quotes around it; `None` if nothing is left, or for the null of JSON.
fn id_of<'a>(name: &'static str, item: &'a str) -> Result<Option<&'a str>, RedirectError> {
    let item = item.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| {
        item.strip_prefix(*quote)
            .and_then(|item| item.strip_suffix(*quote))
    });
    let id = unquoted.unwrap_or(item).trim();
    if id.is_empty() || (unquoted.is_none() && id == "null") {
        return Ok(None);
    }
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if id.len() > MAX_ID_BYTES || !id.bytes().all(is_valid) {
        return Err(RedirectError::InvalidId(name));
    }
    Ok(Some(id))
}
