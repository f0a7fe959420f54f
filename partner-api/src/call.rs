//! What becomes of an answer: a value, nothing, a stream, or an error.
#![allow(dead_code, reason = "a document need not have answers of every kind")]

use std::marker::PhantomData;

use percent_encoding::percent_decode_str;
use reqwest::Request;
use secrecy::ExposeSecret as _;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::Value;
use serde_path_to_error::Track;

use crate::auth::{LOGIN, Pass};
use crate::lenient::List;
use crate::operation::Operation;
use crate::paginate::{Fetched, Layout};
use crate::transport::{self, Answer};
use crate::{
    ByteStream, CallOptions, Client, Error, ErrorKind, ErrorMeta, ResponseValue, footprint, telling,
};

/// A call that answers with JSON.
pub(crate) async fn json<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<T>, Error> {
    let answer = transport::exchange(client, operation, request, options).await?;
    decode(client, operation, answer, PhantomData)
}

/// A page of a list, for a walk.
pub(crate) async fn page<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    layout: Layout<T>,
) -> Result<Fetched<T>, Error> {
    let options = CallOptions::new();
    let answer = transport::exchange(client, operation, request, &options).await?;
    decode(client, operation, answer, layout).map(ResponseValue::into_inner)
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
    decode(client, operation, answer, PhantomData)
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
    pass: Option<&Pass>,
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
fn secrets<'a>(client: &'a Client, pass: Option<&'a Pass>) -> impl Iterator<Item = &'a str> {
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

fn decode<T, S>(
    client: &Client,
    operation: &'static Operation,
    answer: Answer,
    seed: S,
) -> Result<ResponseValue<T>, Error>
where
    S: for<'de> DeserializeSeed<'de, Value = T> + Copy,
{
    let Answer {
        status,
        headers,
        body,
        progress,
        idempotent,
        pass,
        span,
    } = answer;
    let failed = |error: Error| {
        let error = error.after(progress);
        telling::undecodable(&span, &error);
        match idempotent {
            true => error,
            false => error.with_unknown_outcome(),
        }
    };
    let limit = client.inner.largest_body;
    if !footprint::fits(&body, limit) {
        let error = Error::of(operation, ErrorKind::TooLarge { limit });
        return Err(failed(error.with_status(status)));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(&body);
    let read = seed.deserialize(&mut deserializer);
    match read.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(value) => Ok(ResponseValue::new(value, status, headers)),
        Err(error) => {
            // Only a failure pays for knowing where it was.
            let mut deserializer = serde_json::Deserializer::from_slice(&body);
            let mut track = Track::new();
            let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
            let located = seed.deserialize(tracked).is_err();
            let path = located.then(|| track.path().to_string());
            let path = path.filter(|path| path != ".").map(|path| {
                // The names of members are the server's to choose.
                secrets(client, pass.as_deref())
                    .fold(path, |path, secret| masked(&path, secret).unwrap_or(path))
            });
            Err(failed(Error::decode(operation, status, path, &error)))
        }
    }
}
