//! What becomes of an answer: a value, nothing, a stream, or an error.
#![allow(dead_code, reason = "a document need not have answers of every kind")]

use reqwest::Request;
use serde::de::DeserializeOwned;

use crate::lenient::List;
use crate::operation::Operation;
use crate::transport::{self, Answer, error_body};
use crate::{ByteStream, CallOptions, Client, Error, ResponseValue, telling};

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
            let path = path.filter(|path| path != ".");
            let path = path.map(|path| error_body::masked(client, pass.as_deref(), path));
            let error = Error::decode(operation, status, path, &error).after(progress);
            telling::undecodable(&span, &error);
            Err(match idempotent {
                true => error,
                false => error.with_unknown_outcome(),
            })
        }
    }
}
