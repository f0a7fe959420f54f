//! The typed mocks that a program's own tests use (feature `mock`).

use httpmock::MockServer;
use partner_api::mock::MockServerExt as _;
use partner_api::prelude::*;
use partner_api::{JsonParam, Sort};

async fn server() -> (MockServer, Client) {
    let server = MockServer::start_async().await;
    let client = Client::with_api_key("key")
        .base_url(server.base_url())
        .build()
        .unwrap();
    (server, client)
}

#[tokio::test]
async fn list_clients_is_mocked() {
    let (server, client) = server().await;
    let filters = types::ClientFilters {
        status: Some("active".into()),
        ..Default::default()
    };
    let page = types::ClientList {
        clients: vec![types::ClientAccount {
            id: Some("pW8nYcCL".into()),
            ..Default::default()
        }],
        total: Some(1),
        ..Default::default()
    };
    let mock = server.list_clients(|when, then| {
        when.partner_id("Kq3vTzPA")
            .filters(&JsonParam(filters.clone()))
            .limit(100)
            .offset(None)
            .sort(&Sort::from(types::ClientSort::CreatedAt.desc()));
        then.ok(&page);
    });
    let call = client
        .list_clients()
        .partner_id("Kq3vTzPA")
        .filters(filters)
        .limit(100)
        .sort("-created_at");
    assert_eq!(call.clone().send().await.unwrap().into_inner(), page);
    assert!(
        call.clone()
            .offset(1)
            .send()
            .await
            .unwrap_err()
            .is_not_found(),
        "an offset was not expected"
    );
    assert!(
        call.limit(99).send().await.unwrap_err().is_not_found(),
        "another limit was expected"
    );
    mock.assert_calls(1);
}

#[tokio::test]
async fn update_client_is_mocked() {
    let (server, client) = server().await;
    let change = types::ClientUpdate {
        max_channels: Some(3),
        ..Default::default()
    };
    let changed = types::ClientAccount {
        max_channels: Some(3),
        ..Default::default()
    };
    let mock = server.update_client(|when, then| {
        when.partner_id("Kq3vTzPA")
            .client_id("pW8nYcCL")
            .body(&change);
        then.ok(&changed);
    });
    let call = client
        .update_client()
        .partner_id("Kq3vTzPA")
        .client_id("pW8nYcCL")
        .body(change);
    assert_eq!(call.clone().send().await.unwrap().into_inner(), changed);
    assert!(
        call.clone().client_id("Zb41LmCL").send().await.is_err(),
        "another client"
    );
    assert!(
        call.body(types::ClientUpdate {
            max_channels: Some(4),
            ..Default::default()
        })
        .send()
        .await
        .is_err(),
        "another body"
    );
    mock.assert_calls(1);
}

#[tokio::test]
async fn list_shared_client_numbers_is_mocked() {
    let (server, client) = server().await;
    let channels = vec![types::Channel {
        status: Some("ready".into()),
        ..Default::default()
    }];
    let mock = server.list_shared_client_numbers(|when, then| {
        when.partner_id("Kq3vTzPA").client_id("pW8nYcCL");
        then.ok(&channels);
    });
    let call = client.list_shared_client_numbers().partner_id("Kq3vTzPA");
    assert_eq!(
        call.clone()
            .client_id("pW8nYcCL")
            .send()
            .await
            .unwrap()
            .into_inner(),
        channels
    );
    assert!(
        call.client_id("pW8nYcCLx").send().await.is_err(),
        "another client"
    );
    mock.assert_calls(1);
}

#[tokio::test]
async fn get_partner_is_mocked() {
    let (server, client) = server().await;
    let partner = types::Partner {
        brand_name: Some("Harbour Messaging".to_owned()),
        ..Default::default()
    };
    let mock = server.get_partner(|when, then| {
        when.partner_id("Kq3vTzPA");
        then.ok(&partner);
    });
    assert_eq!(
        client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap()
            .into_inner(),
        partner
    );
    assert!(
        client
            .get_partner()
            .partner_id("Vn2gMwPA")
            .send()
            .await
            .is_err(),
        "another partner"
    );
    mock.assert_calls(1);
}

#[tokio::test]
async fn update_partner_is_mocked() {
    let (server, client) = server().await;
    let change = types::PartnerUpdate {
        webhook_url: Some(String::new()),
        ..Default::default()
    };
    let partner = types::Partner {
        webhook_url: Some(String::new()),
        ..Default::default()
    };
    let mock = server.update_partner(|when, then| {
        when.partner_id("Kq3vTzPA").body(&change);
        then.ok(&partner);
    });
    let call = client.update_partner().partner_id("Kq3vTzPA");
    assert_eq!(
        call.clone().body(change).send().await.unwrap().into_inner(),
        partner
    );
    assert!(
        call.body(types::PartnerUpdate::default())
            .send()
            .await
            .is_err(),
        "another body"
    );
    mock.assert_calls(1);
}

#[tokio::test]
async fn list_partner_change_requests_is_mocked() {
    let (server, client) = server().await;
    let filters = types::PartnerChangeRequestFilters {
        q: Some("rad".to_owned()),
        ..Default::default()
    };
    let page = types::PartnerChangeRequestList {
        total: Some(0),
        ..Default::default()
    };
    let mock = server.list_partner_change_requests(|when, then| {
        when.partner_id("Kq3vTzPA")
            .filters(&JsonParam(filters.clone()))
            .limit(20)
            .offset(40)
            .sort(None);
        then.ok(&page);
    });
    let call = client
        .list_partner_change_requests()
        .partner_id("Kq3vTzPA")
        .filters(filters)
        .limit(20);
    assert_eq!(
        call.clone().offset(40).send().await.unwrap().into_inner(),
        page
    );
    assert!(call.offset(41).send().await.is_err(), "another offset");
    mock.assert_calls(1);
}

#[tokio::test]
async fn approve_partner_change_request_is_mocked() {
    let (server, client) = server().await;
    let request = types::PartnerChangeRequest {
        status: Some("pending".into()),
        ..Default::default()
    };
    let mock = server.approve_partner_change_request(|when, then| {
        when.partner_id("Kq3vTzPA").pcr_id("5d1c7e0a");
        then.ok(&request);
    });
    let call = client
        .approve_partner_change_request()
        .partner_id("Kq3vTzPA");
    assert_eq!(
        call.clone()
            .pcr_id("5d1c7e0a")
            .send()
            .await
            .unwrap()
            .into_inner(),
        request
    );
    assert!(
        call.pcr_id("e7b02c44").send().await.is_err(),
        "another change request"
    );
    mock.assert_calls(1);
}

#[tokio::test]
async fn a_mock_can_return_an_error() {
    let (server, client) = server().await;
    let body = types::ErrorResponse {
        meta: Some(types::ErrorResponseMeta {
            developer_message: Some("Not yours.".to_owned()),
            trace_id: Some("4bf92f35".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    server.get_partner(|when, then| {
        when.partner_id("Vn2gMwPA");
        then.client_error(403, &body);
    });
    server.update_partner(|_, then| drop(then.server_error(503, &body)));
    let rejected = client
        .get_partner()
        .partner_id("Vn2gMwPA")
        .send()
        .await
        .unwrap_err();
    assert!(rejected.is_auth());
    assert_eq!(
        (rejected.developer_message(), rejected.trace_id()),
        (Some("Not yours."), Some("4bf92f35"))
    );
    let call = client
        .update_partner()
        .partner_id("Kq3vTzPA")
        .body(types::PartnerUpdate {
            webhook_url: Some("https://hooks.example".to_owned()),
            ..Default::default()
        });
    assert_eq!(
        call.send()
            .await
            .unwrap_err()
            .status()
            .map(|status| status.as_u16()),
        Some(503)
    );
}

#[tokio::test]
async fn a_mock_matches_no_other_operation() {
    let (server, client) = server().await;
    let mock = server.get_partner(|_, then| drop(then.ok(&types::Partner::default())));
    assert!(
        client
            .list_clients()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .is_err()
    );
    let update = client
        .update_partner()
        .partner_id("Kq3vTzPA")
        .body(types::PartnerUpdate::default());
    assert!(update.send().await.is_err());
    mock.assert_calls(0);
    assert!(
        client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .is_ok()
    );
    mock.assert_calls(1);
}

#[tokio::test]
async fn an_identifier_in_a_mock_is_not_a_pattern() {
    let (server, client) = server().await;
    server.get_partner(|when, then| {
        when.partner_id("a.cPA");
        then.ok(&types::Partner::default());
    });
    assert!(
        client
            .get_partner()
            .partner_id("a.cPA")
            .send()
            .await
            .is_ok()
    );
    assert!(
        client
            .get_partner()
            .partner_id("abcPA")
            .send()
            .await
            .is_err(),
        "a dot is a dot"
    );
}

#[tokio::test]
async fn an_identifier_with_a_bracket_can_be_mocked() {
    let (server, client) = server().await;
    server.get_partner(|when, then| {
        when.partner_id("a(cPA");
        then.ok(&types::Partner::default());
    });
    assert!(
        client
            .get_partner()
            .partner_id("a(cPA")
            .send()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_identifier_that_is_encoded_in_the_path_can_be_mocked() {
    let (server, client) = server().await;
    for id in ["a b", "ü", "50%"] {
        server.update_client(|when, then| {
            when.partner_id(id).client_id(id);
            then.ok(&types::ClientAccount::default());
        });
        let call = client
            .update_client()
            .partner_id(id)
            .client_id(id)
            .body(types::ClientUpdate {
                max_channels: Some(1),
                ..Default::default()
            });
        assert!(call.send().await.is_ok(), "{id}");
    }
}
