//! Which signatures are accepted.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderValue};
use partner_api::webhooks::{SIGNATURE_HEADER, WebhookError, Webhooks};
use serde::Deserialize;

use super::{headers, webhooks};

/// A signature that `webhook_signatures.py` computed.
#[derive(Deserialize)]
struct Vector {
    signer: String,
    secret: String,
    body: String,
    signature: String,
}

fn vectors() -> Vec<Vector> {
    let json = include_str!("../../resources/webhook_signatures.json");
    serde_json::from_str(json).unwrap()
}

/// Whether the signature is accepted, whatever the body is.
fn is_accepted(webhooks: &Webhooks, body: &[u8], headers: &HeaderMap) -> bool {
    !matches!(
        webhooks.verify(body, headers),
        Err(WebhookError::MissingSignature
            | WebhookError::InvalidSignature
            | WebhookError::WrongSignature)
    )
}

#[test]
fn signatures_of_other_languages_verify() {
    let mut signers = std::collections::BTreeSet::new();
    for vector in vectors() {
        let webhooks = Webhooks::new([&vector.secret]).unwrap();
        let body = BASE64_STANDARD.decode(&vector.body).unwrap();
        let Vector {
            signer, signature, ..
        } = vector;
        assert_eq!(webhooks.sign(&body), signature, "{signer}");
        let upper = signature.to_uppercase();
        for spelling in [
            signature.clone(),
            upper.clone(),
            format!("sha256={signature}"),
            format!("SHA256={upper}"),
        ] {
            let accepted = is_accepted(&webhooks, &body, &headers(&spelling));
            assert!(accepted, "{signer} {spelling}");
        }
        signers.insert(signer);
    }
    assert!(signers.into_iter().eq(["node", "openssl", "python"]));
}

#[test]
fn each_flipped_bit_of_a_signature_or_a_body_is_rejected() {
    let webhooks = webhooks();
    let body = br#"{"id": "1", "event": "channel_live"}"#;
    let signature = webhooks.sign(body);
    for place in 0..64 {
        for bit in 0..4 {
            let mut digits: Vec<_> = signature.chars().map(|c| c.to_digit(16).unwrap()).collect();
            digits[place] ^= 1 << bit;
            let flipped = digits
                .iter()
                .map(|digit| char::from_digit(*digit, 16).unwrap());
            let flipped = headers(&flipped.collect::<String>());
            let result = webhooks.verify(body, &flipped);
            assert_eq!(result.unwrap_err(), WebhookError::WrongSignature);
        }
    }
    for place in 0..body.len() {
        for bit in 0..8 {
            let mut flipped = body.to_vec();
            flipped[place] ^= 1 << bit;
            let result = webhooks.verify(&flipped, &headers(&signature));
            assert_eq!(result.unwrap_err(), WebhookError::WrongSignature);
        }
    }
}

#[test]
fn every_secret_is_accepted_while_one_is_rotated() {
    let body = br#"{"event": "channel_live"}"#;
    let both = Webhooks::new(["new", "old"]).unwrap();
    for secret in ["new", "old"] {
        let signature = Webhooks::new([secret]).unwrap().sign(body);
        assert!(both.verify(body, &headers(&signature)).is_ok(), "{secret}");
    }
    let other = Webhooks::new(["older"]).unwrap().sign(body);
    let error = both.verify(body, &headers(&other)).unwrap_err();
    assert_eq!(error, WebhookError::WrongSignature);
    assert_eq!(both.sign(body), Webhooks::new(["new"]).unwrap().sign(body));
}

#[test]
fn headers_that_are_no_signature_are_rejected() {
    let webhooks = webhooks();
    let error = |headers: &HeaderMap| webhooks.verify(b"{}", headers).unwrap_err();
    assert_eq!(error(&HeaderMap::new()), WebhookError::MissingSignature);

    let signature = webhooks.sign(b"{}");
    let mut twice = headers(&signature);
    twice.append(SIGNATURE_HEADER, signature.parse().unwrap());
    assert_eq!(error(&twice), WebhookError::InvalidSignature);

    let mut foreign = HeaderMap::new();
    let bytes = HeaderValue::from_bytes(&[0xe9; 64]).unwrap();
    foreign.insert(SIGNATURE_HEADER, bytes);
    assert_eq!(error(&foreign), WebhookError::InvalidSignature);

    for value in [
        "",
        "sha256=",
        "sha256",
        &signature[1..],
        &signature[..63],
        &format!("{signature}0"),
        &format!("sha1={signature}"),
        &format!("0x{}", &signature[2..]),
        &format!("+{}", &signature[1..]),
        &format!("{}g", &signature[..63]),
        &"0".repeat(100_000),
    ] {
        assert_eq!(
            error(&headers(value)),
            WebhookError::InvalidSignature,
            "{value}"
        );
    }
}

#[test]
fn secrets_that_verify_nothing_are_rejected() {
    for (secrets, reason) in [
        (vec![], "is missing"),
        (vec![""], "is empty"),
        (vec!["right", ""], "is empty"),
        (vec!["copied\n"], "white space"),
        (vec![" copied"], "white space"),
        (vec!["copied\u{a0}"], "white space"),
    ] {
        let error = Webhooks::new(secrets).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(
            !error.contains("copied") || reason == "white space",
            "{error}"
        );
    }
}

#[test]
fn no_debug_output_shows_a_secret() {
    let webhooks = Webhooks::new(["hush-hush", "older-hush"]).unwrap();
    let shown = format!("{webhooks:?} {webhooks:#?}");
    assert!(!shown.contains("hush"), "{shown}");
    let error = Webhooks::new(["hush-hush "]).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("hush"), "{shown}");
}
