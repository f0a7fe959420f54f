//! A server that sends a credential back, and the strings that a program gets from its errors.

use std::sync::{Arc, Mutex};

use partner_api::prelude::*;
use partner_api::{Error, RetryPolicy};
use serde_json::{Value, json};

use crate::support::mock_api::own_http_client;
use crate::support::raw_server::{Server, Then};

/// A server whose next response is a 403 with this body, and the HTTP client for its requests.
pub struct Echo {
    server: Server,
    body: Arc<Mutex<String>>,
    /// Shared by all clients, because setting up TLS is slow.
    http: partner_api::reqwest::Client,
}

impl Echo {
    pub async fn start() -> Self {
        let body = Arc::new(Mutex::new(String::new()));
        let next = Arc::clone(&body);
        let respond = move |_: &str| {
            let body = next.lock().unwrap();
            let length = body.len();
            let head =
                format!("HTTP/1.1 403 No\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
            vec![head.into_bytes(), body.clone().into_bytes()]
        };
        let server = Server::responding(respond, Then::Close).await;
        let http = own_http_client();
        Self { server, body, http }
    }

    /// The error of a call when the server sends this body.
    pub async fn error(&self, client: &Client, body: &Value) -> Error {
        *self.body.lock().unwrap() = body.to_string();
        let call = client.get_partner().partner_id("Kq3vTzPA");
        call.send().await.unwrap_err()
    }

    pub fn with_key(&self, key: &str) -> Client {
        self.build(Client::with_api_key(key))
    }

    pub fn with_password(&self, password: &str) -> Client {
        self.build(Client::with_login("owner@shop.example", password))
    }

    pub fn build(&self, builder: partner_api::ClientBuilder) -> Client {
        builder
            .base_url(self.server.url())
            .http_client(self.http.clone())
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap()
    }
}

/// Error bodies with this string in each documented place.
pub fn bodies(text: &str) -> [Value; 7] {
    [
        json!({"meta": {"developer_message": text}}),
        json!({"meta": {"360dialog_trace_id": text}}),
        json!({"meta": {"details": text}}),
        json!({"meta": {"details": {"fields": [{text: null}]}}}),
        json!({"meta": {"details": [["a", text]]}}),
        json!({"meta": {"http_code": text}}),
        json!({"meta": {text: {"hint": text}}}),
    ]
}

/// All strings that a program can get from an error, as the server sent them.
pub fn accessors(error: &Error) -> String {
    fn collect(value: &Value, into: &mut String) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                *into += &format!("{name}\n");
                collect(value, into);
            }),
            Value::String(text) => *into += &format!("{text}\n"),
            other => *into += &format!("{other}\n"),
        }
    }
    let mut text = String::new();
    let meta = error.meta().unwrap_or_else(|| panic!("{error:?}"));
    for value in [&meta.http_code, &meta.success, &meta.details]
        .into_iter()
        .flatten()
    {
        collect(value, &mut text);
    }
    collect(&Value::Object(meta.other.clone()), &mut text);
    for part in [error.developer_message(), error.trace_id()]
        .into_iter()
        .flatten()
    {
        text += &format!("{part}\n");
    }
    text
}
