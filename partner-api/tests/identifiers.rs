//! What stands in a path cannot change the path.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use partner_api::prelude::*;
use partner_api::{Error, ErrorKind, InvalidIdentifier};
use serde_json::json;
use support::Hub;

/// Texts that would lead to another path, and why each is refused.
const REFUSED: [(&str, InvalidIdentifier); 14] = [
    ("", InvalidIdentifier::Empty),
    (".", InvalidIdentifier::DotSegment),
    ("..", InvalidIdentifier::DotSegment),
    ("/", InvalidIdentifier::Slash),
    ("a/b", InvalidIdentifier::Slash),
    ("../x", InvalidIdentifier::Slash),
    ("a\\b", InvalidIdentifier::Slash),
    ("..\\..\\x", InvalidIdentifier::Slash),
    ("\t..", InvalidIdentifier::Control),
    (".\n.", InvalidIdentifier::Control),
    ("a\r\nb", InvalidIdentifier::Control),
    ("a\0", InvalidIdentifier::Control),
    ("\u{7f}", InvalidIdentifier::Control),
    ("\u{85}", InvalidIdentifier::Control),
];

/// Texts that are odd and fine, as they stand in the path.
const ODD: [(&str, &str); 12] = [
    ("a b", "a%20b"),
    (" ", "%20"),
    ("ü", "%C3%BC"),
    ("🚲", "%F0%9F%9A%B2"),
    ("%2e%2e", "%252e%252e"),
    ("%2F", "%252F"),
    ("a?b#c", "a%3Fb%23c"),
    ("a&b=c;d,e+f", "a&b=c;d,e+f"),
    ("user@host:80", "user@host:80"),
    ("...", "..."),
    ("~", "~"),
    ("{partner_id}", "%7Bpartner_id%7D"),
];

/// Calls every operation with one argument set to `text` and the others to `x`; tells the
/// operation, the argument, the path it was sent to, and how it went.
async fn calls(
    client: &Client,
    text: &str,
) -> Vec<(&'static str, &'static str, &'static str, Option<Error>)> {
    macro_rules! call {
        ($operation:ident ($($fine:ident),*) $argument:ident $path:literal $(.body($body:expr))?) => {
            (
                stringify!($operation),
                stringify!($argument),
                $path,
                client.$operation()$(.$fine("x"))*.$argument(text)$(.body($body))?.send().await.err(),
            )
        };
    }
    vec![
        call!(get_partner () partner_id "/api/v2/partners/{}"),
        call!(update_partner () partner_id "/api/v2/partners/{}".body(types::PartnerUpdate::default())),
        call!(list_clients () partner_id "/api/v2/partners/{}/clients"),
        call!(update_client (client_id) partner_id "/api/v2/partners/{}/clients/x".body(types::ClientUpdate::default())),
        call!(update_client (partner_id) client_id "/api/v2/partners/x/clients/{}".body(types::ClientUpdate::default())),
        call!(list_shared_client_numbers (client_id) partner_id
            "/api/v2/partners/{}/clients/x/shared_client_numbers"),
        call!(list_shared_client_numbers (partner_id) client_id
            "/api/v2/partners/x/clients/{}/shared_client_numbers"),
        call!(list_partner_change_requests () partner_id "/api/v2/partners/{}/selective_partner_change_requests"),
        call!(approve_partner_change_request (pcr_id) partner_id
            "/api/v2/partners/{}/selective_partner_change_requests/x/approve"),
        call!(approve_partner_change_request (partner_id) pcr_id
            "/api/v2/partners/x/selective_partner_change_requests/{}/approve"),
    ]
}

#[tokio::test]
async fn what_would_lead_to_another_path_is_refused_before_anything_is_sent() {
    let hub = Hub::json(200, &json!({})).await;
    let client = hub.client();
    for (text, reason) in REFUSED {
        for (operation, argument, _, error) in calls(&client, text).await {
            let error = error.unwrap_or_else(|| panic!("{operation} took {text:?} as {argument}"));
            assert!(
                matches!(error.kind(), ErrorKind::InvalidRequest(_)),
                "{error:?}"
            );
            assert_eq!(
                (error.operation(), error.status(), error.attempts()),
                (Some(operation), None, 0)
            );
            let message = error.to_string();
            assert!(
                message.contains(&format!("{argument}: {reason}")),
                "{argument} {text:?}: {message}"
            );
        }
    }
    assert_eq!(hub.requests(), []);
}

#[tokio::test]
async fn odd_texts_arrive_as_one_path_segment() {
    for (text, segment) in ODD {
        let hub = Hub::json(200, &json!({})).await;
        let paths: Vec<_> = calls(&hub.client(), text)
            .await
            .into_iter()
            .map(|(_, _, path, _)| path)
            .collect();
        let seen: Vec<_> = hub
            .requests()
            .into_iter()
            .map(|request| (request.path, request.query))
            .collect();
        let expected: Vec<_> = paths
            .iter()
            .map(|path| (path.replace("{}", segment), Vec::new()))
            .collect();
        assert_eq!(seen, expected, "{text:?}");
    }
}

#[tokio::test]
async fn a_missing_argument_is_named_and_nothing_is_sent() {
    let hub = Hub::json(200, &json!({})).await;
    let client = hub.client();
    let errors = [
        ("partner_id", client.get_partner().send().await.err()),
        (
            "partner_id",
            client.list_clients().limit(1).send().await.err(),
        ),
        (
            "client_id",
            client
                .list_shared_client_numbers()
                .partner_id("x")
                .send()
                .await
                .err(),
        ),
        (
            "pcr_id",
            client
                .approve_partner_change_request()
                .partner_id("x")
                .send()
                .await
                .err(),
        ),
        (
            "body",
            client
                .update_client()
                .partner_id("x")
                .client_id("x")
                .send()
                .await
                .err(),
        ),
        (
            "body",
            client.update_partner().partner_id("x").send().await.err(),
        ),
    ];
    for (argument, error) in errors {
        let message = error.unwrap().to_string();
        assert!(
            message.contains(&format!("{argument}: is required")),
            "{message}"
        );
    }
    assert_eq!(hub.requests(), []);
}

#[test]
fn an_identifier_is_checked_however_it_is_made() {
    for (text, reason) in REFUSED {
        assert_eq!(types::PartnerId::try_from(text), Err(reason), "{text:?}");
        assert_eq!(
            types::ClientId::try_from(text.to_owned()),
            Err(reason),
            "{text:?}"
        );
        assert_eq!(
            text.parse::<types::PartnerChangeRequestId>(),
            Err(reason),
            "{text:?}"
        );
        assert!(
            serde_json::from_value::<types::PartnerId>(json!(text)).is_err(),
            "{text:?}"
        );
    }
    for (text, _) in ODD {
        let id = types::PartnerId::try_from(text).unwrap();
        assert_eq!((id.as_str(), id.to_string().as_str()), (text, text));
        assert_eq!(serde_json::to_value(&id).unwrap(), text);
        assert_eq!(
            serde_json::from_value::<types::PartnerId>(json!(text)).unwrap(),
            id
        );
    }
}
