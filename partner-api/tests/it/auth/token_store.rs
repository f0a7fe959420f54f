//! Processes that share their token through a store; a process is a client here.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use crate::support::logins::{
    self, Scripted, approve, change_request, failures_of, fetch, get, json, later,
    log_in_elsewhere, login, millis, plain, slow, status_of, until,
};
use partner_api::prelude::*;
use partner_api::secrecy::ExposeSecret as _;
use partner_api::{
    DynTokenStore, ErrorKind, MemoryTokenStore, Token, TokenKey, TokenStore, TokenStoreLock,
};
use partner_hub::{Fault, Hub};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

const HOUR: Duration = Duration::from_secs(3600);

/// A store as a program has one, that can break.
#[derive(Clone, Default)]
struct Store(Arc<Inner>);

#[derive(Default)]
struct Inner {
    kept: Mutex<Option<(TokenKey, Token)>>,
    loads: AtomicUsize,
    saves: AtomicUsize,
    rejected: Mutex<Vec<String>>,
    trouble: Mutex<Trouble>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Trouble {
    #[default]
    None,
    Fails,
    FailsToSave,
    Hangs,
    Panics,
    HangsToLock,
    FailsToLock,
}

impl Store {
    /// A store with this token of the user.
    fn with(hub: &Hub, token: Token) -> Self {
        let store = Self::default();
        *store.0.kept.lock().unwrap() = Some((key(hub), token));
        store
    }

    fn kept(&self) -> Option<Token> {
        self.0.kept.lock().unwrap().clone().map(|(_, token)| token)
    }

    fn text(&self) -> Option<String> {
        let token = self.kept()?;
        Some(token.access_token().expose_secret().to_owned())
    }

    fn counts(&self) -> (usize, usize) {
        let Inner { loads, saves, .. } = &*self.0;
        (loads.load(Ordering::SeqCst), saves.load(Ordering::SeqCst))
    }

    fn in_trouble(self, trouble: Trouble) -> Self {
        *self.0.trouble.lock().unwrap() = trouble;
        self
    }

    async fn trouble(&self, saving: bool) -> Result<(), BoxError> {
        let trouble = *self.0.trouble.lock().unwrap();
        match trouble {
            Trouble::Fails => Err("the database is down".into()),
            Trouble::FailsToSave if saving => Err("the database is read-only".into()),
            Trouble::Hangs => pending().await,
            Trouble::Panics => panic!("a bug of the program's"),
            _ => Ok(()),
        }
    }
}

impl TokenStore for Store {
    async fn load(&self, key: &TokenKey) -> Result<Option<Token>, BoxError> {
        self.0.loads.fetch_add(1, Ordering::SeqCst);
        self.trouble(false).await?;
        let kept = self.0.kept.lock().unwrap().clone();
        Ok(kept.filter(|(of, _)| of == key).map(|(_, token)| token))
    }

    async fn save(&self, key: &TokenKey, token: &Token) -> Result<(), BoxError> {
        self.0.saves.fetch_add(1, Ordering::SeqCst);
        self.trouble(true).await?;
        *self.0.kept.lock().unwrap() = Some((key.clone(), token.clone()));
        Ok(())
    }

    async fn lock(&self, _: &TokenKey) -> Result<Option<TokenStoreLock>, BoxError> {
        let trouble = *self.0.trouble.lock().unwrap();
        match trouble {
            Trouble::HangsToLock => pending().await,
            Trouble::FailsToLock => Err("there are no locks".into()),
            _ => Ok(None),
        }
    }

    async fn reject(&self, _: &TokenKey, token: &Token) -> Result<(), BoxError> {
        let token = token.access_token().expose_secret().to_owned();
        self.0.rejected.lock().unwrap().push(token);
        Ok(())
    }
}

/// Whose tokens the clients of this hub use.
fn key(hub: &Hub) -> TokenKey {
    TokenKey::new(&hub.url().parse().unwrap(), hub.username())
}

fn sharing(hub: &Hub, store: impl TokenStore) -> Client {
    login(hub).token_store(store).build().unwrap()
}

async fn hourly() -> Hub {
    plain().token_lifetime(HOUR).start().await.unwrap()
}

/// A token that is live in the hub, as another process got it.
async fn live_token(hub: &Hub) -> String {
    let store = Store::default();
    get(&sharing(hub, store.clone()), hub).await.unwrap();
    store.text().unwrap()
}

fn refusals(hub: &Hub) -> usize {
    let requests = hub.requests().into_iter();
    requests
        .filter(|request| request.status == Some(401))
        .count()
}

#[tokio::test]
async fn clients_that_share_a_store_log_in_once() {
    let hub = plain().start().await.unwrap();
    let store = MemoryTokenStore::new();
    for _ in 0..5 {
        get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    }
    assert_eq!((hub.count("token"), refusals(&hub)), (1, 0));
}

#[tokio::test]
async fn a_store_of_ones_own_is_given_the_user_the_token_and_its_end() {
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

    // Another process reads it and writes nothing.
    get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    assert_eq!(store.counts(), (2, 1));
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_store_is_not_asked_for_each_call() {
    let hub = plain().start().await.unwrap();
    let store = Store::default();
    let client = sharing(&hub, store.clone());
    for _ in 0..10 {
        get(&client, &hub).await.unwrap();
    }
    assert_eq!(store.counts(), (1, 1));
}

#[tokio::test]
async fn an_unknown_end_is_kept_as_one() {
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
            call.send().await.unwrap().id.as_deref(),
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
    assert_eq!((hub.count("token"), refusals(&hub)), (1, 0));
}

#[tokio::test]
async fn the_renewal_of_another_process_is_used() {
    let hub = hourly().await;
    let store = Store::default();
    let (one, other) = (sharing(&hub, store.clone()), sharing(&hub, store.clone()));
    get(&one, &hub).await.unwrap();
    get(&other, &hub).await.unwrap();
    let first = store.text();

    later(HOUR * 86 / 100).await;
    get(&one, &hub).await.unwrap();
    until("it is renewed", || store.text() != first).await;
    for _ in 0..3 {
        get(&one, &hub).await.unwrap();
        get(&other, &hub).await.unwrap();
    }
    assert_eq!(hub.count("token"), 2, "one renewal for both");
}

#[tokio::test]
async fn a_refused_token_is_looked_for_in_the_store_before_a_login() {
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
async fn a_stale_token_of_the_store_costs_one_refusal() {
    let hub = plain().start().await.unwrap();
    let ends_at = SystemTime::now() + HOUR;
    for ends_at in [Some(ends_at), None] {
        hub.clear_requests();
        let store = Store::with(&hub, Token::new("st4le", ends_at));
        let client = sharing(&hub, store.clone());
        for _ in 0..3 {
            get(&client, &hub).await.unwrap();
        }
        assert_eq!((hub.count("token"), refusals(&hub)), (1, 1));
        assert_ne!(store.text().unwrap(), "st4le");
    }
}

#[tokio::test]
async fn a_stale_token_of_the_store_fails_none_of_many_calls() {
    let hub = plain().start().await.unwrap();
    let store = Store::with(&hub, Token::new("st4le", None));
    let client = sharing(&hub, store);
    assert!(failures_of(&client, &hub, 200).await.is_empty());
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_token_after_a_stale_one_that_dies_early_is_replaced_once_more() {
    let hub = plain().start().await.unwrap();
    // Ours was refused, so is the one that another process left.
    let store = Store::default().in_trouble(Trouble::FailsToSave);
    let client = sharing(&hub, store.clone());
    get(&client, &hub).await.unwrap();
    *store.0.kept.lock().unwrap() = Some((key(&hub), Token::new("st4le", None)));
    hub.expire_tokens();
    get(&client, &hub).await.unwrap();
    assert_eq!((hub.count("token"), refusals(&hub)), (2, 2));
}

#[tokio::test]
async fn a_stale_token_of_the_store_does_not_count_as_the_refusal_of_ours() {
    let hub = plain().start().await.unwrap();
    let store = Store::with(&hub, Token::new("st4le", None));
    let client = sharing(&hub, store);
    // The token of our own login dies before its first use.
    hub.fault(Fault::ExpireToken.on("get_partner").nth(2))
        .unwrap();
    get(&client, &hub).await.unwrap();
}

#[tokio::test]
async fn a_token_that_ended_by_the_stores_clock_is_not_used() {
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
        assert_eq!((hub.count("token"), refusals(&hub)), (1, 0));
        assert_ne!(store.text().unwrap(), live);
    }
}

#[tokio::test]
async fn a_clock_that_is_far_ahead_costs_one_refusal() {
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
        assert_eq!((hub.count("token"), refusals(&hub)), (1, 1));
    }
}

#[tokio::test]
async fn a_shared_token_that_is_about_to_end_is_replaced() {
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
async fn what_cannot_be_a_token_in_the_store_is_passed_over() {
    let hub = plain().start().await.unwrap();
    for text in ["", "two words", "line\nbreak", "\u{20ac}"] {
        let store = Store::with(&hub, Token::new(text, None));
        hub.clear_requests();
        get(&sharing(&hub, store.clone()), &hub).await.unwrap();
        assert_eq!(hub.count("token"), 1);
        assert_ne!(store.text().unwrap(), text);
    }
}

#[tokio::test]
async fn a_store_that_fails_is_survived() {
    let hub = plain().start().await.unwrap();
    for trouble in [Trouble::Fails, Trouble::FailsToSave] {
        hub.clear_requests();
        let client = sharing(&hub, Store::default().in_trouble(trouble));
        assert!(failures_of(&client, &hub, 20).await.is_empty());
        hub.expire_tokens();
        assert!(failures_of(&client, &hub, 20).await.is_empty());
        assert_eq!(hub.count("token"), 2);
    }
}

#[tokio::test]
async fn a_store_that_hangs_costs_its_time_and_no_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub)
        .token_store(Store::default().in_trouble(Trouble::Hangs))
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
async fn a_store_that_panics_is_not_a_loop() {
    let hub = plain().start().await.unwrap();
    let store = Store::default().in_trouble(Trouble::Panics);
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
    let store = Store::default().in_trouble(Trouble::Fails);
    let client = sharing(&hub, store.clone());
    get(&client, &hub).await.unwrap();
    assert!(store.text().is_none());
    let store = store.in_trouble(Trouble::None);
    log_in_elsewhere(&hub).await;
    get(&client, &hub).await.unwrap();
    assert!(store.text().is_some());
    get(&sharing(&hub, store), &hub).await.unwrap();
    assert_eq!(hub.count("token"), 3);
}

#[tokio::test]
async fn a_failed_login_changes_nothing_in_the_store() {
    let hub = plain().start().await.unwrap();
    let store = Store::with(&hub, Token::new("st4le", None));
    let client = sharing(&hub, store.clone());
    hub.fault(Fault::status(401).on("token")).unwrap();
    get(&client, &hub).await.unwrap_err();
    assert_eq!(store.text().unwrap(), "st4le");
    assert_eq!(store.counts(), (2, 0));
}

#[tokio::test]
async fn a_login_is_held_back_though_another_process_may_have_a_token() {
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
async fn a_shared_renewal_ends_no_approval_of_ours_under_way() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(20))
        .start()
        .await
        .unwrap();
    let client = sharing(&hub, Store::default());
    get(&client, &hub).await.unwrap();
    // The renewal becomes due between 15 and 17 seconds, while the approval is in flight.
    later(millis(14_800)).await;
    let id = change_request(&hub);
    hub.fault(slow(2_600).on("approve_partner_change_request"))
        .unwrap();
    let other = async {
        until("it is under way", || {
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
async fn a_renewal_does_not_take_an_older_token_than_ours() {
    let hub = hourly().await;
    let store = Store::default().in_trouble(Trouble::FailsToSave);
    let client = sharing(&hub, store.clone());
    get(&client, &hub).await.unwrap();
    // Ours could not be saved, so that of the process before is still there.
    let old = Token::new("0ld", SystemTime::now() + Duration::from_secs(60));
    *store.0.kept.lock().unwrap() = Some((key(&hub), old));
    later(HOUR * 86 / 100).await;
    get(&client, &hub).await.unwrap();
    until("it looked for a token", || store.counts().0 == 2).await;
    tokio::time::sleep(millis(50)).await;
    approve(&client, &hub, &change_request(&hub)).await.unwrap();
}

/// A store of a user whose token is replaced whenever somebody looks for it.
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
async fn an_approval_that_waited_for_a_renewal_has_its_token() {
    let mint = Mint::default();
    let latest = mint.clone();
    let hub = Scripted::new(
        |_, _| unreachable!("the store always has a token"),
        move |request| {
            let sent = request.headers_vec().iter();
            let mut sent = sent.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
            let is_approval = request.uri().path().ends_with("/approve");
            let is_refused = is_approval && sent.next().unwrap().1 != latest.latest();
            json(if is_refused { 401 } else { 200 }, &serde_json::json!({}))
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
        "it was renewed again and again"
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
    assert_eq!((staging.count("token"), refusals(&staging)), (1, 0));
    // Nor did it cost the first one its token.
    get(&sharing(&production, store), &production)
        .await
        .unwrap();
    assert_eq!((production.count("token"), refusals(&production)), (1, 0));
}

#[test]
fn a_key_has_one_spelling() {
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
async fn a_store_hears_which_token_was_rejected() {
    let hub = plain().start().await.unwrap();
    let store = Store::with(&hub, Token::new("st4le", None));
    get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    assert_eq!(*store.0.rejected.lock().unwrap(), ["st4le"]);
    let fresh = store.text().unwrap();
    hub.expire_tokens();
    get(&sharing(&hub, store.clone()), &hub).await.unwrap();
    assert_eq!(*store.0.rejected.lock().unwrap(), ["st4le", &fresh]);
}

#[tokio::test]
async fn a_lock_that_hangs_or_fails_costs_its_time_and_no_call() {
    for trouble in [Trouble::HangsToLock, Trouble::FailsToLock] {
        let hub = plain().start().await.unwrap();
        let client = login(&hub)
            .token_store(Store::default().in_trouble(trouble))
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
async fn a_store_that_panics_costs_no_call() {
    let hub = plain().start().await.unwrap();
    let client = sharing(&hub, Store::default().in_trouble(Trouble::Panics));
    assert!(failures_of(&client, &hub, 20).await.is_empty());
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_token_of_another_process_is_found_within_the_interval_between_logins() {
    let hub = plain().start().await.unwrap();
    let store = MemoryTokenStore::new();
    let (one, other) = (sharing(&hub, store.clone()), sharing(&hub, store));
    get(&one, &hub).await.unwrap();
    hub.expire_tokens();
    get(&one, &hub).await.unwrap();
    // The interval of the first client has begun; the other one may still log in.
    hub.expire_tokens();
    get(&other, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 3);
    assert!(failures_of(&one, &hub, 20).await.is_empty());
    assert_eq!(hub.count("token"), 3);
}

/// A store that calls the client that it is for.
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
async fn a_store_that_calls_its_own_client_gets_an_error() {
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
    for odd in [
        r#"{"access_token":"t0k3n","expires_at":18446744073709551615}"#,
        r#"{"access_token":"t0k3n","expires_at":-1}"#,
        r#"{"access_token":"t0k3n","expires_at":"soon"}"#,
        r#"{"expires_at":1}"#,
    ] {
        let error = serde_json::from_str::<Token>(odd).unwrap_err();
        assert!(!error.to_string().contains("t0k3n"), "{error}");
    }
}

#[tokio::test]
async fn a_store_without_a_login_is_refused() {
    let of_key = Client::with_api_key("key").token_store(MemoryTokenStore::new());
    let of_provider = Client::with_credentials(|| async { Err("none".into()) })
        .token_store(MemoryTokenStore::new());
    for builder in [of_key, of_provider] {
        let error = builder.build().unwrap_err();
        let ErrorKind::Configuration { setting, .. } = error.kind() else {
            panic!("{error}");
        };
        assert_eq!(*setting, "token_store");
        assert!(error.to_string().contains("with_login"), "{error}");
    }
}

#[tokio::test]
async fn an_approval_uses_the_token_that_another_process_renewed() {
    let hub = hourly().await;
    let store = MemoryTokenStore::new();
    let (one, other) = (sharing(&hub, store.clone()), sharing(&hub, store));
    get(&one, &hub).await.unwrap();
    get(&other, &hub).await.unwrap();
    later(HOUR * 87 / 100).await;
    // It goes on with its token while it renews that.
    get(&one, &hub).await.unwrap();
    until("it is renewed", || hub.count("token") == 2).await;
    let id = change_request(&hub);
    approve(&other, &hub, &id).await.unwrap();
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn a_slow_store_and_an_operation_that_is_always_rejected_stall_no_other_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).token_store(SlowStore).build().unwrap();
    hub.fault(Fault::status(401).on("list_clients")).unwrap();
    let list = async |client: &Client| {
        let call = client.list_clients().partner_id(hub.partner_id());
        call.send().await.map(drop).unwrap_err()
    };
    // Its token is replaced once; after that only the store may have another one.
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

/// A store that has no token, and takes its time to say so.
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
