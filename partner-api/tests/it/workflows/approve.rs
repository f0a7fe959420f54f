//! An approval without faults.

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::workflows::change_requests::{Approval, ChangeRequests, NotApproved};
use partner_api::{Error, ErrorKind};
use partner_hub::{Fault, ItemRange};

use super::support::{
    APPROVAL, LOOK, Said, client, hub, insert, is_approved, requests, requests_of, said, status,
};
use crate::support::clock::Clock;
use crate::support::mock_api::MockApi;

#[tokio::test]
async fn a_created_request_is_approved_with_one_look() {
    let hub = hub().await;
    let id = insert(&hub, "created");
    let outcome = requests(&hub).approve(&*id).await;
    assert_eq!(said(&outcome), Said::Approved);
    let approval = outcome.unwrap();
    assert!(approval.is_approved());
    let request = approval.request().unwrap();
    assert_eq!(request.id, Some((&*id).into()));
    assert_eq!(request.status, Some("pending".into()));
    assert!(is_approved(&hub, &id));
    assert_eq!((hub.count(LOOK), hub.count(APPROVAL)), (1, 1));
}

#[tokio::test]
async fn only_a_created_request_is_sent_an_approval() {
    let hub = hub().await;
    for (stage, expected) in [
        ("pending", Said::AlreadyApproved),
        ("completed", Said::AlreadyApproved),
        ("failed", Said::Status),
        ("on_hold", Said::Status),
        ("", Said::Status),
        ("Created", Said::Status),
    ] {
        let id = insert(&hub, stage);
        let outcome = requests(&hub).approve(&*id).await;
        assert_eq!(said(&outcome), expected, "{stage}");
        if let Err(error) = outcome {
            let expected = format!(
                "only a change request that is `created` can be approved; this one is `{stage}`"
            );
            assert_eq!(error.to_string(), expected);
        }
        assert_eq!(status(&hub, &id), stage);
    }
    assert_eq!(hub.count(APPROVAL), 0);
}

#[tokio::test]
async fn an_approval_that_is_repeated_sends_nothing() {
    let hub = hub().await;
    let id = insert(&hub, "created");
    let requests = requests(&hub);
    assert_eq!(said(&requests.approve(&*id).await), Said::Approved);
    assert_eq!(said(&requests.approve(&*id).await), Said::AlreadyApproved);
    assert_eq!(hub.count(APPROVAL), 1);
}

#[tokio::test]
async fn an_unknown_id_is_not_found() {
    let hub = hub().await;
    let requests = requests(&hub);
    let outcome = requests.approve("no-such-request").await;
    assert_eq!(said(&outcome), Said::NotFound);
    assert_eq!(requests.find("no-such-request").await.unwrap(), None);
    assert_eq!(hub.count(APPROVAL), 0);
}

#[tokio::test]
async fn a_request_that_is_hidden_is_not_reported_as_missing() {
    let hub = hub().await;
    let id = insert(&hub, "created");
    let hidden = ItemRange {
        from: 0,
        to: 1,
        per_page: true,
    };
    for fault in [Fault::HideItems(hidden), Fault::NullItems(hidden)] {
        hub.clear_faults();
        hub.fault(fault.on(LOOK)).unwrap();
        let requests = requests(&hub);
        let outcome = requests.approve(&*id).await;
        let Err(NotApproved::Call(error)) = outcome else {
            panic!("{outcome:?}")
        };
        let is_incomplete =
            |error: &Error| matches!(error.kind(), ErrorKind::ListIncomplete { .. });
        assert!(is_incomplete(&error), "{error:?}");
        assert!(is_incomplete(&requests.find(&*id).await.unwrap_err()));
    }
    assert_eq!(hub.count(APPROVAL), 0);
}

#[tokio::test]
async fn a_request_is_found_even_if_the_api_ignores_the_filter() {
    let request = |id: &str| serde_json::json!({"id": id, "status": "pending"});
    let list = serde_json::json!({
        "partner_change_requests": [request("one"), request("other"), request("mine")],
        "total": 3,
        "limit": 20,
    });
    let api = MockApi::json(200, &list).await;
    let requests = ChangeRequests::new(api.client().partner("abcPA"));
    let found = requests.find("mine").await.unwrap().unwrap();
    assert_eq!(found.id, Some("mine".into()));
    assert_eq!(requests.find("min").await.unwrap(), None);
}

#[tokio::test]
async fn an_id_that_changes_the_path_is_rejected_before_anything_is_sent() {
    let hub = hub().await;
    for id in ["", ".", "..", "a/b", "a\\b", "a\nb"] {
        let requests = requests(&hub);
        let outcome = requests.approve(id).await;
        let Err(NotApproved::Call(error)) = outcome else {
            panic!("{outcome:?}")
        };
        for error in [&*error, &requests.find(id).await.unwrap_err()] {
            let is_invalid = matches!(error.kind(), ErrorKind::InvalidRequest(_));
            assert!(
                is_invalid && error.to_string().contains("pcr_id: "),
                "{error}"
            );
        }
        requests.settle(id).await.unwrap_err();
    }
    let nobody = ChangeRequests::new(client(&hub).build().unwrap().partner(".."));
    nobody.approve("5d1c7e0a").await.unwrap_err();
    assert!(hub.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_takes_effect_late_is_found() {
    let clock = Clock::stop();
    let hub = hub().await;
    let id = insert(&hub, "created");
    hub.fault(Fault::status(504).on(APPROVAL).nth(1)).unwrap();
    let requests = ChangeRequests::new(client(&hub).build().unwrap().partner(hub.partner_id()));
    let approval = requests.approve(&*id);
    let effect = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        // As the server would when it ends its work.
        let approved = client(&hub).build().unwrap();
        let call = approved.approve_partner_change_request();
        call.partner_id(hub.partner_id()).pcr_id(&*id).send().await
    };
    let both = async { tokio::join!(approval, effect) };
    let (outcome, effect) = clock.run(Duration::from_millis(100), both).await;
    effect.unwrap();
    assert_eq!(said(&outcome), Said::ApprovedUnseen);
    assert!((20..=30).contains(&clock.elapsed().as_secs()));
}

#[tokio::test(start_paused = true)]
async fn an_approval_without_effect_is_in_doubt_after_thirty_seconds() {
    let clock = Clock::stop();
    let hub = hub().await;
    let id = insert(&hub, "created");
    hub.fault(Fault::status(504).on(APPROVAL)).unwrap();
    let requests = ChangeRequests::new(client(&hub).build().unwrap().partner(hub.partner_id()));
    let outcome = clock
        .run(Duration::from_millis(100), requests.approve(&*id))
        .await;
    assert_eq!(said(&outcome), Said::InDoubt);
    assert_eq!((clock.elapsed().as_secs(), hub.count(APPROVAL)), (30, 1));
    assert!((4..12).contains(&hub.count(LOOK)), "{}", hub.count(LOOK));
}

#[tokio::test]
async fn an_outcome_prints_what_to_do_next() {
    let hub = hub().await;
    let id = insert(&hub, "created");
    hub.fault(Fault::status(500).on(APPROVAL)).unwrap();
    let requests = requests(&hub);
    let printed = requests.approve(&*id).await.unwrap().to_string();
    assert!(
        printed.starts_with("in doubt: approve_partner_change_request"),
        "{printed}"
    );
    hub.clear_faults();
    assert_eq!(
        requests.approve(&*id).await.unwrap().to_string(),
        "approved"
    );
    let approval: Approval = requests.approve(&*id).await.unwrap();
    assert_eq!(approval.to_string(), "already approved");
}

#[tokio::test]
async fn a_web_service_can_keep_it_in_its_state() {
    fn state<T: Clone + std::fmt::Debug + Send + Sync + 'static>(_: &T) {}
    fn handler<T: Future + Send + 'static>(_: &T) {}
    let hub = hub().await;
    let requests = requests_of(client(&hub).build().unwrap(), &hub);
    state(&requests);
    let id = types::PartnerChangeRequestId::from("5d1c7e0a");
    let of = (requests.clone(), id.clone());
    handler(&async move { of.0.approve(&of.1).await });
    handler(&requests.settle(&id).into_future());
}
