//! What a single call can have otherwise than its client.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::Retries;

/// Options of one call, for `send_with`. What is not set is as the client has it.
///
/// ```
/// use std::time::Duration;
/// use partner_api::{CallOptions, Retries};
///
/// let options = CallOptions::new().deadline(Duration::from_secs(5)).retries(Retries::none());
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) retries: Option<Retries>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) headers: HeaderMap,
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values of headers may be secrets.
        let headers: Vec<_> = self.headers.keys().collect();
        f.debug_struct("CallOptions")
            .field("attempt_timeout", &self.attempt_timeout)
            .field("deadline", &self.deadline)
            .field("retries", &self.retries)
            .field("idempotent", &self.idempotent)
            .field("headers", &headers)
            .finish()
    }
}

impl CallOptions {
    /// No options.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long one attempt may take, its answer read.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// How long the whole call may take, with all attempts and waits.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// How the call is repeated.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = Some(retries);
        self
    }

    /// Whether sending this very call twice does no more than sending it once.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    /// Sends a further header, in place of the client's own of this name; several of one name are
    /// all sent.
    ///
    /// The call is rejected before anything is sent if the header is one that only the client can
    /// set rightly:
    ///
    /// - credentials, which [`AuthExt`](crate::AuthExt) sets: `Authorization`, `X-API-Key`
    /// - what describes the body: `Content-Length`, `Content-Type`, `Content-Encoding`,
    ///   `Transfer-Encoding`, `Trailer`, `Expect`
    /// - where the request goes, which [`base_url`](crate::ClientBuilder::base_url) sets: `Host`
    /// - what belongs to the connection or to how responses are decoded, which
    ///   [`configure_http`](crate::ClientBuilder::configure_http) sets: `Connection`, `Keep-Alive`,
    ///   `Upgrade`, `HTTP2-Settings`, `TE`, `Accept-Encoding`, and all whose names start with `Proxy-`
    ///
    /// ```
    /// use partner_api::CallOptions;
    /// use partner_api::reqwest::header::{HeaderName, HeaderValue};
    ///
    /// let name = HeaderName::from_static("x-request-id");
    /// let options = CallOptions::new().header(name, HeaderValue::from_static("7"));
    /// ```
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Adds the headers to a request; the error says which of them it cannot have.
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap) -> Result<(), String> {
        for name in self.headers.keys() {
            if let Some(who) = owner(name) {
                return Err(format!("header `{name}`: is not for a single call; {who}"));
            }
        }
        headers.extend(self.headers.clone());
        Ok(())
    }
}

/// Who sets a header that would break a request if a call set it, or send its credentials elsewhere.
fn owner(name: &HeaderName) -> Option<&'static str> {
    match name.as_str() {
        "authorization" | "x-api-key" => Some("credentials are set by `AuthExt`"),
        "content-encoding" | "content-length" | "content-type" | "expect" | "trailer"
        | "transfer-encoding" => Some("the client sets it for the body that it sends"),
        "host" => Some("it is set by `ClientBuilder::base_url`"),
        "accept-encoding" | "connection" | "http2-settings" | "keep-alive" | "te" | "upgrade" => {
            Some("it is set by `ClientBuilder::configure_http`")
        }
        name if name.starts_with("proxy-") => Some("it is set by `ClientBuilder::configure_http`"),
        _ => None,
    }
}
