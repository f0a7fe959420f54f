//! No secret is in anything that a program can print or log: not at `TRACE`, not of the libraries
//! below, and not when a server sends it back.

use std::fmt::Debug;
use std::io;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use crate::support::calls::{OPERATIONS, Subject, call};
use crate::support::process;
use crate::support::raw_server::{Server, Then};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use partner_api::prelude::*;
use partner_api::reqwest::header::{HeaderName, HeaderValue};
use partner_api::secrecy::ExposeSecret as _;
use partner_api::{
    CallOptions, ClientBuilder, Credential, Error, FileTokenStore, MemoryTokenStore, RetryPolicy,
    Token, TokenKey, TokenStore,
};
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, FaultRule, Hub, RetryAfter};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tracing::level_filters::LevelFilter;
#[cfg(feature = "http2")]
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::fmt::format::FmtSpan;

/// What all tests of this program logged.
static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("log {} {}\n", record.target(), record.args());
        LOGGED.lock().unwrap().extend_from_slice(line.as_bytes());
    }

    fn flush(&self) {}
}

/// Logs everything that is told through `tracing` or `log` in this process, from now on.
fn log_everything() {
    static START: Once = Once::new();
    START.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(|| Log)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        log::set_logger(&Log).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

fn logged() -> String {
    String::from_utf8_lossy(&LOGGED.lock().unwrap()).into_owned()
}

/// How a secret may be written.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let list = format!("{bytes:?}");
    let mut forms = vec![
        secret.to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        secret.escape_default().to_string(),
        serde_json::to_string(secret)
            .unwrap()
            .trim_matches('"')
            .to_owned(),
        secret.replace('/', r"\/"),
        bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        list.trim_matches(['[', ']']).to_owned(),
    ];
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        forms.push(engine.encode(secret));
        forms.push(engine.encode(format!("{}:{secret}", USER)));
    }
    forms
}

const USER: &str = "owner@shop.example";

#[track_caller]
fn assert_hidden(secrets: &[String], what: &str, text: &str) {
    for secret in secrets {
        assert!(secret.len() > 10, "what is short may be there by chance");
        for form in forms(secret) {
            if let Some(at) = text.find(&form) {
                let line = text[..at].rsplit('\n').next().unwrap_or_default();
                let rest = text[at..].split('\n').next().unwrap_or_default();
                panic!("{form} is in {what}: {line}{rest}");
            }
        }
    }
}

/// All that can be printed of a value.
fn printed(value: impl Debug) -> String {
    format!("{value:?}\n{value:#?}\n")
}

/// The same of an error, and of all that caused it.
fn printed_error(error: &Error) -> String {
    let mut text = printed(error) + &printed(error.kind()) + &printed(error.meta());
    text += &format!("{}\n", error.kind());
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        text += &format!("{error}\n{error:#}\n{error:?}\n{error:#?}\n");
        cause = error.source();
    }
    text
}

/// A client that keeps all that can be printed of its attempts.
fn watched(builder: ClientBuilder, url: &str) -> (Client, Arc<Mutex<String>>) {
    let tiny = Duration::from_millis(1);
    let attempts = Arc::new(Mutex::new(String::new()));
    let told = Arc::clone(&attempts);
    let builder = builder
        .base_url(url)
        .max_response_bytes(1024 * 1024)
        .retry_policy(
            RetryPolicy::max(1)
                .backoff(tiny, tiny)
                .max_retry_after(tiny),
        )
        .on_attempt(move |attempt| {
            let mut told = told.lock().unwrap();
            *told += &printed(attempt);
            if let Some(error) = attempt.error {
                *told += &printed_error(error);
            }
        });
    let mut text = printed(&builder);
    let client = builder.build().unwrap();
    text += &printed(&client);
    attempts.lock().unwrap().push_str(&text);
    (client, attempts)
}

/// Faults of every kind; those that need time are elsewhere.
fn faults(elsewhere: &str) -> Vec<Fault> {
    let mut faults = vec![
        Fault::Latency {
            ms: 1,
            jitter_ms: 0,
        },
        Fault::WrongContentType,
        Fault::GarbageJson,
        Fault::ExpireToken,
        Fault::GzipBomb { mib: 2 },
        Fault::Redirect {
            location: elsewhere.to_owned(),
            status: 302,
        },
        Fault::Status {
            status: 429,
            retry_after: Some(RetryAfter::Seconds(1)),
            body: ErrorBody::Html,
        },
    ];
    for status in [400, 401, 403, 404, 500, 503] {
        faults.push(Fault::status(status));
    }
    for at in [
        BreakPoint::BeforeHeaders,
        BreakPoint::DuringHeaders,
        BreakPoint::AfterHeaders,
        BreakPoint::DuringBody,
    ] {
        for how in [CloseMode::Reset, CloseMode::Close] {
            faults.push(Fault::Break { at, how });
        }
    }
    faults.push(Fault::Refuse { for_ms: 600_000 });
    faults
}

/// Calls everything, well and with each fault, and finds no secret anywhere.
async fn assert_hidden_throughout(
    builder: impl Fn(&Hub) -> ClientBuilder,
    secrets: impl AsyncFn(&Hub) -> Vec<String>,
) {
    log_everything();
    let mut all = Vec::new();
    let elsewhere = Hub::builder().clients(3).start().await.unwrap();
    for fault in [None]
        .into_iter()
        .chain(faults(elsewhere.url()).into_iter().map(Some))
    {
        let hub = Hub::builder().clients(3).start().await.unwrap();
        let subject = Subject::of(&hub);
        let (client, printed_so_far) = watched(builder(&hub), hub.url());
        let what = format!("what is printed with {fault:?}");
        if let Some(fault) = fault {
            hub.fault(FaultRule::from(fault)).unwrap();
        }
        let mut text = String::new();
        for operation in OPERATIONS {
            match call(&client, &subject, operation, CallOptions::new()).await {
                Ok(status) => text += &printed(status),
                Err(error) => text += &printed_error(&error),
            }
            all.extend(secrets(&hub).await);
        }
        if let Ok(answer) = client
            .get_partner()
            .partner_id(&subject.partner_id)
            .send()
            .await
        {
            text += &printed(answer);
        }
        text += &printed(&client);
        for request in hub.requests() {
            text += &format!("{} {:?}\n", request.path, request.query);
        }
        all.extend(secrets(&hub).await);
        all.sort();
        all.dedup();
        assert_hidden(&all, &what, &text);
        assert_hidden(&all, &what, &printed_so_far.lock().unwrap());
    }
    assert!(!all.is_empty());
    let logged = logged();
    for expected in ["partner_api.call", "get_partner", "log reqwest::connect"] {
        assert!(logged.contains(expected), "{expected} was not logged");
    }
    assert_hidden(&all, "what is logged", &logged);
    assert_eq!(elsewhere.requests(), []);
}

/// Runs the tests that log everything, as what a process logs holds for all of it.
#[test]
fn secrets_are_logged_nowhere() {
    let output = process::ignored_tests(module_path!()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success(), "{text}");
    assert!(!text.contains(" 0 passed"), "none ran: {text}");
}

#[tokio::test]
#[ignore = "run by `secrets_are_logged_nowhere`, in a process of its own"]
async fn an_api_key_is_printed_and_logged_nowhere() {
    assert_hidden_throughout(
        |hub| Client::with_api_key(hub.api_key()),
        async |hub| vec![hub.api_key().to_owned()],
    )
    .await;
}

#[tokio::test]
#[ignore = "run by `secrets_are_logged_nowhere`, in a process of its own"]
async fn a_password_and_its_tokens_are_printed_and_logged_nowhere() {
    let store = MemoryTokenStore::new();
    let secrets = async |hub: &Hub| {
        let key = TokenKey::new(&hub.url().parse().unwrap(), hub.username());
        let token = store.load(&key).await.unwrap();
        let text = printed(&store) + &printed(&token);
        let token = token.map(|token| token.access_token().expose_secret().to_owned());
        let secrets = Vec::from_iter([hub.password().to_owned()].into_iter().chain(token));
        assert_hidden(&secrets, "a store", &text);
        secrets
    };
    let builder =
        |hub: &Hub| Client::with_login(hub.username(), hub.password()).token_store(store.clone());
    assert_hidden_throughout(builder, secrets).await;
    assert!(logged().contains("logged in"));
}

#[tokio::test]
#[ignore = "run by `secrets_are_logged_nowhere`, in a process of its own"]
async fn a_credential_of_a_provider_is_printed_and_logged_nowhere() {
    let builder = |hub: &Hub| {
        let key = hub.api_key().to_owned();
        Client::with_credentials(move || {
            let key = key.clone();
            async move { Ok(Credential::api_key(key)?) }
        })
    };
    assert_hidden_throughout(builder, async |hub| vec![hub.api_key().to_owned()]).await;
}

// As base64 and as people make them. What is logged is of all tests, so each has its own.
const ECHOED_KEY: &str = "q83v/Ze+s3cret/Kx==";
const ECHOED_PASSWORD: &str = "c0rrect+h0rse/battery~";
const ECHOED_TOKEN: &str = "eyJ0eXAi/t0ken+Zz0=";
#[cfg(feature = "http2")]
const HTTP2_KEY: &str = "h2/Yt9+s3cret/Ww==";
const KEY: &str = "pr1nted/s3cret+Aa==";
const PASSWORD: &str = "pr1nted/passw0rd+Bb==";
const TOKEN: &str = "pr1nted/t0ken+Cc==";

fn owned(secrets: &[&str]) -> Vec<String> {
    secrets.iter().map(|&secret| secret.to_owned()).collect()
}

/// Answers with the secret wherever a server can put it.
fn echoes(secret: &str) -> Vec<Vec<u8>> {
    let name: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
    let answers = [
        format!("HTTP/1.1 401 {secret}\r\n\r\n"),
        format!("HTTP/1.1 503 {secret}\r\n\r\n{secret}"),
        format!("HTTP/1.1 {secret}\r\n\r\n"),
        format!("{secret}\r\n\r\n"),
        format!("HTTP/1.1 403 No\r\nx-echo: {secret}\r\nx-{name}: {secret}\r\n\r\n"),
        format!("HTTP/1.1 403 No\r\nx {secret}: {secret}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: {secret}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\ncontent-type: {secret}\r\n\r\n{secret}"),
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nx: {secret}\r\n\r\n{secret}"),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{secret}\r\n{secret}"),
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: {secret}\r\n\r\n{secret}"),
        format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\nx: {secret}\r\n\r\n{secret}"),
        format!("HTTP/1.1 302 Found\r\nlocation: https://example.com/?key={secret}\r\n\r\n"),
        format!("HTTP/1.1 429 Slow\r\nretry-after: {secret}\r\nset-cookie: {secret}\r\n\r\n"),
        format!("HTTP/1.1 401 No\r\nwww-authenticate: Bearer {secret}\r\n\r\n<b>{secret}</b>"),
        format!("HTTP/1.1 200 OK\r\n\r\n{{\"brand_name\": {{\"{secret}\": \"{secret}\"}}}}"),
        format!("HTTP/1.1 200 OK\r\n\r\n{{\"allow_client_to_add_phone_no\": \"{secret}\"}}"),
        format!("HTTP/1.1 200 OK\r\n\r\n{{\"payment_plan\": {{\"{secret}\": tru}}}}"),
        format!("HTTP/1.1 200 OK\r\n\r\n\"{secret}\""),
        format!(
            "HTTP/1.1 403 No\r\n\r\n{{\"meta\": {{\"developer_message\": \"X-API-Key: {secret}\", \
             \"360dialog_trace_id\": \"{secret}\", \"http_code\": \"{secret}\", \
             \"details\": {{\"{secret}\": [\"a {secret} b\"]}}, \"{secret}\": \"{secret}\"}}}}"
        ),
        format!(
            "HTTP/1.1 400 No\r\n\r\n{{\"error\": \"{secret}\", \"error_description\": \"{secret}\", \
             \"{secret}\": \"{secret}\"}}"
        ),
    ];
    answers.map(String::into_bytes).into()
}

#[tokio::test]
#[ignore = "run by `secrets_are_logged_nowhere`, in a process of its own"]
async fn an_api_key_that_is_sent_back_is_printed_and_logged_nowhere() {
    log_everything();
    let secrets = owned(&[ECHOED_KEY]);
    for echo in echoes(ECHOED_KEY) {
        let what = String::from_utf8_lossy(&echo).into_owned();
        let server = Server::start([echo], Then::Close).await;
        let (client, attempts) = watched(Client::with_api_key(ECHOED_KEY), &server.url());
        let call = client.get_partner().partner_id("Kq3vTzPA");
        let error = call.send().await.unwrap_err();
        assert_hidden(&secrets, &what, &printed_error(&error));
        assert_hidden(&secrets, &what, &attempts.lock().unwrap());
    }
    assert_hidden(&secrets, "what is logged", &logged());
}

#[tokio::test]
#[ignore = "run by `secrets_are_logged_nowhere`, in a process of its own"]
async fn a_password_and_token_that_are_sent_back_are_printed_and_logged_nowhere() {
    log_everything();
    let secrets = owned(&[ECHOED_PASSWORD, ECHOED_TOKEN]);
    for (echo, at_login) in [
        (ECHOED_PASSWORD, true),
        (ECHOED_PASSWORD, false),
        (ECHOED_TOKEN, false),
    ]
    .into_iter()
    .flat_map(|(secret, at_login)| echoes(secret).into_iter().map(move |echo| (echo, at_login)))
    {
        let what = String::from_utf8_lossy(&echo).into_owned();
        let respond = move |head: &str| {
            let granted = format!(r#"{{"access_token": "{ECHOED_TOKEN}"}}"#);
            match head.starts_with("POST /api/v2/token") && !at_login {
                true => vec![b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), granted.into_bytes()],
                false => vec![echo.clone()],
            }
        };
        let server = Server::responding(respond, Then::Close).await;
        let builder = Client::with_login(USER, ECHOED_PASSWORD);
        let (client, attempts) = watched(builder, &server.url());
        let call = client.get_partner().partner_id("Kq3vTzPA");
        let error = call.send().await.unwrap_err();
        assert_hidden(&secrets, &what, &printed_error(&error));
        assert_hidden(&secrets, &what, &attempts.lock().unwrap());
    }
    assert_hidden(&secrets, "what is logged", &logged());
}

/// An HTTP/2 server that sends the key back; what it logs itself is not logged.
#[cfg(feature = "http2")]
fn http2_echo() -> (std::net::SocketAddr, tokio::sync::oneshot::Sender<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let serve = async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            tokio::spawn(async move {
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    let key = request.headers()["x-api-key"].clone();
                    let key = key.to_str().unwrap().to_owned();
                    let answer = http::Response::builder()
                        .status(403)
                        .header("x-echo", &key)
                        .body(())
                        .unwrap();
                    let mut body = respond.send_response(answer, false).unwrap();
                    let text = format!("{{\"meta\": {{\"developer_message\": \"{key}\"}}}}");
                    body.send_data(text.into(), true).unwrap();
                }
            });
        }
    };
    std::thread::spawn(move || {
        let _guard = tracing::subscriber::set_default(NoSubscriber::new());
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            tokio::select! {
                () = serve => {}
                _ = stopped => {}
            }
        });
    });
    (address, stop)
}

#[tokio::test]
#[cfg(feature = "http2")]
#[ignore = "run by `secrets_are_logged_nowhere`, in a process of its own"]
async fn a_key_sent_by_http2_is_printed_and_logged_nowhere() {
    log_everything();
    let (address, _stop) = http2_echo();
    let builder =
        Client::with_api_key(HTTP2_KEY).configure_http(|http| http.http2_prior_knowledge());
    let (client, attempts) = watched(builder, &format!("http://{address}"));
    let call = client.get_partner().partner_id("Kq3vTzPA");
    let error = call.send().await.unwrap_err();
    assert_eq!(error.developer_message(), Some("***"), "{error:?}");
    let logged = logged();
    assert!(logged.contains(" h2::"), "HTTP/2 was not logged");
    for text in [
        printed_error(&error),
        attempts.lock().unwrap().clone(),
        logged,
    ] {
        assert_hidden(&owned(&[HTTP2_KEY]), "HTTP/2", &text);
    }
}

#[test]
fn no_type_shows_a_secret() {
    let options = CallOptions::new().timeout(Duration::from_secs(1)).header(
        HeaderName::from_static("x-request-id"),
        HeaderValue::from_static("7"),
    );
    let mut text = printed(Credential::api_key(KEY).unwrap())
        + &printed(Credential::bearer(TOKEN).unwrap())
        + &printed(Token::new(TOKEN, None))
        + &printed(Token::new(TOKEN, std::time::SystemTime::now()))
        + &printed(options);
    let provider = || async { Ok(Credential::bearer(TOKEN)?) };
    for builder in [
        Client::with_api_key(KEY),
        Client::with_login(USER, PASSWORD),
        Client::with_login(USER, PASSWORD).token_store(MemoryTokenStore::new()),
        Client::with_credentials(provider),
        Client::with_api_key(KEY).base_url(format!("https://user:{TOKEN}@hub.test")),
        Client::with_api_key(KEY).base_url(format!("https://hub.test?key={TOKEN}")),
    ] {
        text += &printed(&builder);
        match builder.build() {
            Err(error) => text += &printed_error(&error),
            Ok(client) => {
                text += &printed(&client);
                text += &printed(client.list_clients().limit(1));
                text += &printed(client.update_client().client_id("mN8wXyCL"));
                text += &printed(client.list_shared_client_numbers());
                text += &printed(client.get_partner().partner_id("Kq3vTzPA"));
                text += &printed(client.update_partner());
                text += &printed(client.list_partner_change_requests());
                text += &printed(client.approve_partner_change_request().pcr_id("916c05f1"));
            }
        }
    }
    for bad in [format!("{KEY}\n"), format!("{KEY} "), format!("{KEY}é")] {
        for error in [
            Credential::api_key(bad.clone()).unwrap_err(),
            Credential::bearer(bad.clone()).unwrap_err(),
            Client::with_api_key(bad).build().unwrap_err(),
        ] {
            text += &printed_error(&error);
        }
    }
    assert_hidden(&owned(&[KEY, PASSWORD, TOKEN]), "a type", &text);
}

/// Logs in with a store, and prints what there is then.
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
    let mut text = printed(&pages) + &printed(&items);
    let page = pages.try_next().await.unwrap().unwrap();
    let item = items.try_next().await.unwrap().unwrap();
    text += &(printed(&pages) + &printed(&items) + &printed(page) + &printed(item));
    text += &(printed(&client) + &printed(&partner) + &printed(response));
    text += &(printed(&store) + &printed(&token) + &printed(&key));
    text += &printed(partner.update_partner());
    text += &printed(partner.list_partner_change_requests().pages());
    text += &printed(partner.approve_partner_change_request().pcr_id("916c05f1"));
    assert!(text.contains("TokenStore"), "the store is printed: {text}");
    let secrets = [hub.password().to_owned(), secret];
    assert_hidden(&secrets, "a value", &text);
}

#[tokio::test]
async fn no_value_shows_a_secret_after_a_login() {
    assert_hidden_after_a_login(MemoryTokenStore::new()).await;
    let folder = format!("partner-api-logs-{}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    assert_hidden_after_a_login(FileTokenStore::new(folder.join("token.json"))).await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_program_that_panics_shows_no_secret() {
    let server = Server::answering(
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
    let made: fn(Result<Client, ()>) = |result| result.expect_err("no client");
    let end = std::thread::spawn(move || made(Ok(given)));
    let client = message(end.join().unwrap_err());
    for text in [error, client] {
        assert!(text.contains(" { "), "it shows something: {text}");
        assert_hidden(&owned(&[KEY]), "a panic", &text);
    }
}
