//! Concurrent approvals of the same request: by clones, by separate values, by processes, and by
//! callers that are cancelled or panic.

use std::collections::HashMap;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use partner_api::ErrorKind;
use partner_api::prelude::*;
use partner_api::workflows::change_requests::{Approval, ChangeRequests, NotApproved};
use partner_hub::{Fault, Hub};
use tokio::task::JoinSet;

use super::support::{
    APPROVAL, LOOK, MILLI, Said, client, hub, insert, is_approved, requests, requests_of, said,
};
use crate::support::folder::Folder;
use crate::support::logins::until;
use crate::support::process;

const CALLERS: usize = 30;

fn late(ms: u64) -> Fault {
    Fault::Latency { ms, jitter_ms: 0 }
}

/// Values that know nothing of each other.
fn separate(client: &Client, hub: &Hub, count: usize) -> Vec<ChangeRequests> {
    let one = |_| requests_of(client.clone(), hub);
    (0..count).map(one).collect()
}

/// How often each outcome was reported to these callers.
async fn all_at_once(callers: Vec<ChangeRequests>, id: &str) -> HashMap<Said, usize> {
    let mut calls = JoinSet::new();
    for requests in callers {
        let id = id.to_owned();
        calls.spawn(async move { said(&requests.approve(id).await) });
    }
    let mut counts = HashMap::new();
    while let Some(said) = calls.join_next().await {
        *counts.entry(said.unwrap()).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_callers_of_one_value_send_one_approval_and_one_of_them_approved_it() {
    let hub = hub().await;
    let requests = requests(&hub);
    for _ in 0..10 {
        hub.clear_requests();
        let id = insert(&hub, "created");
        let counts = all_at_once(vec![requests.clone(); CALLERS], &id).await;
        assert_eq!(counts[&Said::Approved], 1, "{counts:?}");
        assert_eq!(counts[&Said::AlreadyApproved], CALLERS - 1, "{counts:?}");
        assert_eq!(hub.count(APPROVAL), 1);
    }
}

#[tokio::test]
async fn callers_in_the_same_moment_share_one_look() {
    let hub = hub().await;
    let id = insert(&hub, "created");
    all_at_once(vec![requests(&hub); CALLERS], &id).await;
    assert_eq!((hub.count(LOOK), hub.count(APPROVAL)), (1, 1));
}

#[tokio::test]
async fn different_requests_do_not_wait_for_each_other() {
    let hub = hub().await;
    let requests = requests(&hub);
    let slow = insert(&hub, "created");
    hub.fault(late(600_000).on(APPROVAL).nth(1)).unwrap();
    let waiting = tokio::spawn({
        let requests = requests.clone();
        async move { requests.approve(slow).await }
    });
    until("the first is sent", || hub.count(APPROVAL) == 1).await;
    let id = insert(&hub, "created");
    assert_eq!(said(&requests.approve(&*id).await), Said::Approved);
    waiting.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_separate_values_report_one_approval() {
    let hub = hub().await;
    let client = client(&hub).build().unwrap();
    for _ in 0..5 {
        hub.clear_requests();
        let id = insert(&hub, "created");
        let callers = separate(&client, &hub, CALLERS);
        let counts = all_at_once(callers, &id).await;
        assert_eq!(counts[&Said::Approved], 1, "{counts:?}");
        assert_eq!(counts[&Said::AlreadyApproved], CALLERS - 1, "{counts:?}");
        let accepted = hub.requests().into_iter().filter(|request| {
            request.operation.as_deref() == Some(APPROVAL) && request.status == Some(200)
        });
        assert_eq!(accepted.count(), 1);
        // Those that start later send nothing.
        let sent = hub.count(APPROVAL);
        all_at_once(separate(&client, &hub, 3), &id).await;
        assert_eq!(hub.count(APPROVAL), sent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_gets_a_true_outcome_over_random_faults() {
    for seed in 0..12 {
        let hub = hub().await;
        let faults = [
            Fault::status(500),
            Fault::status(429),
            Fault::status(409),
            Fault::GarbageJson,
            late(30),
        ];
        for (nth, fault) in faults.into_iter().enumerate() {
            for operation in [APPROVAL, LOOK] {
                let rule = fault.clone().on(operation).probability(0.15);
                let is_after_work = (seed + nth) % 2 == 0;
                let rule = if is_after_work {
                    rule.after_work()
                } else {
                    rule
                };
                hub.fault(rule).unwrap();
            }
        }
        let client = client(&hub).build().unwrap();
        let id = insert(&hub, "created");
        let mut callers = separate(&client, &hub, CALLERS / 2);
        callers.extend(vec![requests_of(client, &hub); CALLERS / 2]);
        let counts = all_at_once(callers, &id).await;
        let context = format!("{seed}: {counts:?}");
        let reports = [Said::Approved, Said::ApprovedUnseen, Said::AlreadyApproved];
        if reports.iter().any(|said| counts.contains_key(said)) {
            assert!(is_approved(&hub, &id), "{context}");
        }
        assert!(
            counts.get(&Said::Approved).is_none_or(|count| *count == 1),
            "{context}"
        );
        assert!(!counts.contains_key(&Said::NotFound), "{context}");
        assert!(!counts.contains_key(&Said::Status), "{context}");
    }
}

#[tokio::test]
async fn a_caller_that_is_cancelled_does_not_end_the_approval_for_the_others() {
    let hub = hub().await;
    let requests = requests(&hub);
    let id = insert(&hub, "created");
    hub.fault(late(400).on(APPROVAL)).unwrap();
    let call = || {
        let (requests, id) = (requests.clone(), id.clone());
        tokio::spawn(async move { requests.approve(id).await })
    };
    let (first, others) = (call(), [call(), call()]);
    until("it is sent", || hub.count(APPROVAL) == 1).await;
    first.abort();
    let mut reports = Vec::new();
    for other in others {
        reports.push(said(&other.await.unwrap()));
    }
    assert!(reports.contains(&Said::Approved), "{reports:?}");
    assert!(reports.contains(&Said::AlreadyApproved), "{reports:?}");
    assert_eq!(hub.count(APPROVAL), 1);
}

#[tokio::test]
async fn an_approval_that_was_sent_goes_on_without_callers_and_is_joined_by_later_ones() {
    let hub = hub().await;
    let requests = requests(&hub);
    let id = insert(&hub, "created");
    hub.fault(late(400).on(APPROVAL)).unwrap();
    let only = {
        let (requests, id) = (requests.clone(), id.clone());
        tokio::spawn(async move { requests.approve(id).await })
    };
    until("it is sent", || hub.count(APPROVAL) == 1).await;
    only.abort();
    assert!(only.await.unwrap_err().is_cancelled());
    assert!(!is_approved(&hub, &id));
    assert_eq!(said(&requests.approve(&*id).await), Said::Approved);
    assert_eq!((hub.count(LOOK), hub.count(APPROVAL)), (1, 1));
}

#[tokio::test]
async fn an_approval_whose_callers_are_cancelled_before_it_is_sent_is_not_sent() {
    let hub = hub().await;
    let requests = requests(&hub);
    let id = insert(&hub, "created");
    hub.fault(late(400).on(LOOK).times(1)).unwrap();
    let abandoned = tokio::time::timeout(20 * MILLI, requests.approve(&*id)).await;
    assert!(abandoned.is_err());
    until("it is abandoned", || {
        format!("{requests:?}").ends_with("flights: {} }")
    })
    .await;
    assert_eq!((hub.count(LOOK), hub.count(APPROVAL)), (1, 0));
    assert_eq!(said(&requests.approve(&*id).await), Said::Approved);
}

#[tokio::test]
async fn a_caller_that_panics_does_not_end_the_approval_for_the_others() {
    let hub = hub().await;
    let requests = requests(&hub);
    let id = insert(&hub, "created");
    hub.fault(late(400).on(APPROVAL)).unwrap();
    let panicking = {
        let (requests, id) = (requests.clone(), id.clone());
        tokio::spawn(async move {
            tokio::select! {
                _ = requests.approve(id) => {}
                () = tokio::time::sleep(50 * MILLI) => panic!("a caller panics"),
            }
        })
    };
    let other = requests.approve(&*id);
    assert_eq!(said(&other.await), Said::Approved);
    assert!(panicking.await.unwrap_err().is_panic());
    assert_eq!(hub.count(APPROVAL), 1);
}

#[tokio::test]
async fn a_panic_in_the_flight_is_an_outcome_for_all_callers() {
    for (operation, expected) in [(LOOK, Said::Failed), (APPROVAL, Said::InDoubtUnseen)] {
        let hub = hub().await;
        let panics = Arc::new(AtomicBool::new(true));
        let builder = {
            let panics = Arc::clone(&panics);
            client(&hub).on_attempt(move |attempt| {
                let is_due = attempt.operation == operation && panics.load(Ordering::Relaxed);
                assert!(!is_due, "an observer panics");
            })
        };
        let requests = requests_of(builder.build().unwrap(), &hub);
        let id = insert(&hub, "created");
        let counts = all_at_once(vec![requests.clone(); 3], &id).await;
        assert_eq!(counts, HashMap::from([(expected, 3)]));
        let error = match requests.approve(&*id).await {
            Err(NotApproved::Call(error)) => error,
            // The approval was done before the panic.
            Ok(Approval::AlreadyApproved { .. }) => continue,
            other => panic!("{other:?}"),
        };
        assert!(matches!(error.kind(), ErrorKind::Interrupted), "{error:?}");
        assert_eq!(error.label(), "interrupted");
        assert!(error.to_string().contains("panicked"), "{error}");
        // No flight is left behind.
        panics.store(false, Ordering::Relaxed);
        assert_eq!(said(&requests.approve(&*id).await), Said::Approved);
    }
}

#[test]
fn an_approval_on_a_runtime_that_does_not_run_delays_no_other_runtime() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    let (of_hub, stopped, running) = (
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap(),
        runtime(),
        runtime(),
    );
    let hub = of_hub.block_on(hub());
    let requests = requests(&hub);
    let id = insert(&hub, "created");
    hub.fault(late(5_000).on(LOOK).times(1)).unwrap();
    stopped.block_on(async {
        let call = tokio::time::timeout(10 * MILLI, requests.approve(&*id));
        assert!(call.await.is_err());
    });
    assert_eq!(
        said(&running.block_on(requests.approve(&*id))),
        Said::Approved
    );
    // The end of a runtime ends its flights.
    drop(stopped);
    assert!(format!("{requests:?}").ends_with("flights: {} }"));
}

/// Not a test by itself: one of several processes.
#[tokio::test]
#[ignore = "run by the other test, in processes of their own"]
async fn a_process_that_approves() {
    let Ok(folder) = std::env::var("FOLDER") else {
        return;
    };
    let variable = |name| std::env::var(name).unwrap();
    let client = Client::with_api_key(variable("HUB_KEY")).base_url(variable("HUB_URL"));
    let requests = ChangeRequests::new(client.build().unwrap().partner(variable("HUB_PARTNER")));
    let folder = std::path::Path::new(&folder);
    let nth = variable("NTH");
    std::fs::write(folder.join(format!("ready-{nth}")), "").unwrap();
    until("it may go", || folder.join("go").exists()).await;
    let counts = all_at_once(vec![requests; 5], &variable("PCR")).await;
    // Renamed, so that the other process never reads a part of it.
    let draft = folder.join(format!("draft-{nth}"));
    std::fs::write(&draft, format!("{counts:?}")).unwrap();
    std::fs::rename(draft, folder.join(format!("said-{nth}"))).unwrap();
}

fn process_that_approves(hub: &Hub, folder: &Folder, id: &str, nth: usize) -> Child {
    process::ignored_test(module_path!(), "a_process_that_approves")
        .env("HUB_URL", hub.url())
        .env("HUB_KEY", hub.api_key())
        .env("HUB_PARTNER", hub.partner_id())
        .env("PCR", id)
        .env("FOLDER", folder.path())
        .env("NTH", nth.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_processes_with_five_callers_each_report_one_approval() {
    const PROCESSES: usize = 6;
    let hub = hub().await;
    let id = insert(&hub, "created");
    let folder = Folder::new();
    let start = |nth| process_that_approves(&hub, &folder, &id, nth);
    let mut processes: Vec<_> = (0..PROCESSES).map(start).collect();
    let files = |prefix: &str| {
        let names = folder.file_names();
        names.iter().filter(|name| name.starts_with(prefix)).count()
    };
    until("all are ready", || files("ready") == PROCESSES).await;
    std::fs::write(folder.join("go"), "").unwrap();
    until("all have reported", || files("said") == PROCESSES).await;
    let sent = hub.count(APPROVAL);
    assert!((1..=PROCESSES as u64).contains(&sent), "{sent}");
    // One that starts later sends nothing.
    processes.push(start(PROCESSES));
    until("it has reported", || files("said") == PROCESSES + 1).await;
    assert_eq!(hub.count(APPROVAL), sent);

    let report = |nth| std::fs::read_to_string(folder.join(&format!("said-{nth}"))).unwrap();
    let reports: Vec<_> = (0..=PROCESSES).map(report).collect();
    let (approved, already): (Vec<_>, Vec<_>) = reports
        .iter()
        .partition(|said| said.contains(" Approved: 1") || said.contains("{Approved: 1"));
    assert_eq!(approved.len(), 1, "{reports:?}");
    assert!(
        already.iter().all(|said| **said == "{AlreadyApproved: 5}"),
        "{reports:?}"
    );
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
}

/// The waits of a caller do not grow with the number of callers.
#[tokio::test]
async fn a_flight_that_waits_for_its_outcome_shares_its_looks() {
    let hub = hub().await;
    hub.fault(Fault::status(503).on(APPROVAL)).unwrap();
    let requests = requests(&hub).confirm_for(Duration::from_millis(60));
    let id = insert(&hub, "created");
    let counts = all_at_once(vec![requests; CALLERS], &id).await;
    assert_eq!(counts, HashMap::from([(Said::InDoubt, CALLERS)]));
    assert_eq!(hub.count(APPROVAL), 1);
    assert!(hub.count(LOOK) < 15, "{}", hub.count(LOOK));
}
