//! Credentials from the environment. Each test runs a process with other variables.

use std::process::Output;

use partner_api::prelude::*;
use partner_api::{ClientBuilder, RetryPolicy};
use partner_hub::Hub;

use crate::support::logins::plain;
use crate::support::output::output_of;
use crate::support::process;

/// [`from_env_in_its_own_process`] prints its result after this.
const RESULT: &str = "client: ";

/// Not a test by itself: [`of_environment`] runs it in a process with other variables.
#[tokio::test]
#[ignore = "run by the tests of the environment"]
async fn from_env_in_its_own_process() {
    let Ok(url) = std::env::var("HUB_URL") else {
        return;
    };
    let client = Client::from_env().and_then(|builder: ClientBuilder| {
        eprintln!("{builder:?}");
        let builder = match std::env::var_os("PARTNER_API_URL") {
            Some(_) => builder,
            None => builder.base_url(url),
        };
        builder.retry_policy(RetryPolicy::none()).build()
    });
    let result = match client {
        Ok(client) => {
            let call = client.get_partner();
            let call = match client.default_partner_id() {
                Some(_) => call,
                None => call.partner_id(std::env::var("HUB_PARTNER").unwrap()),
            };
            match call.send().await {
                Ok(partner) => format!(
                    "a client that is accepted, of {:?} by default; received {:?}",
                    client.default_partner_id(),
                    partner.id
                ),
                Err(error) => output_of(&error),
            }
        }
        Err(error) => output_of(&error),
    };
    println!("{RESULT}{result}");
}

/// The output of `Client::from_env` in a process where only these variables are set.
fn of_environment(hub: &Hub, variables: &[(&str, &std::ffi::OsStr)]) -> String {
    let mut child = process::ignored_test(module_path!(), "from_env_in_its_own_process");
    child
        .env_remove("PARTNER_API_KEY")
        .env_remove("PARTNER_API_USERNAME")
        .env_remove("PARTNER_API_PASSWORD")
        .env_remove("PARTNER_API_URL")
        .env_remove("PARTNER_ID")
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
    assert!(text.contains(RESULT), "{text}");
    text
}

const KEY: &str = "PARTNER_API_KEY";

const NAME: &str = "PARTNER_API_USERNAME";

const PASS: &str = "PARTNER_API_PASSWORD";

const URL: &str = "PARTNER_API_URL";

const ID: &str = "PARTNER_ID";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn from_env_takes_a_key_or_a_login() {
    let hub = plain().start().await.unwrap();
    let (key, name, pass) = (hub.api_key(), hub.username(), hub.password());
    let is_accepted = |variables: &[(&str, &str)]| {
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, it)| (*name, (*it).as_ref()))
            .collect();
        let text = of_environment(&hub, &variables);
        assert!(text.contains("a client that is accepted"), "{text}");
        for secret in [key, pass] {
            assert!(!text.contains(secret), "{text}");
        }
    };
    is_accepted(&[(KEY, key)]);
    assert_eq!(hub.count("token"), 0);
    is_accepted(&[(NAME, name), (PASS, pass)]);
    assert_eq!(hub.count("token"), 1);
    // A key takes precedence, also over an incomplete login.
    is_accepted(&[(KEY, key), (NAME, name), (PASS, pass)]);
    is_accepted(&[(KEY, key), (NAME, name)]);
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unusable_environment_is_reported_without_its_secrets() {
    let hub = plain().start().await.unwrap();
    let is_reported = |variables: &[(&str, &str)], expected: &[&str]| {
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, it)| (*name, (*it).as_ref()))
            .collect();
        let text = of_environment(&hub, &variables);
        for expected in expected {
            assert!(text.contains(expected), "no {expected} in:\n{text}");
        }
        assert!(
            !text.contains("s3cret") && !text.contains("is accepted"),
            "{text}"
        );
    };
    is_reported(&[], &[KEY, NAME, PASS, "is not set"]);
    is_reported(&[(NAME, "owner")], &["`PARTNER_API_PASSWORD` is not set"]);
    is_reported(&[(PASS, "s3cret")], &["`PARTNER_API_USERNAME` is not set"]);
    is_reported(&[(KEY, "s3cret key")], &["such as a space"]);
    is_reported(&[(KEY, "s3cret\n")], &["a line break"]);
    is_reported(&[(NAME, ""), (PASS, "s3cret")], &[]);
    is_reported(&[(NAME, "owner"), (PASS, "")], &[]);
    is_reported(&[(KEY, "")], &[]);
    assert!(hub.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unusable_variable_is_named() {
    let hub = plain().start().await.unwrap();
    let key = hub.api_key();
    let empty = "is set but empty; set its value, or unset it";
    for (name, value, expected) in [
        (KEY, "", empty),
        (KEY, "s3cret\n", "a line break"),
        (URL, "", empty),
        (URL, "s3cret", "is not a URL"),
        (URL, "http://s3cret.example", "is http, which"),
        (
            URL,
            "https://owner:s3cret@hub.example",
            "has a user name or password",
        ),
        (ID, "", empty),
        (ID, "..", "is `.` or `..`"),
        (ID, "s3cret/x", "has a slash"),
        (ID, "s3cret\u{1}", "has a control character"),
    ] {
        let text = of_environment(&hub, &[(KEY, key.as_ref()), (name, value.as_ref())]);
        assert!(text.contains(name) && text.contains(expected), "{text}");
        assert!(
            !text.contains("s3cret") && !text.contains("is accepted"),
            "{text}"
        );
    }
    for (name, other) in [(NAME, PASS), (PASS, NAME)] {
        let text = of_environment(&hub, &[(name, "".as_ref()), (other, "s3cret".as_ref())]);
        assert!(text.contains(&format!("`{name}` {empty}")), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert!(hub.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_environment_has_the_base_url_and_the_partner() {
    let hub = plain().start().await.unwrap();
    let (url, id) = (hub.url().to_owned(), hub.partner_id());
    let variables = [(KEY, hub.api_key()), (URL, &url), (ID, id)];
    let variables = variables.map(|(name, value)| (name, value.as_ref()));
    let text = of_environment(&hub, &variables);
    let expected = format!("of Some({id:?}) by default; received Some({id:?})");
    assert!(text.contains(&expected), "{text}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_variable_that_is_not_unicode_is_named() {
    use std::os::unix::ffi::OsStrExt as _;
    let hub = plain().start().await.unwrap();
    let invalid = std::ffi::OsStr::from_bytes(b"s3cret\xff");
    let owner = std::ffi::OsStr::new("owner");
    for variables in [
        &[(KEY, invalid)][..],
        &[(NAME, invalid), (PASS, owner)],
        &[(NAME, owner), (PASS, invalid)],
        &[(KEY, owner), (URL, invalid)],
        &[(KEY, owner), (ID, invalid)],
    ] {
        let text = of_environment(&hub, variables);
        let named = variables
            .iter()
            .find(|(_, value)| *value == invalid)
            .unwrap()
            .0;
        assert!(
            text.contains(&format!("`{named}` is not Unicode")),
            "{text}"
        );
        assert!(!text.contains("s3cret"), "{text}");
    }
}
