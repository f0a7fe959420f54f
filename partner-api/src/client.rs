//! Making a client.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::generated::operations::BASE_URL;
use crate::{Client, Error, tls};

/// What every call needs beside the HTTP client.
#[derive(Clone)]
pub(crate) struct Inner {
    /// The headers that carry the credentials, marked as sensitive.
    pub(crate) credentials: HeaderMap,
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
/// - connecting takes at most 10 seconds, a whole call at most 60 seconds
/// - redirects are not followed
/// - TLS by rustls with the system's certificates (feature `rustls`), else by the system's library
#[must_use = "call `build` to make the client"]
pub struct ClientBuilder {
    api_key: SecretString,
    base_url: String,
    http_client: Option<reqwest::Client>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A base URL that is not checked yet may have a password in it.
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

impl ClientBuilder {
    pub(crate) fn new(api_key: SecretString) -> Self {
        Self {
            api_key,
            base_url: BASE_URL.to_owned(),
            http_client: None,
        }
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
        let baseurl = base_url(&self.base_url)?;
        let mut credentials = HeaderMap::new();
        credentials.insert("x-api-key", api_key(&self.api_key)?);
        let client = match self.http_client {
            Some(client) => client,
            None => http_client()?,
        };
        Ok(Client {
            baseurl,
            client,
            inner: Inner { credentials },
        })
    }
}

fn http_client() -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("partner-api/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(60));
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
fn base_url(text: &str) -> Result<String, Error> {
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
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}
