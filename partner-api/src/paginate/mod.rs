//! Reads lists page by page.
#![allow(dead_code, unused_imports, reason = "a document need not have lists")]

mod cursor;
mod page;
mod prefetch;
mod snapshot;
mod source;

use std::fmt::{self, Debug};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::error::Error;
pub(crate) use page::{Fetched, Layout};
use prefetch::Prefetch;
pub(crate) use source::ListSource;

/// Reads whole lists. Every builder of an operation that returns a list in pages implements it. An
/// operation that returns a plain array has no pages: its `send` returns the whole list.
///
/// # Which items are returned
///
/// Every item that is in the list from the first request to the last is returned exactly once, in the
/// order of the list. An item that is added or removed meanwhile is returned once or not at all.
///
/// This requires a stable order: a sort key that does not change and that no two items share. Without
/// a `sort`, the list is sorted by id if the operation supports it. With another key, items with equal
/// keys and items that change may move. It also requires items with ids and pages of at least two
/// items. Otherwise only the offsets are used.
///
/// # Where the list ends
///
/// The list ends when the server's total is reached; the total is not verified. Without a total, it ends
/// at a page with nothing new. If a page lacks items that should be on it, or has null in their place,
/// the page is requested again and then skipped as a gap. So all visible items are returned first.
/// Then the list ends with [`ErrorKind::ListIncomplete`](crate::ErrorKind::ListIncomplete), unless
/// that is [accepted](ItemStream::allow_incomplete).
///
/// A gap costs at most two requests for each page of the list. A list of more than 4,096 pages, of
/// which hardly any item is visible, is not searched to its end: it ends as incomplete even if that is
/// accepted. A list without ids may return items twice after a gap.
///
/// A gap is skipped in steps of the `limit` that the server reports, so two kinds of server can hide
/// visible items after a gap: one that reports a larger limit than it uses and omits hidden items
/// without a null in their place, and one that excludes hidden items from its total and has a whole
/// page of them after it. Both lists end as incomplete.
///
/// A response without its list is an [`ErrorKind::Decode`](crate::ErrorKind::Decode), not an empty
/// list. A list that is null is empty if the response has a total, and otherwise the same error.
///
/// # Overlap
///
/// To detect changes, each page starts with the last item of the page before, so a page of 100 items
/// has 99 new ones. A list that changes faster than it can be read ends with
/// [`ErrorKind::ListUnstable`](crate::ErrorKind::ListUnstable).
///
/// # Requests
///
/// `limit` is the requested size of a page; the server may return fewer items. `offset` is the start
/// of the list. Each page is a call with retries, token renewal and rate limits. Dropping the stream
/// cancels its requests. The stream ends after an error; a new one can continue where it stopped.
///
/// ```
/// use partner_api::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let hub = partner_hub::Hub::builder().clients(250).start().await?;
/// # let client = Client::with_api_key(hub.api_key()).base_url(hub.url()).build()?;
/// # let partner_id = hub.partner_id();
/// let mut clients = client.list_clients().partner_id(partner_id).limit(100).stream();
/// let mut count = 0;
/// while let Some(account) = clients.try_next().await? {
///     count += 1;
/// }
/// assert_eq!(count, 250);
/// # Ok(())
/// # }
/// ```
pub trait PaginateExt: ListOperation {
    /// The items of the list.
    fn stream(self) -> ItemStream<Self::Item>;

    /// The pages of the list, with their offsets and totals.
    ///
    /// ```
    /// use partner_api::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = partner_hub::Hub::builder().clients(250).start().await?;
    /// # let client = Client::with_api_key(hub.api_key()).base_url(hub.url()).build()?;
    /// # let partner_id = hub.partner_id();
    /// let mut pages = client.list_clients().partner_id(partner_id).limit(100).pages();
    /// let Some(first) = pages.try_next().await? else { return Ok(()) };
    /// assert_eq!((first.items.len(), first.total), (100, Some(250)));
    ///
    /// // Later, perhaps in another process:
    /// let pages = client.list_clients().partner_id(partner_id).pages().start_at(first.next_offset);
    /// let rest: Vec<_> = pages.try_collect().await?;
    /// assert_eq!(rest.iter().map(|page| page.items.len()).sum::<usize>(), 150);
    /// # Ok(())
    /// # }
    /// ```
    fn pages(self) -> PageStream<Self::Item>;
}

impl<L: ListOperation> PaginateExt for L {
    fn stream(self) -> ItemStream<L::Item> {
        ItemStream {
            pages: self.pages(),
            items: Vec::new().into_iter(),
            positions: Vec::new(),
        }
    }

    fn pages(self) -> PageStream<L::Item> {
        PageStream {
            prefetch: Prefetch::new(self.into_source()),
        }
    }
}

/// The builder of an operation that returns a list in pages.
pub trait ListOperation {
    /// An item of the list.
    type Item: Debug + Send + 'static;

    #[doc(hidden)]
    fn into_source(self) -> ListSource<Self::Item>;
}

/// New items of a list, from one response.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items that no earlier page had; may be empty.
    pub items: Vec<T>,
    /// The total number of items of the list, according to the server.
    pub total: Option<u64>,
    /// Where the response starts in the list, counted from 0. The first of `items` may be further on,
    /// because pages overlap.
    pub offset: u32,
    /// Pass this to [`start_at`](PageStream::start_at) to continue after this page, if the list does not
    /// change until then.
    pub next_offset: u32,
}

/// The pages of a list; a [`Stream`].
#[must_use = "nothing is sent before it is polled"]
pub struct PageStream<T> {
    prefetch: Prefetch<T>,
}

/// The items of a list; a [`Stream`].
#[must_use = "nothing is sent before it is polled"]
pub struct ItemStream<T> {
    pages: PageStream<T>,
    items: std::vec::IntoIter<T>,
    /// The offsets of all items of the latest batch, including those returned already.
    positions: Vec<u32>,
}

impl<T: Debug + Send + 'static> PageStream<T> {
    /// Sets how many pages are fetched concurrently after the first page, which has the total: from 1
    /// to 64. Other values are clamped.
    ///
    /// The default is 2: the next page is fetched while one is read. Pages are returned in order, and
    /// at most this many pages are in memory.
    pub fn concurrency(mut self, pages: usize) -> Self {
        self.prefetch.set_width(pages);
        self
    }

    /// Accepts a list whose total is higher than its number of visible items.
    ///
    /// By default such a list ends with
    /// [`ErrorKind::ListIncomplete`](crate::ErrorKind::ListIncomplete) after all visible items. Use this
    /// if the server counts items that these credentials may not see.
    ///
    /// A list that was not searched to its end still ends with the error, because visible items may be
    /// missing. Do not use this if pages of the server have fewer items than the `limit` that it
    /// reports.
    pub fn allow_incomplete(mut self) -> Self {
        self.prefetch.allow_incomplete();
        self
    }

    /// Starts at this offset, like the argument `offset`. A stream that was read before starts again
    /// there.
    pub fn start_at(mut self, offset: u32) -> Self {
        self.prefetch.start_at(offset);
        self
    }
}

impl<T: Debug + Send + 'static> ItemStream<T> {
    /// See [`PageStream::concurrency`].
    pub fn concurrency(mut self, pages: usize) -> Self {
        self.pages = self.pages.concurrency(pages);
        self
    }

    /// See [`PageStream::allow_incomplete`].
    pub fn allow_incomplete(mut self) -> Self {
        self.pages = self.pages.allow_incomplete();
        self
    }

    /// See [`PageStream::start_at`].
    pub fn start_at(mut self, offset: u32) -> Self {
        self.pages = self.pages.start_at(offset);
        (self.items, self.positions) = Default::default();
        self
    }

    /// The total number of items of the list, according to the latest page; `None` before the first
    /// page.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.pages.prefetch.total()
    }

    /// Pass this to [`start_at`](Self::start_at) to continue, if the list does not change until then.
    #[must_use]
    pub fn next_offset(&self) -> u32 {
        let returned = self.positions.len().saturating_sub(self.items.len());
        let next = self.positions.get(returned).copied();
        next.unwrap_or_else(|| self.pages.prefetch.next_offset())
    }
}

impl<T: Debug + Send + 'static> Stream for PageStream<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let batch = ready!(self.prefetch.poll_batch(cx));
        Poll::Ready(batch.map(|batch| {
            batch.map(|batch| Page {
                items: batch.items.collect(),
                total: batch.total,
                offset: batch.offset,
                next_offset: batch.next_offset,
            })
        }))
    }
}

impl<T: Debug + Send + 'static> Stream for ItemStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.prefetch.poll_batch(cx)) {
                Some(Ok(batch)) => (self.items, self.positions) = (batch.items, batch.positions),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let fetched = self.items.len();
        // From the total of the server: for a progress bar, not for allocating memory.
        let remaining = self
            .pages
            .prefetch
            .remaining()
            .map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        (
            fetched,
            remaining.map(|count| count.saturating_add(fetched)),
        )
    }
}

// The items are not pinned.
impl<T> Unpin for ItemStream<T> {}
impl<T> Unpin for PageStream<T> {}

impl<T> Debug for PageStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream").finish_non_exhaustive()
    }
}

impl<T> Debug for ItemStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemStream").finish_non_exhaustive()
    }
}
