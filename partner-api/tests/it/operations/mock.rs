//! The typed mocks that a program's own tests use (feature `mock`).

use futures_util::FutureExt as _;
use partner_api::httpmock::{Mock, MockServer};
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

fn account(number: u32) -> types::ClientAccount {
    types::ClientAccount {
        id: Some(format!("{number}CL").into()),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_mock_of_a_list_responds_with_any_page() {
    let (server, client) = server().await;
    server.list_clients(|_, then| drop(then.items((0..250).map(account))));
    let all: Vec<_> = (0..250).map(account).collect();
    let list = client.list_clients().partner_id("Kq3vTzPA");
    for limit in [
        None,
        Some(1),
        Some(2),
        Some(20),
        Some(100),
        Some(249),
        Some(1000),
    ] {
        for concurrency in [1, 4] {
            let mut list = list.clone();
            if let Some(limit) = limit {
                list = list.limit(limit);
            }
            let walk = list.stream().concurrency(concurrency);
            let walked: Vec<_> = walk.try_collect().await.unwrap();
            assert_eq!(walked, all, "{limit:?} {concurrency}");
        }
    }
    let page = list.clone().limit(100).offset(200).send().await.unwrap();
    assert_eq!(page.clients, all[200..]);
    assert_eq!(
        (page.total, page.limit, page.offset, page.count),
        (Some(250), Some(100), Some(200), Some(50))
    );
    assert_eq!(page.extra.len(), 0, "{:?}", page.extra);
    let beyond = list.offset(251).send().await.unwrap();
    assert_eq!((beyond.total, beyond.clients.len()), (Some(250), 0));
}

#[tokio::test]
async fn a_mock_of_a_list_may_be_empty_or_have_items_without_ids() {
    let (server, client) = server().await;
    server.list_clients(|_, then| drop(then.items(vec![])));
    let clients = client.list_clients().partner_id("Kq3vTzPA").stream();
    let walked: Vec<_> = clients.try_collect().await.unwrap();
    assert_eq!(walked, []);
    let request = |number: usize| types::PartnerChangeRequest {
        status: Some(number.to_string().into()),
        ..Default::default()
    };
    let requests: Vec<_> = (0..30).map(request).collect();
    server.list_partner_change_requests(|when, then| {
        when.partner_id("Kq3vTzPA");
        then.items(requests.clone());
    });
    let list = client.list_partner_change_requests();
    let walk = list.partner_id("Kq3vTzPA").limit(7).stream();
    let walked: Vec<_> = walk.try_collect().await.unwrap();
    assert_eq!(walked, requests);
}

#[tokio::test]
async fn a_mock_can_return_an_error_with_a_message() {
    let (server, client) = server().await;
    server.update_client(|_, then| drop(then.error(404, "Client not found")));
    let change = types::ClientUpdate {
        max_channels: Some(3),
        ..Default::default()
    };
    let call = client.update_client().partner_id("Kq3vTzPA");
    let error = call.client_id("pW8nYcCL").body(change).send().await;
    let error = error.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.developer_message(), Some("Client not found"));
    assert_eq!(
        error.meta().map(|meta| &meta.http_code),
        Some(&Some(404.into()))
    );
}

/// What a failed assertion of a mock prints.
async fn mismatch(mock: Mock<'_>) -> String {
    let failed = std::panic::AssertUnwindSafe(mock.assert_async()).catch_unwind();
    let payload = failed.await.unwrap_err();
    payload.downcast_ref::<String>().unwrap().clone()
}

#[tokio::test]
async fn a_request_that_matches_no_mock_shows_which_argument_differs() {
    let (server, client) = server().await;
    let mock = server.list_clients(|when, then| {
        when.partner_id("Kq3vTzPA").limit(20);
        then.items(vec![]);
    });
    let call = client.list_clients().partner_id("Vn2gMwPA").limit(20);
    let error = call.send().await.unwrap_err().to_string();
    assert!(
        error.ends_with("404 Not Found: Request did not match any route or mock"),
        "{error}"
    );
    let printed = mismatch(mock).await;
    for part in ["(?<partner_id>Kq3vTzPA)", "/partners/Vn2gMwPA/clients"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    assert!(!printed.contains("Query"), "{printed}");
}

#[tokio::test]
async fn a_failed_assertion_of_a_mock_shows_parameters_and_bodies() {
    let (server, client) = server().await;
    let change = |channels| types::ClientUpdate {
        max_channels: Some(channels),
        ..Default::default()
    };
    let list = server.list_clients(|when, then| {
        when.limit(20);
        then.items(vec![]);
    });
    let update = server.update_client(|when, then| {
        when.client_id("pW8nYcCL").body(&change(3));
        then.ok(&types::ClientAccount::default());
    });
    let partner = client.partner("Kq3vTzPA");
    partner.list_clients().limit(21).send().await.unwrap_err();
    let call = partner
        .update_client()
        .client_id("pW8nYcCL")
        .body(change(4));
    call.send().await.unwrap_err();
    let printed = mismatch(list).await;
    assert!(
        printed.contains("limit") && printed.contains("21"),
        "{printed}"
    );
    let printed = mismatch(update).await;
    for part in [r#"---| {"max_channels":3}"#, r#"+++| {"max_channels":4}"#] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    assert!(!printed.contains("Path"), "{printed}");
}
