//! A credential that the server sends back is masked in any chain of encodings.

use std::sync::{Arc, Mutex};

use partner_api::Credential;
use partner_api::prelude::*;

use crate::support::echo::{Echo, accessors, bodies};
use crate::support::encodings::{ENCODINGS, Encoding};
use crate::support::output::output_of;

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
    // A string of which parts are encoded may be impossible to decode.
    let was_readable = is_readable(secret, chain, &text);

    let body = random.choice(bodies(&text)).unwrap();
    let error = echo.error(client, &body).await;
    for shown in [output_of(&error), accessors(&error)] {
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

/// Whether a reader who knows the formats can decode the secret from a string.
fn is_readable(secret: &str, chain: &[Encoding], text: &str) -> bool {
    match chain.split_last() {
        None => text.contains(secret),
        Some((last, rest)) => last
            .decode(text)
            .iter()
            .any(|text| is_readable(secret, rest, text)),
    }
}
