//! What becomes of an answer: a value, nothing, a stream, or an error.
#![allow(dead_code, reason = "a document need not have answers of every kind")]

use std::marker::PhantomData;

use reqwest::Request;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_path_to_error::Track;

use progenitor_client::{ByteStream, ResponseValue};

use super::{Answer, CallOptions, Transport, error_body, footprint, trace};
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;
use crate::values::lenient::List;

/// A call that answers with JSON.
pub(crate) async fn json<T: DeserializeOwned>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<T>, Error> {
    let answer = super::exchange(transport, operation, request, options).await?;
    decode(transport, operation, answer, PhantomData)
}

/// A call whose response is read by a seed, such as a page of a list.
pub(crate) async fn page<T, S>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    seed: S,
) -> Result<T, Error>
where
    S: for<'de> DeserializeSeed<'de, Value = T> + Copy,
{
    let options = CallOptions::new();
    let answer = super::exchange(transport, operation, request, &options).await?;
    decode(transport, operation, answer, seed).map(ResponseValue::into_inner)
}

/// A call that answers with a JSON array.
pub(crate) async fn list<T: DeserializeOwned>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<Vec<T>>, Error> {
    let answer = json::<List<T>>(transport, operation, request, options).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Ok(ResponseValue::new(answer.into_inner().0, status, headers))
}

/// A call that answers with JSON or with nothing.
pub(crate) async fn optional<T: DeserializeOwned>(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<Option<T>>, Error> {
    let answer = super::exchange(transport, operation, request, options).await?;
    if answer.body.is_empty() {
        return Ok(ResponseValue::new(None, answer.status, answer.headers));
    }
    decode(transport, operation, answer, PhantomData)
}

/// A call that answers with nothing.
pub(crate) async fn empty(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<ResponseValue<()>, Error> {
    let answer = super::exchange(transport, operation, request, options).await?;
    Ok(ResponseValue::new((), answer.status, answer.headers))
}

/// A call that answers with bytes.
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
        let error = error.with_progress(progress);
        trace::undecodable(&span, &error);
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
            let path = path.filter(|path| path != ".");
            let path = path.map(|path| error_body::masked(transport, pass.as_deref(), path));
            Err(failed(Error::decode(operation, status, path, &error)))
        }
    }
}
