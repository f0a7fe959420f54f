//! Making a client.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::generated::operations::{ALL as OPERATIONS, BASE_URL};
use crate::pace::{Pace, RateLimit};
use crate::retry::{Budget, Retries};
use crate::{Client, Error, tls};

/// What every call needs beside the HTTP client; shared by a client's clones.
#[derive(Clone)]
pub(crate) struct Inner(Arc<Shared>);

/// See [`ClientBuilder`] for what they are by default.
pub(crate) struct Shared {
    /// The headers that carry the credentials, marked as sensitive.
    pub(crate) credentials: HeaderMap,
    pub(crate) server: Server,
    pub(crate) attempt_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) largest_body: usize,
    pub(crate) retries: Retries,
    pub(crate) budget: Budget,
    pub(crate) pace: Pace,
}

/// Where requests go, for telling.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Deref for Inner {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

/// Sets up a [`Client`]; from [`AuthExt`](crate::AuthExt).
///
/// # Defaults
///
/// - base URL: `https://hub.360dialog.io`
/// - connecting takes at most 10 seconds, an attempt 30 seconds, a whole call with all its
///   attempts and waits 120 seconds
/// - an answer has at most 64 MiB, after decompression
/// - failed calls are repeated as [`Retries`] says
/// - no limit of requests; but after a 429 all calls wait as long as the hub asks
/// - redirects are not followed
/// - TLS by rustls with the system's certificates (feature `rustls`), else by the system's library
#[must_use = "call `build` to make the client"]
pub struct ClientBuilder {
    api_key: SecretString,
    base_url: String,
    http_client: Option<reqwest::Client>,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    deadline: Duration,
    largest_body: usize,
    retries: Retries,
    rate_limit: Option<RateLimit>,
    operation_limits: HashMap<&'static str, RateLimit>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A base URL that is not checked yet may have a password in it.
        f.debug_struct("ClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("deadline", &self.deadline)
            .field("largest_body", &self.largest_body)
            .field("retries", &self.retries)
            .field("rate_limit", &self.rate_limit)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    pub(crate) fn new(api_key: SecretString) -> Self {
        Self {
            api_key,
            base_url: BASE_URL.to_owned(),
            http_client: None,
            connect_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(120),
            largest_body: 64 * 1024 * 1024,
            retries: Retries::default(),
            rate_limit: None,
            operation_limits: HashMap::new(),
        }
    }

    /// How long connecting may take, TLS included. It has no effect on a client of your own.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one attempt may take, its answer read.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How long a whole call may take, with all its attempts and waits.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many bytes an answer may have, after decompression. Answers read as a stream are not
    /// bounded.
    pub fn largest_body(mut self, bytes: usize) -> Self {
        self.largest_body = bytes;
        self
    }

    /// How failed calls are repeated.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Sends no more requests than this, those of all operations and repetitions together.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Sends no more requests of one operation than this. The operation is named as its method is,
    /// such as `"list_clients"`.
    pub fn rate_limit_of(mut self, operation: &'static str, limit: RateLimit) -> Self {
        self.operation_limits.insert(operation, limit);
        self
    }

    /// Sends requests to another address than `https://hub.360dialog.io`.
    ///
    /// It may have a path, which comes before that of each operation. It must be `https`, or
    /// `http` to this machine, because the credentials go there.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sends requests with a `reqwest::Client` of your own.
    ///
    /// Its timeouts, proxies, TLS and redirects are then yours. Build it with
    /// [`redirect::Policy::none`](reqwest::redirect::Policy::none): a client that follows
    /// redirects sends the API key wherever the answer points.
    ///
    /// With the feature `rustls`, reqwest has rustls but no provider of its own: a client that does
    /// not set TLS up itself needs one installed for the process
    /// (`rustls::crypto::CryptoProvider::install_default`), or its `build` panics.
    pub fn http_client(mut self, http_client: reqwest::Client) -> Self {
        self.http_client = Some(http_client);
        self
    }

    /// Makes the client; nothing is sent.
    ///
    /// # Errors
    ///
    /// When the API key is empty or has characters that a header cannot have, when the base URL
    /// is not an address that credentials may be sent to, or TLS cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let (baseurl, server) = base_url(&self.base_url)?;
        let mut credentials = HeaderMap::new();
        credentials.insert("x-api-key", api_key(&self.api_key)?);
        let known = |id: &&'static str| OPERATIONS.iter().any(|operation| operation.id == *id);
        if let Some(id) = self.operation_limits.keys().find(|id| !known(id)) {
            let reason = format!("names an operation that does not exist: {id}");
            return Err(Error::configuration("rate_limit_of", reason));
        }
        let client = match self.http_client {
            Some(client) => client,
            None => http_client(self.connect_timeout)?,
        };
        let shared = Shared {
            credentials,
            server,
            attempt_timeout: self.attempt_timeout,
            deadline: self.deadline,
            largest_body: self.largest_body,
            retries: self.retries,
            budget: Budget::new(),
            pace: Pace::new(self.rate_limit, self.operation_limits),
        };
        Ok(Client {
            baseurl,
            client,
            inner: Inner(Arc::new(shared)),
        })
    }
}

fn http_client(connect_timeout: Duration) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("partner-api/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(connect_timeout);
    tls::with_tls(builder)?.build().map_err(|error| {
        Error::configuration("http_client", format!("TLS cannot be set up: {error}"))
    })
}

fn api_key(key: &SecretString) -> Result<HeaderValue, Error> {
    let refuse = |reason: &str| Err(Error::configuration("api_key", reason));
    let key = key.expose_secret();
    if key.is_empty() {
        return refuse("is empty");
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse(
            "has a space, a line break or another character that an API key cannot have",
        );
    }
    match HeaderValue::from_str(key) {
        Ok(mut value) => {
            value.set_sensitive(true);
            Ok(value)
        }
        Err(_) => refuse("cannot be sent in a header"),
    }
}

/// The base URL without a slash at its end, if credentials may be sent there.
fn base_url(text: &str) -> Result<(String, Server), Error> {
    let refuse = |reason: &str| Err(Error::configuration("base_url", reason));
    let Ok(url) = Url::parse(text) else {
        return refuse("is not a URL; expected one such as https://hub.360dialog.io");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("has a user name or password in it; use `AuthExt` for credentials");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("has a query or fragment; expected scheme, host, and a path at most");
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return refuse("is http, which would show the credentials to the network; use https");
        }
        _ => return refuse("is neither https nor, to this machine, http"),
    }
    let server = Server {
        host: url.host_str().unwrap_or_default().to_owned(),
        port: url.port_or_known_default().unwrap_or_default(),
    };
    Ok((url.as_str().trim_end_matches('/').to_owned(), server))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}
