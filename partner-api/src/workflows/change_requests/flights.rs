//! Approvals in flight: concurrent callers share one for each request.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, Id as RuntimeId};
use tokio::sync::watch;
use tracing::Instrument as _;

use super::approval::{Approval, NotApproved};
use crate::error::{Error, ErrorKind};
use crate::generated::operations::APPROVE_PARTNER_CHANGE_REQUEST;
use crate::generated::types::PartnerChangeRequestId;

type Outcome = Result<Approval, NotApproved>;

/// The approvals in flight. Each runs in a task of its own, so that a caller that is cancelled or
/// panics ends none.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Flight>>);

/// Callers share a flight only within a runtime: another runtime may not be driven, so that its tasks
/// make no progress.
type Key = (RuntimeId, PartnerChangeRequestId);

/// An approval in flight, for its callers.
#[derive(Clone)]
struct Flight {
    /// `None` until there is an outcome. Closes if the task ends without one.
    landed: watch::Receiver<Option<Arc<Landed>>>,
    may_be_sent: Arc<AtomicBool>,
}

/// An approval in flight, for its task. Dropping it removes the flight.
pub(super) struct Pilot {
    flights: Arc<Flights>,
    key: Key,
    landing: watch::Sender<Option<Arc<Landed>>>,
    may_be_sent: Arc<AtomicBool>,
}

/// The outcome of a flight, for all its callers.
struct Landed {
    outcome: Outcome,
    /// Whether a caller has got [`Approval::Approved`].
    is_claimed: AtomicBool,
}

impl Flights {
    /// Waits for the flight of this request, and starts one if there is none.
    pub(super) async fn join<F>(
        self: &Arc<Self>,
        id: &PartnerChangeRequestId,
        start: impl FnOnce(Pilot) -> F,
    ) -> Outcome
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut flight = self.flight(id, start);
        let landed = flight.landed.wait_for(Option::is_some).await;
        let landed = landed.ok().and_then(|landed| landed.clone());
        landed.map_or_else(|| flight.interrupted(), |landed| landed.for_one())
    }

    fn flight<F>(
        self: &Arc<Self>,
        id: &PartnerChangeRequestId,
        start: impl FnOnce(Pilot) -> F,
    ) -> Flight
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = Handle::current();
        let mut flights = self.lock();
        let vacant = match flights.entry((runtime.id(), id.clone())) {
            Entry::Occupied(flight) => return flight.get().clone(),
            Entry::Vacant(vacant) => vacant,
        };
        let (landing, landed) = watch::channel(None);
        let pilot = Pilot {
            flights: Arc::clone(self),
            key: vacant.key().clone(),
            landing,
            may_be_sent: Arc::default(),
        };
        let may_be_sent = Arc::clone(&pilot.may_be_sent);
        let flight = Flight {
            landed,
            may_be_sent,
        };
        let flight = vacant.insert(flight).clone();
        drop(flights);
        runtime.spawn(start(pilot).in_current_span());
        flight
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flights = self.lock();
        let ids = flights.keys().map(|(_, id)| id);
        f.debug_set().entries(ids).finish()
    }
}

impl Flight {
    /// The outcome if the task ended without one.
    fn interrupted(&self) -> Outcome {
        let error = Error::for_operation(&APPROVE_PARTNER_CHANGE_REQUEST, ErrorKind::Interrupted);
        if self.may_be_sent.load(Ordering::Relaxed) {
            let error = Arc::new(error.with_unknown_outcome());
            let request = None;
            Ok(Approval::InDoubt { error, request })
        } else {
            Err(NotApproved::Call(Arc::new(error)))
        }
    }
}

impl Pilot {
    /// Whether the approval may be sent now: a caller still waits for it.
    pub(super) fn may_send(&self) -> bool {
        let flights = self.flights.lock();
        // The table has a receiver, too. While it is locked, no caller joins.
        let is_awaited = self.landing.receiver_count() > 1;
        self.may_be_sent.store(is_awaited, Ordering::Relaxed);
        if !is_awaited {
            self.remove_from(flights);
        }
        is_awaited
    }

    /// Gives all callers the outcome.
    pub(super) fn land(self, outcome: Outcome) {
        let is_claimed = AtomicBool::new(false);
        let landed = Landed {
            outcome,
            is_claimed,
        };
        self.landing.send_replace(Some(Arc::new(landed)));
    }

    fn remove_from(&self, mut flights: MutexGuard<'_, HashMap<Key, Flight>>) {
        // After it was removed, there may be another flight of the same request.
        let is_own = |flight: &Flight| Arc::ptr_eq(&flight.may_be_sent, &self.may_be_sent);
        let removed = match flights.get(&self.key).is_some_and(is_own) {
            true => flights.remove(&self.key),
            false => None,
        };
        drop(flights);
        drop(removed);
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        self.remove_from(self.flights.lock());
    }
}

impl Landed {
    /// The outcome for one caller. Only the first gets [`Approval::Approved`].
    fn for_one(&self) -> Outcome {
        match &self.outcome {
            Ok(Approval::Approved { request, .. })
                if self.is_claimed.swap(true, Ordering::Relaxed) =>
            {
                let request = request.clone();
                Ok(Approval::AlreadyApproved { request })
            }
            outcome => outcome.clone(),
        }
    }
}
