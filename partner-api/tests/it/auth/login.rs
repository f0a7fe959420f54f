//! A login, and the token it gives: fetched once, renewed ahead, thrown away when refused.

use std::time::{Duration, Instant};

use crate::support::logins::{
    approve, change_request, failures_of, get, get_with, later, log_in_elsewhere, login, millis,
    plain, slow, spawn_get, status_of, until,
};
use partner_api::prelude::*;
use partner_api::{CallOptions, ErrorKind, RetryPolicy};
use partner_hub::{BreakPoint, CloseMode, Fault, Hub, RecordedRequest};
use tokio::sync::{Mutex, MutexGuard};

/// A thousand calls at once need two thousand descriptors, so one test has them at a time.
static CROWD: Mutex<()> = Mutex::const_new(());
const MANY: usize = 1_000;

/// A turn for a test with many connections, which both sides of have a file open.
async fn crowd() -> MutexGuard<'static, ()> {
    let files = rlimit::increase_nofile_limit(4_096).unwrap();
    assert!(files >= 2_500, "only {files} files may be open at once");
    CROWD.lock().await
}

const HOUR: Duration = Duration::from_secs(3600);

async fn hourly() -> Hub {
    plain().token_lifetime(HOUR).start().await.unwrap()
}

fn is_login(request: &RecordedRequest) -> bool {
    request.operation.as_deref() == Some("token")
}

/// The operations that the hub was asked for, in order.
fn asked(hub: &Hub) -> Vec<String> {
    let requests = hub.requests().into_iter();
    requests.filter_map(|request| request.operation).collect()
}

#[tokio::test]
async fn the_first_call_logs_in_and_the_next_ones_need_not() {
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
    // Slow enough that every call is refused before there is a new token.
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
async fn a_token_known_to_have_ended_is_replaced_once_for_a_thousand_callers() {
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
        "none was refused"
    );
}

#[tokio::test]
async fn a_login_that_fails_once_fails_no_call() {
    let _crowd = crowd().await;
    let reset = Fault::Break {
        at: BreakPoint::BeforeHeaders,
        how: CloseMode::Reset,
    };
    let lost = Fault::Break {
        at: BreakPoint::DuringBody,
        how: CloseMode::Close,
    };
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
async fn a_cancelled_caller_does_not_take_the_login_with_it() {
    let _crowd = crowd().await;
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    hub.expire_tokens();
    hub.fault(slow(200).on("token")).unwrap();

    let first = spawn_get(&client, &hub);
    until("the login is under way", || hub.count("token") == 2).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert!(failures_of(&client, &hub, MANY).await.is_empty());
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn a_login_goes_on_when_every_caller_is_gone() {
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
async fn another_processs_login_costs_one_login_and_no_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    log_in_elsewhere(&hub).await;
    assert_eq!(hub.count("token"), 2);
    assert!(failures_of(&client, &hub, 50).await.is_empty());
    assert_eq!(hub.count("token"), 3);
}

#[tokio::test]
async fn a_token_that_dies_early_is_replaced_within_the_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    hub.fault(Fault::ExpireToken.on("get_partner").nth(1))
        .unwrap();
    get(&client, &hub).await.unwrap();
    assert_eq!(
        asked(&hub),
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
async fn a_token_that_dies_before_its_first_use_is_replaced_within_the_call() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    hub.fault(Fault::ExpireToken.on("get_partner").nth(1))
        .unwrap();
    get(&client, &hub).await.unwrap();
    assert_eq!(
        asked(&hub),
        ["token", "get_partner", "token", "get_partner"]
    );
}

#[tokio::test]
async fn a_late_refusal_of_an_old_token_does_not_cost_the_new_one() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    // The first call is refused last, when the second one has fetched a new token already.
    hub.fault(slow(300).on("get_partner").nth(1)).unwrap();
    hub.expire_tokens();
    let slow = get(&client, &hub);
    let quick = async {
        until("the slow call is under way", || {
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
async fn a_call_is_sent_once_more_after_a_401_and_no_further() {
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
async fn a_server_that_rejects_every_token_is_asked_for_one_at_growing_intervals() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    hub.fault(Fault::ExpireToken.on("get_partner")).unwrap();
    // The first token is rejected, and so is the one that replaces it.
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
async fn an_operation_that_always_answers_401_costs_no_login_for_each_call() {
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
async fn a_403_throws_no_token_away() {
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
async fn an_approval_is_not_sent_again_after_a_401_and_the_next_call_works() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    let id = change_request(&hub);
    hub.expire_tokens();
    let error = approve(&client, &hub, &id).await.unwrap_err();
    assert!(error.is_auth());
    assert!(
        !error.is_outcome_unknown(),
        "a refusal has done nothing: {error}"
    );
    assert_eq!((error.attempts(), hub.count("token")), (1, 1));
    assert_eq!(status_of(&hub, &id).as_deref(), Some("created"));

    approve(&client, &hub, &id).await.unwrap();
    assert_eq!(hub.count("approve_partner_change_request"), 2);
    assert_eq!(hub.count("token"), 2);
}

#[tokio::test]
async fn a_token_is_renewed_ahead_while_calls_go_on_with_it() {
    let hub = hourly().await;
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    later(HOUR * 74 / 100).await;
    get(&client, &hub).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(hub.count("token"), 1, "it is not due yet");

    later(HOUR * 12 / 100).await;
    hub.fault(slow(600).on("token")).unwrap();
    let start = Instant::now();
    get(&client, &hub).await.unwrap();
    until("the renewal is under way", || hub.count("token") == 2).await;
    for _ in 0..20 {
        get(&client, &hub).await.unwrap();
    }
    assert!(
        start.elapsed() < millis(500),
        "no call waited: {:?}",
        start.elapsed()
    );
    let renewal = |hub: &Hub| hub.requests().into_iter().rfind(is_login);
    assert_eq!(renewal(&hub).unwrap().status, None, "it is still under way");
    let refused = |hub: &Hub| hub.requests().iter().any(|it| it.status == Some(401));
    assert!(!refused(&hub));

    until("the renewal ends", || {
        renewal(&hub).unwrap().status == Some(200)
    })
    .await;
    // Beyond the end of the first token, which nobody needs any more.
    later(HOUR * 20 / 100).await;
    get(&client, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 2);
    let calls = hub.requests();
    assert_eq!(calls.last().unwrap().status, Some(200));
}

#[tokio::test]
async fn a_renewal_that_fails_fails_no_call_and_is_tried_again() {
    let hub = hourly().await;
    let client = login(&hub)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    get(&client, &hub).await.unwrap();
    later(HOUR * 86 / 100).await;
    hub.fault(Fault::status(503).on("token").times(1)).unwrap();
    for _ in 0..20 {
        get(&client, &hub).await.unwrap();
        tokio::time::sleep(millis(1)).await;
    }
    assert_eq!(hub.count("token"), 2, "one renewal within the wait");
    later(Duration::from_secs(2)).await;
    get(&client, &hub).await.unwrap();
    until("it is renewed", || hub.count("token") == 3).await;
    later(HOUR * 20 / 100).await;
    get(&client, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 3);
}

#[tokio::test]
async fn our_own_renewal_ends_no_approval_under_way() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(20))
        .start()
        .await
        .unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    // The renewal becomes due between 15 and 17 seconds, while the approval is in flight.
    later(millis(14_800)).await;
    let id = change_request(&hub);
    hub.fault(slow(2_800).on("approve_partner_change_request"))
        .unwrap();
    let others = async {
        until("it is under way", || {
            hub.count("approve_partner_change_request") == 1
        })
        .await;
        tokio::time::sleep(millis(2_250)).await;
        let start = Instant::now();
        for _ in 0..10 {
            get(&client, &hub).await.unwrap();
        }
        assert!(
            start.elapsed() < millis(500),
            "they do not wait for the approval"
        );
        assert_eq!(hub.count("token"), 1);
    };
    let (approved, ()) = tokio::join!(approve(&client, &hub, &id), others);
    approved.unwrap();
    until("the token is renewed after it", || hub.count("token") == 2).await;
    get(&client, &hub).await.unwrap();
}

#[tokio::test]
async fn an_approval_waits_for_a_renewal_under_way() {
    let hub = hourly().await;
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    later(HOUR * 86 / 100).await;
    let id = change_request(&hub);
    hub.fault(slow(200).on("token")).unwrap();
    get(&client, &hub).await.unwrap();
    until("the renewal is under way", || hub.count("token") == 2).await;
    approve(&client, &hub, &id).await.unwrap();
    let renewal = hub.requests().into_iter().rfind(is_login).unwrap();
    assert_eq!(
        renewal.status,
        Some(200),
        "it ended before the approval did"
    );
    assert_eq!(hub.count("approve_partner_change_request"), 1);
}

#[tokio::test]
async fn an_approval_waits_for_the_first_login() {
    let hub = plain().start().await.unwrap();
    let client = login(&hub).build().unwrap();
    let ids = [change_request(&hub), change_request(&hub)];
    let (one, other) = tokio::join!(
        approve(&client, &hub, &ids[0]),
        approve(&client, &hub, &ids[1])
    );
    one.unwrap();
    other.unwrap();
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_login_at_the_end_of_a_token_ends_no_approval_under_way() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(4))
        .start()
        .await
        .unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    // It is renewed from the third second on, and taken for ended 0.4 seconds before it is.
    later(millis(2_900)).await;
    let id = change_request(&hub);
    hub.fault(slow(900).on("approve_partner_change_request"))
        .unwrap();
    let other = async {
        tokio::time::sleep(millis(750)).await;
        get(&client, &hub).await
    };
    let (approved, other) = tokio::join!(approve(&client, &hub, &id), other);
    other.unwrap();
    approved.unwrap();
}

#[tokio::test]
async fn a_lifetime_is_obeyed() {
    for seconds in [10, 600, 86_400] {
        let lifetime = Duration::from_secs(seconds);
        let hub = plain().token_lifetime(lifetime).start().await.unwrap();
        let client = login(&hub).build().unwrap();
        get(&client, &hub).await.unwrap();
        later(lifetime).await;
        get(&client, &hub).await.unwrap();
        assert_eq!(hub.count("token"), 2);
        assert_eq!(hub.count("get_partner"), 2, "an ended token is not sent");
    }
}

#[tokio::test]
async fn a_token_of_unknown_lifetime_is_used_until_it_is_refused() {
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
    assert_eq!(asked(&hub)[3..], ["get_partner", "token", "get_partner"]);
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
            assert_eq!(partner.id.as_deref(), Some(&*user.partner_id));
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
async fn the_observer_is_told_of_logins() {
    let hub = plain().start().await.unwrap();
    let (told, seen) = std::sync::mpsc::channel();
    let client = login(&hub)
        .on_attempt(move |attempt| {
            told.send((
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

#[tokio::test]
async fn a_hanging_approval_holds_no_call_back_once_the_token_has_ended_or_was_rejected() {
    for rejected in [false, true] {
        let hub = plain().token_lifetime(Duration::from_secs(1)).start();
        let hub = hub.await.unwrap();
        let client = login(&hub).build().unwrap();
        get(&client, &hub).await.unwrap();
        let id = change_request(&hub);
        let hangs = slow(3_000).on("approve_partner_change_request");
        hub.fault(hangs.nth(1)).unwrap();
        let approval = approve(&client, &hub, &id);
        let others = async {
            until("the approval is in flight", || {
                hub.count("approve_partner_change_request") == 1
            })
            .await;
            match rejected {
                true => hub.expire_tokens(),
                false => tokio::time::sleep(millis(1_050)).await,
            }
            let start = Instant::now();
            assert!(failures_of(&client, &hub, 10).await.is_empty());
            approve(&client, &hub, &change_request(&hub)).await.unwrap();
            assert!(start.elapsed() < millis(900), "{:?}", start.elapsed());
            assert_eq!(hub.count("token"), 2);
        };
        tokio::select! {
            outcome = approval => panic!("the approval ended first: {outcome:?}"),
            () = others => {}
        }
    }
}

#[tokio::test]
async fn a_renewal_that_waits_for_an_approval_holds_no_other_approval_back() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(20))
        .start()
        .await
        .unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    // The renewal becomes due between 15 and 17 seconds, while the approval is in flight.
    later(millis(14_800)).await;
    let ids = [change_request(&hub), change_request(&hub)];
    let hangs = slow(6_000).on("approve_partner_change_request");
    hub.fault(hangs.nth(1)).unwrap();
    let others = async {
        until("the first approval is in flight", || {
            hub.count("approve_partner_change_request") == 1
        })
        .await;
        tokio::time::sleep(millis(2_250)).await;
        // The renewal is due, and waits.
        get(&client, &hub).await.unwrap();
        let start = Instant::now();
        approve(&client, &hub, &ids[1]).await.unwrap();
        assert!(start.elapsed() < millis(900), "{:?}", start.elapsed());
        assert_eq!(hub.count("token"), 1);
    };
    tokio::select! {
        outcome = approve(&client, &hub, &ids[0]) => panic!("it ended first: {outcome:?}"),
        () = others => {}
    }
}

#[tokio::test]
async fn a_program_that_only_approves_renews_its_token() {
    let hub = hourly().await;
    let client = login(&hub).build().unwrap();
    for logins in 1..4 {
        let id = change_request(&hub);
        approve(&client, &hub, &id).await.unwrap();
        assert_eq!(hub.count("token"), logins);
        later(HOUR * 87 / 100).await;
    }
}
