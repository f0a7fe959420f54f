//! A mock of the API that returns given responses and records requests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use partner_api::RetryPolicy;
use partner_api::prelude::*;
use serde_json::Value;
use socket2::{Domain, Socket, Type};

/// The key of every client here. It must not appear in any output.
pub const KEY: &str = "live-s3cret-k3y";

/// A mock of the API that returns given responses and records requests.
pub struct MockApi {
    server: MockServer,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl MockApi {
    /// Sends the same response to every request.
    pub async fn new(status: u16, content_type: &str, body: &str) -> Self {
        let response = HttpMockResponse::builder()
            .status(status)
            .header("content-type", content_type)
            .body(body.to_owned())
            .build();
        Self::responding(move |_| response.clone()).await
    }

    /// Sends this JSON to every request.
    pub async fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", &body.to_string()).await
    }

    /// Sends these as JSON, one for each request in order.
    pub async fn each<'a>(bodies: impl IntoIterator<Item = &'a Value>) -> Self {
        let bodies: Vec<_> = bodies.into_iter().map(Value::to_string).collect();
        Self::responding(move |nth| {
            HttpMockResponse::builder()
                .status(200)
                .header("content-type", "application/json")
                .body(bodies[nth].clone())
                .build()
        })
        .await
    }

    /// Redirects every request to another address.
    pub async fn redirecting(status: u16, location: &str) -> Self {
        let response = HttpMockResponse::builder()
            .status(status)
            .header("location", location)
            .build();
        Self::responding(move |_| response.clone()).await
    }

    async fn responding(
        respond: impl Fn(usize) -> HttpMockResponse + Send + Sync + 'static,
    ) -> Self {
        let server = MockServer::start_async().await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        server
            .mock_async(|when, then| {
                when.any_request();
                then.respond_with(move |request| {
                    let mut seen = record.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.push(Request::of(request));
                    respond(seen.len() - 1)
                });
            })
            .await;
        Self { server, seen }
    }

    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// A client of this server, with [`KEY`], that does not retry.
    pub fn client(&self) -> Client {
        Client::with_api_key(KEY)
            .base_url(self.base_url())
            .retry_policy(RetryPolicy::none())
            .build()
            .expect("a client")
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The only request so far.
    pub fn request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "one request: {requests:#?}");
        requests.remove(0)
    }

    /// A request as every call sends it to this server, headers included.
    pub fn expected(&self, method: &str, path: &str) -> Request {
        let headers = [
            ("accept", "application/json"),
            ("accept-encoding", "gzip"),
            ("host", &self.server.address().to_string()),
            (
                "user-agent",
                concat!("partner-api/", env!("CARGO_PKG_VERSION")),
            ),
            ("x-api-key", KEY),
        ];
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: None,
        }
    }
}

/// A whole request, down to the last header.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: String,
    /// As it was sent, with percent-encoding.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// In alphabetical order; without the body's length, which is checked on arrival.
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
}

impl Request {
    fn of(request: &HttpMockRequest) -> Self {
        let length = request.body_ref().len().to_string();
        let mut headers: Vec<_> = request
            .headers_vec()
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .filter(|(name, value)| !(name == "content-length" && *value == length))
            .collect();
        headers.sort();
        let body = request.body_string();
        Self {
            method: request.method_str().to_owned(),
            path: request.uri().path().to_owned(),
            query: request.query_params(),
            headers,
            body: (!body.is_empty())
                .then(|| serde_json::from_str(&body).unwrap_or(Value::String(body))),
        }
    }

    /// The same with one more parameter in the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a JSON body.
    pub fn json(mut self, body: Value) -> Self {
        self.headers
            .push(("content-type".to_owned(), "application/json".to_owned()));
        self.headers.sort();
        self.body = Some(body);
        self
    }
}

/// The address of a port that refuses connections. It stays bound, so that no other test gets it.
pub fn closed_port() -> SocketAddr {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("a free port");
    let address = socket.local_addr().expect("an address");
    std::mem::forget(socket);
    address.as_socket().expect("an address of IP")
}

/// A `reqwest::Client` that the caller configured.
pub fn own_http_client() -> partner_api::reqwest::Client {
    // With this crate's features, reqwest's rustls uses the provider of the process.
    #[cfg(feature = "rustls")]
    drop(rustls::crypto::ring::default_provider().install_default());
    partner_api::reqwest::Client::builder()
        .user_agent("billing-worker/7")
        .build()
        .expect("an HTTP client")
}
