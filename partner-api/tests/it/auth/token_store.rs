//! Processes share a token through a store. Each process is simulated by a client of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use partner_api::prelude::*;
use partner_api::secrecy::ExposeSecret as _;
use partner_api::{DynTokenStore, MemoryTokenStore, Token, TokenKey, TokenStore};
use partner_hub::Fault;

use crate::support::calls::fetch;
use crate::support::logins::{
    self, HOUR, Scripted, approve, change_request, failures_of, get, hourly, json, later, millis,
    plain, rejections, slow, status_of, until,
};
use crate::support::stores::{BoxError, Store, StoreFault, key, live_token, sharing};

#[tokio::test]
async fn clients_that_share_a_store_log_in_once() {
    let hub = plain().start().await.unwrap();
    let store = MemoryTokenStore::new();
    for _ in 0..5 {
        get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    }
    assert_eq!((hub.count("token"), rejections(&hub)), (1, 0));
}

#[tokio::test]
async fn a_custom_store_gets_the_user_the_token_and_its_expiry() {
    let hub = hourly().await;
    let store = Store::default();
    let before = SystemTime::now();
    get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    let (its, token) = store.0.kept.lock().unwrap().clone().unwrap();
    assert_eq!(its, key(&hub));
    let ends = token.expires_at().unwrap();
    assert!(ends >= before + HOUR && ends <= SystemTime::now() + HOUR);
    assert!(!format!("{token:?}").contains(token.access_token().expose_secret()));
    assert_eq!(store.counts(), (1, 1));

    // Another process reads the token and writes nothing.
    get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    assert_eq!(store.counts(), (2, 1));
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_store_is_not_read_for_each_call() {
    let hub = plain().start().await.unwrap();
    let store = Store::default();
    let client = sharing(&hub, store.clone());
    for _ in 0..10 {
        get(&client, &hub).await.unwrap();
    }
    assert_eq!(store.counts(), (1, 1));
}

#[tokio::test]
async fn an_unknown_expiry_is_stored_as_unknown() {
    let hub = plain().without_expires_in().start().await.unwrap();
    let store = Store::default();
    get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    assert_eq!(store.kept().unwrap().expires_at(), None);
    get(&sharing(&hub, store), &hub).await.unwrap();
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn users_of_one_store_do_not_mix_tokens() {
    let hub = plain().start().await.unwrap();
    let store = MemoryTokenStore::new();
    for user in &hub.partners()[..2] {
        let client = Client::with_login(&user.username, &*user.password)
            .base_url(hub.url())
            .token_store(store.clone())
            .build()
            .unwrap();
        let call = client.get_partner().partner_id(&user.partner_id);
        assert_eq!(
            call.send().await.unwrap().id.as_ref().map(|it| it.as_str()),
            Some(&*user.partner_id)
        );
    }
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn clients_that_start_together_log_in_once() {
    let hub = plain().start().await.unwrap();
    let store = MemoryTokenStore::new();
    let clients: Vec<_> = (0..4).map(|_| sharing(&hub, store.clone())).collect();
    let calls = clients.iter().map(|client| logins::spawn_get(client, &hub));
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    for client in &clients {
        get(client, &hub).await.unwrap();
    }
    assert_eq!((hub.count("token"), rejections(&hub)), (1, 0));
}

#[tokio::test]
async fn a_token_refreshed_by_another_process_is_used() {
    let hub = hourly().await;
    let store = Store::default();
    let (one, other) = (sharing(&hub, store.clone()), sharing(&hub, store.clone()));
    get(&one, &hub).await.unwrap();
    get(&other, &hub).await.unwrap();
    let first = store.access_token();

    later(HOUR * 86 / 100).await;
    get(&one, &hub).await.unwrap();
    until("it is refreshed", || store.access_token() != first).await;
    for _ in 0..3 {
        get(&one, &hub).await.unwrap();
        get(&other, &hub).await.unwrap();
    }
    assert_eq!(hub.count("token"), 2, "one refresh for both");
}

#[tokio::test]
async fn after_a_401_the_store_is_read_before_a_login() {
    let hub = plain().start().await.unwrap();
    let store = Store::default();
    let (one, other) = (sharing(&hub, store.clone()), sharing(&hub, store.clone()));
    get(&one, &hub).await.unwrap();
    get(&other, &hub).await.unwrap();
    hub.expire_tokens();
    assert!(failures_of(&one, &hub, 20).await.is_empty());
    assert!(failures_of(&other, &hub, 20).await.is_empty());
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn a_stale_token_in_the_store_costs_one_401() {
    let hub = plain().start().await.unwrap();
    let ends_at = SystemTime::now() + HOUR;
    for ends_at in [Some(ends_at), None] {
        hub.clear_requests();
        let store = Store::with(&hub, Token::new("st4le", ends_at));
        let client = sharing(&hub, store.clone());
        for _ in 0..3 {
            get(&client, &hub).await.unwrap();
        }
        assert_eq!((hub.count("token"), rejections(&hub)), (1, 1));
        assert_ne!(store.access_token().unwrap(), "st4le");
    }
}

#[tokio::test]
async fn a_stale_token_in_the_store_fails_none_of_many_calls() {
    let hub = plain().start().await.unwrap();
    let store = Store::with(&hub, Token::new("st4le", None));
    let client = sharing(&hub, store);
    assert!(failures_of(&client, &hub, 200).await.is_empty());
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_token_revoked_early_after_a_stale_one_is_replaced_once_more() {
    let hub = plain().start().await.unwrap();
    // Our token was rejected, and so is the one that another process stored.
    let store = Store::default().with_fault(StoreFault::FailsToSave);
    let client = sharing(&hub, store.clone());
    get(&client, &hub).await.unwrap();
    *store.0.kept.lock().unwrap() = Some((key(&hub), Token::new("st4le", None)));
    hub.expire_tokens();
    get(&client, &hub).await.unwrap();
    assert_eq!((hub.count("token"), rejections(&hub)), (2, 2));
}

#[tokio::test]
async fn a_stale_token_in_the_store_does_not_count_as_a_rejected_login() {
    let hub = plain().start().await.unwrap();
    let store = Store::with(&hub, Token::new("st4le", None));
    let client = sharing(&hub, store);
    // The token of our own login is revoked before its first use.
    hub.fault(Fault::ExpireToken.on("get_partner").nth(2))
        .unwrap();
    get(&client, &hub).await.unwrap();
}

#[tokio::test]
async fn a_token_expired_by_the_stores_clock_is_not_used() {
    let hub = plain().start().await.unwrap();
    let live = live_token(&hub).await;
    hub.clear_requests();
    let past = [
        SystemTime::now() - HOUR,
        SystemTime::now(),
        SystemTime::UNIX_EPOCH,
    ];
    for ends_at in past {
        let store = Store::with(&hub, Token::new(live.clone(), ends_at));
        hub.clear_requests();
        get(&sharing(&hub, store.clone()), &hub).await.unwrap();
        assert_eq!((hub.count("token"), rejections(&hub)), (1, 0));
        assert_ne!(store.access_token().unwrap(), live);
    }
}

#[tokio::test]
async fn a_clock_that_is_far_ahead_costs_one_401() {
    let hub = plain().start().await.unwrap();
    let far = [
        SystemTime::now() + 1_000 * HOUR,
        SystemTime::now() + Duration::from_secs(1_000 * 365 * 86_400),
        SystemTime::UNIX_EPOCH + Duration::from_secs(i64::MAX as u64 / 2),
        SystemTime::UNIX_EPOCH + Duration::from_secs(i64::MAX as u64),
    ];
    for ends_at in far {
        let live = live_token(&hub).await;
        hub.clear_requests();
        let store = Store::with(&hub, Token::new(live, ends_at));
        let client = sharing(&hub, store);
        get(&client, &hub).await.unwrap();
        assert_eq!(hub.count("token"), 0, "it is used");
        hub.expire_tokens();
        get(&client, &hub).await.unwrap();
        assert_eq!((hub.count("token"), rejections(&hub)), (1, 1));
    }
}

#[tokio::test]
async fn a_shared_token_that_is_about_to_expire_is_replaced() {
    let hub = plain().start().await.unwrap();
    let live = live_token(&hub).await;
    let store = Store::with(&hub, Token::new(live, SystemTime::now() + millis(1)));
    let client = sharing(&hub, store);
    for _ in 0..3 {
        get(&client, &hub).await.unwrap();
        tokio::time::sleep(millis(2)).await;
    }
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn a_failed_login_leaves_the_store_as_it_was() {
    let hub = plain().start().await.unwrap();
    let store = Store::with(&hub, Token::new("st4le", None));
    let client = sharing(&hub, store.clone());
    hub.fault(Fault::status(401).on("token")).unwrap();
    get(&client, &hub).await.unwrap_err();
    assert_eq!(store.access_token().unwrap(), "st4le");
    assert_eq!(store.counts(), (2, 0));
}

#[tokio::test]
async fn the_login_interval_holds_though_another_process_may_have_a_token() {
    let hub = plain().start().await.unwrap();
    let store = Store::default();
    let client = sharing(&hub, store.clone());
    hub.fault(Fault::status(401).on("token").nth(1)).unwrap();
    get(&client, &hub).await.unwrap_err();
    let live = live_token(&hub).await;
    *store.0.kept.lock().unwrap() = Some((key(&hub), Token::new(live, None)));
    later(Duration::from_secs(1)).await;
    get(&client, &hub).await.unwrap();
    assert_eq!(
        hub.count("token"),
        2,
        "the other's token is used after the wait"
    );
}

#[tokio::test]
async fn a_shared_refresh_waits_for_approvals_in_flight() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(20))
        .start()
        .await
        .unwrap();
    let client = sharing(&hub, Store::default());
    get(&client, &hub).await.unwrap();
    // The refresh becomes due between 15 and 17 seconds, while the approval is in flight.
    later(millis(14_800)).await;
    let id = change_request(&hub);
    hub.fault(slow(2_600).on("approve_partner_change_request"))
        .unwrap();
    let other = async {
        until("it is in flight", || {
            hub.count("approve_partner_change_request") == 1
        })
        .await;
        tokio::time::sleep(millis(2_250)).await;
        get(&client, &hub).await
    };
    let (approved, other) = tokio::join!(approve(&client, &hub, &id), other);
    other.unwrap();
    approved.unwrap();
    assert_ne!(status_of(&hub, &id).as_deref(), Some("created"));
}

#[tokio::test]
async fn a_refresh_ignores_an_older_token_in_the_store() {
    let hub = hourly().await;
    let store = Store::default().with_fault(StoreFault::FailsToSave);
    let client = sharing(&hub, store.clone());
    get(&client, &hub).await.unwrap();
    // Our token could not be saved, so the store still has the one of the earlier process.
    let old = Token::new("0ld", SystemTime::now() + Duration::from_secs(60));
    *store.0.kept.lock().unwrap() = Some((key(&hub), old));
    later(HOUR * 86 / 100).await;
    get(&client, &hub).await.unwrap();
    until("it looked for a token", || store.counts().0 == 2).await;
    tokio::time::sleep(millis(50)).await;
    approve(&client, &hub, &change_request(&hub)).await.unwrap();
}

/// A store whose token is replaced each time it is loaded.
#[derive(Clone, Default)]
struct Mint(Arc<AtomicUsize>);

impl Mint {
    fn latest(&self) -> String {
        format!("Bearer t{}", self.0.load(Ordering::SeqCst))
    }
}

impl TokenStore for Mint {
    async fn load(&self, _: &TokenKey) -> Result<Option<Token>, BoxError> {
        let nth = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(Some(Token::new(
            format!("t{nth}"),
            SystemTime::now() + millis(100),
        )))
    }

    async fn save(&self, _: &TokenKey, _: &Token) -> Result<(), BoxError> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_approval_that_waited_for_a_refresh_uses_its_token() {
    let mint = Mint::default();
    let latest = mint.clone();
    let hub = Scripted::new(
        |_, _| unreachable!("the store always has a token"),
        move |request| {
            let sent = request.headers_vec().iter();
            let mut sent = sent.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
            let is_approval = request.uri().path().ends_with("/approve");
            let is_rejected = is_approval && sent.next().unwrap().1 != latest.latest();
            json(if is_rejected { 401 } else { 200 }, &serde_json::json!({}))
        },
    )
    .await;
    let client = hub.login().token_store(mint.clone()).build().unwrap();
    let start = Instant::now();
    let mut calls = Vec::new();
    for approves in [true, false] {
        let client = client.clone();
        calls.push(tokio::spawn(async move {
            while start.elapsed() < millis(1_500) {
                match approves {
                    true => {
                        let call = client.approve_partner_change_request();
                        let call = call.partner_id("Kq3vTzPA").pcr_id("1").send();
                        call.await.map(drop)?;
                    }
                    false => fetch(&client).await?,
                }
            }
            Ok::<(), partner_api::Error>(())
        }));
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert!(
        mint.0.load(Ordering::SeqCst) > 5,
        "it was refreshed without end"
    );
}

#[tokio::test]
async fn a_token_is_not_sent_to_another_base_url() {
    let (production, staging) = (plain().start(), plain().start());
    let (production, staging) = (production.await.unwrap(), staging.await.unwrap());
    let store = MemoryTokenStore::new();
    get(&sharing(&production, store.clone()), &production)
        .await
        .unwrap();
    let client = Client::with_login(production.username(), production.password())
        .base_url(staging.url())
        .token_store(store.clone())
        .build()
        .unwrap();
    get(&client, &staging).await.unwrap();
    assert_eq!((staging.count("token"), rejections(&staging)), (1, 0));
    // The first client still has its token.
    get(&sharing(&production, store), &production)
        .await
        .unwrap();
    assert_eq!((production.count("token"), rejections(&production)), (1, 0));
}

#[test]
fn equal_base_urls_have_equal_keys() {
    let key = |url: &str| TokenKey::new(&url.parse().unwrap(), "owner");
    let expected = key("https://hub.360dialog.io");
    assert_eq!(expected.base_url, "https://hub.360dialog.io");
    for same in [
        "https://hub.360dialog.io/",
        "HTTPS://Hub.360Dialog.io:443//",
    ] {
        assert_eq!(key(same), expected);
    }
    for other in [
        "https://staging.360dialog.io",
        "https://hub.360dialog.io/v2",
        "https://hub.360dialog.io:8443",
        "http://hub.360dialog.io",
    ] {
        assert_ne!(key(other), expected);
    }
}

#[tokio::test]
async fn a_store_learns_which_token_was_rejected() {
    let hub = plain().start().await.unwrap();
    let store = Store::with(&hub, Token::new("st4le", None));
    get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    assert_eq!(*store.0.rejected.lock().unwrap(), ["st4le"]);
    let fresh = store.access_token().unwrap();
    hub.expire_tokens();
    get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    assert_eq!(*store.0.rejected.lock().unwrap(), ["st4le", &fresh]);
}

#[tokio::test]
async fn a_token_of_another_process_is_found_within_the_interval_between_logins() {
    let hub = plain().start().await.unwrap();
    let store = MemoryTokenStore::new();
    let (one, other) = (sharing(&hub, store.clone()), sharing(&hub, store));
    get(&one, &hub).await.unwrap();
    hub.expire_tokens();
    get(&one, &hub).await.unwrap();
    // The login interval of the first client has begun; the other client may still log in.
    hub.expire_tokens();
    get(&other, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 3);
    assert!(failures_of(&one, &hub, 20).await.is_empty());
    assert_eq!(hub.count("token"), 3);
}

#[tokio::test]
async fn a_store_can_be_chosen_at_run_time() {
    let hub = plain().start().await.unwrap();
    let store = DynTokenStore::new(MemoryTokenStore::new());
    for _ in 0..2 {
        get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    }
    assert_eq!(hub.count("token"), 1);
}

#[test]
fn a_token_is_serde_and_debug_hides_it() {
    let ends = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    for (ends, json) in [
        (
            Some(ends),
            r#"{"access_token":"t0k3n","expires_at":1790000000}"#,
        ),
        (None, r#"{"access_token":"t0k3n","expires_at":null}"#),
    ] {
        let token = Token::new("t0k3n", ends);
        assert_eq!(serde_json::to_string(&token).unwrap(), json);
        let read: Token = serde_json::from_str(json).unwrap();
        assert_eq!(read.access_token().expose_secret(), "t0k3n");
        assert_eq!(read.expires_at(), ends);
        assert!(!format!("{read:?}").contains("t0k3n"));
    }
    let brief: Token = serde_json::from_str(r#"{"access_token":"t"}"#).unwrap();
    assert_eq!(brief.expires_at(), None);
    for invalid in [
        r#"{"access_token":"t0k3n","expires_at":18446744073709551615}"#,
        r#"{"access_token":"t0k3n","expires_at":-1}"#,
        r#"{"access_token":"t0k3n","expires_at":"soon"}"#,
        r#"{"expires_at":1}"#,
    ] {
        let error = serde_json::from_str::<Token>(invalid).unwrap_err();
        assert!(!error.to_string().contains("t0k3n"), "{error}");
    }
}

#[tokio::test]
async fn an_approval_uses_the_token_that_another_process_refreshed() {
    let hub = hourly().await;
    let store = MemoryTokenStore::new();
    let (one, other) = (sharing(&hub, store.clone()), sharing(&hub, store));
    get(&one, &hub).await.unwrap();
    get(&other, &hub).await.unwrap();
    later(HOUR * 87 / 100).await;
    // The client uses its token while it refreshes it.
    get(&one, &hub).await.unwrap();
    until("it is refreshed", || hub.count("token") == 2).await;
    let id = change_request(&hub);
    approve(&other, &hub, &id).await.unwrap();
    assert_eq!(hub.count("token"), 2);
}
