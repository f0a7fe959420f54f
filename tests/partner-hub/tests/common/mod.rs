//! What the tests share: a hub, plain requests to it, and raw sockets.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test uses some of it, and fails by panicking"
)]

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::reqwest::{self, Method, RequestBuilder};
use partner_hub::{Hub, HubBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A hub with few clients and nothing odd.
pub fn plain() -> HubBuilder {
    Hub::builder().clients(40).anomaly_rate(0.0)
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answered {
    pub fn message(&self) -> &str {
        self.body["meta"]["developer_message"]
            .as_str()
            .unwrap_or_default()
    }

    /// Whether it is an error as the hub words them.
    pub fn is_envelope(&self) -> bool {
        let meta = &self.body["meta"];
        meta["http_code"] == self.status
            && meta["success"] == false
            && meta["developer_message"].is_string()
            && meta["360dialog_trace_id"].is_string()
    }
}

/// A builder of plain HTTP clients. Where reqwest has rustls it wants a provider, even for http.
pub fn http_builder() -> reqwest::ClientBuilder {
    // Another test of the process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

pub fn http() -> reqwest::Client {
    http_builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap()
}

/// A request without credentials.
pub fn bare(hub: &Hub, method: Method, path: &str) -> RequestBuilder {
    http().request(method, format!("{}{path}", hub.url()))
}

/// A request with the first partner's key; `path` is what follows its own.
pub fn request(hub: &Hub, method: Method, path: &str) -> RequestBuilder {
    bare(hub, method, &own(hub, path)).header("x-api-key", hub.api_key())
}

/// The path of something of the first partner.
pub fn own(hub: &Hub, path: &str) -> String {
    format!("/api/v2/partners/{}{path}", hub.partner_id())
}

pub async fn send(request: RequestBuilder) -> Answered {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_default();
    Answered {
        status,
        headers,
        body,
        text,
    }
}

pub async fn get(hub: &Hub, path: &str) -> Answered {
    send(request(hub, Method::GET, path)).await
}

/// The crate's client with the first partner's key.
pub fn client(hub: &Hub) -> Client {
    Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .build()
        .unwrap()
}

/// The answer to a login.
pub async fn login(hub: &Hub, username: &str, password: &str) -> Answered {
    let body = serde_json::json!({"username": username, "password": password});
    send(bare(hub, Method::POST, "/api/v2/token").json(&body)).await
}

/// A token of the first partner.
pub async fn token(hub: &Hub) -> String {
    let answer = login(hub, hub.username(), hub.password()).await;
    answer.body["access_token"].as_str().unwrap().to_owned()
}

/// A GET with the first partner's key, as bytes.
pub fn raw_get(hub: &Hub, path: &str) -> Vec<u8> {
    format!(
        "GET {} HTTP/1.1\r\nhost: hub\r\nx-api-key: {}\r\n\r\n",
        own(hub, path),
        hub.api_key()
    )
    .into_bytes()
}

/// Sends bytes and reads until the connection ends, and how it ended.
pub async fn raw(hub: &Hub, bytes: &[u8]) -> (String, std::io::Result<()>) {
    let mut stream = TcpStream::connect(("127.0.0.1", hub.port())).await.unwrap();
    // Whoever answers early may not read it all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await;
    (
        String::from_utf8_lossy(&answer).into_owned(),
        end.map(|_| ()),
    )
}
