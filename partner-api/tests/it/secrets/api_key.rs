//! An API key is in no output of a client, a builder or an error.

use partner_api::ErrorKind;
use partner_api::prelude::*;
use serde_json::json;

use crate::support::calls::fetch;
use crate::support::mock_api::{KEY, MockApi, closed_port, own_http_client};
use crate::support::output::{assert_hidden, debug, output_of};

#[tokio::test]
async fn no_output_of_a_client_or_builder_has_the_key() {
    let api = MockApi::json(200, &json!({"id": "Kq3vTzPA"})).await;
    assert_hidden(KEY, &debug(&Client::with_api_key(KEY)));
    assert_hidden(
        KEY,
        &debug(&Client::with_api_key(KEY).http_client(own_http_client())),
    );

    let client = api.client();
    assert_hidden(KEY, &debug(&client));
    assert_hidden(KEY, &debug(&client.get_partner().partner_id("Kq3vTzPA")));
    assert_hidden(
        KEY,
        &debug(
            &client
                .update_partner()
                .body(types::PartnerUpdate::default()),
        ),
    );
    assert_hidden(KEY, &debug(&client.list_clients().limit(1)));
    assert_hidden(
        KEY,
        &debug(&client.update_client().body(types::ClientUpdate::default())),
    );
    assert_hidden(KEY, &debug(&client.list_shared_client_numbers()));
    assert_hidden(KEY, &debug(&client.list_partner_change_requests()));
    assert_hidden(KEY, &debug(&client.approve_partner_change_request()));

    let response = client
        .get_partner()
        .partner_id("Kq3vTzPA")
        .send()
        .await
        .unwrap();
    assert_hidden(KEY, &debug(&response));
    assert!(
        api.request()
            .headers
            .contains(&("x-api-key".to_owned(), KEY.to_owned())),
        "it was sent all the same"
    );
}

#[tokio::test]
async fn no_error_of_a_call_has_the_key() {
    let unreachable = Client::with_api_key(KEY)
        .base_url(format!("http://{}", closed_port()))
        .build()
        .unwrap();
    let apis = [
        MockApi::json(
            401,
            &json!({"meta": {"developer_message": "Invalid key.", "http_code": 401}}),
        )
        .await,
        MockApi::new(500, "text/html", "<html>oops</html>").await,
        MockApi::new(200, "application/json", r#"{"brand_name": {}}"#).await,
        MockApi::new(200, "application/json", "{").await,
        MockApi::redirecting(307, "https://example.com/").await,
    ];
    let mut clients: Vec<_> = apis.iter().map(MockApi::client).collect();
    clients.push(unreachable);
    for client in &clients {
        let error = fetch(client).await.unwrap_err();
        assert_hidden(KEY, &output_of(&error));
        let rejected = client
            .get_partner()
            .partner_id("..")
            .send()
            .await
            .unwrap_err();
        assert_hidden(KEY, &output_of(&rejected));
    }
}

#[tokio::test]
async fn no_error_has_a_key_that_the_server_sends_back() {
    // A base64 key, as servers write it in JSON.
    let key = "q83v/Ze+s3cret==";
    for sent in [key, r"q83v\/Ze+s3cret==", r"q83v\u002FZe\u002bs3cret=="] {
        let apis = [
            (
                401,
                format!(r#"{{"meta": {{"developer_message": "Bad key {sent}."}}}}"#),
            ),
            (
                401,
                format!(r#"{{"meta": {{"details": {{"{sent}": ["{sent}"]}}}}}}"#),
            ),
            (
                401,
                format!(r#"{{"meta": {{"360dialog_trace_id": "{sent}", "key": "{sent}"}}}}"#),
            ),
            (502, format!("<html>{sent}</html>")),
            (
                200,
                format!(r#"{{"allow_client_to_add_phone_no": "{sent}"}}"#),
            ),
            (
                200,
                format!(r#"{{"payment_plan": {{"{sent}": "{sent}"}}, "country": 1}}"#),
            ),
        ];
        for (status, body) in apis {
            let api = MockApi::new(status, "application/json", &body).await;
            let client = Client::with_api_key(key)
                .base_url(api.base_url())
                .build()
                .unwrap();
            let error = fetch(&client).await.unwrap_err();
            assert_hidden(key, &output_of(&error));
            assert_hidden("s3cret", &output_of(&error));
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        }
    }
}

#[test]
fn a_key_that_is_invalid_in_a_header_is_rejected_without_being_shown() {
    for key in [
        "",
        "s3cret\n",
        "s3cret\r\nx-admin: 1",
        "s3cret\0",
        "\ts3cret",
        "s3cret k3y",
        "s3crét",
        "s3cret\u{7f}",
    ] {
        let error = Client::with_api_key(key).build().unwrap_err();
        let ErrorKind::Configuration { setting, .. } = error.kind() else {
            panic!("{error:?}")
        };
        assert_eq!(*setting, "api_key");
        assert_eq!(
            (error.operation(), error.status(), error.attempts()),
            (None, None, 0)
        );
        let text = output_of(&error);
        assert!(text.contains("api_key"), "{text}");
        assert_hidden("s3cr", &text);
    }
}

#[tokio::test]
async fn no_error_shows_the_callers_data_in_the_query() {
    let apis = [
        MockApi::new(500, "text/html", "").await,
        MockApi::new(200, "text/html", "<html>").await,
    ];
    let mut clients: Vec<_> = apis.iter().map(MockApi::client).collect();
    clients.push(
        Client::with_api_key(KEY)
            .base_url(format!("http://{}", closed_port()))
            .build()
            .unwrap(),
    );
    for client in &clients {
        let filters = types::ClientFilters {
            contact_info_email: Some("office@shop.example".into()),
            ..Default::default()
        };
        let error = client
            .list_clients()
            .partner_id("Kq3vTzPA")
            .filters(filters)
            .send()
            .await
            .unwrap_err();
        assert_hidden("shop.example", &output_of(&error));
    }
}

#[tokio::test]
async fn a_response_that_cannot_be_decoded_is_not_shown() {
    let bodies = [
        r#"{"allow_client_to_add_phone_no": "office@shop.example"}"#,
        r#"{"brand_name": "office@shop.example", "country": 1}"#,
        r#""office@shop.example""#,
        "office@shop.example",
    ];
    for body in bodies {
        let api = MockApi::new(200, "application/json", body).await;
        let error = fetch(&api.client()).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Decode { .. }),
            "{error:?}"
        );
        assert_hidden("shop.example", &output_of(&error));
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_and_the_key_is_not_sent_on() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = MockApi::json(200, &json!({"id": "stolen"})).await;
        let api = MockApi::redirecting(
            status,
            &format!("{}/api/v2/partners/Kq3vTzPA", elsewhere.base_url()),
        )
        .await;
        let client = api.client();
        let read = fetch(&client).await.unwrap_err();
        let write = client
            .approve_partner_change_request()
            .partner_id("x")
            .pcr_id("y")
            .send()
            .await
            .unwrap_err();
        assert_eq!(read.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(write.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(api.requests().len(), 2);
        assert_eq!(elsewhere.requests(), []);
    }
}
