//! Without a TLS feature, `build` reports what is missing, and loopback http works.
#![cfg(not(any(feature = "rustls", feature = "native-tls")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use partner_api::prelude::*;
use partner_api::{ErrorKind, reqwest};

const KEY: &str = "live-s3cret-k3y";

#[tokio::test]
async fn without_a_tls_feature_https_is_rejected_by_build() {
    let key = || Client::with_api_key(KEY);
    for builder in [key(), key().configure_http(|http| http.no_proxy())] {
        let error = builder.build().unwrap_err();
        let ErrorKind::Configuration { setting, reason } = error.kind() else {
            panic!("{error:?}")
        };
        assert_eq!(*setting, "base_url");
        assert!(reason.contains("`rustls` or `native-tls`"), "{reason}");
    }
    // Another crate may have enabled TLS in reqwest.
    key().http_client(reqwest::Client::new()).build().unwrap();

    let server = httpmock::MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.any_request();
            then.status(200).json_body(serde_json::json!({}));
        })
        .await;
    let client = key().base_url(server.base_url()).build().unwrap();
    let call = client.get_partner().partner_id("Kq3vTzPA");
    call.send().await.unwrap();
}
