//! Credentials from a provider, from the environment, and credentials that are invalid.

use std::future::pending;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use partner_api::prelude::*;
use partner_api::{Credential, CredentialsProvider, Error, ErrorKind};
use partner_hub::{Fault, Hub};

use crate::support::folder::Folder;
use crate::support::logins;
use crate::support::logins::{approve, change_request, get, millis, plain, quick, status_of};
use crate::support::output::output_of;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The credentials that a provider returns, and how often it was called. The last one repeats.
#[derive(Clone)]
struct Provider(Arc<(Vec<Result<Credential, &'static str>>, AtomicUsize)>);

impl Provider {
    fn of(credentials: impl IntoIterator<Item = Result<Credential, &'static str>>) -> Self {
        Self(Arc::new((
            credentials.into_iter().collect(),
            AtomicUsize::new(0),
        )))
    }

    fn calls(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

impl CredentialsProvider for Provider {
    async fn credential(&self) -> Result<Credential, BoxError> {
        let (credentials, calls) = &*self.0;
        let nth = calls
            .fetch_add(1, Ordering::SeqCst)
            .min(credentials.len() - 1);
        credentials[nth].clone().map_err(Into::into)
    }
}

fn key(text: &str) -> Result<Credential, &'static str> {
    Ok(Credential::api_key(text).unwrap())
}

fn with(hub: &Hub, provider: &Provider) -> Client {
    Client::with_credentials(provider.clone())
        .base_url(hub.url())
        .retry_policy(quick())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_provider_is_called_for_each_call() {
    let hub = plain().start().await.unwrap();
    let provider = Provider::of([key(hub.api_key())]);
    let client = with(&hub, &provider);
    assert_eq!(provider.calls(), 0, "building asks nothing");
    for calls in 1..=3 {
        get(&client, &hub).await.unwrap();
        assert_eq!(provider.calls(), calls);
    }
    let requests = hub.requests();
    assert!(
        requests
            .iter()
            .all(|it| it.header("x-api-key") == Some("***"))
    );
    assert!(
        requests
            .iter()
            .all(|it| it.header("authorization").is_none())
    );
}

#[tokio::test]
async fn a_provider_is_called_before_each_attempt() {
    let hub = plain().start().await.unwrap();
    // The key changes while the call waits for its retry.
    let provider = Provider::of([key("wr0ng"), key(hub.api_key())]);
    hub.fault(Fault::status(503).on("get_partner").nth(1))
        .unwrap();
    get(&with(&hub, &provider), &hub).await.unwrap();
    assert_eq!((provider.calls(), hub.count("get_partner")), (2, 2));
}

#[tokio::test]
async fn a_replaced_key_file_is_read_again() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
    let file = folder.join("key");
    std::fs::write(&file, "0ld-k3y\n").unwrap();
    let client = Client::with_credentials({
        let file = file.clone();
        move || {
            let key = std::fs::read_to_string(&file);
            async move { Ok(Credential::api_key(key?.trim())?) }
        }
    })
    .base_url(hub.url())
    .build()
    .unwrap();
    let error = get(&client, &hub).await.unwrap_err();
    assert!(error.is_auth());
    std::fs::write(&file, hub.api_key()).unwrap();
    get(&client, &hub).await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let error = get(&client, &hub).await.unwrap_err();
    let ErrorKind::Credentials(cause) = error.kind() else {
        panic!("{error:?}")
    };
    let cause = cause.downcast_ref::<std::io::Error>();
    assert_eq!(cause.unwrap().kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn a_rejected_key_is_fetched_again_and_a_new_one_is_accepted() {
    let hub = plain().start().await.unwrap();
    let provider = Provider::of([key("0ld"), key(hub.api_key())]);
    get(&with(&hub, &provider), &hub).await.unwrap();
    assert_eq!((provider.calls(), hub.count("get_partner")), (2, 2));
}

#[tokio::test]
async fn a_rejected_key_is_not_sent_twice() {
    let hub = plain().start().await.unwrap();
    let provider = Provider::of([key("0ld")]);
    let error = get(&with(&hub, &provider), &hub).await.unwrap_err();
    assert!(error.is_auth());
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(error.developer_message(), Some("Invalid API key"));
    assert_eq!(error.attempts(), 1);
    assert_eq!((provider.calls(), hub.count("get_partner")), (2, 1));
}

#[tokio::test]
async fn a_provider_of_ever_new_wrong_keys_is_a_401_after_two() {
    let hub = plain().start().await.unwrap();
    let provider = Provider::of((0..10).map(|nth| key(&format!("wr0ng-{nth}"))));
    let error = get(&with(&hub, &provider), &hub).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!((provider.calls(), hub.count("get_partner")), (2, 2));
}

#[tokio::test]
async fn an_approval_with_a_rejected_key_is_not_retried() {
    let hub = plain().start().await.unwrap();
    let provider = Provider::of([key("0ld"), key(hub.api_key())]);
    let client = with(&hub, &provider);
    let id = change_request(&hub);
    let error = approve(&client, &hub, &id).await.unwrap_err();
    assert!(error.is_auth() && !error.is_outcome_unknown());
    assert_eq!(hub.count("approve_partner_change_request"), 1);
    approve(&client, &hub, &id).await.unwrap();
    assert_ne!(status_of(&hub, &id).as_deref(), Some("created"));
}

#[tokio::test]
async fn a_provider_may_change_from_a_key_to_a_token_and_back() {
    let hub = plain().start().await.unwrap();
    let seen = Arc::new(Mutex::new(None));
    let store = Keeps(Arc::clone(&seen));
    get(
        &logins::login(&hub).token_store(store).build().unwrap(),
        &hub,
    )
    .await
    .unwrap();
    let token: String = seen.lock().unwrap().clone().unwrap();
    hub.clear_requests();

    let bearer = || Ok(Credential::bearer(token.clone()).unwrap());
    let provider = Provider::of([key(hub.api_key()), bearer(), key("wr0ng"), bearer()]);
    let client = with(&hub, &provider);
    for _ in 0..3 {
        get(&client, &hub).await.unwrap();
    }
    let sent = hub.requests();
    let kinds = sent
        .iter()
        .map(|it| (it.header("x-api-key"), it.header("authorization")));
    let (as_key, as_token) = ((Some("***"), None), (None, Some("Bearer ***")));
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        [as_key, as_token, as_key, as_token]
    );
}

/// Logs in, and returns the token.
struct Keeps(Arc<Mutex<Option<String>>>);

impl partner_api::TokenStore for Keeps {
    async fn load(
        &self,
        _: &partner_api::TokenKey,
    ) -> Result<Option<partner_api::Token>, BoxError> {
        Ok(None)
    }

    async fn save(
        &self,
        _: &partner_api::TokenKey,
        token: &partner_api::Token,
    ) -> Result<(), BoxError> {
        use partner_api::secrecy::ExposeSecret as _;
        let text = token.access_token().expose_secret().to_owned();
        *self.0.lock().unwrap() = Some(text);
        Ok(())
    }
}

#[tokio::test]
async fn the_error_of_a_provider_is_that_of_the_call() {
    let hub = plain().start().await.unwrap();
    let provider = Provider::of([Err("the vault is sealed")]);
    let client = with(&hub, &provider);
    let error = get(&client, &hub).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Credentials(_)));
    assert_eq!(error.operation(), Some("get_partner"));
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
    assert_eq!((error.attempts(), error.status()), (0, None));

    let id = change_request(&hub);
    let error = approve(&client, &hub, &id).await.unwrap_err();
    assert!(!error.is_outcome_unknown());
    assert!(hub.requests().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn the_timeout_of_a_call_ends_a_provider_that_hangs() {
    let hub = plain().start().await.unwrap();
    let client = Client::with_credentials(pending::<Result<Credential, BoxError>>)
        .base_url(hub.url())
        .timeout(millis(50))
        .build()
        .unwrap();
    let error = get(&client, &hub).await.unwrap_err();
    assert!(error.is_timeout());
    let id = change_request(&hub);
    assert!(
        !approve(&client, &hub, &id)
            .await
            .unwrap_err()
            .is_outcome_unknown()
    );
}

/// A client whose provider calls the client in `client`.
fn calling(hub: &Hub, client: &Arc<OnceLock<Client>>) -> Client {
    let (client, partner_id) = (Arc::clone(client), hub.partner_id().to_owned());
    Client::with_credentials(move || {
        let (client, partner_id) = (Arc::clone(&client), partner_id.clone());
        async move {
            logins::get_partner(client.get().unwrap(), &partner_id).await?;
            Ok(Credential::api_key("key")?)
        }
    })
    .base_url(hub.url())
    .build()
    .unwrap()
}

#[tokio::test]
async fn a_provider_that_calls_its_own_client_is_an_error() {
    let hub = plain().start().await.unwrap();
    let own = Arc::new(OnceLock::new());
    own.set(calling(&hub, &own)).unwrap();
    let error = get(own.get().unwrap(), &hub).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Credentials(_)));
    let text = output_of(&error);
    assert!(text.contains("the credentials provider uses its own client"));
    assert!(hub.requests().is_empty());

    // The same through another client.
    let (one, other) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    one.set(calling(&hub, &other)).unwrap();
    other.set(calling(&hub, &one)).unwrap();
    let error = get(one.get().unwrap(), &hub).await.unwrap_err();
    assert!(output_of(&error).contains("uses its own client"));
    assert!(hub.requests().is_empty());
}

#[tokio::test]
async fn a_provider_may_call_another_client() {
    let hub = plain().start().await.unwrap();
    let other = Arc::new(OnceLock::new());
    let with_key = Client::with_api_key(hub.api_key()).base_url(hub.url());
    other.set(with_key.build().unwrap()).unwrap();
    for _ in 0..3 {
        let error = get(&calling(&hub, &other), &hub).await.unwrap_err();
        assert_eq!(error.status().unwrap(), 401, "its key is wrong: {error}");
    }
}

/// A client whose provider builds another such client, and calls it.
fn endless(url: String) -> Client {
    let own = url.clone();
    Client::with_credentials(move || {
        let client = endless(own.clone());
        let call = async move { logins::get_partner(&client, "x").await };
        let call: Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> = Box::pin(call);
        async move {
            call.await?;
            Ok(Credential::api_key("key")?)
        }
    })
    .base_url(url)
    .build()
    .unwrap()
}

#[tokio::test]
async fn clients_that_build_clients_without_end_are_an_error() {
    let error = logins::get_partner(&endless("http://127.0.0.1:9".to_owned()), "x").await;
    let error = error.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Credentials(_)), "{error}");
}

#[tokio::test]
async fn a_key_of_a_provider_is_in_no_error() {
    let hub = plain().start().await.unwrap();
    let provider = Provider::of([key("s3cret-k3y")]);
    assert!(!format!("{:?} {:#?}", provider.0.0, provider.0.0).contains("s3cret"));
    let client = with(&hub, &provider);
    let error = get(&client, &hub).await.unwrap_err();
    assert!(!format!("{client:?}{}", output_of(&error)).contains("s3cret"));
}

#[track_caller]
fn assert_rejected(outcome: Result<impl Sized, Error>, setting: &str, reason: &str) {
    let Some(error) = outcome.err() else {
        panic!("{setting} that {reason} was taken");
    };
    let ErrorKind::Configuration { setting: named, .. } = error.kind() else {
        panic!("{error}");
    };
    assert_eq!(*named, setting);
    assert!(error.to_string().contains(setting), "{error}");
    assert!(error.to_string().contains(reason), "{error}");
    assert_eq!((error.operation(), error.attempts()), (None, 0));
    let text = output_of(&error);
    assert!(!text.contains("s3cret"), "{text}");
}

/// Secrets that are invalid in a header.
const INVALID: [&str; 8] = [
    "s3cret\n",
    "s3cret\r\nx-evil: 1",
    "s3cret\u{0}",
    "s3cret key",
    " s3cret",
    "s3cret\t",
    "s3cr\u{e9}t",
    "s3cret\u{20ac}",
];

#[test]
fn an_unusable_key_or_token_is_rejected_before_anything_is_sent() {
    assert_rejected(Client::with_api_key("").build(), "api_key", "is empty");
    assert_rejected(Credential::api_key(""), "api_key", "is empty");
    assert_rejected(Credential::bearer(""), "token", "is empty");
    for invalid in INVALID {
        assert_rejected(
            Client::with_api_key(invalid).build(),
            "api_key",
            "a line break",
        );
        assert_rejected(Credential::api_key(invalid), "api_key", "a line break");
        assert_rejected(Credential::bearer(invalid), "token", "a line break");
    }
}

#[test]
fn an_unusable_login_is_rejected_before_anything_is_sent() {
    assert_rejected(
        Client::with_login("", "s3cret").build(),
        "username",
        "is empty",
    );
    assert_rejected(
        Client::with_login("owner", "").build(),
        "password",
        "is empty",
    );
    // A password is not sent in a header, so it may have any character.
    for invalid in INVALID {
        Client::with_login("owner", invalid).build().unwrap();
    }
}

#[test]
fn the_debug_output_of_a_credential_shows_its_kind_only() {
    let key = Credential::api_key("s3cret").unwrap();
    let token = Credential::bearer("s3cret").unwrap();
    assert_ne!(key, token);
    assert_eq!(key, Credential::api_key("s3cret").unwrap());
    assert_ne!(key, Credential::api_key("other").unwrap());
    assert_eq!(format!("{key:?}"), "Credential(x-api-key: ***)");
    assert_eq!(format!("{token:?}"), "Credential(authorization: ***)");
}
