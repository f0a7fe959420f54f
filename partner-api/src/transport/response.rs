//! What becomes of an answer: a value, nothing, a stream, or an error.
#![allow(dead_code, reason = "a document need not have answers of every kind")]

use std::marker::PhantomData;

use reqwest::Request;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_path_to_error::Track;

use crate::operation::Operation;
use crate::paginate::{Fetched, Layout};
use crate::transport::{self, Answer, error_body, footprint, trace};
use crate::values::lenient::List;
use crate::{ByteStream, CallOptions, Client, Error, ErrorKind, ResponseValue};

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
        trace::undecodable(&span, &error);
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
            let path = path.filter(|path| path != ".");
            let path = path.map(|path| error_body::masked(client, pass.as_deref(), path));
            Err(failed(Error::decode(operation, status, path, &error)))
        }
    }
}
