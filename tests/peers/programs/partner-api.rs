//! The program of `tests/peers/run` with partner-api.

use std::env::{args, var};
use std::error::Error;

use partner_api::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (work, count) = (args().nth(1).ok_or("no work")?, args().nth(2).ok_or("no count")?);
    let builder = match var("LOGIN") {
        Ok(login) => {
            let (username, password) = login.split_once(' ').ok_or("no password")?;
            Client::with_login(username, password)
        }
        Err(_) => Client::with_api_key(var("KEY")?),
    };
    let client = builder.base_url(&var("URL")?).build()?.partner(var("PARTNER")?);
    for _ in 0..count.parse()? {
        match work.as_str() {
            "get_partner" => drop(client.get_partner().send().await?.into_inner()),
            "list_clients" => drop(client.list_clients().limit(100).send().await?.into_inner()),
            "list_shared_client_numbers" => {
                drop(client.list_shared_client_numbers().client_id("xyzCL").send().await?.into_inner())
            }
            "list_partner_change_requests" => {
                drop(client.list_partner_change_requests().send().await?.into_inner())
            }
            "all_clients" | "all_clients_concurrently" => {
                let mut clients = client.list_clients().limit(100).stream();
                if work == "all_clients_concurrently" {
                    clients = clients.concurrency(8);
                }
                let mut read = 0;
                while let Some(account) = clients.try_next().await? {
                    read += usize::from(account.id.is_some());
                }
                println!("{read}");
            }
            _ => return Err("unknown work".into()),
        }
    }
    Ok(())
}
