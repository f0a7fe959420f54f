//! One request to a receiver.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use partner_api::webhooks::SIGNATURE_HEADER;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use url::{Position, Url};

/// How long a receiver has for its whole response, as the provider documents it for messages.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much is read of the body of a response, in bytes.
const MAX_RESPONSE: usize = 64 * 1024;

/// Sends an event to a URL with `http://`, and returns the status of the response or why there is none.
/// Redirects are not followed.
pub(crate) async fn post(url: &str, signature: &str, body: Bytes) -> Result<u16, String> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "http");
    let url = url.ok_or("the emulator delivers only to a `webhook_url` with http://")?;
    match tokio::time::timeout(TIMEOUT, send(&url, signature, body)).await {
        Ok(response) => Ok(response?.as_u16()),
        Err(_) => Err(format!(
            "no whole response within {} seconds",
            TIMEOUT.as_secs()
        )),
    }
}

async fn send(url: &Url, signature: &str, body: Bytes) -> Result<StatusCode, String> {
    let host = url.host_str().unwrap_or_default();
    let address = format!("{host}:{}", url.port_or_known_default().unwrap_or(80));
    let stream = TcpStream::connect(&address).await;
    let stream = stream.map_err(|error| format!("cannot connect: {error}"))?;
    let _ = stream.set_nodelay(true);
    let failed = |error: hyper::Error| format!("no response: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    // The connection ends with this function, also if that is cancelled.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let request = Request::post(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "partner-hub")
        .header(SIGNATURE_HEADER, signature)
        .body(Full::new(body))
        .map_err(|error| format!("the `webhook_url` is not valid: {error}"))?;
    let response = sender.send_request(request).await.map_err(failed)?;
    let status = response.status();
    // The rest of a large body is not read, and one that ends early changes nothing.
    let _ = Limited::new(response.into_body(), MAX_RESPONSE)
        .collect()
        .await;
    Ok(status)
}
