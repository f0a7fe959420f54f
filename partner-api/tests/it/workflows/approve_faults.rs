//! The outcome that is reported for each fault of the emulator at each moment of an approval, compared
//! with what the emulator did.

use std::time::Duration;

use partner_api::reqwest;
use partner_hub::{BreakPoint, CloseMode, ErrorBody, Fault, FaultRule, Hub, ItemRange, RetryAfter};
use tokio::task::JoinSet;

use super::support::{APPROVAL, LOOK, Said, client, hub, insert, is_approved, requests_of, said};

fn status(status: u16, body: ErrorBody) -> Fault {
    Fault::Status {
        status,
        retry_after: None,
        body,
    }
}

fn before(fault: Fault) -> FaultRule {
    fault.on(APPROVAL)
}

fn after(fault: Fault) -> FaultRule {
    fault.on(APPROVAL).after_work()
}

/// The connections of all clients of a test: setting up TLS for each takes longer than a check.
async fn http_client() -> reqwest::Client {
    let builder = client(&hub().await).reqwest_builder();
    builder.unwrap().build().unwrap()
}

async fn outcome_of(rule: &FaultRule, http: reqwest::Client) -> (Said, u64, bool) {
    let hub = hub().await;
    hub.fault(rule.clone()).unwrap();
    let id = insert(&hub, "created");
    let client = client(&hub).http_client(http).build().unwrap();
    let outcome = requests_of(client, &hub).approve(&*id).await;
    let counted = hub.count(APPROVAL);
    (said(&outcome), counted, is_approved(&hub, &id))
}

/// Checks what is reported for faults of the approval, which is sent once.
async fn check_all(rows: Vec<(FaultRule, Said, bool)>) {
    let http = http_client().await;
    let mut checks = JoinSet::new();
    for (rule, said, is_approved) in rows {
        let http = http.clone();
        checks.spawn(async move {
            let outcome = outcome_of(&rule, http).await;
            assert_eq!(outcome, (said, 1, is_approved), "{rule:?}");
        });
    }
    while let Some(checked) = checks.join_next().await {
        checked.unwrap();
    }
}

const BODIES: [ErrorBody; 4] = [
    ErrorBody::Envelope,
    ErrorBody::Html,
    ErrorBody::Empty,
    ErrorBody::Maintenance,
];

#[tokio::test]
async fn a_status_of_unknown_outcome_is_resolved_by_a_look() {
    let mut rows = Vec::new();
    for code in [408, 429, 500, 502, 503, 504] {
        for body in BODIES {
            rows.push((before(status(code, body)), Said::InDoubt, false));
            rows.push((after(status(code, body)), Said::ApprovedUnseen, true));
        }
        for wait in [0, 3600] {
            let fault = Fault::Status {
                status: code,
                retry_after: Some(RetryAfter::Seconds(wait)),
                body: ErrorBody::Envelope,
            };
            rows.push((before(fault.clone()), Said::InDoubt, false));
            rows.push((after(fault), Said::ApprovedUnseen, true));
        }
    }
    check_all(rows).await;
}

#[tokio::test]
async fn a_success_that_is_no_change_request_is_not_trusted() {
    let mut rows = Vec::new();
    for code in [200, 201, 202, 204] {
        for body in BODIES {
            rows.push((before(status(code, body)), Said::InDoubt, false));
            rows.push((after(status(code, body)), Said::ApprovedUnseen, true));
        }
    }
    check_all(rows).await;
}

#[tokio::test]
async fn a_rejection_is_verified_by_a_look() {
    let mut rows = Vec::new();
    for code in [400, 401, 403, 404, 405, 409, 410, 422] {
        for body in BODIES {
            rows.push((before(status(code, body)), Said::Failed, false));
            // Only a server that lies does this.
            rows.push((after(status(code, body)), Said::AlreadyApproved, true));
        }
    }
    let location = "http://127.0.0.1:9/".to_owned();
    for code in [301, 302, 307, 308] {
        let fault = Fault::Redirect {
            location: location.clone(),
            status: code,
        };
        rows.push((before(fault.clone()), Said::Failed, false));
        rows.push((after(fault), Said::AlreadyApproved, true));
    }
    let see_other = Fault::Redirect {
        location,
        status: 303,
    };
    rows.push((before(see_other.clone()), Said::InDoubt, false));
    rows.push((after(see_other), Said::ApprovedUnseen, true));
    check_all(rows).await;
}

#[tokio::test]
async fn a_response_that_is_lost_or_unreadable_is_resolved_by_a_look() {
    let mut rows = Vec::new();
    for at in [
        BreakPoint::BeforeHeaders,
        BreakPoint::DuringHeaders,
        BreakPoint::AfterHeaders,
        BreakPoint::DuringBody,
    ] {
        for how in [CloseMode::Reset, CloseMode::Close] {
            let fault = Fault::Break { at, how };
            rows.push((before(fault), Said::ApprovedUnseen, true));
        }
    }
    for (fault, said) in [
        (Fault::GarbageJson, Said::ApprovedUnseen),
        (Fault::GzipBomb { mib: 8 }, Said::ApprovedUnseen),
        (Fault::WrongContentType, Said::Approved),
        (Fault::ExpireToken, Said::Approved),
        (
            Fault::Latency {
                ms: 20,
                jitter_ms: 9,
            },
            Said::Approved,
        ),
        (Fault::InsertClients { count: 50 }, Said::Approved),
        (Fault::RemoveClients { count: 50 }, Said::Approved),
    ] {
        rows.push((before(fault), said, true));
    }
    check_all(rows).await;
}

/// One fault of each kind.
fn any_fault() -> Vec<Fault> {
    let mut faults: Vec<_> = [200, 204, 303, 400, 401, 404, 409, 429, 503]
        .map(|code| status(code, ErrorBody::Envelope))
        .into();
    faults.push(status(200, ErrorBody::Maintenance));
    for how in [CloseMode::Reset, CloseMode::Stall] {
        let at = BreakPoint::DuringBody;
        faults.push(Fault::Break { at, how });
    }
    faults.extend([
        Fault::GarbageJson,
        Fault::WrongContentType,
        Fault::GzipBomb { mib: 8 },
        Fault::Refuse { for_ms: 30 },
        Fault::StuckConnection,
        Fault::ExpireToken,
        Fault::Latency {
            ms: 600_000,
            jitter_ms: 0,
        },
        Fault::Redirect {
            location: "http://127.0.0.1:9/".to_owned(),
            status: 307,
        },
    ]);
    faults
}

/// Faults of lists.
fn list_faults() -> Vec<Fault> {
    let first = ItemRange::from(0..1);
    vec![
        Fault::HideItems(first),
        Fault::NullItems(first),
        Fault::ShortPage {
            max: 0,
            announced: false,
        },
        Fault::WrongTotal { by: 5 },
        Fault::WrongTotal { by: -1 },
    ]
}

/// Approves while these faults are set, and again without them. The outcomes must be true.
async fn check_truth(rules: Vec<FaultRule>, http: reqwest::Client) {
    let hub = hub().await;
    let id = insert(&hub, "created");
    for rule in &rules {
        hub.fault(rule.clone()).unwrap();
    }
    let attempt = Duration::from_millis(250);
    let client = client(&hub).attempt_timeout(attempt).http_client(http);
    let client = client.build().unwrap();
    let requests = requests_of(client, &hub).confirm_for(Duration::from_millis(40));

    let outcome = requests.approve(&*id).await;
    let first = check_outcome(&hub, &id, said(&outcome), &rules);

    hub.clear_faults();
    let again = until_listening(&hub, || requests.approve(&*id)).await;
    let context = format!("again after {outcome:?}, {rules:?}");
    // On a busy machine an attempt can time out without a fault.
    assert!(again.is_ok(), "{context}: {again:?}");
    let expected = if first.was_approved { 0 } else { 1 };
    assert!(hub.count(APPROVAL) - first.posts <= expected, "{context}");
    check_outcome(&hub, &id, said(&again), &rules);
}

struct First {
    posts: u64,
    was_approved: bool,
}

fn check_outcome(hub: &Hub, id: &str, said: Said, rules: &[FaultRule]) -> First {
    let posts = hub.count(APPROVAL);
    let was_approved = is_approved(hub, id);
    let context = format!("{said:?}, {posts} approvals, approved: {was_approved}, {rules:?}");
    match said {
        Said::Approved | Said::ApprovedUnseen => assert!(was_approved && posts > 0, "{context}"),
        Said::AlreadyApproved => assert!(was_approved, "{context}"),
        // The emulator may do its work after the look.
        Said::InDoubt | Said::InDoubtUnseen => {}
        Said::Failed => assert!(!was_approved, "{context}"),
        Said::NotFound | Said::Status => panic!("{context}"),
    }
    assert!(posts <= 2, "{context}");
    First {
        posts,
        was_approved,
    }
}

/// Retries while the port is closed by a fault.
async fn until_listening<T, E: std::fmt::Debug, F: Future<Output = Result<T, E>>>(
    hub: &Hub,
    call: impl Fn() -> F,
) -> Result<T, E> {
    for _ in 0..20 {
        hub.accept_connections().ok();
        let result = call().await;
        if result.is_ok() {
            return result;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    call().await
}

async fn check_truth_of_all(all: Vec<Vec<FaultRule>>) {
    let http = http_client().await;
    // A bounded number at a time, so that attempts seldom time out without a fault.
    let mut checks = JoinSet::new();
    for rules in all {
        if checks.len() >= 16 {
            checks.join_next().await.unwrap().unwrap();
        }
        checks.spawn(check_truth(rules, http.clone()));
    }
    while let Some(checked) = checks.join_next().await {
        checked.unwrap();
    }
}

#[tokio::test]
async fn a_fault_of_the_approval_leads_to_a_true_outcome() {
    let mut all = Vec::new();
    for fault in any_fault() {
        all.push(vec![before(fault.clone())]);
        all.push(vec![after(fault)]);
    }
    check_truth_of_all(all).await;
}

#[tokio::test]
async fn a_fault_of_the_first_look_sends_nothing_or_leads_to_a_true_outcome() {
    let faults = any_fault().into_iter().chain(list_faults());
    let rules = faults.flat_map(|fault| {
        let rule = fault.on(LOOK);
        [vec![rule.clone()], vec![rule.nth(1)]]
    });
    check_truth_of_all(rules.collect()).await;
}

#[tokio::test]
async fn faults_of_the_approval_and_of_the_look_after_it_lead_to_a_true_outcome() {
    // One for each way in which an approval can fail.
    let approvals = [
        before(Fault::status(500)),
        after(Fault::status(500)),
        before(Fault::status(409)),
        after(Fault::status(409)),
        after(status(200, ErrorBody::Maintenance)),
        before(Fault::Break {
            at: BreakPoint::BeforeHeaders,
            how: CloseMode::Reset,
        }),
    ];
    let mut all = Vec::new();
    for look in any_fault().into_iter().chain(list_faults()) {
        for approval in &approvals {
            // The look after the approval, or that and all later ones.
            for until in [2, 12] {
                let looks = (2..=until).map(|nth| look.clone().on(LOOK).nth(nth));
                all.push(looks.chain([approval.clone()]).collect());
            }
        }
    }
    check_truth_of_all(all).await;
}
