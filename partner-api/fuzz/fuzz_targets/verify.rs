//! A header, a line break and a body, as a request to the partner's `webhook_url`.

#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use partner_api::types::Channel;
use partner_api::webhooks::{Event, SIGNATURE_HEADER, WebhookError, Webhooks};
use serde_json::Value;

static WEBHOOKS: LazyLock<Webhooks> =
    LazyLock::new(|| Webhooks::new(["secret", "the one before"]).expect("two valid secrets"));

fuzz_target!(|request: &[u8]| {
    let end = request.iter().position(|byte| *byte == b'\n');
    let (header, body) = match end {
        Some(end) => (&request[..end], &request[end + 1..]),
        None => (request, &[][..]),
    };
    let signature = WEBHOOKS.sign(body);
    let forged = verify(header, body);
    assert_eq!(
        forged.is_ok(),
        is_signature(header, &signature) && is_object(body)
    );

    match verify(signature.as_bytes(), body) {
        Ok(event) => check(&event, body),
        Err(error) => assert!(
            matches!(error, WebhookError::NotAnEvent { .. }) && !is_object(body),
            "{error}"
        ),
    }
    // The signature of another body, and one that differs in one bit.
    let longer = WEBHOOKS.sign(&[body, b" "].concat());
    assert_eq!(
        verify(longer.as_bytes(), body).err(),
        Some(WebhookError::WrongSignature)
    );
    let place = usize::from(header.first().copied().unwrap_or_default()) % 64;
    let mut flipped = signature.into_bytes();
    flipped[place] = match flipped[place] {
        b'0' => b'1',
        b'a' => b'b',
        b'1'..=b'9' => flipped[place] - 1,
        _ => b'a',
    };
    assert_eq!(
        verify(&flipped, body).err(),
        Some(WebhookError::WrongSignature)
    );
});

fn verify(header: &[u8], body: &[u8]) -> Result<Event, WebhookError> {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(header) {
        headers.insert(SIGNATURE_HEADER, value);
    }
    WEBHOOKS.verify(body, &headers)
}

/// What the documentation accepts as a signature.
fn is_signature(header: &[u8], signature: &str) -> bool {
    let value = HeaderValue::from_bytes(header);
    let Ok(header) = value.as_ref().map_or(Ok(""), HeaderValue::to_str) else {
        return false;
    };
    let header = header.trim_ascii().to_ascii_lowercase();
    header.strip_prefix("sha256=").unwrap_or(&header) == signature
}

/// Whether the body is JSON with an object at its top. Its members are only skipped, as deep as they may be.
fn is_object(body: &[u8]) -> bool {
    type Members<'a> = std::collections::HashMap<String, &'a serde_json::value::RawValue>;
    serde_json::from_slice::<Members<'_>>(body).is_ok()
}

fn check(event: &Event, body: &[u8]) {
    assert_eq!(event.raw(), body);
    assert!(!event.dedup_key().is_empty());
    assert_ne!(event.id.as_deref(), Some(""));
    let shown = format!("{event:?}");
    assert!(shown.starts_with("Event"));
    let _ = event.readiness();
    let _ = event.data::<Channel>();
    let _ = event.data::<Value>();
}
