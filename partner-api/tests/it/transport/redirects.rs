//! Credentials go to the base URL and to no other server.

use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, ErrorKind};
use partner_hub::{Fault, Hub};

use crate::support::calls::{OPERATIONS, Subject, call, hub, send};
use crate::support::process;
use crate::support::raw_server::Server;

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed_wherever_it_leads() {
    let (elsewhere, hub) = (hub().await, hub().await);
    let client = Client::with_api_key(hub.api_key()).base_url(hub.url());
    let client = client.build().unwrap();
    for status in [301, 302, 303, 307, 308] {
        for operation in OPERATIONS {
            for origin in [elsewhere.url(), hub.url(), "", "https://example.com"] {
                let redirect = Fault::Redirect {
                    location: format!("{origin}/api/v2/partners/{}", hub.partner_id()),
                    status,
                };
                hub.clear_requests();
                hub.clear_faults();
                hub.fault(redirect).unwrap();
                let error = send(&client, &hub, operation).await.unwrap_err();
                assert_eq!(error.status().unwrap(), status);
                let text = error.to_string();
                assert!(text.contains("redirects are not followed"), "{text}");
                assert!(text.contains("check the base URL"), "{text}");
                assert_eq!(hub.requests().len(), 1);
            }
        }
    }
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn a_redirected_login_does_not_forward_the_password() {
    let elsewhere = hub().await;
    for status in [301, 302, 303, 307, 308] {
        let hub = hub().await;
        let redirect = Fault::Redirect {
            location: format!("{}/api/v2/token", elsewhere.url()),
            status,
        };
        hub.fault(redirect.on("token")).unwrap();
        let client = Client::with_login(hub.username(), hub.password())
            .base_url(hub.url())
            .build()
            .unwrap();
        let error = send(&client, &hub, "get_partner").await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Login(_)), "{error:?}");
        assert!(
            error.to_string().contains("redirects are not followed"),
            "{error}"
        );
        assert_eq!(hub.requests().len(), 1);
    }
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn redirects_are_not_followed_whatever_the_http_client_is_configured_to_do() {
    let elsewhere = hub().await;
    let hub = hub().await;
    hub.fault(Fault::Redirect {
        location: format!("{}/api/v2/partners/x", elsewhere.url()),
        status: 302,
    })
    .unwrap();
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .configure_http(|http| http.redirect(partner_api::reqwest::redirect::Policy::limited(5)))
        .build()
        .unwrap();
    let error = send(&client, &hub, "get_partner").await.unwrap_err();
    assert_eq!(error.status().unwrap(), 302);
    assert_eq!(elsewhere.requests(), []);
}

/// A client of a server with a host name, as in a network of containers.
fn named(hub: &Hub, builder: ClientBuilder) -> ClientBuilder {
    let address = ([127, 0, 0, 1], hub.port()).into();
    builder
        .base_url(format!("http://hub.test:{}", hub.port()))
        .configure_http(move |http| http.no_proxy().resolve("hub.test", address))
}

/// Hosts that are, or may resolve to, another machine.
const NOT_THIS_MACHINE: [&str; 24] = [
    "hub.360dialog.io",
    "0.0.0.0",
    "0",
    "10.0.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "169.254.169.254",
    "172.17.0.1",
    "192.168.0.1",
    "127.0.0.1.example",
    "127.0.0.1.nip.io",
    "example.127.0.0.1.example",
    "localhost.",
    "localhost.example",
    "localhost%2eexample",
    "local.host",
    "localhosts",
    "mylocalhost",
    "hub.localhost",
    "localhost.localdomain",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[fe80::1]",
];

#[tokio::test]
async fn plain_http_to_another_machine_requires_opting_in() {
    let hub = hub().await;
    let (key, user, password) = (hub.api_key(), hub.username(), hub.password());
    let key = || Client::with_api_key(key);
    let login = || Client::with_login(user, password);
    for builder in [key(), login()] {
        let error = named(&hub, builder).build().unwrap_err();
        let ErrorKind::Configuration { setting, reason } = error.kind() else {
            panic!("{error:?}")
        };
        assert_eq!(*setting, "base_url");
        assert!(reason.contains("use https"), "{reason}");
    }
    for host in NOT_THIS_MACHINE {
        for builder in [key(), login()] {
            let builder = builder.base_url(format!("http://{host}:{}", hub.port()));
            let error = builder.reqwest_builder().unwrap_err();
            assert!(error.to_string().contains("use https"), "{host}: {error}");
            let error = builder.build().expect_err(host);
            assert!(error.to_string().contains("use https"), "{host}: {error}");
        }
    }
    assert_eq!(hub.requests(), []);
    for builder in [key(), login()] {
        let client = named(&hub, builder).danger_allow_http().build().unwrap();
        send(&client, &hub, "get_partner").await.unwrap();
    }
    assert_eq!(
        hub.requests()[0].header("host"),
        Some(&*format!("hub.test:{}", hub.port()))
    );
}

#[test]
fn opting_in_allows_plain_http_and_nothing_else() {
    for base_url in [
        "ftp://hub.test",
        "file:///etc/hosts",
        "http://user:pw@hub.test",
        "http://hub.test?x=1",
        "hub.test",
    ] {
        Client::with_api_key("key")
            .base_url(base_url)
            .danger_allow_http()
            .build()
            .unwrap_err();
    }
}

/// The environment variable with the base URL for the other process.
const HUB: &str = "PARTNER_API_TEST_HUB";
/// The environment variable with the HTTP client for the other process.
const HTTP_CLIENT: &str = "PARTNER_API_TEST_HTTP_CLIENT";

/// Runs [`the_other_process`] with a proxy in its environment, and returns its output.
async fn with_proxy(http_client: &str, proxy: &str, hub: &str) -> String {
    let variables = [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    let mut command = process::ignored_test(module_path!(), "the_other_process");
    command
        .envs(variables.map(|name| (name, proxy)))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        // In a CGI program the proxy variable comes from the request, so reqwest ignores it.
        .env_remove("REQUEST_METHOD")
        .env(HUB, hub)
        .env(HTTP_CLIENT, http_client);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

#[tokio::test]
#[ignore = "run by `with_proxy`, in a process of its own"]
async fn the_other_process() {
    let Ok(hub) = std::env::var(HUB) else { return };
    let builder = Client::with_api_key("key")
        .base_url(hub)
        .danger_allow_http();
    let builder = match std::env::var(HTTP_CLIENT).unwrap().as_str() {
        "own" => builder,
        "given" => {
            let http = builder.reqwest_builder().unwrap().build().unwrap();
            builder.http_client(http)
        }
        other => panic!("unknown: {other}"),
    };
    let client = builder.build().unwrap();
    let call = client.get_partner().partner_id("Kq3vTzPA");
    println!("brand: {:?}", call.send().await.unwrap().brand_name);
}

async fn partner(brand: &str) -> Server {
    let body = format!(r#"{{"brand_name": "{brand}"}}"#);
    Server::sending("200 OK", body).await
}

#[tokio::test]
async fn a_proxy_from_the_environment_gets_no_loopback_requests() {
    let (hub, proxy) = (partner("hub").await, partner("proxy").await);
    for http_client in ["own", "given"] {
        for host in ["127.0.0.1", "localhost"] {
            let address = format!("http://{host}:{}", hub.address().port());
            let text = with_proxy(http_client, &proxy.url(), &address).await;
            assert!(text.contains(r#"brand: Some("hub")"#), "{text}");
        }
    }
    assert_eq!((hub.requests(), proxy.requests()), (4, 0));
}

#[tokio::test]
async fn a_proxy_from_the_environment_is_used_for_other_machines() {
    let proxy = partner("proxy").await;
    for http_client in ["own", "given"] {
        let text = with_proxy(http_client, &proxy.url(), "http://hub.test").await;
        assert!(text.contains(r#"brand: Some("proxy")"#), "{text}");
    }
    assert_eq!(proxy.requests(), 2);
}

/// A client as the documentation of [`ClientBuilder::http_client`] recommends.
fn given(builder: ClientBuilder) -> Client {
    let http = builder.reqwest_builder().unwrap().build().unwrap();
    builder.http_client(http).build().unwrap()
}

#[tokio::test]
async fn a_given_http_client_follows_no_redirect() {
    let (elsewhere, hub) = (hub().await, hub().await);
    hub.fault(Fault::Redirect {
        location: format!("{}/api/v2/partners/x", elsewhere.url()),
        status: 307,
    })
    .unwrap();
    let client = given(Client::with_api_key(hub.api_key()).base_url(hub.url()));
    let subject = Subject::of(&hub);
    let error = call(&client, &subject, "get_partner", CallOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 307);
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
#[cfg(feature = "rustls")]
async fn a_given_http_client_has_tls_and_sends_no_plain_http() {
    let hub = hub().await;
    let http = Client::with_api_key("key").reqwest_builder().unwrap();
    let http = http.build().unwrap();
    let error = http.get(hub.url()).send().await.unwrap_err();
    assert!(error.is_builder(), "{error:?}");
    assert_eq!(hub.requests(), []);
    // The TLS handshake fails, so TLS is configured.
    let https = hub.url().replace("http://", "https://");
    let error = http.get(https).send().await.unwrap_err();
    assert!(
        format!("{error:?}").contains("InvalidContentType"),
        "{error:?}"
    );
}

#[test]
fn reqwest_builder_rejects_an_insecure_base_url() {
    for base_url in ["http://hub.test", "https://user:pw@hub.test", "hub.test"] {
        let builder = Client::with_api_key("key").base_url(base_url);
        let error = builder.reqwest_builder().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Configuration { .. }));
    }
}

#[tokio::test]
async fn a_configured_proxy_is_used_for_loopback_requests_too() {
    let (hub, proxy) = (partner("hub").await, partner("proxy").await);
    let address = proxy.url();
    let client = Client::with_api_key("key")
        .base_url(hub.url())
        .configure_http(move |http| http.proxy(partner_api::reqwest::Proxy::all(&address).unwrap()))
        .build()
        .unwrap();
    let call = client.get_partner().partner_id("Kq3vTzPA");
    let response = call.send().await.unwrap();
    assert_eq!(response.brand_name.as_deref(), Some("proxy"));
    assert_eq!(hub.requests(), 0);
}
