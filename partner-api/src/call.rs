//! The one way every call takes: send, read the whole answer, tell success from failure.
#![allow(dead_code, reason = "a document need not have answers of every kind")]

use std::borrow::Cow;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::lenient::List;
use crate::operation::Operation;
use crate::{ByteStream, Client, Error, ResponseValue};

/// A call that answers with JSON.
pub(crate) async fn json<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
) -> Result<ResponseValue<T>, Error> {
    let (status, headers, body) = read(operation, send(client, operation, request).await?).await?;
    decode(client, operation, status, headers, &body)
}

/// A call that answers with a JSON array.
pub(crate) async fn list<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
) -> Result<ResponseValue<Vec<T>>, Error> {
    let answer = json::<List<T>>(client, operation, request).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Ok(ResponseValue::new(answer.into_inner().0, status, headers))
}

/// A call that answers with JSON or with nothing.
pub(crate) async fn optional<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
) -> Result<ResponseValue<Option<T>>, Error> {
    let (status, headers, body) = read(operation, send(client, operation, request).await?).await?;
    if body.is_empty() {
        return Ok(ResponseValue::new(None, status, headers));
    }
    decode(client, operation, status, headers, &body)
}

/// A call that answers with nothing.
pub(crate) async fn empty(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
) -> Result<ResponseValue<()>, Error> {
    let (status, headers, _) = read(operation, send(client, operation, request).await?).await?;
    Ok(ResponseValue::new((), status, headers))
}

/// A call that answers with bytes.
pub(crate) async fn stream(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
) -> Result<ResponseValue<ByteStream>, Error> {
    Ok(ResponseValue::<ByteStream>::stream(
        send(client, operation, request).await?,
    ))
}

/// Sends the request with the client's credentials; an answer that is no success is an error.
async fn send(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
) -> Result<Response, Error> {
    let mut request =
        request.map_err(|error| Error::refused(operation, error.without_url().to_string()))?;
    for (name, value) in &client.inner.credentials {
        request.headers_mut().insert(name, value.clone());
    }
    let response = client
        .client
        .execute(request)
        .await
        .map_err(|error| Error::connection(operation, error))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let (status, headers, body) = read(operation, response).await?;
    let body = without_credentials(client, &body);
    Err(Error::response(operation, status, &headers, &body))
}

async fn read(
    operation: &'static Operation,
    response: Response,
) -> Result<(StatusCode, HeaderMap, Bytes), Error> {
    let status = response.status();
    let headers = response.headers().clone();
    match response.bytes().await {
        Ok(body) => Ok((status, headers, body)),
        // Of an error, the status is what matters.
        Err(_) if !status.is_success() => Ok((status, headers, Bytes::new())),
        Err(error) => Err(Error::connection(operation, error)),
    }
}

fn decode<T: DeserializeOwned>(
    client: &Client,
    operation: &'static Operation,
    status: StatusCode,
    headers: HeaderMap,
    body: &[u8],
) -> Result<ResponseValue<T>, Error> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok(ResponseValue::new(value, status, headers)),
        Err(error) => {
            // Only a failure pays for knowing where it was, and for what may be shown of it.
            let body = without_credentials(client, body);
            let mut deserializer = serde_json::Deserializer::from_slice(&body);
            let (path, error) = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
                Err(located) => (Some(located.path().to_string()), located.into_inner()),
                Ok(_) => (None, error),
            };
            Err(Error::decode(
                operation,
                status,
                path.filter(|path| path != "."),
                error,
            ))
        }
    }
}

/// The body without the client's credentials, should the server send them back.
fn without_credentials<'a>(client: &Client, body: &'a [u8]) -> Cow<'a, [u8]> {
    let mut body = Cow::Borrowed(body);
    for secret in client.inner.credentials.values() {
        body = match masked(&body, secret.as_bytes()) {
            Some(masked) => Cow::Owned(masked),
            None => body,
        };
    }
    body
}

fn masked(body: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let find = |bytes: &[u8]| {
        bytes
            .windows(secret.len())
            .position(|window| window == secret)
    };
    let mut masked = Vec::new();
    let mut rest = body;
    while let Some(at) = find(rest) {
        masked.extend_from_slice(&rest[..at]);
        masked.extend_from_slice(b"***");
        rest = &rest[at + secret.len()..];
    }
    (rest.len() < body.len()).then(|| [masked.as_slice(), rest].concat())
}
