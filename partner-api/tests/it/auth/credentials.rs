//! Credentials from a source of one's own, from the environment, and those that cannot be used.

use std::future::pending;
use std::pin::Pin;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use crate::support::logins::{
    all_of, approve, change_request, get, millis, plain, quick, status_of,
};
use crate::support::{logins, process};
use partner_api::prelude::*;
use partner_api::{ClientBuilder, Credential, CredentialsProvider, Error, ErrorKind, RetryPolicy};
use partner_hub::{Fault, Hub};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a source gives when it is asked, and how often it was; the last answer is given for ever.
#[derive(Clone)]
struct Source(Arc<(Vec<Result<Credential, &'static str>>, AtomicUsize)>);

impl Source {
    fn of(answers: impl IntoIterator<Item = Result<Credential, &'static str>>) -> Self {
        Self(Arc::new((
            answers.into_iter().collect(),
            AtomicUsize::new(0),
        )))
    }

    fn asked(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

impl CredentialsProvider for Source {
    async fn credential(&self) -> Result<Credential, BoxError> {
        let (answers, asked) = &*self.0;
        let nth = asked.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        answers[nth].clone().map_err(Into::into)
    }
}

fn key(text: &str) -> Result<Credential, &'static str> {
    Ok(Credential::api_key(text).unwrap())
}

fn with(hub: &Hub, source: &Source) -> Client {
    Client::with_credentials(source.clone())
        .base_url(hub.url())
        .retry_policy(quick())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_source_is_asked_for_each_call() {
    let hub = plain().start().await.unwrap();
    let source = Source::of([key(hub.api_key())]);
    let client = with(&hub, &source);
    assert_eq!(source.asked(), 0, "building asks nothing");
    for calls in 1..=3 {
        get(&client, &hub).await.unwrap();
        assert_eq!(source.asked(), calls);
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
async fn a_source_is_asked_before_each_attempt() {
    let hub = plain().start().await.unwrap();
    // The key changes while the call waits for its repetition.
    let source = Source::of([key("wr0ng"), key(hub.api_key())]);
    hub.fault(Fault::status(503).on("get_partner").nth(1))
        .unwrap();
    get(&with(&hub, &source), &hub).await.unwrap();
    assert_eq!((source.asked(), hub.count("get_partner")), (2, 2));
}

#[tokio::test]
async fn a_replaced_key_file_is_read_again() {
    let hub = plain().start().await.unwrap();
    let file = std::env::temp_dir().join(format!("partner-api-key-{}", std::process::id()));
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
async fn a_refused_key_is_asked_for_again_and_another_one_gets_in() {
    let hub = plain().start().await.unwrap();
    let source = Source::of([key("0ld"), key(hub.api_key())]);
    get(&with(&hub, &source), &hub).await.unwrap();
    assert_eq!((source.asked(), hub.count("get_partner")), (2, 2));
}

#[tokio::test]
async fn the_same_key_again_is_not_sent_again() {
    let hub = plain().start().await.unwrap();
    let source = Source::of([key("0ld")]);
    let error = get(&with(&hub, &source), &hub).await.unwrap_err();
    assert!(error.is_auth());
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!(error.developer_message(), Some("Invalid API key"));
    assert_eq!(error.attempts(), 1);
    assert_eq!((source.asked(), hub.count("get_partner")), (2, 1));
}

#[tokio::test]
async fn a_source_of_ever_new_wrong_keys_is_a_401_after_two() {
    let hub = plain().start().await.unwrap();
    let source = Source::of((0..10).map(|nth| key(&format!("wr0ng-{nth}"))));
    let error = get(&with(&hub, &source), &hub).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!((source.asked(), hub.count("get_partner")), (2, 2));
}

#[tokio::test]
async fn an_approval_with_a_refused_key_is_not_sent_again() {
    let hub = plain().start().await.unwrap();
    let source = Source::of([key("0ld"), key(hub.api_key())]);
    let client = with(&hub, &source);
    let id = change_request(&hub);
    let error = approve(&client, &hub, &id).await.unwrap_err();
    assert!(error.is_auth() && !error.is_outcome_unknown());
    assert_eq!(hub.count("approve_partner_change_request"), 1);
    approve(&client, &hub, &id).await.unwrap();
    assert_ne!(status_of(&hub, &id).as_deref(), Some("created"));
}

#[tokio::test]
async fn a_source_may_change_from_a_key_to_a_token_and_back() {
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
    let source = Source::of([key(hub.api_key()), bearer(), key("wr0ng"), bearer()]);
    let client = with(&hub, &source);
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

/// Keeps the token of a login, to look at.
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
async fn the_error_of_a_source_is_that_of_the_call() {
    let hub = plain().start().await.unwrap();
    let source = Source::of([Err("the vault is sealed")]);
    let client = with(&hub, &source);
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
async fn a_source_that_hangs_is_ended_by_the_calls_deadline() {
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

/// A client whose provider calls the client that is put there.
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
    let text = all_of(&error);
    assert!(text.contains("the credentials provider uses its own client"));
    assert!(hub.requests().is_empty());

    // Through another client, too.
    let (one, other) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    one.set(calling(&hub, &other)).unwrap();
    other.set(calling(&hub, &one)).unwrap();
    let error = get(one.get().unwrap(), &hub).await.unwrap_err();
    assert!(all_of(&error).contains("uses its own client"));
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

/// A client whose provider makes such a client, and calls it.
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
async fn clients_that_make_clients_come_to_an_end() {
    let error = logins::get_partner(&endless("http://127.0.0.1:9".to_owned()), "x").await;
    let error = error.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Credentials(_)), "{error}");
}

#[tokio::test]
async fn a_key_of_a_source_is_in_no_error() {
    let hub = plain().start().await.unwrap();
    let source = Source::of([key("s3cret-k3y")]);
    assert!(!format!("{:?} {:#?}", source.0.0, source.0.0).contains("s3cret"));
    let client = with(&hub, &source);
    let error = get(&client, &hub).await.unwrap_err();
    assert!(!format!("{client:?}{}", all_of(&error)).contains("s3cret"));
}

#[track_caller]
fn refused(outcome: Result<impl Sized, Error>, setting: &str, reason: &str) {
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
    let text = all_of(&error);
    assert!(!text.contains("s3cret"), "{text}");
}

/// Secrets that no header can have.
const ODD: [&str; 8] = [
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
fn an_unusable_key_or_token_is_refused_before_anything_is_sent() {
    refused(Client::with_api_key("").build(), "api_key", "is empty");
    refused(Credential::api_key(""), "api_key", "is empty");
    refused(Credential::bearer(""), "token", "is empty");
    for odd in ODD {
        refused(Client::with_api_key(odd).build(), "api_key", "a line break");
        refused(Credential::api_key(odd), "api_key", "a line break");
        refused(Credential::bearer(odd), "token", "a line break");
    }
}

#[test]
fn an_unusable_login_is_refused_before_anything_is_sent() {
    refused(
        Client::with_login("", "s3cret").build(),
        "username",
        "is empty",
    );
    refused(
        Client::with_login("owner", "").build(),
        "password",
        "is empty",
    );
    // A password is no header, and may have anything in it.
    for odd in ODD {
        Client::with_login("owner", odd).build().unwrap();
    }
}

#[test]
fn a_credential_shows_what_it_is_and_no_more() {
    let key = Credential::api_key("s3cret").unwrap();
    let token = Credential::bearer("s3cret").unwrap();
    assert_ne!(key, token);
    assert_eq!(key, Credential::api_key("s3cret").unwrap());
    assert_ne!(key, Credential::api_key("other").unwrap());
    assert_eq!(format!("{key:?}"), "Credential(x-api-key: ***)");
    assert_eq!(format!("{token:?}"), "Credential(authorization: ***)");
}

/// What [`in_the_environment`] prints of a client made there.
const MADE: &str = "made: ";

/// Not a test of its own: [`of_environment`] runs it in a process with other variables.
#[tokio::test]
#[ignore = "run by the tests of the environment"]
async fn in_the_environment() {
    let Ok(url) = std::env::var("HUB_URL") else {
        return;
    };
    let made = Client::from_env().and_then(|builder: ClientBuilder| {
        eprintln!("{builder:?}");
        builder
            .base_url(url)
            .retry_policy(RetryPolicy::none())
            .build()
    });
    let told = match made {
        Ok(client) => {
            let call = client
                .get_partner()
                .partner_id(std::env::var("HUB_PARTNER").unwrap());
            match call.send().await {
                Ok(_) => "a client that gets in".to_owned(),
                Err(error) => all_of(&error),
            }
        }
        Err(error) => all_of(&error),
    };
    println!("{MADE}{told}");
}

/// What comes of `Client::from_env` where these variables are set, and no others.
fn of_environment(hub: &Hub, variables: &[(&str, &std::ffi::OsStr)]) -> String {
    let mut child = process::ignored_test(module_path!(), "in_the_environment");
    child
        .env_remove("PARTNER_API_KEY")
        .env_remove("PARTNER_API_USERNAME")
        .env_remove("PARTNER_API_PASSWORD")
        .env("HUB_URL", hub.url())
        .env("HUB_PARTNER", hub.partner_id())
        .envs(variables.iter().copied());
    let Output {
        stdout,
        stderr,
        status,
    } = child.output().unwrap();
    let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{text}");
    assert!(text.contains(MADE), "{text}");
    text
}

const KEY: &str = "PARTNER_API_KEY";
const NAME: &str = "PARTNER_API_USERNAME";
const PASS: &str = "PARTNER_API_PASSWORD";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_environment_has_a_key_or_a_login() {
    let hub = plain().start().await.unwrap();
    let (key, name, pass) = (hub.api_key(), hub.username(), hub.password());
    let gets_in = |variables: &[(&str, &str)]| {
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, it)| (*name, (*it).as_ref()))
            .collect();
        let text = of_environment(&hub, &variables);
        assert!(text.contains("a client that gets in"), "{text}");
        for secret in [key, pass] {
            assert!(!text.contains(secret), "{text}");
        }
    };
    gets_in(&[(KEY, key)]);
    assert_eq!(hub.count("token"), 0);
    gets_in(&[(NAME, name), (PASS, pass)]);
    assert_eq!(hub.count("token"), 1);
    // A key comes first, also before half a login.
    gets_in(&[(KEY, key), (NAME, name), (PASS, pass)]);
    gets_in(&[(KEY, key), (NAME, name)]);
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unusable_environment_is_told_without_its_secrets() {
    let hub = plain().start().await.unwrap();
    let told = |variables: &[(&str, &str)], expected: &[&str]| {
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, it)| (*name, (*it).as_ref()))
            .collect();
        let text = of_environment(&hub, &variables);
        for expected in expected {
            assert!(text.contains(expected), "no {expected} in:\n{text}");
        }
        assert!(
            !text.contains("s3cret") && !text.contains("gets in"),
            "{text}"
        );
    };
    told(&[], &[KEY, NAME, PASS, "is not set"]);
    told(&[(NAME, "owner")], &["`PARTNER_API_PASSWORD` is not set"]);
    told(&[(PASS, "s3cret")], &["`PARTNER_API_USERNAME` is not set"]);
    told(&[(KEY, "s3cret key")], &["such as a space"]);
    told(&[(KEY, "s3cret\n")], &["a line break"]);
    told(&[(NAME, ""), (PASS, "s3cret")], &[]);
    told(&[(NAME, "owner"), (PASS, "")], &[]);
    told(&[(KEY, "")], &[]);
    assert!(hub.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unusable_variable_is_named() {
    let hub = plain().start().await.unwrap();
    for (name, value) in [(KEY, ""), (KEY, "s3cret\n")] {
        let text = of_environment(&hub, &[(name, value.as_ref())]);
        assert!(text.contains(name), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_empty_key_of_the_environment_gives_way_to_a_login() {
    let hub = plain().start().await.unwrap();
    let login = [
        (NAME, hub.username().as_ref()),
        (PASS, hub.password().as_ref()),
    ];
    let text = of_environment(&hub, &[(KEY, "".as_ref()), login[0], login[1]]);
    assert!(text.contains("a client that gets in"), "{text}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_variable_that_is_not_unicode_is_named() {
    use std::os::unix::ffi::OsStrExt as _;
    let hub = plain().start().await.unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"s3cret\xff");
    let owner = std::ffi::OsStr::new("owner");
    for variables in [
        &[(KEY, odd)][..],
        &[(NAME, odd), (PASS, owner)],
        &[(NAME, owner), (PASS, odd)],
    ] {
        let text = of_environment(&hub, variables);
        let named = variables.iter().find(|(_, value)| *value == odd).unwrap().0;
        assert!(
            text.contains(&format!("`{named}` is not Unicode")),
            "{text}"
        );
        assert!(!text.contains("s3cret"), "{text}");
    }
}
