//! Asserts that secrets are hidden in what a program can print.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use partner_api::prelude::*;
use partner_api::{ClientBuilder, RetryPolicy};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::support::output::{debug, output_of};

/// Encodings of a secret.
pub fn forms(secret: &str) -> Vec<String> {
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

pub const USER: &str = "owner@shop.example";

#[track_caller]
pub fn assert_hidden_in_any_form(secrets: &[String], what: &str, text: &str) {
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

/// A client, and all output of its attempts.
pub fn watched(builder: ClientBuilder, url: &str) -> (Client, Arc<Mutex<String>>) {
    let tiny = Duration::from_millis(1);
    let attempts = Arc::new(Mutex::new(String::new()));
    let output = Arc::clone(&attempts);
    let builder = builder
        .base_url(url)
        .max_response_bytes(1024 * 1024)
        .retry_policy(
            RetryPolicy::max(1)
                .backoff(tiny, tiny)
                .max_retry_after(tiny),
        )
        .on_attempt(move |attempt| {
            let mut output = output.lock().unwrap();
            *output += &debug(&attempt);
            if let Some(error) = attempt.error {
                *output += &output_of(error);
            }
        });
    let mut text = debug(&builder);
    let client = builder.build().unwrap();
    text += &debug(&client);
    attempts.lock().unwrap().push_str(&text);
    (client, attempts)
}

pub fn owned(secrets: &[&str]) -> Vec<String> {
    secrets.iter().map(|&secret| secret.to_owned()).collect()
}
