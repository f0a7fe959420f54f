//! Uses the crate from a synchronous program, without `async`, `.await` or a macro.
//!
//! It starts an emulator, so it needs no account. If `PARTNER_API_KEY` and `PARTNER_ID` are set, it
//! reads from the real API instead.

use std::env;
use std::error::Error;

use partner_api::prelude::*;
use partner_hub::Hub;
use tokio::runtime;

fn main() -> Result<(), Box<dyn Error>> {
    // One runtime for the whole program, because connections belong to it. It has no thread of its
    // own and runs only during `block_on`, so nothing happens in the background.
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;

    if let (Ok(key), Ok(partner_id)) = (env::var("PARTNER_API_KEY"), env::var("PARTNER_ID")) {
        let client = Client::with_api_key(key).build()?;
        return show(&runtime, &client, &partner_id);
    }
    let hub = runtime.block_on(Hub::builder().clients(250).start())?;
    let client = Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .build()?;
    show(&runtime, &client, hub.partner_id())
}

fn show(
    runtime: &runtime::Runtime,
    client: &Client,
    partner_id: &str,
) -> Result<(), Box<dyn Error>> {
    // A call: `block_on` instead of `.await`.
    let partner = runtime.block_on(client.get_partner().partner_id(partner_id).send())?;
    println!(
        "Partner {partner_id}: {}",
        partner.brand_name.as_deref().unwrap_or("(no name)")
    );

    // A list, item by item. The loop fetches further pages as it needs them.
    let list = client.list_clients().partner_id(partner_id).limit(100);
    let mut clients = list.stream();
    let mut count = 0;
    while let Some(account) = runtime.block_on(clients.try_next())? {
        count += 1;
        if count <= 5 {
            println!("  {}", account.name.as_deref().unwrap_or("(no name)"));
        }
    }
    println!("{count} clients in all");

    // Or the whole list as a `Vec`.
    let list = client.list_partner_change_requests().partner_id(partner_id);
    let requests: Vec<_> = runtime.block_on(list.stream().try_collect())?;
    println!("{} change requests", requests.len());
    Ok(())
}
