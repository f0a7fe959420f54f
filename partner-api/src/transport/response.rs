//! Sends a call and decodes its response; one function for each kind of response.
#![allow(dead_code, reason = "a document need not have responses of every kind")]

use std::marker::PhantomData;

use bytes::Bytes;
use reqwest::Request;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer};
use serde_path_to_error::Track;

use progenitor_client::{ByteStream, ResponseValue};

use super::{CallOptions, RawResponse, Transport, error_body, footprint, trace};
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;
use crate::values::lenient::List;

/// A call whose response is JSON.
pub(crate) async fn json<T: DeserializeOwned>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<T>, Error> {
    let response = super::exchange(transport, operation, request, options).await?;
    decode(transport, operation, response, PhantomData)
}

/// A call whose response is JSON. A response without a body is null.
pub(crate) async fn any<T: DeserializeOwned>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<T>, Error> {
    let mut response = super::exchange(transport, operation, request, options).await?;
    if response.body.is_empty() {
        response.body = Bytes::from_static(b"null");
    }
    decode(transport, operation, response, PhantomData)
}

/// A call whose response is JSON that `seed` decodes: a page of a list. Returns its body as well.
pub(crate) async fn page<T, S>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
    seed: S,
) -> Result<(T, Bytes), Error>
where
    S: for<'de> DeserializeSeed<'de, Value = T> + Copy,
{
    let response = super::exchange(transport, operation, request, options).await?;
    let body = response.body.clone();
    let page = decode(transport, operation, response, seed)?;
    Ok((page.into_inner(), body))
}

/// A call whose response is a JSON array.
pub(crate) async fn list<T: DeserializeOwned>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<Vec<T>>, Error> {
    let list = json::<List<T>>(transport, operation, request, options).await?;
    let (status, headers) = (list.status(), list.headers().clone());
    Ok(ResponseValue::new(list.into_inner().0, status, headers))
}

/// A call whose response is JSON or has no body.
pub(crate) async fn optional<T: DeserializeOwned>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<Option<T>>, Error> {
    let response = super::exchange(transport, operation, request, options).await?;
    if response.body.is_empty() {
        return Ok(ResponseValue::new(None, response.status, response.headers));
    }
    decode(transport, operation, response, PhantomData)
}

/// The bodies of a response that its status distinguishes.
pub(crate) trait ByStatus: Sized {
    /// The response with this status, if its body is no JSON.
    fn plain(status: u16, body: &[u8]) -> Option<Self>;

    /// Reads the JSON of the response with this status.
    fn json<'de, D: Deserializer<'de>>(status: u16, body: D) -> Result<Self, D::Error>;
}

/// Reads the JSON of the response with a status.
struct WithStatus<T>(u16, PhantomData<fn() -> T>);

impl<T> Clone for WithStatus<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for WithStatus<T> {}

impl<'de, T: ByStatus> DeserializeSeed<'de> for WithStatus<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::json(self.0, deserializer)
    }
}

/// A call whose response has a body of its own for some of its statuses.
pub(crate) async fn by_status<T: ByStatus>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<T>, Error> {
    let response = super::exchange(transport, operation, request, options).await?;
    let status = response.status.as_u16();
    if let Some(value) = T::plain(status, &response.body) {
        return Ok(ResponseValue::new(value, response.status, response.headers));
    }
    decode(
        transport,
        operation,
        response,
        WithStatus(status, PhantomData),
    )
}

/// A call whose response has no body.
pub(crate) async fn empty(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<()>, Error> {
    let response = super::exchange(transport, operation, request, options).await?;
    Ok(ResponseValue::new((), response.status, response.headers))
}

/// A call whose response is any bytes.
pub(crate) async fn bytes(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<Bytes>, Error> {
    let response = super::exchange(transport, operation, request, options).await?;
    let RawResponse {
        status,
        headers,
        body,
        ..
    } = response;
    Ok(ResponseValue::new(body, status, headers))
}

/// A call whose response is a stream of bytes.
pub(crate) async fn stream(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<ByteStream>, Error> {
    let response = super::open(transport, operation, request, options).await?;
    Ok(ResponseValue::<ByteStream>::stream(response))
}

fn decode<T, S>(
    transport: &Transport,
    operation: &'static Operation,
    response: RawResponse,
    seed: S,
) -> Result<ResponseValue<T>, Error>
where
    S: for<'de> DeserializeSeed<'de, Value = T> + Copy,
{
    let RawResponse {
        status,
        headers,
        body,
        progress,
        idempotent,
        credential,
        span,
    } = response;
    let failed = |error: Error| {
        let error = error.with_progress(progress);
        trace::record_error(&span, &error);
        match idempotent {
            true => error,
            false => error.with_unknown_outcome(),
        }
    };
    let limit = transport.max_response_bytes;
    if !footprint::fits(&body, limit, transport.largest_type) {
        let error = Error::for_operation(operation, ErrorKind::ResponseTooLarge { limit });
        return Err(failed(error.with_status(status)));
    }
    if let Some(value) = str::from_utf8(&body)
        .ok()
        .and_then(|json| decode_str(json, seed))
    {
        return Ok(ResponseValue::new(value, status, headers));
    }
    // Decoded again with its path tracked, which costs too much for each response.
    let mut deserializer = serde_json::Deserializer::from_slice(&body);
    let mut track = Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    let decoded = seed.deserialize(tracked);
    let located = decoded.is_err();
    match decoded.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(value) => Ok(ResponseValue::new(value, status, headers)),
        Err(error) => {
            let path = located.then(|| track.path().to_string());
            let path = path.filter(|path| path != ".");
            let path = path.map(|path| error_body::masked(transport, credential.as_deref(), path));
            Err(failed(Error::decode(operation, status, path, &error)))
        }
    }
}

/// The value of a whole JSON document. Checking once that it is UTF-8 takes far less time than
/// checking each of its strings, as decoding bytes does.
fn decode_str<'de, S: DeserializeSeed<'de>>(json: &'de str, seed: S) -> Option<S::Value> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = seed.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}
