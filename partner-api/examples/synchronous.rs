//! Uses the crate from a program that is not asynchronous: without `async`, `.await` or a macro.
//!
//! Runs against an emulated hub of its own, so it needs no account. With `PARTNER_API_KEY` and
//! `PARTNER_ID` set it reads from the real hub.

use std::env;
use std::error::Error;

use partner_api::prelude::*;
use partner_hub::Hub;
use tokio::runtime;

fn main() -> Result<(), Box<dyn Error>> {
    // One runtime for the whole program: connections and tokens are kept in it. It has no thread
    // of its own and works while `block_on` runs, so nothing goes on behind the program's back.
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
    // A call: `block_on` around what would be awaited.
    let partner = runtime.block_on(client.get_partner().partner_id(partner_id).send())?;
    println!(
        "Partner {partner_id}: {}",
        partner.brand_name.as_deref().unwrap_or("(no name)")
    );

    // A list, row by row. The next pages are fetched when the loop comes to them.
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

    // Or all at once.
    let list = client.list_partner_change_requests().partner_id(partner_id);
    let requests: Vec<_> = runtime.block_on(list.stream().try_collect())?;
    println!("{} change requests", requests.len());
    Ok(())
}
