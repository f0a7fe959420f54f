//! Approves partner change requests and waits for their migrations.
//!
//! A partner change request moves a client from one partner to another. Its status is `created`, then
//! `pending` once it is approved, and in the end `completed` or `failed`. An approval cannot be
//! revoked and is not idempotent, so the client never sends it twice by itself. If the response is
//! lost, [`Error::is_outcome_unknown`] is true and only a look at the request shows what happened.
//! [`ChangeRequests::approve`] does all of this:
//!
//! ```
//! use partner_api::prelude::*;
//! use partner_api::workflows::change_requests::{Approval, ChangeRequests, Settled};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let migration = std::time::Duration::from_millis(20);
//! # let hub = partner_hub::Hub::builder().anomaly_rate(0.0).migration_time(migration).start().await?;
//! # let client = Client::with_api_key(hub.api_key()).base_url(hub.url()).build()?;
//! # let partner_id = hub.partner_id();
//! # let mut all = hub.change_requests(partner_id).into_iter();
//! # let created = all.find(|request| request.status == Some("created".into()));
//! # let id = created.and_then(|request| request.id).ok_or("no request")?;
//! let requests = ChangeRequests::new(client.partner(partner_id));
//!
//! match requests.approve(&id).await? {
//!     Approval::Approved { .. } => println!("{id}: approved"),
//!     Approval::AlreadyApproved { .. } => println!("{id}: somebody else was faster"),
//!     Approval::InDoubt { error, .. } => println!("{id}: approve it again later: {error}"),
//! }
//!
//! match requests.settle(&id).await? {
//!     Settled::Completed(request) => println!("moved {:?}", request.migrated_channels),
//!     Settled::Failed(_) => println!("the migration failed"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Concurrent approvals
//!
//! Keep one [`ChangeRequests`] for each partner, for example in the state of a web service. Its clones
//! share their approvals: concurrent calls for the same request send one approval together, and one of
//! them gets [`Approval::Approved`].
//!
//! Two values that were created separately know nothing of each other, and neither do two processes.
//! Each looks at the request first and approves it only if its status is `created`. So they send more
//! than one approval only if they start within the same moment. Then the API accepts one, and the
//! others report [`Approval::AlreadyApproved`].

mod approval;
mod approve;
mod flights;
mod look;
mod settle;

use std::sync::Arc;
use std::time::Duration;

pub use self::approval::{Approval, NotApproved};
pub use self::settle::{NotSettled, Settle, Settled};

use self::flights::{Flights, Pilot};
use self::look::Backoff;
use crate::error::Error;
use crate::generated::builder::PartnerScope;
use crate::generated::operations::{APPROVE_PARTNER_CHANGE_REQUEST, LIST_PARTNER_CHANGE_REQUESTS};
use crate::generated::types::{PartnerChangeRequest, PartnerChangeRequestId};
use crate::values::identifier;

/// The change requests of a partner. Clones share their approvals; see the
/// [module](self#concurrent-approvals).
///
/// # Defaults
///
/// - after an approval of unknown outcome, looks for 30 seconds
/// - backoff between looks at a request: from 0.5 to 15 seconds
/// - the timeouts, retries and limits of the client for each call
#[derive(Clone, Debug)]
pub struct ChangeRequests {
    partner: PartnerScope,
    confirm_for: Duration,
    backoff: Backoff,
    flights: Arc<Flights>,
}

impl ChangeRequests {
    /// The change requests of this partner: `ChangeRequests::new(client.partner("abcPA"))`.
    #[must_use]
    pub fn new(partner: PartnerScope) -> Self {
        Self {
            partner,
            confirm_for: Duration::from_secs(30),
            backoff: Backoff {
                min: Duration::from_millis(500),
                max: Duration::from_secs(15),
            },
            flights: Arc::default(),
        }
    }

    /// How long [`approve`](Self::approve) looks again and again for the effect of an approval whose
    /// response was lost, because the server may still be working on it. The last look is at the end of
    /// this period, so with [`Duration::ZERO`] there is one.
    #[must_use]
    pub fn confirm_for(mut self, period: Duration) -> Self {
        self.confirm_for = period;
        self
    }

    /// Waits about `min` before the second look at a request, twice as long before each further look,
    /// and at most `max`. A random half of each wait is left out, so that processes do not look at the
    /// same moment.
    #[must_use]
    pub fn backoff(mut self, min: Duration, max: Duration) -> Self {
        self.backoff = Backoff { min, max };
        self
    }

    /// Finds a request by its id. The API has no operation for one request, so this lists with a
    /// filter. `None` is reliable: the list was read to its end, and its total agrees.
    ///
    /// # Errors
    ///
    /// If the id is not valid in a path (then nothing is sent), or the list cannot be read.
    pub async fn find(
        &self,
        id: impl Into<PartnerChangeRequestId>,
    ) -> Result<Option<PartnerChangeRequest>, Error> {
        let id = id.into();
        check(&id, &LIST_PARTNER_CHANGE_REQUESTS)?;
        self.look(&id).await
    }

    /// Approves a request if nobody has, and reports what is known afterwards.
    ///
    /// It looks at the request, sends the approval only if the status is `created`, and looks again if
    /// the outcome of the approval is unknown. It sends at most one approval. Concurrent calls for the
    /// same request on clones of this value share that one.
    ///
    /// It is always safe to call this again, also after [`Approval::InDoubt`]: it looks first.
    ///
    /// Once the approval is sent, the work goes on even if the caller is cancelled, and the other callers
    /// that wait for it get its outcome. If all callers are cancelled before that, it is not sent.
    ///
    /// # Errors
    ///
    /// [`NotApproved`] if this call certainly approved nothing.
    pub async fn approve(
        &self,
        id: impl Into<PartnerChangeRequestId>,
    ) -> Result<Approval, NotApproved> {
        let id = id.into();
        check(&id, &APPROVE_PARTNER_CHANGE_REQUEST)?;
        let (requests, of) = (self.clone(), id.clone());
        let start = |pilot: Pilot| async move {
            let outcome = approve::run(&requests, &of, &pilot).await;
            pilot.land(outcome);
        };
        self.flights.join(&id, start).await
    }

    /// Waits until the migration of a request has ended: its status is `completed` or `failed`. The
    /// wait starts when the returned value is awaited.
    ///
    /// It also waits for the approval of a request that nobody has approved yet.
    pub fn settle(&self, id: impl Into<PartnerChangeRequestId>) -> Settle {
        Settle::new(self.clone(), id.into())
    }
}

/// Rejects an id that would change the path of a request.
fn check(
    id: &PartnerChangeRequestId,
    operation: &'static crate::operation::Operation,
) -> Result<(), Error> {
    identifier::check(id).map_err(|why| Error::invalid_request(operation, format!("pcr_id: {why}")))
}
