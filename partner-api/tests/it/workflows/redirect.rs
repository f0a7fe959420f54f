//! What a browser brings back from the onboarding page.

use std::time::{Duration, Instant};

use partner_api::workflows::onboarding::RedirectError::{
    Duplicate, InvalidId, NoExpectedState, TooLong, TooManyIds, WrongState,
};
use partner_api::workflows::onboarding::{Redirect, RedirectError};

const STATE: &str = "dGhpcyBpcyByYW5kb20";

fn read(query: &str) -> Result<Redirect, RedirectError> {
    Redirect::parse_without_state(query)
}

fn channels(redirect: &Redirect) -> Vec<&str> {
    redirect.channel_ids.iter().map(AsRef::as_ref).collect()
}

#[test]
fn a_redirect_as_the_provider_writes_it_is_read() {
    let query = format!("client=xyzCL&channels=[oneCH,twoCH]&revoked=[oldCH]&state={STATE}");
    for input in [
        query.clone(),
        format!("?{query}"),
        format!("/connected?{query}"),
        format!("https://shop.example/connected?tenant=7&{query}"),
        format!("https://shop.example/a=b/c?{query}#top?client=other"),
        format!("  http://127.0.0.1:3000/?{query}\n"),
    ] {
        let redirect = Redirect::parse(&input, STATE).unwrap();
        let client = redirect.client_id.as_ref().map(AsRef::as_ref);
        assert_eq!(client, Some("xyzCL"), "{input}");
        assert_eq!(channels(&redirect), ["oneCH", "twoCH"], "{input}");
        let revoked: Vec<_> = redirect
            .revoked_channel_ids
            .iter()
            .map(AsRef::as_ref)
            .collect();
        assert_eq!(revoked, ["oldCH"], "{input}");
    }
}

#[test]
fn a_list_is_read_however_it_is_written() {
    let two: &[&str] = &["oneCH", "twoCH"];
    for (list, expected) in [
        ("[oneCH,twoCH]", two),
        ("[oneCH, twoCH]", two),
        ("[+oneCH+,+twoCH+]", two),
        ("%5BoneCH%2CtwoCH%5D", two),
        ("%5B%22oneCH%22%2C%20%22twoCH%22%5D", two),
        (r#"["oneCH","twoCH"]"#, two),
        ("['oneCH', 'twoCH']", two),
        ("oneCH,twoCH", two),
        ("[oneCH,twoCH,]", two),
        ("[,oneCH,,twoCH]", two),
        ("[oneCH,twoCH,oneCH]", two),
        (r#"[oneCH,null,"",twoCH]"#, two),
        (r#"["null"]"#, &["null"]),
        ("oneCH", &["oneCH"]),
        ("[]", &[]),
        ("[ ]", &[]),
        ("", &[]),
        ("null", &[]),
    ] {
        let redirect = read(&format!("channels={list}")).unwrap();
        assert_eq!(channels(&redirect), expected, "{list}");
    }
    assert_eq!(read("channels").unwrap(), Redirect::default());
    assert_eq!(read("").unwrap(), Redirect::default());
    assert_eq!(
        read("https://shop.example/connected").unwrap(),
        Redirect::default()
    );
}

#[test]
fn something_that_is_not_an_id_is_rejected() {
    let long = "a".repeat(65);
    for id in [
        "..",
        "a/b",
        "a\\b",
        "%2e%2e%2f",
        "a%00b",
        "a%0ab",
        "<b>",
        "a b",
        "%zz",
        "%",
        "a%",
        "%ff",
        "é",
        "[x",
        "x]",
        "a\"b",
        "\"x",
        "a=b",
        &long,
    ] {
        assert_eq!(
            read(&format!("client={id}")),
            Err(InvalidId("client")),
            "{id}"
        );
        let list = format!("channels=[{id}]");
        assert_eq!(read(&list), Err(InvalidId("channels")), "{list}");
    }
    assert_eq!(read("revoked=[x"), Err(InvalidId("revoked")));
    assert_eq!(read("revoked=x]"), Err(InvalidId("revoked")));
    assert_eq!(read("revoked=[[x]]"), Err(InvalidId("revoked")));
}

#[test]
fn the_state_must_be_the_expected_one() {
    let with = |state: &str| format!("client=xyzCL&{state}");
    for state in [
        "",
        "state",
        "state=",
        "state=other",
        "state=dGhpcyBpcyByYW5kb2",
        "state=dGhpcyBpcyByYW5kb20x",
        "state=DGhpcyBpcyByYW5kb20",
        "State=dGhpcyBpcyByYW5kb20",
    ] {
        let parsed = Redirect::parse(&with(state), STATE);
        assert_eq!(parsed, Err(WrongState), "{state}");
    }
    assert!(Redirect::parse(&with("state=dGhpcyBpcyByYW5kb20"), STATE).is_ok());
    assert!(Redirect::parse(&with("state=a%2Bb%3Fc+d"), "a+b?c d").is_ok());
    assert!(Redirect::parse("state=a?b&client=xyzCL", "a?b").is_ok());
    // An attacker may not choose between two states, nor profit from a session without one.
    let twice = with("state=dGhpcyBpcyByYW5kb20&state=other");
    assert_eq!(Redirect::parse(&twice, STATE), Err(Duplicate("state")));
    assert_eq!(Redirect::parse(&with("state="), ""), Err(NoExpectedState));
    assert_eq!(Redirect::parse("client=xyzCL", ""), Err(NoExpectedState));
    // The state is checked before anything else is read.
    assert_eq!(
        Redirect::parse("client=../x&state=other", STATE),
        Err(WrongState)
    );
}

#[test]
fn a_parameter_that_is_there_twice_is_rejected() {
    for (query, name) in [
        ("client=a&client=b", "client"),
        ("client=a&clien%74=b", "client"),
        ("channels=[a]&channels=[a]", "channels"),
        ("revoked&revoked", "revoked"),
    ] {
        assert_eq!(read(query), Err(Duplicate(name)), "{query}");
    }
    // Those of the program itself are its own matter.
    assert!(read("tenant=1&tenant=2&client=a").is_ok());
}

#[test]
fn size_is_bounded() {
    let ids = |count: usize| {
        let ids: Vec<_> = (0..count).map(|nth| format!("{nth}CH")).collect();
        format!("channels=[{}]", ids.join(","))
    };
    assert_eq!(read(&ids(1_000)).unwrap().channel_ids.len(), 1_000);
    assert_eq!(read(&ids(1_001)), Err(TooManyIds("channels")));
    let start = Instant::now();
    for hostile in [
        "a".repeat(5 << 20),
        ids(500_000),
        "client=".repeat(1 << 20),
        "&".repeat(5 << 20),
        format!("state={}", "%".repeat(5 << 20)),
    ] {
        assert_eq!(read(&hostile), Err(TooLong));
        assert_eq!(Redirect::parse(&hostile, STATE), Err(TooLong));
    }
    let largest = format!("x={}", "&".repeat(65_534));
    assert_eq!(read(&largest).unwrap(), Redirect::default());
    assert_eq!(read(&format!("{largest}&")), Err(TooLong));
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn any_ids_in_any_form_come_back() {
    let mut rng = fastrand::Rng::with_seed(1);
    for _ in 0..2_000 {
        let mut ids: Vec<String> = Vec::new();
        for _ in 0..rng.usize(0..6) {
            let length = rng.usize(1..12);
            let id: String = std::iter::repeat_with(|| rng.alphanumeric())
                .take(length)
                .collect();
            if id != "null" && !ids.contains(&id) {
                ids.push(id);
            }
        }
        let quote = *rng.choice(&["", "\"", "'", "%22", "%27"]).unwrap();
        let space = *rng.choice(&["", " ", "+", "%20", "%09"]).unwrap();
        let comma = *rng.choice(&[",", "%2C", "%2c", ",,"]).unwrap();
        let (open, close) = *rng.choice(&[("[", "]"), ("%5B", "%5d"), ("", "")]).unwrap();
        let written = ids
            .iter()
            .map(|id| format!("{space}{quote}{id}{quote}{space}"));
        let list = written.collect::<Vec<_>>().join(comma);
        let query = format!("a=b&channels={space}{open}{list}{close}{space}");
        let redirect = read(&query).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert_eq!(channels(&redirect), ids, "{query}");
    }
}

#[test]
fn no_input_panics_or_gives_an_id_that_no_path_accepts() {
    let mut rng = fastrand::Rng::with_seed(2);
    let parts = [
        "client", "channels", "revoked", "state", "=", "=", "&", "&", "[", "]", ",", "\"", "'",
        "%", "%5B", "%zz", "+", " ", "?", "#", "/", "http://", "..", "é", "\u{0}", "null", "abc",
    ];
    for _ in 0..50_000 {
        let count = rng.usize(0..16);
        let input: String = std::iter::repeat_with(|| *rng.choice(&parts).unwrap())
            .take(count)
            .collect();
        let _ = Redirect::parse(&input, "abc");
        if let Ok(redirect) = read(&input) {
            let client = redirect.client_id.iter().map(AsRef::<str>::as_ref);
            for id in client.chain(channels(&redirect)) {
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
                assert!(!id.is_empty() && id.bytes().all(is_plain), "{input}: {id}");
            }
        }
    }
}

#[test]
fn an_error_has_no_string_of_the_redirect() {
    let error = read("client=<script>&state=s3cret").unwrap_err();
    let printed = format!("{error} {error:?}");
    assert!(
        !printed.contains("script") && !printed.contains("s3cret"),
        "{printed}"
    );
}
