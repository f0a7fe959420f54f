//! What an approval can lead to.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::generated::types::PartnerChangeRequest;

/// What is known after [`ChangeRequests::approve`](super::ChangeRequests::approve).
#[derive(Clone, Debug)]
#[must_use = "the approval may be in doubt"]
pub enum Approval {
    /// The request is approved, by this call. [`settle`](super::ChangeRequests::settle) waits for the
    /// end of the migration.
    ///
    /// Of concurrent calls that share an approval, one gets this and the others get
    /// [`AlreadyApproved`](Self::AlreadyApproved). So a program can send a notification here without
    /// sending it twice.
    #[non_exhaustive]
    Approved {
        /// The request after the approval.
        request: PartnerChangeRequest,
        /// Why the response to the approval could not be used, if a look at the request showed that it
        /// is approved. Another process may have approved it within the same moment; the API does not
        /// report who did.
        lost_response: Option<Arc<Error>>,
    },
    /// The request is approved, and not by this call: it was approved before, or by another caller in
    /// the same moment, or automatically. There is nothing more to do but to wait for the migration.
    #[non_exhaustive]
    AlreadyApproved {
        /// The request. Its migration may have ended.
        request: PartnerChangeRequest,
    },
    /// The approval was sent, and it is not known whether it had an effect. Call
    /// [`approve`](super::ChangeRequests::approve) again later, which looks at the request first, or
    /// let a person look at it in the partner hub.
    #[non_exhaustive]
    InDoubt {
        /// Why the outcome is unknown.
        error: Arc<Error>,
        /// The request as seen after the approval was sent; `None` if it could not be looked at. If its
        /// status is `created`, the approval had no effect so far.
        request: Option<PartnerChangeRequest>,
    },
}

impl Approval {
    /// Whether the request is known to be approved.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        !matches!(self, Self::InDoubt { .. })
    }

    /// The request as seen last.
    #[must_use]
    pub fn request(&self) -> Option<&PartnerChangeRequest> {
        match self {
            Self::Approved { request, .. } | Self::AlreadyApproved { request } => Some(request),
            Self::InDoubt { request, .. } => request.as_ref(),
        }
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approved { .. } => write!(f, "approved"),
            Self::AlreadyApproved { .. } => write!(f, "already approved"),
            Self::InDoubt { error, .. } => write!(f, "in doubt: {error}"),
        }
    }
}

/// Why [`ChangeRequests::approve`](super::ChangeRequests::approve) approved nothing. Whether somebody
/// else has approved the request is another question, which the status shows.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotApproved {
    /// The partner has no such request. Check the id and the partner.
    #[error("the partner has no change request with this id")]
    NotFound,
    /// The status is neither `created` nor one of an approved request: it is `failed`, missing, or not
    /// in the documentation. Nothing was sent but the look at the request.
    #[error("only a change request that is `created` can be approved; this one is {}", status(.0))]
    Status(Box<PartnerChangeRequest>),
    /// The request could not be looked at, the approval could not be sent, or the API rejected it and
    /// the request is still not approved.
    #[error(transparent)]
    Call(Arc<Error>),
}

impl From<Error> for NotApproved {
    fn from(error: Error) -> Self {
        Self::Call(Arc::new(error))
    }
}

/// The status, for a message.
pub(super) fn status(request: &PartnerChangeRequest) -> String {
    match &request.status {
        Some(status) => format!("`{}`", crate::error::printable::Printable(status.as_str())),
        None => "without a status".to_owned(),
    }
}
