//! The example `approve`, an operator's tool.

use std::process::{Command, Output};
use std::time::Duration;

use partner_hub::{BreakPoint, CloseMode, Fault, Hub};

use super::support::{APPROVAL, LOOK, hub, insert, is_approved};
use crate::support::example::example;

/// Runs the tool to its end; returns its exit status and what it printed.
async fn run(hub: &Hub, arguments: &[&str]) -> (i32, String) {
    let mut command = example("approve");
    command
        .args(arguments)
        .env("PARTNER_API_URL", hub.url())
        .env("PARTNER_API_KEY", hub.api_key())
        .env("PARTNER_ID", hub.partner_id());
    let output = output_of(command).await;
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8(printed).unwrap();
    assert!(!printed.contains(hub.api_key()), "{printed}");
    (output.status.code().unwrap(), printed)
}

async fn output_of(mut command: Command) -> Output {
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.unwrap().unwrap()
}

#[tokio::test]
async fn it_approves_requests_and_prints_each_outcome() {
    let hub = hub().await;
    let ids = ["created", "created", "pending"].map(|status| insert(&hub, status));
    let [first, second, third] = ids.each_ref().map(|id| &**id);
    let (code, printed) = run(&hub, &[first, second, third]).await;
    let expected = format!("{first}  approved\n{second}  approved\n{third}  already approved\n");
    assert_eq!((code, printed), (0, expected));
    assert!(ids.iter().all(|id| is_approved(&hub, id)));
}

#[tokio::test]
async fn it_reports_an_approval_in_doubt_and_can_be_run_again() {
    let hub = hub().await;
    let [id, other] = ["created", "created"].map(|status| insert(&hub, status));
    hub.fault(Fault::status(502).on(APPROVAL).nth(1)).unwrap();
    // So that it does not wait for the effect of the approval.
    hub.fault(Fault::status(403).on(LOOK).nth(2)).unwrap();
    let (code, printed) = run(&hub, &[&id, &other]).await;
    assert_eq!(code, 2, "{printed}");
    assert!(printed.contains(&format!("{id}  in doubt: ")), "{printed}");
    assert!(
        printed.contains(&format!("{other}  approved\n")),
        "{printed}"
    );
    assert!(!is_approved(&hub, &id));

    let (code, printed) = run(&hub, &[&id, &other]).await;
    let expected = format!("{id}  approved\n{other}  already approved\n");
    assert_eq!((code, printed), (0, expected));
}

#[tokio::test]
async fn it_knows_that_a_request_is_approved_if_the_response_is_lost() {
    let hub = hub().await;
    let id = insert(&hub, "created");
    let (at, how) = (BreakPoint::DuringHeaders, CloseMode::Reset);
    hub.fault(Fault::Break { at, how }.on(APPROVAL)).unwrap();
    let (code, printed) = run(&hub, &[&id]).await;
    assert_eq!((code, printed), (0, format!("{id}  approved\n")));
    assert_eq!(hub.count(APPROVAL), 1);
}

#[tokio::test]
async fn it_fails_if_a_request_cannot_be_approved() {
    let hub = hub().await;
    let id = insert(&hub, "created");
    let failed = insert(&hub, "failed");
    let (code, printed) = run(&hub, &["no-such-request", &failed, "..", &id]).await;
    assert_eq!(code, 1, "{printed}");
    for line in [
        "no-such-request  not approved: the partner has no change request with this id",
        &format!("{failed}  not approved: only a change request that is `created` can be approved"),
        "..  not approved: approve_partner_change_request",
        &format!("{id}  approved"),
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    let (code, printed) = run(&hub, &["--force", &id]).await;
    assert_eq!(code, 1);
    assert!(printed.contains("usage: approve"), "{printed}");
}

#[tokio::test]
async fn it_waits_for_migrations() {
    let hub = Hub::builder().clients(3).anomaly_rate(0.0);
    let migration = Duration::from_millis(300);
    let hub = hub.migration_time(migration).start().await.unwrap();
    let (code, list) = run(&hub, &[]).await;
    let id = list.split_once(' ').unwrap().0;
    assert_eq!(code, 0, "{list}");
    let (code, printed) = run(&hub, &["--wait", id]).await;
    assert_eq!(code, 0, "{printed}");
    assert!(
        printed.contains(&format!("{id}  approved\n{id}  completed\n")),
        "{printed}"
    );
    assert!(printed.contains(&format!("{id}  pending\n")), "{printed}");
    let (_, list) = run(&hub, &[]).await;
    assert!(!list.contains(id), "{list}");
}
