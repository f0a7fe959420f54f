//! Fetches pages ahead of the reader, and returns their items in order.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tracing::Instrument as _;

use super::batch::{Batch, select};
use super::cursor::{Cursor, ListId};
use super::ids::Keys;
use super::scan::{Scan, ScanError, Step, Then};
use super::snapshot::Snapshot;
use super::source::{Identity, Keyed, ListSource};
use super::task::Task;
use crate::auth::carried;
use crate::error::{Error, ErrorKind};
use crate::transport::CallOptions;

/// How long the second request in a row for the same page is delayed. The first is not delayed, and
/// each further one is delayed twice as long.
const RECHECK_DELAY: Duration = Duration::from_millis(50);

/// Reads a list with up to `width` pages in flight.
pub(super) struct Prefetch<T> {
    source: ListSource<T>,
    scan: Scan,
    /// Which list this is, once a cursor was created.
    list: OnceLock<ListId>,
    width: usize,
    in_flight: VecDeque<Fetch<T>>,
    /// Whether an argument is invalid, so that nothing is sent.
    is_invalid: bool,
    /// The error of a cursor that cannot be used, so that nothing is sent.
    rejected: Option<Error>,
    /// How long the next page that is requested again is delayed.
    recheck_delay: Duration,
    has_started: bool,
    has_ended: bool,
    allows_incomplete: bool,
    /// The error after the last item of a list that is incomplete.
    incomplete: Option<Error>,
}

/// A page in flight.
struct Fetch<T> {
    offset: u32,
    /// The runtime that runs the request. Its timers and connections stop when it does.
    runtime: Id,
    page: Task<Keyed<T>>,
}

impl<T: Debug + Send + 'static> Prefetch<T> {
    pub(super) fn new(source: ListSource<T>) -> Self {
        Self {
            scan: Scan::new(source.offset, source.is_keyed),
            list: OnceLock::new(),
            width: 2,
            in_flight: VecDeque::new(),
            is_invalid: source.invalid.is_some(),
            rejected: None,
            recheck_delay: Duration::ZERO,
            has_started: false,
            has_ended: false,
            allows_incomplete: false,
            incomplete: None,
            source,
        }
    }

    pub(super) fn set_width(&mut self, width: usize) {
        self.width = width.clamp(1, 64);
    }

    pub(super) fn set_options(&mut self, options: CallOptions) {
        self.source.options = options.over(&self.source.options);
    }

    pub(super) fn start_at(&mut self, offset: u32) {
        self.restart(Scan::new(offset, self.source.is_keyed));
    }

    pub(super) fn resume(&mut self, cursor: &Cursor) {
        // An invalid argument is reported instead.
        let Some(Identity {
            list,
            is_sorted_by_id,
        }) = self.source.identify()
        else {
            return;
        };
        self.restart(Scan::resume(
            &cursor.place,
            self.source.is_keyed,
            is_sorted_by_id,
        ));
        let operation = self.source.operation;
        let checked = list.check(&cursor.list);
        self.rejected = checked
            .err()
            .map(|why| Error::invalid_request(operation, why));
    }

    /// The position after the returned items; see [`Scan::place`].
    pub(super) fn cursor(&self, unread: usize, offset: Option<u32>) -> Cursor {
        let list = self.list.get_or_init(|| {
            let identity = self.source.identify();
            identity.map_or_else(|| ListId::unknown(self.source.operation), |it| it.list)
        });
        Cursor {
            list: list.clone(),
            place: self.scan.place(unread, offset),
        }
    }

    fn restart(&mut self, scan: Scan) {
        self.scan = scan;
        self.rejected = None;
        self.in_flight.clear();
        self.recheck_delay = Duration::ZERO;
        self.has_started = false;
        self.has_ended = self.is_invalid && self.source.invalid.is_none();
        self.incomplete = None;
    }

    pub(super) fn allow_incomplete(&mut self) {
        self.allows_incomplete = true;
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.scan.total()
    }

    pub(super) fn passed(&self) -> u64 {
        self.scan.passed()
    }

    pub(super) fn next_offset(&self) -> u32 {
        self.scan.next_offset()
    }

    /// How many items the list may have after those returned so far.
    pub(super) fn remaining(&self) -> Option<u64> {
        match self.has_ended {
            true => Some(0),
            false => Some(self.total()?.saturating_sub(self.next_offset().into())),
        }
    }

    pub(super) fn poll_batch(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Batch<T>, Error>>> {
        if let Some(error) = self.source.invalid.take().or_else(|| self.rejected.take()) {
            return self.end(error);
        }
        self.move_to_this_runtime();
        while !self.has_ended {
            self.fill(self.width);
            let Some(first) = self.in_flight.front_mut() else {
                break;
            };
            let fetched = ready!(Pin::new(&mut first.page).poll(cx));
            let offset = first.offset;
            self.in_flight.pop_front();
            let fetched = match fetched {
                Some(Ok(fetched)) => fetched,
                Some(Err(error)) => return self.end(error),
                None => {
                    let why = "the tokio runtime was shut down".to_owned();
                    return self.end(Error::invalid_request(self.source.operation, why));
                }
            };
            match self.take(offset, fetched) {
                Ok(Some(batch)) => return Poll::Ready(Some(Ok(batch))),
                Ok(None) => {}
                Err(error) => {
                    let kind = match error {
                        ScanError::Unstable => ErrorKind::ListUnstable,
                        ScanError::Changed => ErrorKind::ListChanged,
                    };
                    return self.end(Error::for_operation(self.source.operation, kind));
                }
            }
        }
        Poll::Ready(self.incomplete.take().map(Err))
    }

    /// The new items of a page; `None` if it has none, or has to be requested again.
    fn take(&mut self, offset: u32, fetched: Keyed<T>) -> Result<Option<Batch<T>>, ScanError> {
        let Keyed {
            page: fetched,
            keys: Keys { keys, are_ids },
        } = fetched;
        let requested = self.page_size();
        if !self.has_started {
            self.source.is_keyed = are_ids;
            self.scan.set_keyed(are_ids);
        }
        let snapshot = Snapshot {
            offset,
            requested,
            limit: fetched.limit,
            // Some servers report it only once.
            total: fetched.total.or(self.scan.total()),
            keys,
            nulls: fetched.nulls,
        };
        let (items, then) = match self.scan.take(&snapshot)? {
            Step::Accept { items, then } => (items, then),
            Step::Recheck => {
                let again = self.fetch_after(self.recheck_delay, offset);
                self.recheck_delay = (2 * self.recheck_delay).max(RECHECK_DELAY);
                self.in_flight.push_front(again);
                return Ok(None);
            }
            Step::Refetch(_) => {
                self.in_flight.clear();
                return Ok(None);
            }
        };
        self.recheck_delay = Duration::ZERO;
        match then {
            Then::Continue => {}
            Then::Probe(offset) => {
                let probe = self.fetch(offset);
                self.in_flight.push_front(probe);
            }
            Then::End => {
                self.in_flight.clear();
                self.has_ended = true;
                self.incomplete = self.incomplete();
            }
        }
        // The first page is returned even if the list is empty, because it has the total.
        if items.is_empty() && self.has_started {
            return Ok(None);
        }
        self.has_started = true;
        if !self.has_ended {
            // The caller reads one page of the width now.
            self.fill(self.width - 1);
        }
        Ok(Some(Batch {
            positions: snapshot.positions(&items),
            items: select(fetched.items, &items),
            total: fetched.total,
            offset,
            next_offset: self.next_offset(),
        }))
    }

    /// The error of a list of which the server did not return every item.
    fn incomplete(&self) -> Option<Error> {
        let is_accepted = self.allows_incomplete && !self.scan.gave_up();
        let (given, total) = self.scan.missing().filter(|_| !is_accepted)?;
        let kind = ErrorKind::ListIncomplete { given, total };
        Some(Error::for_operation(self.source.operation, kind))
    }

    /// Requests pages until `width` of them are in flight.
    fn fill(&mut self, width: usize) {
        while self.in_flight.len() < width {
            let next = match self.in_flight.back() {
                Some(last) => self.scan.after(last.offset),
                None => Some(self.scan.next()),
            };
            let Some(offset) = next else { return };
            let page = self.fetch(offset);
            self.in_flight.push_back(page);
        }
    }

    /// Requests pages again that are in flight on another runtime than the current one.
    fn move_to_this_runtime(&mut self) {
        let Ok(here) = Handle::try_current() else {
            return;
        };
        for page in 0..self.in_flight.len() {
            if self.in_flight[page].runtime != here.id() {
                self.in_flight[page] = self.fetch(self.in_flight[page].offset);
            }
        }
    }

    fn fetch(&self, offset: u32) -> Fetch<T> {
        self.fetch_after(Duration::ZERO, offset)
    }

    fn fetch_after(&self, delay: Duration, offset: u32) -> Fetch<T> {
        let fetch = self.source.fetch(self.page_size(), offset);
        let fetch = carried(async move {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            fetch.await
        });
        Fetch {
            offset,
            runtime: Handle::current().id(),
            page: Task(tokio::spawn(fetch.in_current_span())),
        }
    }

    /// The requested size of a page. A page of one item has no room for the overlap.
    fn page_size(&self) -> Option<u32> {
        let least = if self.source.is_keyed { 2 } else { 1 };
        self.source.limit.map(|limit| limit.max(least))
    }

    fn end<P>(&mut self, error: Error) -> Poll<Option<Result<P, Error>>> {
        self.in_flight.clear();
        self.has_ended = true;
        Poll::Ready(Some(Err(error)))
    }
}
