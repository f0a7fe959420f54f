//! Token stores that fail, hang or panic: no call fails for it.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use partner_api::prelude::*;
use partner_api::{ErrorKind, MemoryTokenStore, Token, TokenKey, TokenStore};
use partner_hub::Fault;

use crate::support::logins::{self, failures_of, get, log_in_elsewhere, login, millis, plain};
use crate::support::stores::{BoxError, Store, StoreFault, sharing};

#[tokio::test]
async fn an_invalid_token_in_the_store_is_ignored() {
    let hub = plain().start().await.unwrap();
    for text in ["", "two words", "line\nbreak", "\u{20ac}"] {
        let store = Store::with(&hub, Token::new(text, None));
        hub.clear_requests();
        get(&sharing(&hub, store.clone()), &hub).await.unwrap();
        assert_eq!(hub.count("token"), 1);
        assert_ne!(store.access_token().unwrap(), text);
    }
}

#[tokio::test]
async fn a_store_that_fails_fails_no_call() {
    let hub = plain().start().await.unwrap();
    for fault in [StoreFault::Fails, StoreFault::FailsToSave] {
        hub.clear_requests();
        let client = sharing(&hub, Store::default().with_fault(fault));
        assert!(failures_of(&client, &hub, 20).await.is_empty());
        hub.expire_tokens();
        assert!(failures_of(&client, &hub, 20).await.is_empty());
        assert_eq!(hub.count("token"), 2);
    }
}

#[tokio::test]
async fn a_store_that_hangs_delays_calls_but_fails_none() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub)
        .token_store(Store::default().with_fault(StoreFault::Hangs))
        .attempt_timeout(millis(150))
        .build()
        .unwrap();
    let start = Instant::now();
    get(&client, &hub).await.unwrap();
    assert!(
        start.elapsed() >= millis(300),
        "it was waited for, to load and to save"
    );
    let start = Instant::now();
    for _ in 0..5 {
        get(&client, &hub).await.unwrap();
    }
    assert!(start.elapsed() < millis(300), "and not for each call");
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_store_that_panics_causes_no_login_loop() {
    let hub = plain().start().await.unwrap();
    let store = Store::default().with_fault(StoreFault::Panics);
    let client = login(&hub)
        .token_store(store.clone())
        .timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let _ = get(&client, &hub).await;
    let (loads, _) = store.counts();
    assert!(loads <= 2, "{loads} times");
}

#[tokio::test]
async fn a_store_that_works_again_is_used_again() {
    let hub = plain().start().await.unwrap();
    let store = Store::default().with_fault(StoreFault::Fails);
    let client = sharing(&hub, store.clone());
    get(&client, &hub).await.unwrap();
    assert!(store.access_token().is_none());
    let store = store.with_fault(StoreFault::None);
    log_in_elsewhere(&hub).await;
    get(&client, &hub).await.unwrap();
    assert!(store.access_token().is_some());
    get(&sharing(&hub, store), &hub).await.unwrap();
    assert_eq!(hub.count("token"), 3);
}

#[tokio::test]
async fn a_lock_that_hangs_or_fails_delays_calls_but_fails_none() {
    for fault in [StoreFault::HangsToLock, StoreFault::FailsToLock] {
        let hub = plain().start().await.unwrap();
        let client = login(&hub)
            .token_store(Store::default().with_fault(fault))
            .timeout(millis(1_600))
            .build()
            .unwrap();
        let start = Instant::now();
        assert!(failures_of(&client, &hub, 20).await.is_empty());
        assert!(start.elapsed() < millis(1_500), "{:?}", start.elapsed());
        assert_eq!(hub.count("token"), 1);
    }
}

#[tokio::test]
async fn a_store_that_panics_fails_no_call() {
    let hub = plain().start().await.unwrap();
    let client = sharing(&hub, Store::default().with_fault(StoreFault::Panics));
    assert!(failures_of(&client, &hub, 20).await.is_empty());
    assert_eq!(hub.count("token"), 1);
}

/// A store that calls the client that uses it.
#[derive(Clone, Default)]
struct Calling(Arc<OnceLock<(Client, String)>>, Arc<Mutex<Vec<String>>>);

impl TokenStore for Calling {
    async fn load(&self, _: &TokenKey) -> Result<Option<Token>, BoxError> {
        let (client, partner_id) = self.0.get().unwrap();
        let outcome = logins::get_partner(client, partner_id).await;
        let error = outcome.unwrap_err().to_string();
        self.1.lock().unwrap().push(error);
        Ok(None)
    }

    async fn save(&self, _: &TokenKey, _: &Token) -> Result<(), BoxError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_store_that_calls_its_own_client_is_an_error() {
    let hub = plain().start().await.unwrap();
    let store = Calling::default();
    let client = sharing(&hub, store.clone());
    let itself = (client.clone(), hub.partner_id().to_owned());
    store.0.set(itself).unwrap();
    let start = Instant::now();
    get(&client, &hub).await.unwrap();
    assert!(start.elapsed() < millis(1_500), "{:?}", start.elapsed());
    let errors = store.1.lock().unwrap();
    assert!(errors[0].contains("token store uses its own client"));
}

#[tokio::test]
async fn a_store_beside_an_api_key_is_ignored() {
    let hub = plain().start().await.unwrap();
    let client = Client::with_api_key(hub.api_key()).token_store(SlowStore);
    let client = client.base_url(hub.url()).build().unwrap();
    get(&client, &hub).await.unwrap();
    assert_eq!((hub.requests().len(), hub.count("token")), (1, 0));
}

#[tokio::test]
async fn a_store_beside_a_provider_is_a_configuration_error() {
    let builder = Client::with_credentials(|| async { Err("none".into()) })
        .token_store(MemoryTokenStore::new());
    let error = builder.build().unwrap_err();
    let ErrorKind::Configuration { setting, .. } = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(*setting, "token_store");
    assert!(error.to_string().contains("with_login"), "{error}");
}

#[tokio::test]
async fn a_slow_store_and_constant_401s_of_one_operation_delay_no_other_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).token_store(SlowStore).build().unwrap();
    hub.fault(Fault::status(401).on("list_clients")).unwrap();
    let list = async |client: &Client| {
        let call = client.list_clients().partner_id(hub.partner_id());
        call.send().await.map(drop).unwrap_err()
    };
    // The token is replaced once; after that only the store may have another one.
    list(&client).await;
    let start = Instant::now();
    let others = async {
        tokio::time::sleep(millis(300)).await;
        for _ in 0..5 {
            get(&client, &hub).await.unwrap();
        }
        start.elapsed()
    };
    let (_, took) = tokio::join!(list(&client), others);
    assert!(start.elapsed() >= millis(1_500), "the rejected call waits");
    assert!(took < millis(1_200), "{took:?}");
}

/// A store without a token that is slow to load.
struct SlowStore;

impl TokenStore for SlowStore {
    async fn load(&self, _: &TokenKey) -> Result<Option<Token>, BoxError> {
        tokio::time::sleep(millis(1_500)).await;
        Ok(None)
    }

    async fn save(&self, _: &TokenKey, _: &Token) -> Result<(), BoxError> {
        Ok(())
    }
}
