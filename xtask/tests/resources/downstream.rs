//! A program that uses the crate, which `it/downstream.rs` runs with other clients.

#![allow(clippy::unwrap_used, deprecated, missing_docs)]

use httpmock::MockServer;
use partner_api::prelude::*;

#[tokio::test]
async fn the_program_works() {
    // The response is valid for the old and for the new document.
    let server = MockServer::start();
    server.mock(|when, then| {
        when.path_includes("shared_client_numbers");
        then.json_body(serde_json::json!([{"status": "verified"}, {"status": "VERIFIED"}]));
    });
    server.mock(|when, then| {
        when.any_request();
        then.json_body(serde_json::json!({"clients": [{"name": "Demo", "max_channels": 3, "maxChannels": 3}]}));
    });
    let client = Client::with_api_key("key").base_url(server.base_url()).build().unwrap();

    let clients = client.list_clients().partner_id("abcPA").offset(1).send().await.unwrap();
    let account: &types::ClientAccount = &clients.clients[0];
    let name: Option<String> = account.name.clone();
    let channels: Option<i64> = account.max_channels;
    assert_eq!((name.as_deref(), channels), (Some("Demo"), Some(3)));

    let update = types::ClientUpdate { max_channels: Some(4), ..Default::default() };
    client.update_client().partner_id("abcPA").client_id("xyzCL").body(update).send().await.unwrap();

    let numbers = client.list_shared_client_numbers().partner_id("abcPA").client_id("xyzCL").send().await;
    let numbers: Vec<types::Channel> = numbers.unwrap().into_inner();
    let is_verified = |channel: &&types::Channel| match &channel.status {
        Some(types::ChannelStatus::Verified) => true,
        _ => false,
    };
    assert_eq!(numbers.iter().filter(is_verified).count(), 1);

    client.get_partner().partner_id("abcPA").send().await.unwrap();
    let approval = client.approve_partner_change_request().partner_id("abcPA").pcr_id("1");
    approval.send().await.unwrap();
}
