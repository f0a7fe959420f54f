//! Waiting for the end of a migration.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_api::workflows::change_requests::{ChangeRequests, NotSettled, Settle, Settled};
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, Hub, RetryAfter};

use super::support::{LOOK, Said, client, insert, said};
use crate::support::clock::Clock;

const SECOND: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(100);

/// An emulator whose migrations take a minute.
async fn hub() -> Hub {
    let hub = Hub::builder().clients(3).anomaly_rate(0.0);
    hub.migration_time(60 * SECOND).start().await.unwrap()
}

fn requests(hub: &Hub) -> ChangeRequests {
    ChangeRequests::new(client(hub).build().unwrap().partner(hub.partner_id()))
}

type Seen = Arc<Mutex<Vec<String>>>;

/// Records the statuses that are seen.
fn recorded(settle: Settle) -> (Settle, Seen) {
    let seen = Seen::default();
    let statuses = Arc::clone(&seen);
    let settle = settle.on_look(move |request| {
        let status = request.status.as_ref().unwrap().to_string();
        statuses.lock().unwrap().push(status);
    });
    (settle, seen)
}

#[tokio::test(start_paused = true)]
async fn a_migration_is_awaited_with_backoff() {
    let clock = Clock::stop();
    let hub = hub().await;
    let requests = requests(&hub);
    // It fails in the end: its client does not exist.
    let id = insert(&hub, "created");
    assert_eq!(
        said(&clock.hold(requests.approve(&*id)).await),
        Said::Approved
    );
    let (settle, seen) = recorded(requests.settle(&*id));
    let settled = clock.run(STEP, settle.into_future()).await.unwrap();
    assert!(matches!(settled, Settled::Failed(_)), "{settled:?}");
    assert!((60 * SECOND..76 * SECOND).contains(&clock.elapsed()));
    let seen = seen.lock().unwrap();
    let (last, before) = seen.split_last().unwrap();
    assert_eq!(last, "failed");
    assert!(before.iter().all(|status| status == "pending"), "{seen:?}");
    assert!((5..15).contains(&seen.len()), "{seen:?}");
}

#[tokio::test]
async fn a_migration_that_has_ended_is_returned_immediately() {
    let hub = hub().await;
    for (status, expected) in [("completed", true), ("failed", false)] {
        let id = insert(&hub, status);
        let settled = requests(&hub).settle(&*id).await.unwrap();
        assert_eq!(
            matches!(settled, Settled::Completed(_)),
            expected,
            "{settled:?}"
        );
    }
    assert_eq!(hub.count(LOOK), 2);
}

#[tokio::test]
async fn a_migration_of_an_unknown_request_is_not_awaited() {
    let hub = hub().await;
    let error = requests(&hub).settle("no-such-request").await.unwrap_err();
    assert!(matches!(error, NotSettled::NotFound), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn the_timeout_ends_the_wait_with_the_request_as_seen_last() {
    for status in ["created", "pending", "on_hold"] {
        let clock = Clock::stop();
        let hub = hub().await;
        let id = insert(&hub, status);
        let settle = requests(&hub).settle(&*id).timeout(30 * SECOND);
        let error = clock.run(STEP, settle.into_future()).await.unwrap_err();
        assert_eq!(clock.elapsed().as_secs(), 30);
        let expected = format!("the migration did not end within 30s; the request is `{status}`");
        assert_eq!(error.to_string(), expected);
        let NotSettled::TimedOut { last, error, .. } = error else {
            panic!("{error:?}")
        };
        assert!(error.is_none(), "{error:?}");
        assert_eq!(last.unwrap().status, Some(status.into()));
    }
}

#[tokio::test(start_paused = true)]
async fn looks_that_fail_for_a_while_do_not_end_the_wait() {
    for fault in [Fault::status(503), Fault::status(429), Fault::GarbageJson] {
        let clock = Clock::stop();
        let hub = hub().await;
        let requests = requests(&hub);
        let id = insert(&hub, "created");
        assert_eq!(
            said(&clock.hold(requests.approve(&*id)).await),
            Said::Approved
        );
        hub.fault(fault.on(LOOK).times(6)).unwrap();
        let settled = clock.run(STEP, requests.settle(&*id).into_future()).await;
        assert!(matches!(settled, Ok(Settled::Failed(_))), "{settled:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_delays_the_next_look() {
    let clock = Clock::stop();
    let hub = hub().await;
    let id = insert(&hub, "completed");
    let fault = Fault::Status {
        status: 429,
        retry_after: Some(RetryAfter::Seconds(40)),
        body: ErrorBody::Envelope,
    };
    hub.fault(fault.on(LOOK).nth(1)).unwrap();
    let settle = requests(&hub).settle(&*id).into_future();
    clock.run(STEP, settle).await.unwrap();
    assert_eq!((clock.elapsed().as_secs(), hub.count(LOOK)), (40, 2));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_does_not_pass_ends_the_wait() {
    for status in [400, 401, 403, 404] {
        let clock = Clock::stop();
        let hub = hub().await;
        let id = insert(&hub, "pending");
        hub.fault(Fault::status(status).on(LOOK)).unwrap();
        let settled = clock.hold(requests(&hub).settle(&*id).into_future()).await;
        let Err(NotSettled::Call(error)) = settled else {
            panic!("{settled:?}")
        };
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_does_not_exceed_the_timeout() {
    let clock = Clock::stop();
    let hub = hub().await;
    let id = insert(&hub, "pending");
    let (at, how) = (BreakPoint::BeforeHeaders, CloseMode::Stall);
    hub.fault(Fault::Break { at, how }.on(LOOK)).unwrap();
    let settle = requests(&hub).settle(&*id).timeout(10 * SECOND);
    let error = clock.run(STEP, settle.into_future()).await.unwrap_err();
    assert_eq!(clock.elapsed().as_secs(), 10);
    assert!(
        error
            .to_string()
            .ends_with("the request could not be looked at"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_error_of_the_last_look_is_kept() {
    let clock = Clock::stop();
    let hub = hub().await;
    let id = insert(&hub, "pending");
    hub.fault(Fault::status(503).on(LOOK)).unwrap();
    let settle = requests(&hub).settle(&*id).timeout(10 * SECOND);
    let error = clock.run(STEP, settle.into_future()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("503"), "{source}");
}

#[tokio::test(start_paused = true)]
async fn absurd_settings_do_not_overflow() {
    for (timeout, backoff) in [
        (Duration::MAX, Duration::MAX),
        (Duration::ZERO, Duration::ZERO),
    ] {
        let clock = Clock::stop();
        let hub = hub().await;
        let id = insert(&hub, "pending");
        let requests = requests(&hub)
            .backoff(backoff, backoff)
            .confirm_for(timeout);
        let settle = requests.settle(&*id).timeout(timeout).into_future();
        let waited = clock
            .run(STEP, tokio::time::timeout(60 * SECOND, settle))
            .await;
        assert_eq!(waited.is_err(), timeout == Duration::MAX, "{waited:?}");
    }
}
