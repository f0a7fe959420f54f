//! A state, a line break and the URL that a browser returned to.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use partner_api::workflows::onboarding::{Redirect, RedirectError};

fuzz_target!(|input: &str| {
    let (state, url) = input.split_once('\n').unwrap_or(("state", input));
    let without_state = Redirect::parse_without_state(url);
    if let Ok(redirect) = &without_state {
        check(redirect);
    }
    assert_eq!(
        Redirect::parse(url, ""),
        Err(RedirectError::NoExpectedState)
    );
    match Redirect::parse(url, state) {
        Ok(redirect) => {
            assert!(!state.is_empty() && url.contains("="));
            assert_eq!(Ok(redirect), without_state);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    // A state that is there is found, wherever the rest of the query ends.
    let (query, _) = url.split_once('#').unwrap_or((url, ""));
    if let Ok(redirect) = Redirect::parse(&format!("?state=4711&{query}"), "4711") {
        check(&redirect);
    }
});

/// Every id is valid as a segment of a path, and no list has one twice.
fn check(redirect: &Redirect) {
    let client = redirect.client_id.iter().map(AsRef::<str>::as_ref);
    for id in client {
        check_id(id);
    }
    for list in [&redirect.channel_ids, &redirect.revoked_channel_ids] {
        let mut known = HashSet::new();
        assert!(list.len() <= 1_000);
        for id in list {
            let id: &str = id.as_ref();
            check_id(id);
            assert!(known.insert(id));
        }
    }
}

fn check_id(id: &str) {
    let is_valid = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
    assert!(
        (1..=64).contains(&id.len()) && id.chars().all(is_valid),
        "{id:?}"
    );
}
