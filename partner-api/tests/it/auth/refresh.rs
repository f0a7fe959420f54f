//! A token is refreshed early, and never while an approval with it is in flight.

use std::time::{Duration, Instant};

use partner_api::RetryPolicy;
use partner_hub::{Fault, Hub};

use crate::support::logins::{
    HOUR, approve, change_request, failures_of, get, hourly, is_login, later, login, millis, plain,
    slow, until,
};

#[tokio::test]
async fn a_token_is_refreshed_early_while_calls_still_use_it() {
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
    until("the refresh is in flight", || hub.count("token") == 2).await;
    for _ in 0..20 {
        get(&client, &hub).await.unwrap();
    }
    assert!(
        start.elapsed() < millis(500),
        "no call waited: {:?}",
        start.elapsed()
    );
    let refresh = |hub: &Hub| hub.requests().into_iter().rfind(is_login);
    assert_eq!(refresh(&hub).unwrap().status, None, "it is still in flight");
    let is_rejected = |hub: &Hub| hub.requests().iter().any(|it| it.status == Some(401));
    assert!(!is_rejected(&hub));

    until("the refresh ends", || {
        refresh(&hub).unwrap().status == Some(200)
    })
    .await;
    // After the expiry of the first token, which is no longer used.
    later(HOUR * 20 / 100).await;
    get(&client, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 2);
    let calls = hub.requests();
    assert_eq!(calls.last().unwrap().status, Some(200));
}

#[tokio::test]
async fn a_failed_refresh_fails_no_call_and_is_retried() {
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
    assert_eq!(hub.count("token"), 2, "one refresh within the wait");
    later(Duration::from_secs(2)).await;
    get(&client, &hub).await.unwrap();
    until("it is refreshed", || hub.count("token") == 3).await;
    later(HOUR * 20 / 100).await;
    get(&client, &hub).await.unwrap();
    assert_eq!(hub.count("token"), 3);
}

#[tokio::test]
async fn a_refresh_waits_for_approvals_in_flight() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(20))
        .start()
        .await
        .unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    // The refresh becomes due between 15 and 17 seconds, while the approval is in flight.
    later(millis(14_800)).await;
    let id = change_request(&hub);
    hub.fault(slow(2_800).on("approve_partner_change_request"))
        .unwrap();
    let others = async {
        until("it is in flight", || {
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
    until("the token is refreshed after it", || {
        hub.count("token") == 2
    })
    .await;
    get(&client, &hub).await.unwrap();
}

#[tokio::test]
async fn an_approval_waits_for_a_refresh_in_flight() {
    let hub = hourly().await;
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    later(HOUR * 86 / 100).await;
    let id = change_request(&hub);
    hub.fault(slow(200).on("token")).unwrap();
    get(&client, &hub).await.unwrap();
    until("the refresh is in flight", || hub.count("token") == 2).await;
    approve(&client, &hub, &id).await.unwrap();
    let refresh = hub.requests().into_iter().rfind(is_login).unwrap();
    assert_eq!(
        refresh.status,
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
async fn a_login_after_expiry_waits_for_approvals_in_flight() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(4))
        .start()
        .await
        .unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    // It is refreshed from the third second on, and counts as expired 0.4 seconds early.
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
async fn a_token_is_not_used_beyond_its_lifetime() {
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
async fn a_hanging_approval_delays_no_call_once_the_token_is_unusable() {
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
async fn a_refresh_that_waits_for_an_approval_delays_no_other_approval() {
    let hub = plain()
        .token_lifetime(Duration::from_secs(20))
        .start()
        .await
        .unwrap();
    let client = login(&hub).build().unwrap();
    get(&client, &hub).await.unwrap();
    // The refresh becomes due between 15 and 17 seconds, while the approval is in flight.
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
        // The refresh is due, and waits.
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
async fn a_program_that_only_approves_refreshes_its_token() {
    let hub = hourly().await;
    let client = login(&hub).build().unwrap();
    for logins in 1..4 {
        let id = change_request(&hub);
        approve(&client, &hub, &id).await.unwrap();
        assert_eq!(hub.count("token"), logins);
        later(HOUR * 87 / 100).await;
    }
}
