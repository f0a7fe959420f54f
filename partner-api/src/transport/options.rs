//! Options of a single call, which override the settings of its client.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::retry::RetryPolicy;

/// Options of one call, for `send_with` and [`RequestBuilder::options`](crate::RequestBuilder::options).
/// The settings of the client apply where an option is not set.
///
/// ```
/// use std::time::Duration;
/// use partner_api::{CallOptions, RetryPolicy};
///
/// let options = CallOptions::new().timeout(Duration::from_secs(5)).retry_policy(RetryPolicy::none());
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry_policy: Option<RetryPolicy>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) headers: HeaderMap,
}

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values of headers may be secrets.
        let headers: Vec<_> = self.headers.keys().collect();
        f.debug_struct("CallOptions")
            .field("attempt_timeout", &self.attempt_timeout)
            .field("timeout", &self.timeout)
            .field("retry_policy", &self.retry_policy)
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

    /// How long one attempt may take, including reading the response.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// How long the whole call may take, with all its attempts and waits.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How the call is retried.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = Some(policy);
        self
    }

    /// Whether sending this call twice has the same effect as sending it once. Only idempotent calls are
    /// retried after their request was sent.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    /// Sends an additional header. It replaces a header that the client sets itself, and several
    /// headers of one name are all sent.
    ///
    /// A call with one of these headers fails before anything is sent, because only the client can
    /// set them correctly:
    ///
    /// - credentials, set by [`AuthExt`](crate::AuthExt): `Authorization`, `X-API-Key`
    /// - the framing and format of the body: `Content-Length`, `Content-Type`, `Content-Encoding`,
    ///   `Transfer-Encoding`, `Trailer`, `Expect`
    /// - the server, set by [`base_url`](crate::ClientBuilder::base_url): `Host`
    /// - the connection and compression, set by
    ///   [`configure_http`](crate::ClientBuilder::configure_http): `Connection`, `Keep-Alive`,
    ///   `Upgrade`, `HTTP2-Settings`, `TE`, `Accept-Encoding`, and names that start with `Proxy-`
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

    /// These options, and where they are not set those of `base`.
    pub(crate) fn over(self, base: &Self) -> Self {
        let mut headers = base.headers.clone();
        headers.extend(self.headers);
        Self {
            attempt_timeout: self.attempt_timeout.or(base.attempt_timeout),
            timeout: self.timeout.or(base.timeout),
            retry_policy: self.retry_policy.or(base.retry_policy),
            idempotent: self.idempotent.or(base.idempotent),
            headers,
        }
    }

    /// Adds the headers to a request. The error names a header that a call cannot set.
    pub(crate) fn add_headers(
        &self,
        headers: &mut HeaderMap,
        api_key_header: &HeaderName,
    ) -> Result<(), String> {
        for name in self.headers.keys() {
            if let Some(owner) = owner(name, api_key_header) {
                return Err(format!(
                    "header `{name}`: cannot be set for a call; {owner}"
                ));
            }
        }
        headers.extend(self.headers.clone());
        Ok(())
    }
}

/// The setting that owns a header which a call must not set.
fn owner(name: &HeaderName, api_key_header: &HeaderName) -> Option<&'static str> {
    match name.as_str() {
        name if name == "authorization" || name == api_key_header => {
            Some("credentials are set by `AuthExt`")
        }
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
