//! Calls each operation of a document against a server on this machine, and records what was sent and
//! received. `it/public_documents.rs` runs it in a copy of the crate.

#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use httpmock::{HttpMockResponse, MockServer};
use partner_api::prelude::*;
use serde_json::{Value, json};

/// The response of the server, and what it received.
#[derive(Default)]
struct State {
    response: Value,
    sent: Vec<Value>,
}

#[tokio::test(flavor = "multi_thread")]
async fn calls() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let cases = std::fs::read_to_string(format!("{folder}/cases.json")).unwrap();
    let cases: Value = serde_json::from_str(&cases).unwrap();
    let (server, state) = server();
    let builder = Client::with_api_key("key")
        .base_url(server.base_url() + cases["base"].as_str().unwrap());
    // The operations that are published for another server are called on this one, too.
    let builder = partner_api::public_calls::named(builder, &server.base_url());
    let client = builder.build().unwrap();
    let mut recorded = Vec::new();
    for case in cases["calls"].as_array().unwrap() {
        *state.lock().unwrap() = State {
            response: case["response"].clone(),
            sent: Vec::new(),
        };
        let name = case["name"].as_str().unwrap().to_owned();
        let (client, given) = (client.clone(), case["given"].clone());
        // In a task of its own, so that a panic is one result.
        let call = async move { partner_api::public_calls::call(&client, &name, &given).await };
        let call = tokio::time::timeout(Duration::from_secs(20), tokio::spawn(call));
        let result = match call.await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(format!("panic: {panic}")),
            Err(_) => Err("no result within 20 seconds".to_owned()),
        };
        let sent = std::mem::take(&mut state.lock().unwrap().sent);
        let (received, error) = match result {
            Ok(received) => (received, Value::Null),
            Err(error) => (Value::Null, error.into()),
        };
        let sent = sent.first().cloned().unwrap_or_default();
        recorded.push(json!({"sent": sent, "received": received, "error": error}));
    }
    let recorded = Value::from(recorded).to_string();
    std::fs::write(format!("{folder}/recorded.json"), recorded).unwrap();
}

/// A server that returns the response of the state, and records the request in it.
fn server() -> (MockServer, Arc<Mutex<State>>) {
    let server = MockServer::start();
    let state = Arc::new(Mutex::new(State::default()));
    let shared = Arc::clone(&state);
    server.mock(|when, then| {
        when.any_request();
        then.respond_with(move |request| {
            let mut state = shared.lock().unwrap();
            state.sent.push(json!({
                "method": request.method_str(),
                "target": request.uri().path_and_query().unwrap().as_str(),
                "headers": request.headers_vec(),
                "body": request.body_string(),
            }));
            let status = state.response["status"].as_u64().unwrap();
            let response = HttpMockResponse::builder().status(u16::try_from(status).unwrap());
            match state.response["kind"].as_str().unwrap() {
                "" => response.build(),
                kind if kind.contains("json") => response
                    .header("content-type", kind)
                    .body(state.response["body"].to_string())
                    .build(),
                kind => response.header("content-type", kind).body("some bytes").build(),
            }
        });
    });
    (server, state)
}
