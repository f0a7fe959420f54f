//! Sets up a client.

mod auth_ext;
mod servers;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderName;

use self::servers::Servers;
use crate::auth::{Auth, DynTokenStore, Source, TokenStore};
use crate::error::Error;
use crate::generated::Client;
use crate::generated::operations::{self, ALL as OPERATIONS, API_KEY_HEADER, BASE_URL, LARGEST};
use crate::operation::LOGIN;
use crate::request;
use crate::transport::connections::{Configure, Connections, HttpSettings};
use crate::transport::observer::{Attempt, Observer};
use crate::transport::tls::{self, Tls};
use crate::transport::{
    Budget, FailedCredentials, RateLimit, RateLimiter, RetryPolicy, Shared, Transport,
};

pub use self::auth_ext::AuthExt;

/// The settings of a [`Client`], created with [`AuthExt`](crate::AuthExt).
///
/// # Defaults
///
/// - base URL: `https://hub.360dialog.io`, or that of [`from_env`](crate::AuthExt::from_env)
/// - timeouts: 10 seconds to connect, 30 seconds for an attempt, and 120 seconds for a whole call with
///   all its attempts, waits and logins
/// - at most 64 MiB for a response, after decompression, and for an upload
/// - retries: the defaults of [`RetryPolicy`]
/// - no rate limit; but after a 429 all calls wait for the `Retry-After` of the response
///   (from 0.25 to 60 seconds)
/// - redirects are not followed
/// - `User-Agent: partner-api/` with the version of this crate
/// - proxies from the environment and the system, but no proxy for a base URL on this machine
/// - TLS by rustls with the system's certificates (feature `rustls`), else by the system's library
/// - HTTP/1.1, or HTTP/2 where the server supports it (feature `http2`)
/// - the token of a login is not shared with other clients
#[must_use = "call `build` to get the client"]
pub struct ClientBuilder {
    source: Source,
    base_url: String,
    /// The addresses of operations that are published for another server. Its setter is generated if
    /// there are any.
    pub(crate) operation_base_urls: HashMap<&'static str, String>,
    /// The setting that the base URL comes from, for errors.
    base_url_setting: &'static str,
    default_ids: Vec<(&'static str, String)>,
    allows_http: bool,
    http_client: HttpClient,
    connect_timeout: Duration,
    attempt_timeout: Duration,
    timeout: Duration,
    max_response_bytes: usize,
    retry_policy: RetryPolicy,
    rate_limit: Option<RateLimit>,
    operation_limits: HashMap<&'static str, RateLimit>,
    token_store: Option<DynTokenStore>,
    observer: Option<Observer>,
}

/// Where the `reqwest::Client` comes from.
enum HttpClient {
    Own,
    Configured(Configure),
    Custom(reqwest::Client),
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A base URL that is not checked yet may have a password in it.
        f.debug_struct("ClientBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("timeout", &self.timeout)
            .field("max_response_bytes", &self.max_response_bytes)
            .field("retry_policy", &self.retry_policy)
            .field("rate_limit", &self.rate_limit)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            base_url: BASE_URL.to_owned(),
            operation_base_urls: HashMap::new(),
            base_url_setting: "base_url",
            default_ids: Vec::new(),
            allows_http: false,
            http_client: HttpClient::Own,
            connect_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(120),
            max_response_bytes: 64 * 1024 * 1024,
            retry_policy: RetryPolicy::default(),
            rate_limit: None,
            operation_limits: HashMap::new(),
            token_store: None,
            observer: None,
        }
    }

    /// How long connecting may take, including TLS. It has no effect with
    /// [`http_client`](Self::http_client).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one attempt may take, including reading the response.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How long a whole call may take, with all its attempts and waits.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The most bytes of a response, after decompression, and of an upload. Responses that are read as
    /// a stream have no limit.
    ///
    /// It also limits memory: the decoded response may need about twice as many bytes, or 1 MiB if
    /// that is more, and briefly twice that while a list is reallocated. The memory is estimated before the response
    /// is decoded, with a margin: a page of 1,000 clients counts as 10 MiB, so it needs a limit of
    /// 5 MiB.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// How failed calls are retried.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// Limits the rate of all requests together, including retries and logins.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// Limits the rate of one operation. Its name is that of its method, such as `"list_clients"`; a
    /// login is `"token"`. The name of a [`request`](crate::Client::request) is its method and template, such
    /// as `"GET /api/v2/partners/{partner_id}/channels"`.
    pub fn operation_rate_limit(mut self, operation: &'static str, limit: RateLimit) -> Self {
        self.operation_limits.insert(operation, limit);
        self
    }

    /// Shares the token of [`with_login`](crate::AuthExt::with_login) with other processes, for example
    /// through a [`FileTokenStore`](crate::FileTokenStore). It is ignored beside an API key, so that one
    /// program works with both, and an error beside a credentials provider.
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.token_store = Some(DynTokenStore::new(store));
        self
    }

    /// Calls this function at the end of each attempt, for example to count attempts.
    ///
    /// The function runs within the call, so it should be fast.
    ///
    /// ```
    /// use partner_api::prelude::*;
    ///
    /// let client = Client::with_api_key("key")
    ///     .on_attempt(|attempt| println!("{} {:?}", attempt.operation, attempt.duration))
    ///     .build()?;
    /// # Ok::<(), partner_api::Error>(())
    /// ```
    pub fn on_attempt(mut self, observer: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Sends requests to an address other than `https://hub.360dialog.io`.
    ///
    /// It may have a path, which comes before that of each operation. It must be `https`, or
    /// `http` to this machine, because the credentials go there.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self.base_url_setting = "base_url";
        self
    }

    /// Allows a base URL that is `http` to another machine. Everyone on the network path can read the
    /// credentials, so use it only in a trusted network, such as that of a container.
    pub fn danger_allow_http(mut self) -> Self {
        self.allows_http = true;
        self
    }

    /// Configures the HTTP client: its proxies, certificates and connections.
    ///
    /// Each tokio runtime that sends requests with this client has its own connections, so the
    /// function is called once for each runtime, and again when the connections are replaced. It
    /// cannot turn on redirects or retries of reqwest.
    ///
    /// ```
    /// use std::time::Duration;
    /// use partner_api::prelude::*;
    ///
    /// let client = Client::with_api_key("key")
    ///     .configure_http(|http| http.no_proxy().pool_idle_timeout(Duration::from_secs(20)))
    ///     .build()?;
    /// # Ok::<(), partner_api::Error>(())
    /// ```
    #[doc(alias = "proxy")]
    #[doc(alias = "certificate")]
    pub fn configure_http(
        mut self,
        configure: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.http_client = HttpClient::Configured(Box::new(configure));
        self
    }

    /// Sends requests with your own `reqwest::Client`, for example to share one among several clients.
    ///
    /// Build it from [`reqwest_builder`](Self::reqwest_builder). The defaults of reqwest are not safe
    /// here: it follows redirects and so sends the API key to any server that a response names, it
    /// sends requests to this machine through the proxy of the environment, which can read the key,
    /// and it may send an approval twice.
    ///
    /// ```
    /// use partner_api::prelude::*;
    ///
    /// let builder = Client::with_api_key("key-of-one-partner");
    /// let http = builder.reqwest_builder()?.build()?;
    /// let one = builder.http_client(http.clone()).build()?;
    /// let other = Client::with_api_key("key-of-another").http_client(http).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Its connections belong to the tokio runtime that opened them. Do not use it on several
    /// runtimes unless all of them run all the time: a call that gets a connection of a runtime that
    /// does not run times out. With HTTP/2, a retry after a timeout may use the connection that timed
    /// out. [`configure_http`](Self::configure_http) has
    /// neither problem.
    pub fn http_client(mut self, http_client: reqwest::Client) -> Self {
        self.http_client = HttpClient::Custom(http_client);
        self
    }

    /// A builder of a `reqwest::Client` with the settings of this client, for
    /// [`http_client`](Self::http_client). Set the base URL and the connect timeout first.
    ///
    /// - TLS by the features of this crate, and https only unless the base URL is `http`
    /// - no redirects and no retries of reqwest
    /// - no proxy if the base URL is on this machine
    /// - the connect timeout and the `User-Agent`
    ///
    /// # Errors
    ///
    /// If credentials must not be sent to the base URL, or if TLS cannot be set up.
    pub fn reqwest_builder(&self) -> Result<reqwest::ClientBuilder, Error> {
        let safeguards = self.servers()?.safeguards();
        Ok(self.http_settings()?.builder(safeguards))
    }

    fn http_settings(&self) -> Result<HttpSettings, Error> {
        Ok(HttpSettings {
            connect_timeout: self.connect_timeout,
            tls: Tls::new()?,
        })
    }

    fn servers(&self) -> Result<Servers, Error> {
        Servers::new(
            self.base_url_setting,
            &self.base_url,
            &self.operation_base_urls,
            self.allows_http,
        )
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// If
    ///
    /// - a credential is empty or has characters that are not valid in a header
    /// - credentials must not be sent to the base URL
    /// - there is a token store beside a credentials provider
    /// - a rate limit names an operation that does not exist
    /// - TLS cannot be set up, or the base URL is `https` and no TLS feature is on
    pub fn build(mut self) -> Result<Client, Error> {
        let servers = self.servers()?;
        match (&mut self.source, self.token_store.take()) {
            (Source::Login { store, .. }, token_store) => *store = token_store,
            // One program works with an API key and with a login.
            (Source::ApiKey(_), _) | (_, None) => {}
            (Source::Provider(_), Some(_)) => {
                let reason = "is for `with_login`; a credentials provider shares its own tokens";
                return Err(Error::configuration("token_store", reason));
            }
        }
        let known = |id: &str| id == LOGIN.id || OPERATIONS.iter().any(|known| known.id == id);
        for id in self.operation_limits.keys().filter(|id| !known(id)) {
            request::operations::check_name(id)
                .map_err(|why| Error::configuration("operation_rate_limit", why))?;
        }
        let http_client = std::mem::replace(&mut self.http_client, HttpClient::Own);
        let (connections, client) = match http_client {
            HttpClient::Custom(client) => (Connections::Custom(Arc::new(client.clone())), client),
            HttpClient::Configured(configure) => self.connections(&servers, configure)?,
            HttpClient::Own => self.connections(&servers, Box::new(|builder| builder))?,
        };
        let baseurl = servers.base.address().to_owned();
        let transport = Transport::new(Shared {
            auth: Auth::new(self.source, &servers.base.url)?,
            connections,
            server: servers.base,
            operation_servers: servers.of_operations,
            api_key_header: HeaderName::from_static(API_KEY_HEADER),
            attempt_timeout: self.attempt_timeout,
            timeout: self.timeout,
            max_response_bytes: self.max_response_bytes,
            retry_policy: self.retry_policy,
            budget: Budget::new(),
            rate_limiter: RateLimiter::new(self.rate_limit, self.operation_limits),
            observer: self.observer,
            span: operations::span,
            failed_credentials: FailedCredentials::default(),
            default_ids: self.default_ids,
            largest_type: LARGEST,
        });
        Ok(Client {
            baseurl,
            client,
            inner: transport,
        })
    }

    fn connections(
        &self,
        servers: &Servers,
        configure: Configure,
    ) -> Result<(Connections, reqwest::Client), Error> {
        if let Some(setting) = servers.needs_tls().filter(|_| !tls::IS_AVAILABLE) {
            let reason = "is https, but partner-api was built without TLS; \
                turn on its feature `rustls` or `native-tls`";
            return Err(Error::configuration(setting, reason));
        }
        Connections::own(self.http_settings()?, configure, servers.base.safeguards)
    }
}
