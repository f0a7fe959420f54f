//! Helpers for the tests: an emulator, plain requests to it, and raw sockets.

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::reqwest::{self, Method, RequestBuilder};
use partner_hub::{Hub, HubBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An emulator with few clients and no anomalies.
pub(crate) fn plain() -> HubBuilder {
    Hub::builder().clients(40).anomaly_rate(0.0)
}

/// A response as it was received.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Received {
    pub(crate) fn message(&self) -> &str {
        self.body["meta"]["developer_message"]
            .as_str()
            .unwrap_or_default()
    }

    /// Whether it is an error in the API's envelope.
    pub(crate) fn is_envelope(&self) -> bool {
        self.is_admin_error() && self.body["meta"]["360dialog_trace_id"].is_string()
    }

    /// Whether it is an error of an admin path.
    pub(crate) fn is_admin_error(&self) -> bool {
        let meta = &self.body["meta"];
        meta["http_code"] == self.status
            && meta["success"] == false
            && meta["developer_message"].is_string()
    }
}

/// A builder of plain HTTP clients. With rustls, reqwest needs a provider even for http.
pub(crate) fn http_builder() -> reqwest::ClientBuilder {
    // Another test of this process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

pub(crate) fn http() -> reqwest::Client {
    http_builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap()
}

/// A request without credentials.
pub(crate) fn bare(hub: &Hub, method: Method, path: &str) -> RequestBuilder {
    http().request(method, format!("{}{path}", hub.url()))
}

/// A request with the first partner's key; `path` follows the path of the partner.
pub(crate) fn request(hub: &Hub, method: Method, path: &str) -> RequestBuilder {
    bare(hub, method, &own(hub, path)).header("x-api-key", hub.api_key())
}

/// A path under that of the first partner.
pub(crate) fn own(hub: &Hub, path: &str) -> String {
    format!("/api/v2/partners/{}{path}", hub.partner_id())
}

pub(crate) async fn send(request: RequestBuilder) -> Received {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Received {
        status,
        headers,
        body,
        text,
    }
}

pub(crate) async fn get(hub: &Hub, path: &str) -> Received {
    send(request(hub, Method::GET, path)).await
}

/// The crate's client with the first partner's key.
pub(crate) fn client(hub: &Hub) -> Client {
    Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .build()
        .unwrap()
}

/// The response of the token endpoint.
pub(crate) async fn login(hub: &Hub, username: &str, password: &str) -> Received {
    let body = serde_json::json!({"username": username, "password": password});
    send(bare(hub, Method::POST, "/api/v2/token").json(&body)).await
}

/// A token of the first partner.
pub(crate) async fn token(hub: &Hub) -> String {
    let response = login(hub, hub.username(), hub.password()).await;
    response.body["access_token"].as_str().unwrap().to_owned()
}

/// A GET with the first partner's key, as bytes.
pub(crate) fn raw_get(hub: &Hub, path: &str) -> Vec<u8> {
    format!(
        "GET {} HTTP/1.1\r\nhost: hub\r\nx-api-key: {}\r\n\r\n",
        own(hub, path),
        hub.api_key()
    )
    .into_bytes()
}

/// Sends bytes; returns everything that is received and how the connection ended.
pub(crate) async fn raw(hub: &Hub, bytes: &[u8]) -> (String, std::io::Result<()>) {
    let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    // The server may respond before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut response = Vec::new();
    let end = stream.read_to_end(&mut response).await;
    (
        String::from_utf8_lossy(&response).into_owned(),
        end.map(|_| ()),
    )
}
