//! A login and its token: fetched once, refreshed early, discarded when rejected.

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::{CallOptions, ErrorKind};
use partner_hub::{BreakPoint, CloseMode, Fault, Hub};

use crate::support::logins::{
    HOUR, approve, change_request, crowd, failures_of, get, get_with, hourly, later,
    log_in_elsewhere, login, millis, plain, slow, spawn_get, status_of, until,
};

const MANY: usize = 1_000;

/// The operations that the server received, in order.
fn operations(hub: &Hub) -> Vec<String> {
    let requests = hub.requests().into_iter();
    requests.filter_map(|request| request.operation).collect()
}

#[tokio::test]
async fn only_the_first_call_logs_in() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    assert_eq!(hub.requests().len(), 0, "building sends nothing");
    for _ in 0..3 {
        get(&client, &hub).await.unwrap();
        get(&client.clone(), &hub).await.unwrap();
    }
    assert_eq!((hub.count("token"), hub.count("get_partner")), (1, 6));
    let requests = hub.requests();
    assert_eq!(requests[0].header("authorization"), None);
    assert_eq!(requests[0].header("x-api-key"), None);
    assert_eq!(requests[1].header("authorization"), Some("Bearer ***"));
    assert_eq!(requests[1].header("x-api-key"), None);
}

#[tokio::test]
async fn a_token_is_fetched_once_for_a_thousand_callers() {
    let _crowd = crowd().await;
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    assert!(failures_of(&client, &hub, MANY).await.is_empty());
    assert_eq!(hub.count("token"), 1);
    assert_eq!(hub.count("get_partner"), MANY as u64);
}

#[tokio::test]
async fn an_expired_token_is_replaced_once_for_a_thousand_callers() {
    let _crowd = crowd().await;
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    hub.expire_tokens();
    // Slow enough that every call is rejected before there is a new token.
    hub.fault(slow(300).on("token")).unwrap();
    assert!(failures_of(&client, &hub, MANY).await.is_empty());
    assert_eq!(hub.count("token"), 2, "one login more");
    let most = 1 + 2 * MANY as u64;
    assert!(
        hub.count("get_partner") <= most,
        "each was sent twice at most"
    );
}

#[tokio::test]
async fn a_token_known_to_have_expired_is_replaced_once_for_a_thousand_callers() {
    let _crowd = crowd().await;
    let hub = hourly().await;
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    later(2 * HOUR).await;
    assert!(failures_of(&client, &hub, MANY).await.is_empty());
    assert_eq!(hub.count("token"), 2);
    assert_eq!(
        hub.count("get_partner"),
        1 + MANY as u64,
        "none was rejected"
    );
}

#[tokio::test]
async fn a_login_that_fails_once_is_retried() {
    let _crowd = crowd().await;
    let reset = Fault::break_connection(BreakPoint::BeforeHeaders, CloseMode::Reset);
    let lost = Fault::break_connection(BreakPoint::DuringBody, CloseMode::Close);
    for fault in [Fault::status(503), reset, lost] {
        let hub = plain().start().await.unwrap();
        let client = login(&hub).build().unwrap();
        get(&client, &hub).await.unwrap();
        hub.expire_tokens();
        hub.fault(fault.clone().on("token").nth(1)).unwrap();
        let failures = failures_of(&client, &hub, MANY).await;
        assert!(failures.is_empty(), "{fault:?}: {}", failures[0]);
        assert_eq!(
            hub.count("token"),
            3,
            "{fault:?}: one failed and one did not"
        );
    }
}

#[tokio::test]
async fn a_cancelled_caller_does_not_cancel_the_login() {
    let _crowd = crowd().await;
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    hub.expire_tokens();
    hub.fault(slow(200).on("token")).unwrap();

    let first = spawn_get(&client, &hub);
    until("the login is in flight", || hub.count("token") == 2).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert!(failures_of(&client, &hub, MANY).await.is_empty());
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn a_login_continues_when_every_caller_is_gone() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    hub.fault(slow(150).on("token").nth(1)).unwrap();
    let hurried = CallOptions::new().timeout(millis(50));
    let error = get_with(&client, &hub, hurried).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(!error.is_outcome_unknown());
    assert_eq!(error.attempts(), 0);
    get(&client, &hub).await.unwrap();
    assert_eq!((hub.count("token"), hub.count("get_partner")), (1, 1));
}

#[tokio::test]
async fn a_token_revoked_by_another_process_costs_one_login_and_fails_no_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    log_in_elsewhere(&hub).await;
    assert_eq!(hub.count("token"), 2);
    assert!(failures_of(&client, &hub, 50).await.is_empty());
    assert_eq!(hub.count("token"), 3);
}

#[tokio::test]
async fn a_token_revoked_early_is_replaced_within_the_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    hub.fault(Fault::ExpireToken.on("get_partner").nth(1))
        .unwrap();
    get(&client, &hub).await.unwrap();
    assert_eq!(
        operations(&hub),
        [
            "token",
            "get_partner",
            "get_partner",
            "token",
            "get_partner"
        ]
    );
}

#[tokio::test]
async fn a_token_revoked_before_its_first_use_is_replaced_within_the_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    hub.fault(Fault::ExpireToken.on("get_partner").nth(1))
        .unwrap();
    get(&client, &hub).await.unwrap();
    assert_eq!(
        operations(&hub),
        ["token", "get_partner", "token", "get_partner"]
    );
}

#[tokio::test]
async fn a_late_401_for_an_old_token_does_not_discard_the_new_one() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    // The first call gets its 401 last, when the second one has already fetched a new token.
    hub.fault(slow(300).on("get_partner").nth(1)).unwrap();
    hub.expire_tokens();
    let slow = get(&client, &hub);
    let quick = async {
        until("the slow call is in flight", || {
            hub.count("get_partner") == 2
        })
        .await;
        get(&client, &hub).await.unwrap();
        assert_eq!(hub.count("token"), 2);
    };
    let (slow, ()) = tokio::join!(slow, quick);
    slow.unwrap();
    get(&client, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn a_call_is_retried_once_after_a_401() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    hub.fault(Fault::ExpireToken.on("get_partner")).unwrap();
    let error = get(&client, &hub).await.unwrap_err();
    assert!(error.is_auth());
    assert_eq!(error.attempts(), 2);
    assert_eq!((hub.count("get_partner"), hub.count("token")), (3, 2));
}

#[tokio::test]
async fn logins_are_spaced_out_if_the_server_rejects_every_token() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    hub.fault(Fault::ExpireToken.on("get_partner")).unwrap();
    // The first token is rejected, and so is its replacement.
    let mut logins = 2;
    for interval in [10, 20, 40, 60, 60] {
        for error in failures_of(&client, &hub, 20).await {
            assert!(matches!(error.kind(), ErrorKind::Api), "{error}");
            assert_eq!(error.status().unwrap(), 401);
        }
        get(&client, &hub).await.unwrap_err();
        assert_eq!(hub.count("token"), logins);
        later(Duration::from_secs(interval) - millis(500)).await;
        get(&client, &hub).await.unwrap_err();
        assert_eq!(hub.count("token"), logins, "not within {interval} seconds");
        later(millis(500)).await;
        get(&client, &hub).await.unwrap_err();
        logins += 1;
        assert_eq!(hub.count("token"), logins, "after {interval} seconds");
    }
    hub.clear_faults();
    later(Duration::from_secs(60)).await;
    get(&client, &hub).await.unwrap();
}

#[tokio::test]
async fn an_operation_that_always_returns_401_does_not_log_in_for_each_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    hub.fault(Fault::status(401).on("list_clients")).unwrap();
    for _ in 0..100 {
        let call = client.list_clients().partner_id(hub.partner_id());
        let error = call.send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), 401);
        assert!(matches!(error.kind(), ErrorKind::Api), "{error}");
        get(&client, &hub).await.unwrap();
    }
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn a_403_discards_no_token() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    hub.fault(Fault::status(403).on("get_partner").nth(1))
        .unwrap();
    let error = get(&client, &hub).await.unwrap_err();
    assert!(error.is_auth());
    assert_eq!(error.attempts(), 1);
    get(&client, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn an_approval_is_not_retried_after_a_401_and_the_next_call_works() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    let id = change_request(&hub);
    hub.expire_tokens();
    let error = approve(&client, &hub, &id).await.unwrap_err();
    assert!(error.is_auth());
    assert!(
        !error.is_outcome_unknown(),
        "a rejection changes nothing: {error}"
    );
    assert_eq!((error.attempts(), hub.count("token")), (1, 1));
    assert_eq!(status_of(&hub, &id).as_deref(), Some("created"));

    approve(&client, &hub, &id).await.unwrap();
    assert_eq!(hub.count("approve_partner_change_request"), 2);
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn a_token_of_unknown_lifetime_is_used_until_it_is_rejected() {
    let hub = plain()
        .token_lifetime(HOUR)
        .without_expires_in()
        .start()
        .await
        .unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    later(HOUR * 99 / 100).await;
    get(&client, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 1);
    later(HOUR / 50).await;
    get(&client, &hub).await.unwrap();
    assert_eq!(
        operations(&hub)[3..],
        ["get_partner", "token", "get_partner"]
    );
}

#[tokio::test]
async fn two_users_of_one_process_do_not_mix_tokens() {
    let hub = plain().start().await.unwrap();
    let users = hub.partners()[..2].to_vec();
    let clients = users.iter().map(|user| {
        Client::with_login(&user.username, &*user.password)
            .base_url(hub.url())
            .build()
            .unwrap()
    });
    let clients: Vec<_> = clients.collect();
    for _ in 0..3 {
        for (client, user) in clients.iter().zip(&users) {
            let partner = client
                .get_partner()
                .partner_id(&user.partner_id)
                .send()
                .await
                .unwrap();
            assert_eq!(
                partner.id.as_ref().map(|it| it.as_str()),
                Some(&*user.partner_id)
            );
        }
        let foreign = clients[0]
            .get_partner()
            .partner_id(&users[1].partner_id)
            .send()
            .await;
        assert_eq!(foreign.unwrap_err().status().unwrap(), 403);
    }
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn the_observer_sees_logins() {
    let hub = plain().start().await.unwrap();
    let (observed, seen) = std::sync::mpsc::channel();
    let client = login(&hub)
        .on_attempt(move |attempt| {
            observed
                .send((
                    attempt.operation,
                    attempt.number,
                    attempt.status.map(|it| it.as_u16()),
                ))
                .unwrap();
        })
        .build()
        .unwrap();
    hub.fault(Fault::status(503).on("token").nth(1)).unwrap();
    get(&client, &hub).await.unwrap();
    assert_eq!(
        seen.try_iter().collect::<Vec<_>>(),
        [
            ("token", 1, Some(503)),
            ("token", 2, Some(200)),
            ("get_partner", 1, Some(200))
        ]
    );
}
