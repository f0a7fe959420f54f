//! The program of `tests/peers/run` with the client of openapi-to-rust.

use std::env::{args, var};
use std::error::Error;

mod generated;
use generated::{ClientList, HttpClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (work, count) = (args().nth(1).ok_or("no work")?, args().nth(2).ok_or("no count")?);
    let client = HttpClient::new().with_base_url(var("URL")?);
    let client = match var("TOKEN") {
        // The client sends its API key as a bearer token.
        Ok(token) => client.with_api_key(token),
        Err(_) => client.with_header("X-API-Key", var("KEY")?),
    };
    let partner = &var("PARTNER")?;
    for _ in 0..count.parse()? {
        match work.as_str() {
            "get_partner" => drop(client.get_partner(partner).await?),
            "list_clients" => drop(page(&client, partner, 0).await?),
            "list_shared_client_numbers" => {
                drop(client.list_shared_client_numbers("xyzCL", partner).await?)
            }
            "list_partner_change_requests" => drop(
                client
                    .list_partner_change_requests(partner, None::<&str>, None, None, None)
                    .await?,
            ),
            "all_clients" => {
                let (mut offset, mut read) = (0, 0);
                loop {
                    let clients = page(&client, partner, offset).await?.clients.unwrap_or_default();
                    if clients.is_empty() {
                        break;
                    }
                    offset += clients.len() as i64;
                    read += clients.iter().filter(|account| account.id.is_some()).count();
                }
                println!("{read}");
            }
            _ => return Err("unknown work".into()),
        }
    }
    Ok(())
}

async fn page(client: &HttpClient, partner: &str, offset: i64) -> Result<ClientList, Box<dyn Error>> {
    let page = client.list_clients(partner, None::<&str>, None, Some(offset), Some(100));
    Ok(page.await?)
}
