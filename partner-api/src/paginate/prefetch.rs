//! The pages that are fetched ahead of the reader, in order.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec::IntoIter;

use tokio::runtime::{Handle, Id};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use super::cursor::{Look, Step, Then, Walk};
use super::source::{Fetched, ListSource};
use crate::auth::carried;
use crate::error::{Error, ErrorKind};

/// How long the second recheck of a page in a row waits; the first does not, and each later one waits
/// twice as long.
const RECHECK_WAIT: Duration = Duration::from_millis(50);

/// New rows, and where they come from.
pub(super) struct Given<T> {
    pub(super) items: IntoIter<T>,
    /// Where each of them is in the list.
    pub(super) positions: Vec<u32>,
    pub(super) total: Option<u64>,
    pub(super) offset: u32,
    pub(super) next_offset: u32,
}

/// The pages of a list that are under way.
pub(super) struct Window<T> {
    listing: ListSource<T>,
    walk: Walk,
    width: usize,
    ahead: VecDeque<Ahead<T>>,
    /// Whether nothing is to be sent, wherever it starts.
    is_rejected: bool,
    /// How long the next page that is rechecked waits.
    recheck_wait: Duration,
    has_begun: bool,
    has_ended: bool,
    allows_incomplete: bool,
    /// What is wrong with a list that was read to its end.
    incomplete: Option<Error>,
}

/// A page under way.
struct Ahead<T> {
    offset: u32,
    /// The runtime that it is fetched on; its timers and connections rest when that does.
    runtime: Id,
    fetched: Task<Fetched<T>>,
}

impl<T: Debug + Send + 'static> Window<T> {
    pub(super) fn new(listing: ListSource<T>) -> Self {
        Self {
            walk: Walk::new(listing.offset, listing.is_keyed()),
            width: 2,
            ahead: VecDeque::new(),
            is_rejected: listing.refusal.is_some(),
            recheck_wait: Duration::ZERO,
            has_begun: false,
            has_ended: false,
            allows_incomplete: false,
            incomplete: None,
            listing,
        }
    }

    pub(super) fn widen(&mut self, width: usize) {
        self.width = width.clamp(1, 64);
    }

    pub(super) fn start_at(&mut self, offset: u32) {
        self.walk = Walk::new(offset, self.listing.is_keyed());
        self.ahead.clear();
        self.recheck_wait = Duration::ZERO;
        self.has_begun = false;
        self.has_ended = self.is_rejected && self.listing.refusal.is_none();
        self.incomplete = None;
    }

    pub(super) fn allow_incomplete(&mut self) {
        self.allows_incomplete = true;
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.walk.total()
    }

    pub(super) fn next_offset(&self) -> u32 {
        self.walk.resume_point()
    }

    /// How many rows the list may have behind those given.
    pub(super) fn more(&self) -> Option<u64> {
        match self.has_ended {
            true => Some(0),
            false => Some(self.total()?.saturating_sub(self.next_offset().into())),
        }
    }

    pub(super) fn poll_given(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Given<T>, Error>>> {
        if let Some(error) = self.listing.refusal.take() {
            return self.end(error);
        }
        self.bring_here();
        while !self.has_ended {
            self.fill(self.width);
            let Some(head) = self.ahead.front_mut() else {
                break;
            };
            let fetched = ready!(Pin::new(&mut head.fetched).poll(cx));
            let offset = head.offset;
            self.ahead.pop_front();
            let fetched = match fetched {
                Some(Ok(fetched)) => fetched,
                Some(Err(error)) => return self.end(error),
                None => {
                    let why = "the runtime was shut down".to_owned();
                    return self.end(Error::invalid_request(self.listing.operation, why));
                }
            };
            let look = Look {
                offset,
                asked: self.asked(),
                limit: fetched.limit,
                // Some servers say it only once.
                total: fetched.total.or(self.walk.total()),
                keys: fetched
                    .items
                    .iter()
                    .map(|row| self.listing.key(row))
                    .collect(),
                nulls: fetched.nulls,
            };
            let (rows, then) = match self.walk.take(&look) {
                Ok(Step::Give { rows, then }) => (rows, then),
                Ok(Step::Recheck) => {
                    let again = self.ask_after(self.recheck_wait, offset);
                    self.recheck_wait = (2 * self.recheck_wait).max(RECHECK_WAIT);
                    self.ahead.push_front(again);
                    continue;
                }
                Ok(Step::Again(_)) => {
                    self.ahead.clear();
                    continue;
                }
                Err(_) => {
                    return self.end(Error::for_operation(
                        self.listing.operation,
                        ErrorKind::ListUnstable,
                    ));
                }
            };
            self.recheck_wait = Duration::ZERO;
            match then {
                Then::GoOn => {}
                Then::Probe(offset) => {
                    let probe = self.ask(offset);
                    self.ahead.push_front(probe);
                }
                Then::End => {
                    self.ahead.clear();
                    self.has_ended = true;
                    self.incomplete = self.incomplete();
                }
            }
            // The first page is given even if the list is empty: it has the total.
            if rows.is_empty() && self.has_begun {
                continue;
            }
            self.has_begun = true;
            if !self.has_ended {
                // One of the width is read meanwhile.
                self.fill(self.width - 1);
            }
            return Poll::Ready(Some(Ok(Given {
                items: only(fetched.items, &rows),
                positions: look.positions(&rows),
                total: fetched.total,
                offset,
                next_offset: self.next_offset(),
            })));
        }
        Poll::Ready(self.incomplete.take().map(Err))
    }

    /// The error of a list that has more items than the server showed.
    fn incomplete(&self) -> Option<Error> {
        let is_accepted = self.allows_incomplete && !self.walk.gave_up();
        let (given, total) = self.walk.missing().filter(|_| !is_accepted)?;
        let kind = ErrorKind::ListIncomplete { given, total };
        Some(Error::for_operation(self.listing.operation, kind))
    }

    /// Asks for pages until so many are under way.
    fn fill(&mut self, width: usize) {
        while self.ahead.len() < width {
            let next = match self.ahead.back() {
                Some(last) => self.walk.after(last.offset),
                None => Some(self.walk.next()),
            };
            let Some(offset) = next else { return };
            let page = self.ask(offset);
            self.ahead.push_back(page);
        }
    }

    /// Requests the pages again that are fetched on another runtime than the one that polls.
    fn bring_here(&mut self) {
        let Ok(here) = Handle::try_current() else {
            return;
        };
        for page in 0..self.ahead.len() {
            if self.ahead[page].runtime != here.id() {
                self.ahead[page] = self.ask(self.ahead[page].offset);
            }
        }
    }

    fn ask(&self, offset: u32) -> Ahead<T> {
        self.ask_after(Duration::ZERO, offset)
    }

    fn ask_after(&self, wait: Duration, offset: u32) -> Ahead<T> {
        let fetch = self.listing.fetch(self.asked(), offset);
        let fetch = carried(async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            fetch.await
        });
        Ahead {
            offset,
            runtime: Handle::current().id(),
            fetched: Task(tokio::spawn(fetch.in_current_span())),
        }
    }

    /// How many rows a page should have. One has no room for the row before.
    fn asked(&self) -> Option<u32> {
        let least = if self.listing.is_keyed() { 2 } else { 1 };
        self.listing.limit.map(|limit| limit.max(least))
    }

    fn end<P>(&mut self, error: Error) -> Poll<Option<Result<P, Error>>> {
        self.ahead.clear();
        self.has_ended = true;
        Poll::Ready(Some(Err(error)))
    }
}

/// The rows with these indices, which ascend.
fn only<T>(items: Vec<T>, rows: &[usize]) -> IntoIter<T> {
    let from = rows.first().copied().unwrap_or(items.len());
    if items.len() - from == rows.len() {
        let mut items = items.into_iter();
        // Skipped where they are, not moved.
        if let Some(last) = from.checked_sub(1) {
            items.nth(last);
        }
        return items;
    }
    let mut wanted = rows.iter().peekable();
    let mut items: Vec<T> = items;
    let mut index = 0;
    items.retain(|_| {
        let is_wanted = wanted.next_if_eq(&&index).is_some();
        index += 1;
        is_wanted
    });
    items.into_iter()
}

/// A task that ends when it is dropped.
struct Task<T>(JoinHandle<Result<T, Error>>);

impl<T> Task<T> {
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        Poll::Ready(match ready!(Pin::new(&mut self.0).poll(cx)) {
            Ok(outcome) => Some(outcome),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => None,
            },
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
