//! The API key goes to the hub and nowhere else.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use crate::support::encodings::{ENCODINGS, Encoding};
use crate::support::mock_hub::{Hub, KEY, closed_port, own_http_client};
use crate::support::raw_server::{Server, Then};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use partner_api::prelude::*;
use partner_api::{Credential, Error, ErrorKind, RetryPolicy};
use serde_json::{Value, json};

/// What can be printed of a value.
fn debug(value: &impl Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

/// What can be printed of an error and all that caused it.
fn all_of(error: &Error) -> String {
    let mut text = debug(error.kind()) + &debug(&error.meta());
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        text += &format!("\n{error}\n{error:#}\n{error:?}\n{error:#?}");
        cause = error.source();
    }
    text
}

#[track_caller]
fn assert_hidden(secret: &str, text: &str) {
    assert!(!text.contains(secret), "{secret} is in:\n{text}");
}

#[tokio::test]
async fn the_key_is_in_no_output_of_a_client_or_builder() {
    let hub = Hub::json(200, &json!({"id": "Kq3vTzPA"})).await;
    assert_hidden(KEY, &debug(&Client::with_api_key(KEY)));
    assert_hidden(
        KEY,
        &debug(&Client::with_api_key(KEY).http_client(own_http_client())),
    );

    let client = hub.client();
    assert_hidden(KEY, &debug(&client));
    assert_hidden(KEY, &debug(&client.get_partner().partner_id("Kq3vTzPA")));
    assert_hidden(
        KEY,
        &debug(
            &client
                .update_partner()
                .body(types::PartnerUpdate::default()),
        ),
    );
    assert_hidden(KEY, &debug(&client.list_clients().limit(1)));
    assert_hidden(
        KEY,
        &debug(&client.update_client().body(types::ClientUpdate::default())),
    );
    assert_hidden(KEY, &debug(&client.list_shared_client_numbers()));
    assert_hidden(KEY, &debug(&client.list_partner_change_requests()));
    assert_hidden(KEY, &debug(&client.approve_partner_change_request()));

    let answer = client
        .get_partner()
        .partner_id("Kq3vTzPA")
        .send()
        .await
        .unwrap();
    assert_hidden(KEY, &debug(&answer));
    assert!(
        hub.request()
            .headers
            .contains(&("x-api-key".to_owned(), KEY.to_owned())),
        "it was sent all the same"
    );
}

#[tokio::test]
async fn the_key_is_in_no_error_of_a_call() {
    let unreachable = Client::with_api_key(KEY)
        .base_url(format!("http://{}", closed_port()))
        .build()
        .unwrap();
    let hubs = [
        Hub::json(
            401,
            &json!({"meta": {"developer_message": "Invalid key.", "http_code": 401}}),
        )
        .await,
        Hub::new(500, "text/html", "<html>oops</html>").await,
        Hub::new(200, "application/json", r#"{"brand_name": {}}"#).await,
        Hub::new(200, "application/json", "{").await,
        Hub::redirecting(307, "https://example.com/").await,
    ];
    let mut clients: Vec<_> = hubs.iter().map(Hub::client).collect();
    clients.push(unreachable);
    for client in &clients {
        let error = client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err();
        assert_hidden(KEY, &all_of(&error));
        let refused = client
            .get_partner()
            .partner_id("..")
            .send()
            .await
            .unwrap_err();
        assert_hidden(KEY, &all_of(&refused));
    }
}

#[tokio::test]
async fn a_key_that_the_server_sends_back_is_in_no_error() {
    // A key such as base64 makes, as servers write it in JSON.
    let key = "q83v/Ze+s3cret==";
    for sent in [key, r"q83v\/Ze+s3cret==", r"q83v\u002FZe\u002bs3cret=="] {
        let hubs = [
            (
                401,
                format!(r#"{{"meta": {{"developer_message": "Bad key {sent}."}}}}"#),
            ),
            (
                401,
                format!(r#"{{"meta": {{"details": {{"{sent}": ["{sent}"]}}}}}}"#),
            ),
            (
                401,
                format!(r#"{{"meta": {{"360dialog_trace_id": "{sent}", "key": "{sent}"}}}}"#),
            ),
            (502, format!("<html>{sent}</html>")),
            (
                200,
                format!(r#"{{"allow_client_to_add_phone_no": "{sent}"}}"#),
            ),
            (
                200,
                format!(r#"{{"payment_plan": {{"{sent}": "{sent}"}}, "country": 1}}"#),
            ),
        ];
        for (status, body) in hubs {
            let hub = Hub::new(status, "application/json", &body).await;
            let client = Client::with_api_key(key)
                .base_url(hub.base_url())
                .build()
                .unwrap();
            let error = client
                .get_partner()
                .partner_id("Kq3vTzPA")
                .send()
                .await
                .unwrap_err();
            assert_hidden(key, &all_of(&error));
            assert_hidden("s3cret", &all_of(&error));
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        }
    }
}

#[test]
fn a_key_that_cannot_be_a_header_is_refused_without_being_shown() {
    for key in [
        "",
        "s3cret\n",
        "s3cret\r\nx-admin: 1",
        "s3cret\0",
        "\ts3cret",
        "s3cret k3y",
        "s3crét",
        "s3cret\u{7f}",
    ] {
        let error = Client::with_api_key(key).build().unwrap_err();
        let ErrorKind::Configuration { setting, .. } = error.kind() else {
            panic!("{error:?}")
        };
        assert_eq!(*setting, "api_key");
        assert_eq!(
            (error.operation(), error.status(), error.attempts()),
            (None, None, 0)
        );
        let text = all_of(&error);
        assert!(text.contains("api_key"), "{text}");
        assert_hidden("s3cr", &text);
    }
}

#[tokio::test]
async fn no_error_shows_the_callers_data_in_the_query() {
    let hubs = [
        Hub::new(500, "text/html", "").await,
        Hub::new(200, "text/html", "<html>").await,
    ];
    let mut clients: Vec<_> = hubs.iter().map(Hub::client).collect();
    clients.push(
        Client::with_api_key(KEY)
            .base_url(format!("http://{}", closed_port()))
            .build()
            .unwrap(),
    );
    for client in &clients {
        let filters = types::ClientFilters {
            contact_info_email: Some("office@shop.example".into()),
            ..Default::default()
        };
        let error = client
            .list_clients()
            .partner_id("Kq3vTzPA")
            .filters(filters)
            .send()
            .await
            .unwrap_err();
        assert_hidden("shop.example", &all_of(&error));
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_not_shown() {
    let bodies = [
        r#"{"allow_client_to_add_phone_no": "office@shop.example"}"#,
        r#"{"brand_name": "office@shop.example", "country": 1}"#,
        r#""office@shop.example""#,
        "office@shop.example",
    ];
    for body in bodies {
        let hub = Hub::new(200, "application/json", body).await;
        let error = hub
            .client()
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Decode { .. }),
            "{error:?}"
        );
        assert_hidden("shop.example", &all_of(&error));
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_and_the_key_stays_here() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Hub::json(200, &json!({"id": "stolen"})).await;
        let hub = Hub::redirecting(
            status,
            &format!("{}/api/v2/partners/Kq3vTzPA", elsewhere.base_url()),
        )
        .await;
        let client = hub.client();
        let read = client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap_err();
        let write = client
            .approve_partner_change_request()
            .partner_id("x")
            .pcr_id("y")
            .send()
            .await
            .unwrap_err();
        assert_eq!(read.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(write.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(hub.requests().len(), 2);
        assert_eq!(elsewhere.requests(), []);
    }
}

#[test]
fn the_key_is_not_sent_where_others_could_read_it() {
    let refused = [
        ("", "not a URL"),
        ("hub.360dialog.io", "not a URL"),
        ("/api", "not a URL"),
        ("http://hub.360dialog.io", "https"),
        ("http://192.168.0.1", "https"),
        ("http://0.0.0.0", "https"),
        ("http://127.0.0.1.example.com", "https"),
        ("http://localhost.example.com", "https"),
        ("http://example.com/127.0.0.1", "https"),
        ("http://[2001:db8::1]", "https"),
        ("ftp://127.0.0.1", "https"),
        ("file:///etc/hosts", "https"),
        ("ws://127.0.0.1", "https"),
        ("https://user:pw@hub.360dialog.io", "user name or password"),
        ("https://user@hub.360dialog.io", "user name or password"),
        ("https://:pw@hub.360dialog.io", "user name or password"),
        ("http://127.0.0.1@hub.360dialog.io", "user name or password"),
        ("https://hub.360dialog.io?x=1", "query"),
        ("https://hub.360dialog.io/?", "query"),
        ("https://hub.360dialog.io#f", "fragment"),
        ("https://hub.360dialog.io/#", "fragment"),
    ];
    for (base_url, why) in refused {
        let error = match Client::with_api_key(KEY).base_url(base_url).build() {
            Ok(client) => panic!("{base_url} was accepted: {client:?}"),
            Err(error) => error,
        };
        let ErrorKind::Configuration { setting, reason } = error.kind() else {
            panic!("{error:?}")
        };
        assert_eq!(*setting, "base_url");
        assert!(reason.contains(why), "{base_url}: {reason}");
        assert!(error.to_string().contains("base_url"), "{error}");
        let text = all_of(&error);
        assert_hidden(KEY, &text);
        assert_hidden("pw", &text.replace("password", ""));
    }
}

#[test]
fn https_and_this_machine_are_fine() {
    let accepted = [
        "https://hub.360dialog.io",
        "HTTPS://HUB.360dialog.io/",
        "https://192.168.0.1:8443/hub",
        "http://127.0.0.1:8360",
        "http://127.8.9.10",
        "http://localhost:8360",
        "http://LocalHost",
        "http://[::1]:8360",
    ];
    for base_url in accepted {
        Client::with_api_key(KEY)
            .base_url(base_url)
            .build()
            .unwrap_or_else(|error| panic!("{base_url}: {error}"));
    }
}

#[tokio::test]
async fn a_base_url_may_have_a_path_and_slashes_at_its_end() {
    for (suffix, prefix) in [
        ("", ""),
        ("/", ""),
        ("/hub", "/hub"),
        ("/hub/", "/hub"),
        ("/a%20b/c//", "/a%20b/c"),
    ] {
        let hub = Hub::json(200, &json!({})).await;
        let client = Client::with_api_key(KEY)
            .base_url(hub.base_url() + suffix)
            .build()
            .unwrap();
        client
            .get_partner()
            .partner_id("Kq3vTzPA")
            .send()
            .await
            .unwrap();
        assert_eq!(
            hub.request().path,
            format!("{prefix}/api/v2/partners/Kq3vTzPA"),
            "{suffix}"
        );
    }
}

/// A server whose next response, a 403, has this body; and what sends requests to it.
struct Echo {
    server: Server,
    body: Arc<Mutex<String>>,
    /// Shared by all clients, because setting up TLS takes long.
    http: partner_api::reqwest::Client,
}

impl Echo {
    async fn start() -> Self {
        let body = Arc::new(Mutex::new(String::new()));
        let next = Arc::clone(&body);
        let respond = move |_: &str| {
            let body = next.lock().unwrap();
            let length = body.len();
            let head = format!("HTTP/1.1 403 No\r\ncontent-length: {length}\r\n\r\n");
            vec![head.into_bytes(), body.clone().into_bytes()]
        };
        let server = Server::responding(respond, Then::Close).await;
        let http = own_http_client();
        Self { server, body, http }
    }

    /// What a call of this client fails with, when the server sends this.
    async fn error(&self, client: &Client, body: &Value) -> Error {
        *self.body.lock().unwrap() = body.to_string();
        let call = client.get_partner().partner_id("Kq3vTzPA");
        call.send().await.unwrap_err()
    }

    fn with_key(&self, key: &str) -> Client {
        self.build(Client::with_api_key(key))
    }

    fn with_password(&self, password: &str) -> Client {
        self.build(Client::with_login("owner@shop.example", password))
    }

    fn build(&self, builder: partner_api::ClientBuilder) -> Client {
        builder
            .base_url(self.server.url())
            .http_client(self.http.clone())
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap()
    }
}

/// Bodies with this string in each place of the documented error.
fn bodies(text: &str) -> [Value; 7] {
    [
        json!({"meta": {"developer_message": text}}),
        json!({"meta": {"360dialog_trace_id": text}}),
        json!({"meta": {"details": text}}),
        json!({"meta": {"details": {"fields": [{text: null}]}}}),
        json!({"meta": {"details": [["a", text]]}}),
        json!({"meta": {"http_code": text}}),
        json!({"meta": {text: {"hint": text}}}),
    ]
}

/// All strings that a program can get from an error, as the server sent them.
fn accessors(error: &Error) -> String {
    fn collect(value: &Value, into: &mut String) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                *into += &format!("{name}\n");
                collect(value, into);
            }),
            Value::String(text) => *into += &format!("{text}\n"),
            other => *into += &format!("{other}\n"),
        }
    }
    let mut text = String::new();
    let meta = error.meta().expect("the documented error");
    for value in [&meta.http_code, &meta.success, &meta.details]
        .into_iter()
        .flatten()
    {
        collect(value, &mut text);
    }
    collect(&Value::Object(meta.other.clone()), &mut text);
    for part in [error.developer_message(), error.trace_id()]
        .into_iter()
        .flatten()
    {
        text += &format!("{part}\n");
    }
    text
}

#[tokio::test]
async fn a_credential_that_comes_back_in_another_spelling_is_hidden() {
    let key = "q83v/Ze+s3cret==";
    let password = "Sch\u{f6}n\"es Passw&rt/7";
    let spellings = [
        (key, "q83v%2FZe%2Bs3cret%3D%3D"),
        (key, "q83v%2fZe%2bs3cret%3d%3d"),
        (key, "q83v%252FZe%252Bs3cret%253D%253D"),
        (key, "%71%38%33%76/Ze+s3cret=="),
        (key, "q83v/Ze+s3cret== and q83v%2FZe%2Bs3cret%3D%3D"),
        (key, "q83v/Ze+%733cret=="),
        (key, "q83v/Ze s3cret=="),
        (key, "q83v&#47;Ze&#43;s3cret&#61;&#61;"),
        (key, "q83v&#x2f;Ze&#x2B;s3cret&equals;="),
        (key, "q83v&sol;Ze&plus;s3cret&equals;&equals;"),
        (key, "q83v&amp;#47;Ze&amp;#43;s3cret=="),
        (key, r"q83v\/Ze\u002bs3cret\u003d\u003D"),
        (key, r#"{\"key\": \"q83v\\/Ze+s3cret==\"}"#),
        (key, r"b'q83v\x2fZe\x2bs3cret=='"),
        (key, "Q83V/ZE+S3CRET=="),
        (key, "cTgzdi9aZStzM2NyZXQ9PQ=="),
        (key, "cTgzdi9aZStzM2NyZXQ9PQ"),
        (key, "aHViOnE4M3YvWmUrczNjcmV0PT0="),
        (key, "xaHViOnE4M3YvWmUrczNjcmV0PT0x"),
        (key, "cTgz di9a\nZStz M2Ny ZXQ9 PQ=="),
        (key, "Y1RnemRpOWFaU3R6TTJOeVpYUTlQUT09"),
        (key, "Authorization: Basic aHViOnE4M3YvWmUrczNjcmV0PT0="),
        (key, "713833762f5a652b7333637265743d3d"),
        (key, "71:38:33:76:2f:5a:65:2b:73:33:63:72:65:74:3d:3d"),
        (key, r"q83v\057Ze\053\1633cret\075="),
        (key, r"\161\070\063\166/Ze+\163\063\143\162\145\164=="),
        (key, r"q83v/Ze+\\1633cret=="),
        (key, "q83v&#47Ze&#43s3cret&#61&#61"),
        (key, "q83v/Ze+&#115&#51cret=="),
        (key, "q83v/Ze+&#x73&#x33&#x63ret=="),
        (key, "q83v/Ze+&amp#115&amp#51cret=="),
        (key, "q83v/Ze+&#000000000000000000115;3cret=="),
        (key, "q83v/Ze+&#x000000000000000000000073;3cret=="),
        (key, r"q83v/Ze+\u{0000000000000000073}3cret=="),
        (key, "OE4DG5RPLJSSW4ZTMNZGK5B5HU======"),
        (key, "oe4dg5rpljssw4ztmnzgk5b5hu======"),
        (key, "OE4DG5RPLJSS\nW4ZTMNZGK5B5HU"),
        (key, "xNB2WEOTRHAZXML22MUVXGM3DOJSXIPJ5"),
        (password, "Sch\u{f6}n&quotes Passw&amprt/7"),
        (password, r#"Sch\u00f6n\"es Passw&rt/7"#),
        (
            password,
            r#"{"password":"Sch\u00F6n\u0022es Passw\u0026rt\/7"}"#,
        ),
        (
            password,
            r#"{\"password\":\"Sch\\u00f6n\\\"es Passw&rt/7\"}"#,
        ),
        (password, "password=Sch%C3%B6n%22es+Passw%26rt%2F7"),
        (password, "Sch%F6n%22es%20Passw%26rt/7"),
        (password, "Sch&ouml;n&quot;es Passw&amp;rt&sol;7"),
        (password, "Sch&#246;n&#34;es Passw&#38;rt/7"),
        (password, "Sch\u{c3}\u{b6}n\"es Passw&rt/7"),
        (
            password,
            "b3duZXJAc2hvcC5leGFtcGxlOlNjaMO2biJlcyBQYXNzdyZydC83",
        ),
    ];
    let echo = Echo::start().await;
    for (secret, spelling) in spellings {
        let text = format!("The credential <{spelling}> is wrong.");
        for body in bodies(&text) {
            let client = match secret == key {
                true => echo.with_key(secret),
                false => echo.with_password(secret),
            };
            let error = echo.error(&client, &body).await;
            assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
            for shown in [all_of(&error), accessors(&error)] {
                assert_hidden(spelling, &shown);
                assert_hidden("s3cret", &shown.to_lowercase());
                assert_hidden(
                    "asswrt",
                    &shown.replace(|it: char| !it.is_alphanumeric(), ""),
                );
            }
        }
    }
}

#[tokio::test]
async fn a_key_is_hidden_in_any_chain_of_encodings() {
    let echo = Echo::start().await;
    let key = Arc::new(Mutex::new(String::new()));
    let given = Arc::clone(&key);
    let client = echo.build(Client::with_credentials(move || {
        let key = given.lock().unwrap().clone();
        async move { Ok(Credential::api_key(key)?) }
    }));
    let mut random = fastrand::Rng::with_seed(17);
    let mut readable = 0;
    for round in 0..400 {
        let secret: String = (0..random.usize(10..40))
            .map(|nth| match nth % 4 {
                0 => random.char('!'..='~'),
                _ => random.alphanumeric(),
            })
            .collect();
        key.lock().unwrap().clone_from(&secret);
        let chain = random_chain(round, &mut random);
        let was_readable = assert_no_echo(&echo, &client, &secret, &chain, &mut random).await;
        readable += u32::from(was_readable);
    }
    assert!(readable > 360, "{readable} of 400");
}

#[tokio::test]
async fn a_password_is_hidden_in_any_chain_of_encodings() {
    let echo = Echo::start().await;
    let mut random = fastrand::Rng::with_seed(18);
    let mut readable = 0;
    for round in 0..60 {
        let secret: String = (0..random.usize(10..30))
            .map(|nth| match (nth % 2, random.u8(..4)) {
                (0, _) => random.alphanumeric(),
                (_, 0) => one_of("\"'\\/<>&%+ =;#", &mut random),
                (_, 1) => one_of("äößéñ€Жяф", &mut random),
                _ => random.char('!'..='~'),
            })
            .collect();
        let client = echo.with_password(&secret);
        let chain = random_chain(round, &mut random);
        let was_readable = assert_no_echo(&echo, &client, &secret, &chain, &mut random).await;
        readable += u32::from(was_readable);
    }
    assert!(readable > 50, "{readable} of 60");
}

fn one_of(characters: &str, random: &mut fastrand::Rng) -> char {
    random.choice(Vec::from_iter(characters.chars())).unwrap()
}

#[tokio::test]
async fn a_password_without_latin_letters_is_hidden() {
    let echo = Echo::start().await;
    let mut random = fastrand::Rng::with_seed(20);
    let passwords = [
        "пароль от хаба",
        "密码是这个词",
        "!@#$%^&*()_+~",
        "🔑🚲🔑🚲🔑",
        "ab 12",
        "ö1!",
    ];
    for password in passwords {
        for encoding in ENCODINGS {
            let is_long = password.chars().count() > 3;
            if is_long
                || ![
                    Encoding::Base64,
                    Encoding::Base64Url,
                    Encoding::Base32,
                    Encoding::Hex,
                ]
                .contains(&encoding)
            {
                let client = echo.with_password(password);
                assert_no_echo(&echo, &client, password, &[encoding], &mut random).await;
            }
        }
    }
}

/// Up to three formats, each round with the next one first.
fn random_chain(round: usize, random: &mut fastrand::Rng) -> Vec<Encoding> {
    let first = ENCODINGS[round % ENCODINGS.len()];
    let others = (0..random.usize(..3)).map(|_| random.choice(ENCODINGS).unwrap());
    [first].into_iter().chain(Vec::from_iter(others)).collect()
}

#[tokio::test]
async fn a_key_is_hidden_in_formats_within_formats() {
    use Encoding::{Base64, Hex, HtmlDecimal, Json, JsonEverything, Mixed, Python, Rust};

    let echo = Echo::start().await;
    let key = "mgXZ]lOI~ui0s157wGP";
    let client = echo.with_key(key);
    let mut random = fastrand::Rng::with_seed(19);
    for chain in [
        [Hex, Rust, Python],
        [JsonEverything, Python, Json],
        [JsonEverything, Json, Json],
        [Rust, HtmlDecimal, Json],
        [Rust, Mixed, Json],
        [Mixed, Python, Json],
        [Base64, Base64, Base64],
    ] {
        for _ in 0..10 {
            assert!(assert_no_echo(&echo, &client, key, &chain, &mut random).await);
        }
    }
}

/// The secret, encoded by a chain of formats, comes back at a random place of a response.
/// Returns whether it could be read from there.
async fn assert_no_echo(
    echo: &Echo,
    client: &Client,
    secret: &str,
    chain: &[Encoding],
    random: &mut fastrand::Rng,
) -> bool {
    let encoded = chain.iter().fold(secret.to_owned(), |text, encoding| {
        encoding.encode(&text, random)
    });
    let before = [
        "", " ", "key=", "\"", "Bearer ", "?a=1&k=", "<b>", "Not ", "x", "\n",
    ];
    let after = ["", " ", "\"", "&b=2", "</b>", ".", ", sorry", "==", "\n"];
    let (before, after) = (
        random.choice(before).unwrap(),
        random.choice(after).unwrap(),
    );
    let text = format!("{before}{encoded}{after}");
    let what = format!("{secret} by {chain:?} as {text}");
    // Who encodes parts of a text may write one that cannot be read back.
    let was_readable = is_readable(secret, chain, &text);

    let body = random.choice(bodies(&text)).unwrap();
    let error = echo.error(client, &body).await;
    for shown in [all_of(&error), accessors(&error)] {
        assert!(!shown.contains(&encoded), "{what} is in:\n{shown}");
        assert!(!shown.contains(secret), "{what} is in:\n{shown}");
    }
    let shown = accessors(&error);
    assert!(
        !is_readable(secret, chain, &shown),
        "{what} is read from:\n{shown}"
    );
    was_readable
}

/// Whether who knows the formats gets the secret from a text.
fn is_readable(secret: &str, chain: &[Encoding], text: &str) -> bool {
    match chain.split_last() {
        None => text.contains(secret),
        Some((last, rest)) => last
            .decode(text)
            .iter()
            .any(|text| is_readable(secret, rest, text)),
    }
}

#[tokio::test]
async fn strings_without_a_credential_are_unchanged() {
    let echo = Echo::start().await;
    // A client whose login failed does not log in again for a while.
    let clients: [fn(&Echo) -> Client; 2] = [
        |echo| echo.with_key(KEY),
        |echo| echo.with_password("c0rrect h0rse"),
    ];
    let messages = [
        "The key is not of this partner.",
        "Wrong email or password.",
        "50% of the keys & 100%25 of the users have \\u0041 and &amp; in them",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAA is malformed",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "Sch\u{f6}ne Gr\u{fc}\u{df}e \u{1f6b2}",
        "live-s3cret is the start of a key, and k3y its end",
        "",
    ];
    for client in &clients {
        for message in messages {
            for body in bodies(message) {
                let error = echo.error(&client(&echo), &body).await;
                let meta = error.meta().unwrap();
                let rest = json!({
                    "developer_message": meta.developer_message, "360dialog_trace_id": meta.trace_id,
                    "details": meta.details, "http_code": meta.http_code,
                });
                let mut shown = rest.as_object().unwrap().clone();
                shown.extend(meta.other.clone());
                shown.retain(|_, value| !value.is_null());
                assert_eq!(Value::Object(shown), body["meta"]);
            }
        }
    }
}

#[tokio::test]
async fn a_long_message_without_a_credential_is_kept_whole() {
    let echo = Echo::start().await;
    let client = echo.with_key(KEY);
    let messages = [
        "Nothing is wrong with this, but for its length. ".repeat(2_000),
        "&lt;p class=\\\"a\\\"&gt;%20\\n".repeat(3_000),
        "4bf92f3577b34da6a3ce929d0e0e4736".repeat(2_000),
        STANDARD.encode("Nothing is wrong with this, either. ".repeat(2_000)),
    ];
    for message in messages {
        let error = echo.error(&client, &bodies(&message)[0]).await;
        assert_eq!(error.developer_message(), Some(&*message));
    }
}

#[tokio::test]
async fn the_rest_of_a_message_stays_when_a_credential_can_be_cut_out() {
    let echo = Echo::start().await;
    let client = echo.with_key("q83v/Ze+s3cret==");
    for (sent, shown) in [
        ("Key q83v/Ze+s3cret== is not live.", "Key *** is not live."),
        (
            "Key q83v%2FZe%2Bs3cret%3D%3D is not live.",
            "Key *** is not live.",
        ),
        ("q83v/Ze+s3cret== (cTgzdi9aZStzM2NyZXQ9PQ==)", "*** ***"),
        (
            "cTgz di9a ZStz M2Ny ZXQ9 PQ== is not live.",
            "(hidden: it contains a credential)",
        ),
    ] {
        let error = echo.error(&client, &bodies(sent)[0]).await;
        assert_eq!(error.developer_message(), Some(shown));
    }
}

#[tokio::test]
async fn a_credential_that_comes_back_in_pieces_or_as_a_number_is_hidden() {
    let echo = Echo::start().await;
    for (key, meta) in [
        (
            "live-s3cret-k3y",
            json!({"details": ["live", "s3cret", "k3y"]}),
        ),
        (
            "live-s3cret-k3y",
            json!({"details": {"live-s3": "cret-k3y"}, "x": 1}),
        ),
        (
            "live-s3cret-k3y",
            json!({"developer_message": "live-s3", "360dialog_trace_id": "cret-k3y"}),
        ),
        (
            "live-s3cret-k3y",
            json!({"360dialog_trace_id": "live-s3", "developer_message": "cret-k3y"}),
        ),
        (
            "live-s3cret-k3y",
            json!({"360dialog_trace_id": "live-s3", "details": ["cret-k3y"]}),
        ),
        (
            "90210731554",
            json!({"details": {"key": 90_210_731_554_u64}}),
        ),
        ("90210731554", json!({"http_code": 90_210_731_554_u64})),
        (
            "90210731554",
            json!({"developer_message": 90_210_731_554_u64}),
        ),
    ] {
        let error = echo
            .error(&echo.with_key(key), &json!({"meta": meta}))
            .await;
        let shown = all_of(&error) + &accessors(&error);
        assert_hidden(key, &shown);
        let letters = shown.replace(|it: char| !it.is_alphanumeric(), "");
        assert_hidden(&key.replace('-', ""), &letters);
    }
}

#[tokio::test]
async fn documented_member_names_are_not_masked() {
    let echo = Echo::start().await;
    for key in ["e", "developer", "message", "details"] {
        let body = json!({"meta": {"developer_message": "No.", "details": [1]}});
        let error = echo.error(&echo.with_key(key), &body).await;
        assert_eq!(error.developer_message(), Some("No."), "{key}");
        assert_eq!(error.meta().unwrap().details, Some(json!([1])), "{key}");
    }
}

#[tokio::test]
async fn the_credential_that_was_rejected_before_is_hidden_too() {
    let responses = Mutex::new(0);
    let respond = move |_: &str| {
        let mut nth = responses.lock().unwrap();
        *nth += 1;
        let body = r#"{"meta": {"developer_message": "Not f1rst-s3cret-key."}}"#;
        let status = if *nth == 1 { "401 No" } else { "403 No" };
        vec![format!("HTTP/1.1 {status}\r\n\r\n{body}").into_bytes()]
    };
    let server = Server::responding(respond, Then::Close).await;
    let keys = Mutex::new(vec!["sec0nd-s3cret-key", "f1rst-s3cret-key"]);
    let client = Client::with_credentials(move || {
        let key = keys.lock().unwrap().pop().unwrap();
        async move { Ok(Credential::api_key(key)?) }
    });
    let client = client.base_url(server.url()).build().unwrap();
    let call = client.get_partner().partner_id("Kq3vTzPA");
    let error = call.send().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    assert_eq!(error.developer_message(), Some("Not ***."), "{error}");
}

#[tokio::test]
async fn a_large_and_hostile_body_is_masked_too() {
    let echo = Echo::start().await;
    let client = echo.with_key("q83v/Ze+s3cret==");
    let size = 100 * 1024;
    for filler in [
        "%25", "&amp;", "\\\\", "QUJD", "a ", "s3cre", "%", "&#", "\\u00",
    ] {
        let filler = filler.repeat(size / filler.len());
        let text = format!("{filler} cTgzdi9aZStzM2NyZXQ9PQ==");
        let error = echo.error(&client, &bodies(&text)[0]).await;
        let message = error.developer_message().unwrap();
        assert_hidden("cTgzdi9aZStzM2NyZXQ9PQ", message);
    }
    // As many members as go into a body that is read.
    let members: serde_json::Map<_, _> = (0..5_000)
        .map(|nth| (nth.to_string(), json!("q83v%2FZe+s3cret==")))
        .collect();
    let error = echo
        .error(&client, &json!({"meta": {"details": members}}))
        .await;
    assert_hidden("s3cret", &accessors(&error));
}

/// What an HTTP/2 server sends to end a connection, with a reason.
#[cfg(feature = "http2")]
fn go_away(why: &str) -> Vec<u8> {
    let frame = |kind: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, 0, 0, 0, 0, 0], payload].concat()
    };
    let (settings, go_away) = (4, 7);
    let (last_stream, internal_error) = ([0; 4], [0, 0, 0, 2]);
    let reason = [&last_stream, &internal_error, why.as_bytes()].concat();
    [frame(settings, &[]), frame(go_away, &reason)].concat()
}

#[cfg(feature = "http2")]
#[tokio::test]
async fn the_reason_of_an_http2_goaway_is_hidden_if_it_contains_a_credential() {
    for (why, is_shown) in [
        ("too many requests of this kind", true),
        ("no live-s3cret-k3y here", false),
        ("bGl2ZS1zM2NyZXQtazN5", false),
    ] {
        let server = Server::start([go_away(why)], Then::Stall).await;
        let client = Client::with_api_key(KEY)
            .configure_http(|http| http.http2_prior_knowledge())
            .base_url(server.url())
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap();
        let call = client.get_partner().partner_id("Kq3vTzPA");
        let error = call.send().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Connection(_)),
            "{error:?}"
        );
        let text = all_of(&error);
        assert_eq!(text.contains(why), is_shown, "{text}");
        assert_hidden(KEY, &text);
    }
}
