//! Why an attempt failed, and what that means for a retry.

use reqwest::StatusCode;

use crate::error::Error;

/// Why an attempt failed.
pub(super) struct Failure {
    pub(super) error: Error,
    /// The same request may succeed later.
    pub(super) transient: bool,
    /// Nothing of the request can have been sent.
    pub(super) not_sent: bool,
}

impl Failure {
    pub(super) fn new(error: Error, transient: bool) -> Self {
        Self {
            error,
            transient,
            not_sent: false,
        }
    }

    /// The error to return to the caller.
    pub(super) fn into_error(self, idempotent: bool) -> Error {
        // A 303 points to the result. After a success, the response could not be read.
        let is_done = |status: StatusCode| status.is_success() || status == StatusCode::SEE_OTHER;
        let may_be_done = self.transient || self.error.status().is_some_and(is_done);
        let unknown = !idempotent && !self.not_sent && may_be_done;
        if unknown {
            self.error.with_unknown_outcome()
        } else {
            self.error
        }
    }
}

/// Whether the same request may succeed later after a response with this status.
pub(super) fn is_transient(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        )
}
