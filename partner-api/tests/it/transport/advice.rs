//! An error message advises what to do.

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{CallOptions, Error, ErrorKind, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, Fault, RetryAfter};

use super::retries::{asking, client};
use crate::support::calls::{APPROVAL, Subject, call, hub, send};

async fn message_of(fault: Fault) -> String {
    let hub = hub().await;
    // Only a response that never comes may time out, however slow the machine is.
    let attempt_timeout = match fault {
        Fault::Break { .. } => Duration::from_millis(50),
        _ => Duration::from_secs(60),
    };
    hub.fault(fault).unwrap();
    let client = client(&hub)
        .retry_policy(RetryPolicy::none())
        .attempt_timeout(attempt_timeout)
        .build();
    let result = send(&client.unwrap(), &hub, "get_partner").await;
    let error = result.unwrap_err();
    assert!(!error.to_string().contains("attempts"), "{error}");
    error.to_string()
}

#[tokio::test]
async fn an_error_message_advises_what_to_do() {
    for (fault, advice) in [
        (Fault::status(401), "check the credentials"),
        (
            Fault::status(403),
            "the credentials do not allow this operation",
        ),
        (asking(429, RetryAfter::Seconds(30)), "try again in 30s"),
        (
            Fault::Redirect {
                location: "https://example.com".to_owned(),
                status: 302,
            },
            "redirects are not followed; check the base URL",
        ),
        (
            Fault::break_connection(BreakPoint::BeforeHeaders, CloseMode::Stall),
            "did not respond within 50ms",
        ),
    ] {
        let text = message_of(fault).await;
        assert!(text.contains(advice), "{text}");
        assert!(
            text.contains("get_partner (GET /api/v2/partners/{partner_id})"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_error_of_unknown_outcome_advises_what_to_check_first() {
    for (fault, advice) in [
        (
            asking(429, RetryAfter::Seconds(7)),
            "the operation may have been done, so the call was not retried: check first, and wait 7s \
             before you send it again",
        ),
        (
            Fault::status(503),
            "the operation may have been done, so the call was not retried: check before you send \
             it again",
        ),
    ] {
        let hub = hub().await;
        hub.fault(fault).unwrap();
        let client = client(&hub).build().unwrap();
        let (subject, options) = (Subject::of(&hub), CallOptions::new());
        let result = call(&client, &subject, APPROVAL, options).await;
        let text = result.unwrap_err().to_string();
        assert!(text.ends_with(advice), "{text}");
        assert!(!text.contains("try again"), "{text}");
    }
}

#[tokio::test]
async fn a_rejected_login_advises_what_to_do() {
    let hub = hub().await;
    let client = Client::with_login(hub.username(), "wrong")
        .base_url(hub.url())
        .build()
        .unwrap();
    let subject = Subject::of(&hub);
    let error: Error = call(&client, &subject, "get_partner", CallOptions::new())
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Login(_)));
    let text = error.to_string();
    for part in [
        "cannot log in",
        "Wrong email or password.",
        "check the credentials",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(hub.count("token"), 1);
}
