//! No secret is in the logs: not at `TRACE`, not in those of the libraries below, and not when a
//! server sends it back.

use std::io;
use std::sync::{Mutex, Once};

use partner_api::prelude::*;
use partner_api::secrecy::ExposeSecret as _;
use partner_api::{CallOptions, ClientBuilder, Credential, MemoryTokenStore, TokenKey, TokenStore};
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, FaultRule, Hub, RetryAfter};
use tracing::level_filters::LevelFilter;
#[cfg(feature = "http2")]
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::calls::{OPERATIONS, Subject, call, fetch};
use crate::support::hidden::{USER, assert_hidden_in_any_form, owned, watched};
use crate::support::output::{debug, output_of};
use crate::support::process;
use crate::support::raw_server::{Server, Then};

/// The logs of all tests in this process.
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

/// Records everything that this process logs through `tracing` or `log` from now on.
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

/// Faults of every kind, except those that take time.
fn faults(elsewhere: &str) -> Vec<Fault> {
    let mut faults = vec![
        Fault::Latency {
            ms: 1,
            jitter_ms: 0,
        },
        Fault::WrongContentType,
        Fault::GarbageJson,
        Fault::ExpireToken,
        Fault::gzip_bomb(2),
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
    faults.push(Fault::Refuse { for_ms: 60_000 });
    faults
}

/// Calls every operation without and with each fault, and asserts that no secret appears.
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
                Ok(status) => text += &debug(&status),
                Err(error) => text += &output_of(&error),
            }
            all.extend(secrets(&hub).await);
        }
        if let Ok(response) = client
            .get_partner()
            .partner_id(&subject.partner_id)
            .send()
            .await
        {
            text += &debug(&response);
        }
        text += &debug(&client);
        for request in hub.requests() {
            text += &format!("{} {:?}\n", request.path, request.query);
        }
        all.extend(secrets(&hub).await);
        all.sort();
        all.dedup();
        assert_hidden_in_any_form(&all, &what, &text);
        assert_hidden_in_any_form(&all, &what, &printed_so_far.lock().unwrap());
    }
    assert!(!all.is_empty());
    let logged = logged();
    for expected in ["partner_api.call", "get_partner", "log reqwest::connect"] {
        assert!(logged.contains(expected), "{expected} was not logged");
    }
    assert_hidden_in_any_form(&all, "what is logged", &logged);
    assert_eq!(elsewhere.requests(), []);
}

/// Runs the tests that record all logs in a process of their own, as the recorder is global.
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
        let text = debug(&store) + &debug(&token);
        let token = token.map(|token| token.access_token().expose_secret().to_owned());
        let secrets = Vec::from_iter([hub.password().to_owned()].into_iter().chain(token));
        assert_hidden_in_any_form(&secrets, "a store", &text);
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

// Base64 and human-chosen secrets. The logs are shared, so each test has its own.
const ECHOED_KEY: &str = "q83v/Ze+s3cret/Kx==";

const ECHOED_PASSWORD: &str = "c0rrect+h0rse/battery~";

const ECHOED_TOKEN: &str = "eyJ0eXAi/t0ken+Zz0=";

#[cfg(feature = "http2")]
const HTTP2_KEY: &str = "h2/Yt9+s3cret/Ww==";

/// Responses with the secret wherever a server can put it.
fn echoes(secret: &str) -> Vec<Vec<u8>> {
    let name: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
    let responses = [
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
    responses.map(String::into_bytes).into()
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
        let error = fetch(&client).await.unwrap_err();
        assert_hidden_in_any_form(&secrets, &what, &output_of(&error));
        assert_hidden_in_any_form(&secrets, &what, &attempts.lock().unwrap());
    }
    assert_hidden_in_any_form(&secrets, "what is logged", &logged());
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
        let error = fetch(&client).await.unwrap_err();
        assert_hidden_in_any_form(&secrets, &what, &output_of(&error));
        assert_hidden_in_any_form(&secrets, &what, &attempts.lock().unwrap());
    }
    assert_hidden_in_any_form(&secrets, "what is logged", &logged());
}

/// An HTTP/2 server that sends the key back. Its own logs are not recorded.
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
                    let response = http::Response::builder()
                        .status(403)
                        .header("x-echo", &key)
                        .body(())
                        .unwrap();
                    let mut body = respond.send_response(response, false).unwrap();
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
    let error = fetch(&client).await.unwrap_err();
    assert_eq!(error.developer_message(), Some("***"), "{error:?}");
    let logged = logged();
    assert!(logged.contains(" h2::"), "HTTP/2 was not logged");
    for text in [output_of(&error), attempts.lock().unwrap().clone(), logged] {
        assert_hidden_in_any_form(&owned(&[HTTP2_KEY]), "HTTP/2", &text);
    }
}
