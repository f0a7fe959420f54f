//! Change requests of the emulator, and approvals of them.

use std::time::Duration;

use partner_api::prelude::*;
use partner_api::types::PartnerChangeRequest;
use partner_api::workflows::change_requests::{Approval, ChangeRequests, NotApproved};
use partner_api::{ClientBuilder, Error, RetryPolicy};
use partner_hub::Hub;

pub const LOOK: &str = "list_partner_change_requests";
pub const APPROVAL: &str = "approve_partner_change_request";

pub const MILLI: Duration = Duration::from_millis(1);

/// An emulator whose migrations take an hour.
pub async fn hub() -> Hub {
    let hub = Hub::builder().clients(3).anomaly_rate(0.0);
    let hub = hub.migration_time(Duration::from_secs(3600));
    hub.start().await.unwrap()
}

/// A client that retries immediately.
pub fn client(hub: &Hub) -> ClientBuilder {
    let policy = RetryPolicy::max(1).backoff(MILLI, MILLI);
    let policy = policy.max_retry_after(MILLI);
    Client::with_api_key(hub.api_key())
        .base_url(hub.url())
        .max_response_bytes(1024 * 1024)
        .retry_policy(policy)
}

/// Change requests that are looked at once after an approval of unknown outcome.
pub fn requests_of(client: Client, hub: &Hub) -> ChangeRequests {
    ChangeRequests::new(client.partner(hub.partner_id()))
        .confirm_for(Duration::ZERO)
        .backoff(10 * MILLI, 20 * MILLI)
}

pub fn requests(hub: &Hub) -> ChangeRequests {
    requests_of(client(hub).build().unwrap(), hub)
}

/// A new request with this status.
pub fn insert(hub: &Hub, status: &str) -> String {
    let request = PartnerChangeRequest {
        target_partner_id: Some(hub.partner_id().into()),
        status: Some(status.into()),
        ..Default::default()
    };
    hub.insert_change_request(request).unwrap()
}

/// The status in the emulator.
pub fn status(hub: &Hub, id: &str) -> String {
    let all = hub.change_requests(hub.partner_id());
    let mut found = all.iter().filter(|it| it.id == Some(id.into()));
    found.next().unwrap().status.as_ref().unwrap().to_string()
}

pub fn is_approved(hub: &Hub, id: &str) -> bool {
    status(hub, id) != "created"
}

/// What an approval reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    Approved,
    /// Approved, and the response was lost.
    ApprovedUnseen,
    AlreadyApproved,
    /// In doubt, and the request was seen as `created`.
    InDoubt,
    /// In doubt, and the request was not seen.
    InDoubtUnseen,
    NotFound,
    /// The status does not allow it.
    Status,
    /// The look or the approval failed.
    Failed,
}

pub fn said(outcome: &Result<Approval, NotApproved>) -> Said {
    let lost = |error: &Error| {
        assert!(error.is_outcome_unknown(), "{error:?}");
        assert_eq!(error.operation(), Some(APPROVAL));
    };
    match outcome {
        Ok(Approval::Approved {
            lost_response: None,
            ..
        }) => Said::Approved,
        Ok(Approval::Approved {
            lost_response: Some(error),
            ..
        }) => {
            lost(error);
            Said::ApprovedUnseen
        }
        Ok(Approval::AlreadyApproved { .. }) => Said::AlreadyApproved,
        Ok(Approval::InDoubt {
            request: Some(request),
            error,
            ..
        }) => {
            lost(error);
            assert_eq!(request.status, Some("created".into()));
            Said::InDoubt
        }
        Ok(Approval::InDoubt { request: None, .. }) => Said::InDoubtUnseen,
        Err(NotApproved::NotFound) => Said::NotFound,
        Err(NotApproved::Status(_)) => Said::Status,
        Err(NotApproved::Call(_)) => Said::Failed,
        other => panic!("{other:?}"),
    }
}
