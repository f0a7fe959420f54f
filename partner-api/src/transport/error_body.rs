//! Parses the body of an error response and masks credentials in it.

use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::Transport;
use super::masking::{HIDDEN, Mask};
use crate::auth::{ActiveCredential, Credential};
use crate::error::{ConnectionError, Error, ErrorKind, ErrorMeta};
use crate::operation::{LOGIN, Operation};

/// The documented error of a response, without credentials that the server sent back.
pub(crate) fn meta(
    transport: &Transport,
    operation: &Operation,
    credential: Option<&ActiveCredential>,
    body: &[u8],
) -> Option<ErrorMeta> {
    if let Some(credential) = credential {
        transport.failed_credentials.add(&credential.credential);
    }
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let meta = if operation.id == LOGIN.id {
        oauth(body)?
    } else {
        match body.get_mut("meta") {
            Some(meta) => meta.take(),
            // Some operations document an error body without `meta`.
            None => body,
        }
    };
    let meta = serde_json::from_value(meta).ok()?;
    Some(mask(&secrets(transport, credential), meta))
}

/// The error of a connection, without credentials.
pub(crate) fn connection(
    transport: &Transport,
    operation: &'static Operation,
    credential: Option<&ActiveCredential>,
    error: reqwest::Error,
) -> Error {
    let mask = secrets(transport, credential);
    let error = ConnectionError::new(error, |string| mask.string(string).is_some());
    Error::for_operation(operation, ErrorKind::Connection(error))
}

/// A string of a response, such as the name of a member, without credentials.
pub(crate) fn masked(
    transport: &Transport,
    credential: Option<&ActiveCredential>,
    string: String,
) -> String {
    secrets(transport, credential)
        .string(&string)
        .unwrap_or(string)
}

/// Converts the error body of a login, which has the members of OAuth, to the documented one.
fn oauth(mut body: Value) -> Option<Value> {
    if let Some(meta) = body.get_mut("meta") {
        return Some(meta.take());
    }
    let members = body.as_object_mut()?;
    let error = members.get("error")?.clone();
    let message = members.remove("error_description").unwrap_or(error);
    members.insert("developer_message".to_owned(), message);
    Some(body)
}

/// The secrets that no error may show: the credential that was sent, those of earlier failed
/// requests, and the password.
fn secrets(transport: &Transport, credential: Option<&ActiveCredential>) -> Mask {
    let failed = transport.failed_credentials.all();
    let sent = credential.map(|it| it.credential.secret());
    let password = transport.auth.password().map(|it| it.expose_secret());
    let secrets = failed
        .iter()
        .map(Credential::secret)
        .chain(sent)
        .chain(password);
    Mask::new(secrets)
}

/// Masks the strings of the server. The documented names of members stay.
fn mask(mask: &Mask, mut meta: ErrorMeta) -> ErrorMeta {
    let ErrorMeta {
        developer_message,
        http_code,
        success,
        trace_id,
        details,
        other,
    } = &mut meta;
    for string in [&mut *developer_message, trace_id].into_iter().flatten() {
        if let Some(masked) = mask.string(string) {
            *string = masked;
        }
    }
    for value in [http_code, success, &mut *details].into_iter().flatten() {
        mask.value(value);
    }
    let mut rest = Value::Object(std::mem::take(other));
    mask.value(&mut rest);
    let mut values = String::new();
    for value in details.iter().chain([&rest]) {
        collect(value, &mut values);
    }
    let message = developer_message.as_deref().unwrap_or_default();
    let trace_id = trace_id.as_deref().unwrap_or_default();
    // The trace id may be read before the message or after it.
    let orders = [
        format!("{message}{values}{trace_id}"),
        format!("{trace_id}{message}"),
        format!("{message}{trace_id}{values}"),
    ];
    if orders.iter().any(|strings| mask.is_spread_over(strings)) {
        return ErrorMeta {
            developer_message: Some(HIDDEN.to_owned()),
            ..ErrorMeta::default()
        };
    }
    if let Value::Object(rest) = rest {
        *other = rest;
    }
    meta
}

/// All strings of a value, in order.
fn collect(value: &Value, strings: &mut String) {
    match value {
        Value::String(string) => strings.push_str(string),
        Value::Array(items) => items.iter().for_each(|item| collect(item, strings)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            strings.push_str(name);
            collect(value, strings);
        }),
        _ => {}
    }
}
