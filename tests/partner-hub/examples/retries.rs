//! A test in Rust: `cargo test -p partner-hub --test example`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use partner_api::prelude::*;
use partner_hub::{Fault, Hub};

/// The code that is tested: the names of all active clients.
async fn active_clients(client: &Client, partner: &str) -> Result<Vec<String>, partner_api::Error> {
    let filters = types::ClientFilters {
        status: Some("active".into()),
        ..Default::default()
    };
    let mut clients = client
        .list_clients()
        .partner_id(partner)
        .filters(filters)
        .limit(10)
        .stream();
    let mut names = Vec::new();
    while let Some(client) = clients.try_next().await? {
        names.extend(client.name);
    }
    Ok(names)
}

#[tokio::test]
async fn all_pages_are_read_although_one_request_fails() {
    let hub = Hub::builder()
        .clients(30)
        .anomaly_rate(0.0)
        .start()
        .await
        .unwrap();
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .build()
        .unwrap();
    let id = hub.insert_client(types::ClientAccount {
        name: Some("Café Aurora".to_owned()),
        status: Some("active".to_owned()),
        ..Default::default()
    });
    hub.fault(Fault::status(503).on("list_clients").nth(2))
        .unwrap();

    let names = active_clients(&client, hub.partner_id()).await.unwrap();

    assert!(
        names.contains(&"Café Aurora".to_owned()),
        "{id} is missing: {names:?}"
    );
    let requests = hub.requests();
    let failed: Vec<_> = requests
        .iter()
        .filter(|request| request.status == Some(503))
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].query_param("limit").as_deref(), Some("10"));
    assert!(
        requests
            .iter()
            .all(|request| request.query_param("filters").unwrap().contains("active"))
    );
}
