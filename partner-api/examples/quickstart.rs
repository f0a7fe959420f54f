//! Shows a partner, its clients and an approved change request.
//!
//! Runs against a server of its own, so it needs no account. With `PARTNER_API_KEY` and
//! `PARTNER_ID` set it reads from the real hub; then it approves nothing.

use std::env;
use std::error::Error;

use httpmock::Method::{GET, POST};
use httpmock::MockServer;
use partner_api::prelude::*;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if let (Ok(key), Ok(partner_id)) = (env::var("PARTNER_API_KEY"), env::var("PARTNER_ID")) {
        let client = Client::with_api_key(key).build()?;
        return show(&client, &partner_id).await;
    }

    let hub = embedded_hub();
    let client = Client::with_api_key("example-key")
        .base_url(hub.base_url())
        .build()?;
    show(&client, "demoPA").await?;

    let approved = client
        .approve_partner_change_request()
        .partner_id("demoPA")
        .pcr_id("pcr-1")
        .send()
        .await?;
    println!(
        "\nChange request {} is now {}",
        approved.id.as_deref().unwrap_or("?"),
        approved.status.as_deref().unwrap_or("?"),
    );
    Ok(())
}

async fn show(client: &Client, partner_id: &str) -> Result<(), Box<dyn Error>> {
    let partner = client.get_partner().partner_id(partner_id).send().await?;
    println!(
        "Partner {partner_id}: {}",
        partner.brand_name.as_deref().unwrap_or("(no name)")
    );

    let page = client
        .list_clients()
        .partner_id(partner_id)
        .filters(types::ClientFilters {
            status: Some("active".into()),
            ..Default::default()
        })
        .sort("-created_at")
        .limit(10)
        .send()
        .await?;
    println!(
        "{} active clients, the newest first:",
        page.total.unwrap_or_default()
    );
    for account in &page.clients {
        println!(
            "  {}  {}",
            account.id.as_deref().unwrap_or("?"),
            account.name.as_deref().unwrap_or("(no name)")
        );
    }
    Ok(())
}

/// A server with one partner, two clients and a change request.
fn embedded_hub() -> MockServer {
    let hub = MockServer::start();
    hub.mock(|when, then| {
        when.method(GET)
            .path("/api/v2/partners/demoPA")
            .header("x-api-key", "example-key");
        then.json_body(json!({"id": "demoPA", "brand_name": "Demo Messaging"}));
    });
    hub.mock(|when, then| {
        when.method(GET)
            .path("/api/v2/partners/demoPA/clients")
            .query_param("filters", r#"{"status":"active"}"#)
            .query_param("sort", "-created_at");
        then.json_body(json!({
            "limit": 10, "offset": 0, "total": 2, "count": 2, "sort": ["-created_at"],
            "clients": [
                {"id": "bakeryCL", "name": "Corner Bakery", "status": "active"},
                {"id": "garageCL", "name": "City Garage", "status": "active"},
            ],
        }));
    });
    hub.mock(|when, then| {
        when.method(POST)
            .path("/api/v2/partners/demoPA/selective_partner_change_requests/pcr-1/approve");
        then.json_body(json!({"id": "pcr-1", "status": "pending", "source_client_id": "bakeryCL"}));
    });
    hub
}
