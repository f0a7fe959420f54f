//! Requests are sent as generated calls are: credentials, retries, redirects, errors.

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{CallOptions, ClientBuilder, Credential, Error, RequestBuilder, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, Fault, Hub};
use serde_json::{Value, json};

use crate::support::calls::hub;
use crate::support::mock_api::{KEY, MockApi};
use crate::support::output::{assert_hidden, output_of};

const KEYS: &str = "/api/v2/partners/{partner_id}/channels/{id}/api_keys";
const TINY: Duration = Duration::from_millis(1);

fn quick(builder: ClientBuilder, hub: &Hub) -> Client {
    let builder = builder.base_url(hub.url());
    let builder = builder.retry_policy(RetryPolicy::max(2).backoff(TINY, TINY));
    builder.build().unwrap()
}

/// A request that the emulator knows no operation for, so every response is a fault or a 404.
fn keys(client: &Client, method: Method) -> RequestBuilder<'_> {
    let request = client.request(method, KEYS);
    request.path("partner_id", "abcPA").path("id", "xyzCH")
}

#[tokio::test]
async fn a_request_is_retried_if_it_is_idempotent() {
    let faults = [
        Fault::status(503),
        Fault::status(429),
        Fault::Break {
            at: BreakPoint::BeforeHeaders,
            how: CloseMode::Reset,
        },
    ];
    type Build = fn(RequestBuilder<'_>) -> RequestBuilder<'_>;
    let once: (Build, usize) = (|it| it, 1);
    let thrice: (Build, usize) = (|it| it, 3);
    let cases = [
        (Method::GET, thrice),
        (Method::PUT, thrice),
        (Method::DELETE, thrice),
        (Method::POST, once),
        (Method::PATCH, once),
        (
            Method::POST,
            (|it: RequestBuilder<'_>| it.idempotent(true), 3),
        ),
        (
            Method::GET,
            (|it: RequestBuilder<'_>| it.idempotent(false), 1),
        ),
        (
            Method::POST,
            (
                |it: RequestBuilder<'_>| it.options(CallOptions::new().idempotent(true)),
                3,
            ),
        ),
        (
            Method::POST,
            (
                |it: RequestBuilder<'_>| {
                    let options = CallOptions::new().idempotent(true);
                    it.idempotent(false).options(options)
                },
                1,
            ),
        ),
    ];
    for fault in faults {
        let hub = hub().await;
        hub.fault(fault.clone()).unwrap();
        let client = quick(Client::with_api_key(hub.api_key()), &hub);
        for (method, (build, attempts)) in &cases {
            hub.clear_requests();
            let request = build(keys(&client, method.clone()));
            let error = request.json(json!({})).send::<Value>().await.unwrap_err();
            assert_eq!(hub.requests().len(), *attempts, "{method} {fault:?}");
            assert_eq!(error.is_outcome_unknown(), *attempts == 1, "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_rejected_token_is_replaced_and_the_request_retried_if_that_is_safe() {
    let hub = hub().await;
    let partner = "/api/v2/partners/{partner_id}";
    let login = Client::with_login(hub.username(), hub.password());
    let client = quick(login, &hub);
    let get = || {
        let request = client.request(Method::GET, partner);
        request.path("partner_id", hub.partner_id())
    };
    get().send::<Value>().await.unwrap();
    assert_eq!(hub.count("token"), 1);
    hub.expire_tokens();
    let read: Value = get().send().await.unwrap().into_inner();
    assert_eq!(read["id"], hub.partner_id());
    assert_eq!(hub.count("token"), 2);

    let other = Client::with_login(hub.username(), hub.password());
    let other = quick(other, &hub);
    let post = || {
        let template =
            "/api/v2/partners/{partner_id}/selective_partner_change_requests/{id}/approve";
        let request = other.request(Method::POST, template);
        request.path("partner_id", hub.partner_id()).path("id", "x")
    };
    let error = post().send::<Value>().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    hub.expire_tokens();
    hub.clear_requests();
    let error = post().send::<Value>().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(hub.count("approve_partner_change_request"), 1);
}

#[tokio::test]
async fn a_request_has_the_credentials_of_its_client() {
    let api = MockApi::json(200, &json!({})).await;
    let bearer = Client::with_credentials(|| async { Ok(Credential::bearer("t0ken")?) });
    let client = bearer.base_url(api.base_url()).build().unwrap();
    keys(&client, Method::POST).send::<Value>().await.unwrap();
    let headers = api.request().headers;
    let sent: Vec<_> = headers
        .iter()
        .filter(|(name, _)| name == "authorization" || name == "x-api-key")
        .collect();
    let expected = ("authorization".to_owned(), "Bearer t0ken".to_owned());
    assert_eq!(sent, [&expected]);
}

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed() {
    let elsewhere = MockApi::json(200, &json!({})).await;
    for status in [301, 302, 303, 307, 308] {
        let api = MockApi::redirecting(status, &elsewhere.base_url()).await;
        let client = api.client();
        let request = keys(&client, Method::GET);
        let errors: [Error; 3] = [
            request.clone().send::<Value>().await.unwrap_err(),
            request.clone().bytes().await.unwrap_err(),
            request
                .list::<Value>("x")
                .stream()
                .try_next()
                .await
                .unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.status().unwrap(), status);
            assert!(error.to_string().contains("redirects are not followed"));
        }
        assert_eq!(api.requests().len(), 3);
    }
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn the_base_url_keeps_its_path() {
    let api = MockApi::json(200, &json!({})).await;
    let client = Client::with_api_key(KEY).base_url(format!("{}/proxy/", api.base_url()));
    let client = client.build().unwrap();
    let request = client.request(Method::GET, "/things/{id}/");
    request.path("id", 7).send::<Value>().await.unwrap();
    assert_eq!(api.request().path, "/proxy/things/7/");
}

#[tokio::test]
async fn no_error_shows_a_credential_that_the_server_sends_back() {
    let meta = json!({"meta": {"developer_message": format!("bad key {KEY}")}});
    let api = MockApi::json(403, &meta).await;
    let client = api.client();
    let error = keys(&client, Method::GET)
        .send::<Value>()
        .await
        .unwrap_err();
    assert_hidden(KEY, &output_of(&error));
    assert_eq!(error.developer_message(), Some("bad key ***"));

    let api = MockApi::json(200, &json!({(KEY): "x"})).await;
    let client = api.client();
    let request = keys(&client, Method::GET);
    type Numbers = std::collections::HashMap<String, u8>;
    let error = request.clone().send::<Numbers>().await.unwrap_err();
    assert_hidden(KEY, &output_of(&error));
    let error = request.bytes().await.map(|_| ());
    error.unwrap();
}

#[tokio::test]
async fn options_of_a_request_override_those_of_the_client() {
    let hub = hub().await;
    let stall = Fault::Break {
        at: BreakPoint::BeforeHeaders,
        how: CloseMode::Stall,
    };
    hub.fault(stall).unwrap();
    let client = quick(Client::with_api_key(hub.api_key()), &hub);
    let options = CallOptions::new().timeout(Duration::from_millis(50));
    let request = keys(&client, Method::GET).options(options);
    let error = request.clone().send::<Value>().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let error = request.list::<Value>("x").stream().try_next().await;
    assert!(error.unwrap_err().is_timeout());
}
