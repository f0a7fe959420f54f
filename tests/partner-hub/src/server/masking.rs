//! Masks the credentials in requests before they are recorded.
//!
//! A credential is recognised by its name: of a header, a parameter, or a member of JSON at any depth.
//! What mentions such a name and cannot be parsed is masked as a whole.

use std::borrow::Cow;

use http::header::HeaderName;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;
use url::form_urlencoded;

const MASK: &str = "***";
/// How deeply JSON in parameters in URLs in JSON is parsed.
const MAX_NESTING: u8 = 4;

/// What the names of credentials contain, in lower case and without separators.
const PARTS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "authkey",
    "accesskey",
    "privatekey",
    "authorization",
    "credential",
    "cookie",
];
/// Names that are too short to be looked for in others.
const WHOLE: &[&str] = &["auth", "key", "pass", "pwd"];

/// The value of a header. The scheme of an authorization stays.
pub(crate) fn header(name: &HeaderName, value: &str) -> String {
    if !is_secret(name.as_str()) {
        return text(value).into_owned();
    }
    match value.split_once(' ') {
        Some((scheme, _)) if matches!(&*normal(scheme), "basic" | "bearer") => {
            format!("{scheme} {MASK}")
        }
        _ => MASK.to_owned(),
    }
}

/// A query, or a body of any format.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    nested(text, MAX_NESTING)
}

/// The same for what is nested in other text, to this depth at most.
fn nested(text: &str, depth: u8) -> Cow<'_, str> {
    if depth > 0 {
        if let Ok(mut value) = serde_json::from_str::<Value>(text) {
            return match json(&mut value, depth - 1) {
                true => value.to_string().into(),
                false => text.into(),
            };
        }
        let pairs = text.split('&').map(|text| pair(text, depth - 1));
        if let Some(pairs) = pairs.collect::<Option<Vec<_>>>() {
            return pairs.join("&").into();
        }
    }
    let mut decoded = text.to_owned();
    for _ in 0..MAX_NESTING {
        decoded = percent_decode_str(&decoded)
            .decode_utf8_lossy()
            .into_owned();
    }
    // In JSON that cannot be parsed, an escaped name cannot be recognised.
    let escaped = decoded.contains("\\u");
    let decoded = normal(&decoded);
    if escaped || PARTS.iter().any(|part| decoded.contains(part)) {
        MASK.into()
    } else {
        text.into()
    }
}

/// A parameter such as `name=value`, or `None` if it is not one.
fn pair(pair: &str, depth: u8) -> Option<Cow<'_, str>> {
    let (name, _) = pair.split_once('=').unwrap_or((pair, ""));
    let simple = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]%+".contains(&byte);
    if !name.bytes().all(simple) {
        return None;
    }
    let Some((decoded, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
        return Some(pair.into());
    };
    if is_secret(&decoded) {
        // Without a value, the name may be part of a credential.
        return pair.contains('=').then(|| format!("{name}={MASK}").into());
    }
    let masked = nested(&value, depth);
    if masked == value {
        return Some(pair.into());
    }
    let masked: String = form_urlencoded::byte_serialize(masked.as_bytes()).collect();
    Some(format!("{name}={masked}").into())
}

/// Masks the members of JSON that are credentials, and returns whether there were any.
fn json(value: &mut Value, depth: u8) -> bool {
    let mut masked = false;
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if is_secret(name) && !matches!(value, Value::Null | Value::Bool(_)) {
                    *value = MASK.into();
                    masked = true;
                } else {
                    masked |= json(value, depth);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                masked |= json(item, depth);
            }
        }
        Value::String(string) => {
            if let Some(without_secrets) = string_in_json(string, depth) {
                *string = without_secrets;
                masked = true;
            }
        }
        _ => {}
    }
    masked
}

/// A string that is a URL, JSON or a form, if it has a credential. Other strings are prose.
fn string_in_json(string: &str, depth: u8) -> Option<String> {
    if let Ok(mut url) = Url::parse(string)
        && url.has_host()
    {
        let before = url.clone();
        if url.password().is_some() {
            url.set_password(Some(MASK)).ok()?;
        }
        if let Some(query) = before.query() {
            url.set_query(Some(&nested(query, depth)));
        }
        return (url != before).then(|| url.into());
    }
    if !string.trim_start().starts_with(['{', '[', '"']) && !string.contains('=') {
        return None;
    }
    let masked = nested(string, depth);
    (masked != string).then(|| masked.into_owned())
}

fn is_secret(name: &str) -> bool {
    let name = normal(name);
    WHOLE.contains(&&*name) || PARTS.iter().any(|part| name.contains(part))
}

/// Without case and separators.
fn normal(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}
