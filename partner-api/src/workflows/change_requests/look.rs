//! Looks at a request: once, or until something happens.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use tokio::time::{Instant, sleep_until};

use super::ChangeRequests;
use crate::error::{Error, ErrorKind};
use crate::generated::types::{
    PartnerChangeRequest, PartnerChangeRequestFilters, PartnerChangeRequestId,
};
use crate::paginate::PaginateExt as _;
use crate::time::after;

/// The waits between looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    pub(super) min: Duration,
    pub(super) max: Duration,
}

impl Backoff {
    /// The wait after this many looks; `random` is from 0 to 1.
    fn wait(self, looks: u32, random: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(looks.saturating_sub(1));
        let half = self.min.saturating_mul(doubled).min(self.max) / 2;
        half + half.mul_f64(random)
    }
}

/// What a look finds: the request, if the partner has one with this id.
pub(super) type Looked = Result<Option<PartnerChangeRequest>, Error>;

impl ChangeRequests {
    /// Reads the request from the list.
    pub(super) async fn look(&self, id: &PartnerChangeRequestId) -> Looked {
        let filters = PartnerChangeRequestFilters {
            id: Some(id.clone()),
            ..Default::default()
        };
        let list = self.partner.list_partner_change_requests();
        let mut found = list.filters(filters).stream();
        while let Some(request) = found.try_next().await? {
            // Finds it even if the API ignores the filter.
            if request.id.as_ref() == Some(id) {
                return Ok(Some(request));
            }
        }
        Ok(None)
    }

    /// Looks with backoff until `judge` returns something about what a look found, which this returns.
    /// The last look is at the deadline; then it returns `None`.
    pub(super) async fn poll<T>(
        &self,
        id: &PartnerChangeRequestId,
        deadline: Instant,
        mut judge: impl FnMut(Looked) -> Option<T>,
    ) -> Option<T> {
        for looks in 1.. {
            let is_last = deadline <= Instant::now();
            let looked = self.look(id).await;
            let retry_after = looked.as_ref().err().and_then(Error::retry_after);
            if let Some(judged) = judge(looked) {
                return Some(judged);
            }
            if is_last {
                break;
            }
            let wait = self.backoff.wait(looks, fastrand::f64());
            let wait = wait.max(retry_after.unwrap_or_default());
            sleep_until(after(Instant::now(), wait).min(deadline)).await;
        }
        None
    }
}

/// Whether another look may succeed. The transport has retried each look already.
pub(super) fn is_transient(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Configuration { .. }
        | ErrorKind::InvalidRequest(_)
        | ErrorKind::Credentials(_)
        | ErrorKind::Login(_) => false,
        _ => {
            error.is_timeout()
                || error.is_rate_limited()
                || !error
                    .status()
                    .is_some_and(|status| status.is_client_error())
        }
    }
}
