//! TLS works in every program, whatever TLS settings the process has.
//!
//! The TLS settings of a process are global, so each case runs in a process of its own.

use partner_api::ErrorKind;
use partner_api::prelude::*;

use crate::support::calls::fetch;
use crate::support::mock_api::{KEY, closed_port};
use crate::support::process;

/// The environment variable with the case for the other process.
const CASE: &str = "PARTNER_API_TLS_CASE";

/// Runs [`the_other_process`] for one case, and asserts that it succeeds.
fn in_another_process(case: &str, environment: &[(&str, &str)]) {
    let output = process::ignored_test(module_path!(), "the_other_process")
        .env(CASE, case)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success(), "{case}:\n{text}");
    assert!(
        text.contains(&format!("done: {case}")),
        "{case} did not run:\n{text}"
    );
}

#[test]
#[ignore = "run by `in_another_process`, in a process of its own"]
fn the_other_process() {
    let Ok(case) = std::env::var(CASE) else {
        return;
    };
    match case.as_str() {
        "no provider" => build(),
        #[cfg(feature = "rustls")]
        "another provider" => {
            rustls::crypto::ring::default_provider()
                .install_default()
                .unwrap();
            build();
        }
        #[cfg(feature = "rustls")]
        "useless provider" => {
            let ring = rustls::crypto::ring::default_provider();
            let nothing = rustls::crypto::CryptoProvider {
                cipher_suites: Vec::new(),
                kx_groups: Vec::new(),
                ..ring
            };
            nothing.install_default().unwrap();
            build();
        }
        // The example of the crate's documentation.
        #[cfg(feature = "rustls")]
        "provider for other clients" => {
            use partner_api::{reqwest, rustls};

            // If reqwest stops needing this, remove it from the documentation.
            let needs_it = std::panic::catch_unwind(reqwest::Client::new).is_err();
            assert_eq!(needs_it, cfg!(not(feature = "native-tls")));
            let provider = rustls::crypto::ring::default_provider();
            provider.install_default().unwrap();
            reqwest::Client::new();
            build();
        }
        "no certificates" => match Client::with_api_key(KEY).build() {
            Ok(_) => {}
            Err(error) => assert!(
                error.to_string().contains("TLS cannot be set up"),
                "{error}"
            ),
        },
        case => panic!("unknown: {case}"),
    }
    println!("done: {case}");
}

fn build() {
    Client::with_api_key(KEY).build().unwrap();
    Client::with_api_key(KEY)
        .base_url("http://127.0.0.1:1")
        .build()
        .unwrap();
    #[cfg(feature = "rustls")]
    assert_eq!(
        rustls::crypto::CryptoProvider::get_default().is_some(),
        std::env::var(CASE).unwrap() != "no provider",
        "what the process has is the program's own choice",
    );
}

#[test]
fn a_client_is_built_without_a_provider_of_the_process() {
    in_another_process("no provider", &[]);
}

#[test]
#[cfg(feature = "rustls")]
fn a_client_is_built_beside_a_provider_of_the_process() {
    in_another_process("another provider", &[]);
    in_another_process("useless provider", &[]);
}

#[test]
#[cfg(feature = "rustls")]
fn one_line_lets_a_program_build_its_own_http_clients() {
    in_another_process("provider for other clients", &[]);
}

#[test]
fn missing_certificates_cause_no_panic() {
    let nowhere = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/resources/nowhere");
    in_another_process(
        "no certificates",
        &[("SSL_CERT_FILE", nowhere), ("SSL_CERT_DIR", nowhere)],
    );
}

#[tokio::test]
async fn https_to_a_closed_port_is_a_connection_error() {
    let client = Client::with_api_key(KEY)
        .base_url(format!("https://{}", closed_port()))
        .build()
        .unwrap();
    let error = fetch(&client).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connection(_)),
        "{error:?}"
    );
    assert_eq!((error.status(), error.is_timeout()), (None, false));
}

#[tokio::test]
async fn https_to_a_server_without_tls_is_a_connection_error() {
    let server = httpmock::MockServer::start_async().await;
    let client = Client::with_api_key(KEY)
        .base_url(format!("https://{}", server.address()))
        .build()
        .unwrap();
    let error = fetch(&client).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Connection(_)),
        "{error:?}"
    );
    assert_eq!(error.status(), None);
}
