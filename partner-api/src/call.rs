//! The one way every call takes: send, read the whole answer, tell success from failure.
#![allow(dead_code, reason = "a document need not have answers of every kind")]

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::lenient::List;
use crate::operation::Operation;
use crate::{ByteStream, Client, Error, ErrorMeta, ResponseValue};

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
    Err(Error::response(
        operation,
        status,
        &headers,
        meta(client, &body),
    ))
}

/// What the API says of an error, without the client's credentials, should it send them back.
fn meta(client: &Client, body: &[u8]) -> Option<ErrorMeta> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let mut meta = body.get_mut("meta")?.take();
    for secret in secrets(client) {
        mask(&mut meta, secret);
    }
    serde_json::from_value(meta).ok()
}

fn secrets(client: &Client) -> impl Iterator<Item = &str> {
    let values = client.inner.credentials.values();
    values.filter_map(|value| value.to_str().ok())
}

fn mask(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) if text.contains(secret) => *text = text.replace(secret, "***"),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, secret)),
        Value::Object(members) => {
            let masked = std::mem::take(members)
                .into_iter()
                .map(|(name, mut value)| {
                    mask(&mut value, secret);
                    (name.replace(secret, "***"), value)
                });
            *members = masked.collect();
        }
        _ => {}
    }
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
            // Only a failure pays for knowing where it was.
            let mut deserializer = serde_json::Deserializer::from_slice(body);
            let located = serde_path_to_error::deserialize::<_, T>(&mut deserializer).err();
            let path = located.map(|error| error.path().to_string());
            let path = path.filter(|path| path != ".").map(|path| {
                // The names of members are the server's to choose.
                secrets(client).fold(path, |path, secret| path.replace(secret, "***"))
            });
            Err(Error::decode(operation, status, path, &error))
        }
    }
}
