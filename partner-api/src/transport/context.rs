//! The state that all calls of a client share.

use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderName;
use tracing::Span;

use super::connections::{Connections, Safeguards};
use super::failed_credentials::FailedCredentials;
use super::observer::Observer;
use super::rate_limit::RateLimiter;
use super::retry::{Budget, RetryPolicy};
use crate::auth::Auth;
use crate::error::Error;
use crate::operation::Operation;

/// Sends the calls of a client and of its clones.
#[derive(Clone)]
pub(crate) struct Transport(Arc<Shared>);

/// The settings and the state of a [`Transport`]. [`ClientBuilder`](crate::ClientBuilder) lists the
/// defaults.
pub(crate) struct Shared {
    pub(crate) auth: Auth,
    pub(crate) connections: Connections,
    /// The server of the base URL.
    pub(crate) server: Server,
    /// The servers of operations that are published for another one, as the program names them.
    pub(crate) operation_servers: HashMap<&'static str, Server>,
    /// The header that has the API key.
    pub(crate) api_key_header: HeaderName,
    pub(crate) attempt_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) max_response_bytes: usize,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) rate_limiter: RateLimiter,
    pub(crate) observer: Option<Observer>,
    /// Creates the span of a call to this host and port.
    pub(crate) span: fn(&Operation, &str, u16) -> Span,
    pub(crate) failed_credentials: FailedCredentials,
    /// The ids that calls use if they set none, by the names of their parameters.
    pub(crate) default_ids: Vec<(&'static str, String)>,
    /// The size of the largest type that a response is decoded into, in bytes.
    pub(crate) largest_type: usize,
}

/// A server that gets requests with credentials.
pub(crate) struct Server {
    pub(crate) url: Url,
    /// The host and port, for spans.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) safeguards: Safeguards,
}

impl Server {
    /// The address, which the path of an operation follows.
    pub(crate) fn address(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }
}

impl Transport {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// The server of an operation. It is an error if that is not the server of the base URL and the
    /// program does not name it: credentials must not be sent there.
    pub(crate) fn server(&self, operation: &'static Operation) -> Result<&Server, Error> {
        let Some(published) = operation.server else {
            return Ok(&self.server);
        };
        let server = self.operation_servers.get(operation.id);
        server.ok_or_else(|| Error::server_not_named(operation, published))
    }
}

impl Shared {
    /// The id that calls use if they set none.
    #[allow(dead_code, reason = "a document need not have default ids")]
    pub(crate) fn default_id<T: for<'a> From<&'a str>>(&self, parameter: &str) -> Option<T> {
        let mut ids = self.default_ids.iter();
        let (_, id) = ids.find(|(name, _)| *name == parameter)?;
        Some(id.as_str().into())
    }
}

impl Deref for Transport {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}
