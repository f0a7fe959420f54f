//! The public names and their guarantees, as a program that depends on the crate uses them.

use std::fmt::{Debug, Display};

use partner_api::prelude::*;
use partner_api::{ClientBuilder, Error, ErrorKind, builder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::support::json::fixture;
use crate::support::mock_api::{KEY, MockApi, own_http_client};

#[tokio::test]
async fn the_sample_of_the_documentation_works() -> Result<(), Error> {
    let api = MockApi::each(&[
        fixture("partner"),
        fixture("client_list"),
        fixture("client"),
    ])
    .await;

    let client = Client::with_api_key(KEY).base_url(api.base_url()).build()?;

    let partner: types::Partner = client
        .get_partner()
        .partner_id("abcPA")
        .send()
        .await?
        .into_inner();
    assert_eq!(partner.id.as_ref().map(|it| it.as_str()), Some("Kq3vTzPA"));

    let page: types::ClientList = client
        .list_clients()
        .partner_id("abcPA")
        .filters(types::ClientFilters {
            status: Some("active".into()),
            ..Default::default()
        })
        .sort("-created_at")
        .limit(100)
        .offset(0)
        .send()
        .await?
        .into_inner();
    let clients: Vec<types::ClientAccount> = page.clients;
    assert_eq!(clients.len(), 2);

    let updated: types::ClientAccount = client
        .update_client()
        .partner_id("abcPA")
        .client_id("xyzCL")
        .body(types::ClientUpdate {
            max_channels: Some(3.into()),
            ..Default::default()
        })
        .send()
        .await?
        .into_inner();
    assert_eq!(updated.max_channels, Some(3));

    let list = api
        .expected("GET", "/api/v2/partners/abcPA/clients")
        .query("filters", r#"{"status":"active"}"#)
        .query("limit", "100")
        .query("offset", "0")
        .query("sort", "-created_at");
    let update = api
        .expected("PATCH", "/api/v2/partners/abcPA/clients/xyzCL")
        .json(json!({"max_channels": 3}));
    assert_eq!(
        api.requests(),
        [api.expected("GET", "/api/v2/partners/abcPA"), list, update]
    );
    Ok(())
}

#[test]
fn clients_and_errors_are_send_and_sync() {
    fn shared<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
    fn passed_on<T: std::error::Error + Send + Sync + Unpin + 'static>() {}
    fn sent<T: Send>() {}
    shared::<Client>();
    passed_on::<Error>();
    passed_on::<ErrorKind>();
    sent::<ClientBuilder>();
    sent::<builder::ListClients<'_>>();
    assert!(
        size_of::<Error>() <= 16,
        "an error is small: {} bytes",
        size_of::<Error>()
    );
}

#[test]
fn every_call_is_send() {
    fn is_send<T: Send>(_: T) {}
    let client = Client::with_api_key(KEY).build().unwrap();
    is_send(client.get_partner().send());
    is_send(client.update_partner().send());
    is_send(client.list_clients().send());
    is_send(client.update_client().send());
    is_send(client.list_shared_client_numbers().send());
    is_send(client.list_partner_change_requests().send());
    is_send(client.approve_partner_change_request().send());
}

#[tokio::test]
async fn a_call_can_be_spawned_with_a_clone() {
    let api = MockApi::json(200, &fixture("partner")).await;
    let client = api.client();
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                client
                    .get_partner()
                    .partner_id("Kq3vTzPA")
                    .send()
                    .await
                    .map(|_| ())
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(api.requests().len(), 8);
}

#[tokio::test]
async fn ids_are_accepted_as_strings_or_typed() {
    let api = MockApi::json(200, &json!({})).await;
    let client = api.client();
    let id = types::PartnerId::from("abcPA");
    let text = id.to_string();
    client
        .get_partner()
        .partner_id("abcPA")
        .send()
        .await
        .unwrap();
    client
        .get_partner()
        .partner_id("abcPA".to_owned())
        .send()
        .await
        .unwrap();
    client.get_partner().partner_id(&text).send().await.unwrap();
    client.get_partner().partner_id(&id).send().await.unwrap();
    client.get_partner().partner_id(id).send().await.unwrap();
    assert_eq!(
        api.requests(),
        vec![api.expected("GET", "/api/v2/partners/abcPA"); 5]
    );
}

#[test]
fn an_unknown_value_keeps_its_string() {
    fn check<T>(unknown: fn(String) -> T, known: &[T])
    where
        T: for<'a> From<&'a str>
            + From<String>
            + AsRef<str>
            + Display
            + Debug
            + PartialEq
            + Serialize
            + DeserializeOwned,
    {
        for text in [
            "of_tomorrow",
            "",
            "READY",
            " ready",
            "Ünbekannt \"x\"\n",
            "unknown",
            "Unknown",
        ] {
            let value = unknown(text.to_owned());
            assert_eq!(T::from(text), value);
            assert_eq!(T::from(text.to_owned()), value);
            assert_eq!(serde_json::from_value::<T>(json!(text)).unwrap(), value);
            assert_eq!(serde_json::to_value(&value).unwrap(), text);
            assert_eq!((value.to_string().as_str(), value.as_ref()), (text, text));
        }
        assert!(!known.is_empty());
        for value in known {
            let text = value.to_string();
            assert_ne!(*value, unknown(text.clone()));
            assert_eq!(T::from(text.as_str()), *value);
            assert_eq!(T::from(text.clone()), *value);
            assert_eq!(serde_json::from_value::<T>(json!(text)).unwrap(), *value);
            assert_eq!(serde_json::to_value(value).unwrap(), text);
        }
    }
    check(types::ChannelStatus::Unknown, types::ChannelStatus::KNOWN);
    check(
        types::ChannelAvailability::Unknown,
        types::ChannelAvailability::KNOWN,
    );
    check(
        types::VerificationMethod::Unknown,
        types::VerificationMethod::KNOWN,
    );
}

#[tokio::test]
async fn a_given_reqwest_client_sends_the_requests() {
    let api = MockApi::json(200, &fixture("partner")).await;
    let builder = Client::with_api_key(KEY).base_url(api.base_url());
    let client = builder.http_client(own_http_client()).build().unwrap();
    client
        .get_partner()
        .partner_id("Kq3vTzPA")
        .send()
        .await
        .unwrap();
    let headers = api.request().headers;
    assert!(
        headers.contains(&("user-agent".to_owned(), "billing-worker/7".to_owned())),
        "{headers:?}"
    );
    assert!(
        headers.contains(&("x-api-key".to_owned(), KEY.to_owned())),
        "{headers:?}"
    );
}
