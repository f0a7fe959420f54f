//! Prints a partner and its clients, and approves a change request.
//!
//! It starts an emulator, so it needs no account. If `PARTNER_API_KEY` and `PARTNER_ID` are set, it
//! reads from the real API instead and approves nothing.

use std::env;
use std::error::Error;
use std::time::Duration;

use partner_api::prelude::*;
use partner_hub::Hub;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if let (Ok(key), Ok(partner_id)) = (env::var("PARTNER_API_KEY"), env::var("PARTNER_ID")) {
        let client = Client::with_api_key(key).build()?;
        return show(&client, &partner_id).await;
    }

    let hub = Hub::builder()
        .clients(500)
        .anomaly_rate(0.0)
        .start()
        .await?;
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .build()?;
    show(&client, hub.partner_id()).await?;
    approve(&client, &hub).await
}

async fn show(client: &Client, partner_id: &str) -> Result<(), Box<dyn Error>> {
    let scope = client.partner(partner_id);
    let partner = scope.get_partner().send().await?;
    println!(
        "Partner {partner_id}: {}; its newest active clients:",
        partner.brand_name.as_deref().unwrap_or("(no name)")
    );

    let mut clients = scope
        .list_clients()
        .filters(types::ClientFilters {
            status: Some("active".into()),
            ..Default::default()
        })
        .sort(types::ClientSort::CreatedAt.desc())
        .limit(100)
        .stream();
    let (mut count, mut in_brazil) = (0, 0);
    while let Some(account) = clients.try_next().await? {
        count += 1;
        let contact = account.contact_info.unwrap_or_default();
        in_brazil += usize::from(contact.country.as_deref() == Some("BR"));
        if count <= 5 {
            println!(
                "  {}  {}",
                account.id.as_ref().map_or("?", |id| id.as_str()),
                account.name.as_deref().unwrap_or("(no name)")
            );
        }
    }
    println!("  and more: {count} active clients in all, {in_brazil} of them in Brazil");
    Ok(())
}

/// Approves that a client of another partner becomes a client of this one.
async fn approve(client: &Client, hub: &Hub) -> Result<(), Box<dyn Error>> {
    let waiting = types::PartnerChangeRequestFilters {
        status: Some("created".into()),
        ..Default::default()
    };
    let partner = client.partner(hub.partner_id());
    let list = partner.list_partner_change_requests();
    let page = list.filters(waiting).limit(1).send().await?;
    let Some(id) = page
        .partner_change_requests
        .first()
        .and_then(|request| request.id.clone())
    else {
        return Ok(());
    };
    let approved = partner
        .approve_partner_change_request()
        .pcr_id(&id)
        .send()
        .await?;
    println!(
        "\nChange request {id} is now {}",
        approved
            .status
            .as_ref()
            .map_or("?", |status| status.as_str())
    );

    // A migration takes a minute; the emulator's clock can be advanced.
    hub.advance(Duration::from_secs(60))?;
    let same = types::PartnerChangeRequestFilters {
        id: Some(id),
        ..Default::default()
    };
    let list = partner.list_partner_change_requests();
    for request in &list.filters(same).send().await?.partner_change_requests {
        println!(
            "and a minute later {}",
            request
                .status
                .as_ref()
                .map_or("?", |status| status.as_str())
        );
    }
    Ok(())
}
