//! One approval: looks, sends it, and looks again if that is needed to know the outcome.

use std::sync::Arc;

use tokio::time::Instant;

use super::ChangeRequests;
use super::approval::{Approval, NotApproved};
use super::flights::Pilot;
use super::look::{Looked, is_transient};
use crate::error::{Error, ErrorKind};
use crate::generated::operations::APPROVE_PARTNER_CHANGE_REQUEST;
use crate::generated::types::{
    PartnerChangeRequest, PartnerChangeRequestId, PartnerChangeRequestStatus as Status,
};
use crate::time::after;

/// Approves a request, as the task of a flight.
pub(super) async fn run(
    requests: &ChangeRequests,
    id: &PartnerChangeRequestId,
    pilot: &Pilot,
) -> Result<Approval, NotApproved> {
    let request = requests.look(id).await?.ok_or(NotApproved::NotFound)?;
    match request.status {
        Some(Status::Created) => {}
        Some(Status::Pending | Status::Completed) => {
            return Ok(Approval::AlreadyApproved { request });
        }
        _ => return Err(NotApproved::Status(Box::new(request))),
    }
    if !pilot.may_send() {
        let operation = &APPROVE_PARTNER_CHANGE_REQUEST;
        return Err(Error::for_operation(operation, ErrorKind::Interrupted).into());
    }
    let error = match send(requests, id).await {
        Ok(request) => {
            let lost_response = None;
            return Ok(Approval::Approved {
                request,
                lost_response,
            });
        }
        Err(error) if nothing_was_sent(&error) => return Err(error.into()),
        Err(error) => error,
    };
    // The API rejected the approval, or it may still be working on it.
    let is_rejected = !error.is_outcome_unknown();
    let deadline = after(Instant::now(), requests.confirm_for);
    let mut last = None;
    let judge = |looked: Looked| match looked {
        Ok(Some(seen)) if is_rejected || seen.status != Some(Status::Created) => Some(Some(seen)),
        Ok(seen) => {
            last = seen;
            None
        }
        Err(error) if is_transient(&error) => None,
        Err(_) => Some(None),
    };
    let seen = requests.poll(id, deadline, judge).await.unwrap_or(last);
    verdict(error, seen)
}

/// Sends the approval. The error of a response that is not the request has an unknown outcome.
async fn send(
    requests: &ChangeRequests,
    id: &PartnerChangeRequestId,
) -> Result<PartnerChangeRequest, Error> {
    let call = requests.partner.approve_partner_change_request();
    let response = call.pcr_id(id).send().await?;
    let status = response.status();
    let request = response.into_inner();
    // All fields are optional, so any object decodes, such as that of a gateway in maintenance.
    if request.id.as_ref() == Some(id) {
        return Ok(request);
    }
    let kind = ErrorKind::Decode {
        path: Some("id".to_owned()),
        problem: "expected the id of the approved request".to_owned(),
    };
    let error = Error::for_operation(&APPROVE_PARTNER_CHANGE_REQUEST, kind);
    Err(error.with_status(status).with_unknown_outcome())
}

/// Whether the approval certainly did not reach the server.
fn nothing_was_sent(error: &Error) -> bool {
    let is_response = error.status().is_some() && !matches!(error.kind(), ErrorKind::Login(_));
    !error.is_outcome_unknown() && !is_response
}

/// What is known after an approval failed and the request was looked at.
fn verdict(error: Error, seen: Option<PartnerChangeRequest>) -> Result<Approval, NotApproved> {
    let is_rejected = !error.is_outcome_unknown();
    let error = Arc::new(error);
    match seen {
        None => Ok(Approval::InDoubt {
            error,
            request: None,
        }),
        Some(request) => match request.status {
            Some(Status::Pending | Status::Completed) if is_rejected => {
                Ok(Approval::AlreadyApproved { request })
            }
            Some(Status::Pending | Status::Completed) => Ok(Approval::Approved {
                request,
                lost_response: Some(error),
            }),
            _ if is_rejected => Err(NotApproved::Call(error)),
            _ => Ok(Approval::InDoubt {
                error,
                request: Some(request),
            }),
        },
    }
}
