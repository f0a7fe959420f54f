//! No debug output and no panic message shows a secret.

use std::fmt::Debug;
use std::time::Duration;

use partner_api::prelude::*;
use partner_api::reqwest::header::{HeaderName, HeaderValue};
use partner_api::secrecy::ExposeSecret as _;
use partner_api::{CallOptions, Credential, Error, MemoryTokenStore, Token, TokenKey, TokenStore};
use partner_hub::Hub;

use crate::support::folder::Folder;
use crate::support::hidden::{USER, assert_hidden_in_any_form, owned, watched};
use crate::support::output::{debug, output_of};
use crate::support::raw_server::Server;

const KEY: &str = "pr1nted/s3cret+Aa==";

const PASSWORD: &str = "pr1nted/passw0rd+Bb==";

const TOKEN: &str = "pr1nted/t0ken+Cc==";

#[test]
fn no_debug_output_shows_a_secret() {
    let options = CallOptions::new().timeout(Duration::from_secs(1)).header(
        HeaderName::from_static("x-request-id"),
        HeaderValue::from_static("7"),
    );
    let mut text = debug(&Credential::api_key(KEY).unwrap())
        + &debug(&Credential::bearer(TOKEN).unwrap())
        + &debug(&Token::new(TOKEN, None))
        + &debug(&Token::new(TOKEN, std::time::SystemTime::now()))
        + &debug(&options);
    let provider = || async { Ok(Credential::bearer(TOKEN)?) };
    for builder in [
        Client::with_api_key(KEY),
        Client::with_login(USER, PASSWORD),
        Client::with_login(USER, PASSWORD).token_store(MemoryTokenStore::new()),
        Client::with_credentials(provider),
        Client::with_api_key(KEY).base_url(format!("https://user:{TOKEN}@hub.test")),
        Client::with_api_key(KEY).base_url(format!("https://hub.test?key={TOKEN}")),
    ] {
        text += &debug(&builder);
        match builder.build() {
            Err(error) => text += &output_of(&error),
            Ok(client) => {
                text += &debug(&client);
                text += &debug(&client.list_clients().limit(1));
                text += &debug(&client.update_client().client_id("mN8wXyCL"));
                text += &debug(&client.list_shared_client_numbers());
                text += &debug(&client.get_partner().partner_id("Kq3vTzPA"));
                text += &debug(&client.update_partner());
                text += &debug(&client.list_partner_change_requests());
                text += &debug(&client.approve_partner_change_request().pcr_id("916c05f1"));
            }
        }
    }
    for bad in [format!("{KEY}\n"), format!("{KEY} "), format!("{KEY}é")] {
        for error in [
            Credential::api_key(bad.clone()).unwrap_err(),
            Credential::bearer(bad.clone()).unwrap_err(),
            Client::with_api_key(bad).build().unwrap_err(),
        ] {
            text += &output_of(&error);
        }
    }
    assert_hidden_in_any_form(&owned(&[KEY, PASSWORD, TOKEN]), "a type", &text);
}

/// Logs in with a store, and asserts that no debug output shows a secret.
async fn assert_hidden_after_a_login(store: impl TokenStore + Clone + Debug) {
    let hub = Hub::builder().clients(30).page_size(10, 10);
    let hub = hub.start().await.unwrap();
    let login = Client::with_login(hub.username(), hub.password());
    let client = login
        .base_url(hub.url())
        .token_store(store.clone())
        .build()
        .unwrap();
    let partner = client.partner(hub.partner_id());
    let response = partner.get_partner().send().await.unwrap();
    let key = TokenKey::new(&hub.url().parse().unwrap(), hub.username());
    let token = store.load(&key).await.unwrap().expect("a login");
    let secret = token.access_token().expose_secret().to_owned();

    let mut pages = partner.list_clients().pages();
    let mut items = partner.list_clients().stream().concurrency(2);
    let mut text = debug(&pages) + &debug(&items);
    let page = pages.try_next().await.unwrap().unwrap();
    let item = items.try_next().await.unwrap().unwrap();
    text += &(debug(&pages) + &debug(&items) + &debug(&page) + &debug(&item));
    text += &(debug(&client) + &debug(&partner) + &debug(&response));
    text += &(debug(&store) + &debug(&token) + &debug(&key));
    text += &debug(&partner.update_partner());
    text += &debug(&partner.list_partner_change_requests().pages());
    text += &debug(&partner.approve_partner_change_request().pcr_id("916c05f1"));
    assert!(text.contains("TokenStore"), "the store is printed: {text}");
    let secrets = [hub.password().to_owned(), secret];
    assert_hidden_in_any_form(&secrets, "a value", &text);
}

#[tokio::test]
async fn no_debug_output_shows_a_secret_after_a_login() {
    assert_hidden_after_a_login(MemoryTokenStore::new()).await;
    let folder = Folder::new();
    assert_hidden_after_a_login(folder.store()).await;
}

#[tokio::test]
async fn no_panic_message_shows_a_secret() {
    let server = Server::sending(
        "403 No",
        format!(r#"{{"meta": {{"developer_message": "Not {KEY}."}}}}"#),
    )
    .await;
    let (client, _) = watched(Client::with_api_key(KEY), &server.url());
    let call = client.get_partner().partner_id("Kq3vTzPA");
    let error = call.clone().send().await.unwrap_err();
    let message = |panic: Box<dyn std::any::Any + Send>| *panic.downcast::<String>().unwrap();
    let failed: fn(Result<(), Error>) = |result| result.expect("a partner");
    let end = std::thread::spawn(move || failed(Err(error)));
    let error = message(end.join().unwrap_err());
    let given = client.clone();
    let built: fn(Result<Client, ()>) = |result| result.expect_err("no client");
    let end = std::thread::spawn(move || built(Ok(given)));
    let client = message(end.join().unwrap_err());
    for text in [error, client] {
        assert!(text.contains(" { "), "it shows something: {text}");
        assert_hidden_in_any_form(&owned(&[KEY]), "a panic", &text);
    }
}
