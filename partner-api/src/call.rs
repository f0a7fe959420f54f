//! What becomes of an answer: a value, nothing, a stream, or an error.
#![allow(dead_code, reason = "a document need not have answers of every kind")]

use percent_encoding::percent_decode_str;
use reqwest::Request;
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::auth::{ActiveCredential, LOGIN};
use crate::lenient::List;
use crate::operation::Operation;
use crate::transport::{self, Answer};
use crate::{ByteStream, CallOptions, Client, Error, ErrorMeta, ResponseValue, telling};

/// A call that answers with JSON.
pub(crate) async fn json<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<T>, Error> {
    let answer = transport::exchange(client, operation, request, options).await?;
    decode(client, operation, answer)
}

/// A call that answers with a JSON array.
pub(crate) async fn list<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<Vec<T>>, Error> {
    let answer = json::<List<T>>(client, operation, request, options).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Ok(ResponseValue::new(answer.into_inner().0, status, headers))
}

/// A call that answers with JSON or with nothing.
pub(crate) async fn optional<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<Option<T>>, Error> {
    let answer = transport::exchange(client, operation, request, options).await?;
    if answer.body.is_empty() {
        return Ok(ResponseValue::new(None, answer.status, answer.headers));
    }
    decode(client, operation, answer)
}

/// A call that answers with nothing.
pub(crate) async fn empty(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<()>, Error> {
    let answer = transport::exchange(client, operation, request, options).await?;
    Ok(ResponseValue::new((), answer.status, answer.headers))
}

/// A call that answers with bytes.
pub(crate) async fn stream(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<ByteStream>, Error> {
    let response = transport::open(client, operation, request, options).await?;
    Ok(ResponseValue::<ByteStream>::stream(response))
}

/// What the API says of an error, without the credentials, should it send them back.
pub(crate) fn meta(
    client: &Client,
    operation: &Operation,
    pass: Option<&ActiveCredential>,
    body: &[u8],
) -> Option<ErrorMeta> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let mut meta = if operation.id == LOGIN.id {
        oauth(body)?
    } else {
        match body.get_mut("meta") {
            Some(meta) => meta.take(),
            // Some operations have an error of their own.
            None => body,
        }
    };
    for secret in secrets(client, pass) {
        mask(&mut meta, secret);
    }
    serde_json::from_value(meta).ok()
}

/// The error of a login, which is shaped as OAuth's, in the shape of the others.
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

/// What no error may show.
fn secrets<'a>(
    client: &'a Client,
    pass: Option<&'a ActiveCredential>,
) -> impl Iterator<Item = &'a str> {
    let password = client.inner.auth.password().map(|it| it.expose_secret());
    let sent = pass.map(|pass| pass.credential.secret());
    let secrets = sent.into_iter().chain(password);
    secrets.filter(|secret| !secret.is_empty())
}

/// A text without the secret, as it is or as it would stand in an address.
fn masked(text: &str, secret: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let texts = [text, &decoded];
    let found = texts.into_iter().find(|text| text.contains(secret))?;
    Some(found.replace(secret, "***"))
}

fn mask(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) => {
            if let Some(masked) = masked(text, secret) {
                *text = masked;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, secret)),
        Value::Object(members) => {
            let kept = std::mem::take(members)
                .into_iter()
                .map(|(name, mut value)| {
                    mask(&mut value, secret);
                    (masked(&name, secret).unwrap_or(name), value)
                });
            *members = kept.collect();
        }
        _ => {}
    }
}

fn decode<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    answer: Answer,
) -> Result<ResponseValue<T>, Error> {
    let Answer {
        status,
        headers,
        body,
        progress,
        idempotent,
        pass,
        span,
    } = answer;
    match serde_json::from_slice(&body) {
        Ok(value) => Ok(ResponseValue::new(value, status, headers)),
        Err(error) => {
            // Only a failure pays for knowing where it was.
            let mut deserializer = serde_json::Deserializer::from_slice(&body);
            let located = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err();
            let path = located.map(|error| error.path().to_string());
            let path = path.filter(|path| path != ".").map(|path| {
                // The names of members are the server's to choose.
                secrets(client, pass.as_deref())
                    .fold(path, |path, secret| masked(&path, secret).unwrap_or(path))
            });
            let error = Error::decode(operation, status, path, &error).after(progress);
            telling::undecodable(&span, &error);
            Err(match idempotent {
                true => error,
                false => error.with_unknown_outcome(),
            })
        }
    }
}
