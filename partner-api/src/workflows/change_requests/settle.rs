//! Waits for the end of a migration.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::look::{Looked, is_transient};
use super::{ChangeRequests, check};
use crate::error::Error;
use crate::generated::operations::LIST_PARTNER_CHANGE_REQUESTS;
use crate::generated::types::{
    PartnerChangeRequest, PartnerChangeRequestId, PartnerChangeRequestStatus as Status,
};
use crate::time::after;

/// Waits until the migration of a request has ended. Created by
/// [`ChangeRequests::settle`]; it waits when it is awaited.
///
/// It looks at the request with backoff, and goes on after errors that may be temporary. Dropping it
/// ends the wait and changes nothing.
///
/// ```no_run
/// use std::time::Duration;
/// use partner_api::prelude::*;
/// use partner_api::workflows::change_requests::{ChangeRequests, NotSettled, Settled};
///
/// # async fn wait(client: Client) -> Result<(), NotSettled> {
/// let requests = ChangeRequests::new(client.partner("abcPA"));
/// let settled = requests
///     .settle("5d1c7e0a")
///     .timeout(Duration::from_secs(3600))
///     .on_look(|request| println!("{:?}", request.status))
///     .await?;
/// println!("{}", matches!(settled, Settled::Completed(_)));
/// # Ok(())
/// # }
/// ```
#[must_use = "it waits only when it is awaited"]
pub struct Settle {
    requests: ChangeRequests,
    id: PartnerChangeRequestId,
    timeout: Duration,
    on_look: Box<dyn FnMut(&PartnerChangeRequest) + Send>,
}

/// A request whose migration has ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled {
    /// The client and its channels belong to the target partner.
    Completed(PartnerChangeRequest),
    /// The client was not moved. The API does not report why.
    Failed(PartnerChangeRequest),
}

/// Why the end of a migration is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSettled {
    /// The partner has no such request. Check the id and the partner.
    #[error("the partner has no change request with this id")]
    NotFound,
    /// The migration did not end within the timeout. Wait again later.
    #[error("the migration did not end within {timeout:?}{}", progress(.last.as_deref()))]
    #[non_exhaustive]
    TimedOut {
        /// How long the wait was.
        timeout: Duration,
        /// The request as seen last.
        last: Option<Box<PartnerChangeRequest>>,
        /// The error of the last look, if it failed.
        #[source]
        error: Option<Error>,
    },
    /// The request could not be looked at, for a reason that does not pass by itself.
    #[error(transparent)]
    Call(#[from] Error),
}

fn progress(last: Option<&PartnerChangeRequest>) -> String {
    match last {
        Some(request) => format!("; the request is {}", super::approval::status(request)),
        None => "; the request could not be looked at".to_owned(),
    }
}

impl Settle {
    pub(super) fn new(requests: ChangeRequests, id: PartnerChangeRequestId) -> Self {
        Self {
            requests,
            id,
            timeout: Duration::from_secs(600),
            on_look: Box::new(|_| {}),
        }
    }

    /// How long to wait; 10 minutes by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Calls this function with the request after each look, also if nothing has changed.
    pub fn on_look(mut self, on_look: impl FnMut(&PartnerChangeRequest) + Send + 'static) -> Self {
        self.on_look = Box::new(on_look);
        self
    }

    async fn wait(self) -> Result<Settled, NotSettled> {
        let Self {
            requests,
            id,
            timeout,
            mut on_look,
        } = self;
        check(&id, &LIST_PARTNER_CHANGE_REQUESTS)?;
        let deadline = after(Instant::now(), timeout);
        let (mut last, mut failure) = (None, None);
        let judge = |looked: Looked| {
            let request = match looked {
                Ok(Some(request)) => request,
                // A request that is missing does not come back.
                Ok(None) => return Some(Err(NotSettled::NotFound)),
                Err(error) if is_transient(&error) => {
                    failure = Some(error);
                    return None;
                }
                Err(error) => return Some(Err(NotSettled::Call(error))),
            };
            on_look(&request);
            match request.status {
                Some(Status::Completed) => Some(Ok(Settled::Completed(request))),
                Some(Status::Failed) => Some(Ok(Settled::Failed(request))),
                _ => {
                    (last, failure) = (Some(request), None);
                    None
                }
            }
        };
        let settled = timeout_at(deadline, requests.poll(&id, deadline, judge)).await;
        settled.ok().flatten().unwrap_or_else(|| {
            Err(NotSettled::TimedOut {
                timeout,
                last: last.map(Box::new),
                error: failure,
            })
        })
    }
}

impl IntoFuture for Settle {
    type Output = Result<Settled, NotSettled>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.wait())
    }
}

impl fmt::Debug for Settle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settle")
            .field("id", &self.id)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
