//! TLS for the client's own `reqwest::Client`.

use reqwest::ClientBuilder;

use crate::error::Error;

/// Whether a feature for TLS is on.
pub(crate) const IS_AVAILABLE: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// rustls on ring. The client brings its own cryptography provider, so it does not depend on one
/// that the program installs for the process.
#[cfg(feature = "rustls")]
pub(crate) struct Tls(rustls::ClientConfig);

#[cfg(feature = "rustls")]
impl Tls {
    pub(crate) fn new() -> Result<Self, Error> {
        use std::sync::Arc;

        use rustls_platform_verifier::BuilderVerifierExt as _;

        let reject = |error: rustls::Error| {
            Error::configuration("http_client", format!("TLS cannot be set up: {error}"))
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(reject)?
            .with_platform_verifier()
            .map_err(reject)?
            .with_no_client_auth();
        config.alpn_protocols = vec![
            #[cfg(feature = "http2")]
            b"h2".to_vec(),
            b"http/1.1".to_vec(),
        ];
        Ok(Self(config))
    }

    pub(crate) fn add_to(&self, builder: ClientBuilder) -> ClientBuilder {
        builder.tls_backend_preconfigured(self.0.clone())
    }
}

/// TLS by the system's library, or no TLS.
#[cfg(not(feature = "rustls"))]
pub(crate) struct Tls;

#[cfg(not(feature = "rustls"))]
impl Tls {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self)
    }

    pub(crate) fn add_to(&self, builder: ClientBuilder) -> ClientBuilder {
        builder
    }
}
