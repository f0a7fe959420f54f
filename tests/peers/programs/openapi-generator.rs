//! The program of `tests/peers/run` with the client of openapi-generator.

use std::env::{args, var};
use std::error::Error;

use openapi::apis::configuration::{ApiKey, Configuration};
use openapi::apis::{
    client_management_api, partner_change_request_management_api, partner_management_api,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (work, count) = (args().nth(1).ok_or("no work")?, args().nth(2).ok_or("no count")?);
    let mut client = Configuration { base_path: var("URL")?, ..Configuration::new() };
    // The document has no login, so neither has the client.
    match var("TOKEN") {
        Ok(token) => client.bearer_access_token = Some(token),
        Err(_) => client.api_key = Some(ApiKey { prefix: None, key: var("KEY")? }),
    }
    let partner = &var("PARTNER")?;
    for _ in 0..count.parse()? {
        match work.as_str() {
            "get_partner" => drop(partner_management_api::get_partner(&client, partner).await?),
            "list_clients" => drop(page(&client, partner, 0).await?),
            "list_shared_client_numbers" => drop(
                client_management_api::list_shared_client_numbers(&client, "xyzCL", partner).await?,
            ),
            "list_partner_change_requests" => drop(
                partner_change_request_management_api::list_partner_change_requests(
                    &client, partner, None, None, None, None,
                )
                .await?,
            ),
            "all_clients" => {
                let (mut offset, mut read) = (0, 0);
                loop {
                    let clients = page(&client, partner, offset).await?.clients.unwrap_or_default();
                    if clients.is_empty() {
                        break;
                    }
                    offset += clients.len() as i32;
                    read += clients.iter().filter(|account| account.id.is_some()).count();
                }
                println!("{read}");
            }
            _ => return Err("unknown work".into()),
        }
    }
    Ok(())
}

async fn page(
    client: &Configuration,
    partner: &str,
    offset: i32,
) -> Result<openapi::models::ClientList, Box<dyn Error>> {
    let page = client_management_api::list_clients(client, partner, None, None, Some(offset), Some(100));
    Ok(page.await?)
}
