//! TLS for the client's own `reqwest::Client`.

use reqwest::ClientBuilder;

use crate::Error;

/// rustls on ring, handed over ready-made: whatever provider the program installs for the whole
/// process, or none, this client has its own.
#[cfg(feature = "rustls")]
pub(crate) fn with_tls(builder: ClientBuilder) -> Result<ClientBuilder, Error> {
    use std::sync::Arc;

    use rustls_platform_verifier::BuilderVerifierExt as _;

    let refuse = |error: rustls::Error| {
        Error::configuration("http_client", format!("TLS cannot be set up: {error}"))
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refuse)?
        .with_platform_verifier()
        .map_err(refuse)?
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(builder.tls_backend_preconfigured(config))
}

/// The system's library, or none at all.
#[cfg(not(feature = "rustls"))]
#[expect(clippy::unnecessary_wraps, reason = "setting up rustls can fail")]
pub(crate) fn with_tls(builder: ClientBuilder) -> Result<ClientBuilder, Error> {
    Ok(builder)
}
