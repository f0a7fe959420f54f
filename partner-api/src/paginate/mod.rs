//! Lists, read page by page.
#![allow(dead_code, unused_imports, reason = "a document need not have lists")]

mod cursor;
mod page;
mod prefetch;
mod source;

use std::fmt::{self, Debug};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::error::Error;
pub(crate) use page::{Fetched, Layout};
use prefetch::Window;
pub(crate) use source::ListSource;

/// Reads whole lists; every builder of an operation that gives a list in pages has it. An operation
/// that gives a bare array has no pages: its `send` gives the whole list.
///
/// # What is read
///
/// Every row that is in the list from the first request to the last is given exactly once, in the
/// order of the list, whatever is added or removed meanwhile; a row that comes or goes meanwhile
/// is given once or not at all. This holds for a list whose order is stable: by a key that rows
/// keep and no two rows share. Without a `sort` of yours the list is sorted by id, where the
/// operation can; by another key, rows that are equal there may change places, and so may rows
/// that are changed. It also needs rows with ids, and pages of two rows or more; without them the
/// offsets alone are followed.
///
/// # Where it ends
///
/// A walk ends when it reaches the total that the server reports, which is trusted, or, without a
/// total, at a page with nothing new. If a page lacks items that should be on it, or has null in
/// their place, the walk requests the page again and then steps over the gap. So every visible item
/// is given first; then the walk ends with
/// [`ErrorKind::ListIncomplete`](crate::ErrorKind::ListIncomplete), unless that is
/// [accepted](ItemStream::allow_incomplete). A gap costs at most two requests for each page of the list,
/// and as many again if it is searched once more.
/// A list of more than 4,096 pages, of which hardly any item is visible, is not searched to its end:
/// it is incomplete whatever is accepted. A walk without ids may give items twice after a gap.
///
/// A gap is stepped over by the `limit` that the server reports. If the page behind it has fewer
/// items than that, the gap is searched once more, in steps of the largest page seen so far. Two
/// kinds of server still make a list end incomplete though more of it is visible: one that reports
/// a larger limit than it gives and shows no item on any page requested, and one whose total leaves
/// out hidden items and that has a whole page of them behind that total.
///
/// A response without its list is an [`ErrorKind::Decode`](crate::ErrorKind::Decode), never an
/// empty list. A list that is null is empty if the response has a total, and the same error if not.
///
/// # Overlap
///
/// To see what changes, each page begins with the last item of the one before, so a page of 100 has
/// 99 new items. A list that changes faster than it can be read is
/// [`ErrorKind::ListUnstable`](crate::ErrorKind::ListUnstable).
///
/// # How
///
/// `limit` is how many rows are asked for at once; the server may give fewer. `offset` is where
/// the walk begins. Pages are fetched with all that the client does for a call: retries, renewed
/// tokens, rate limits. Dropping the stream ends its requests. After an error it ends; a later walk
/// can start where it stopped.
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
    /// The rows of the list.
    fn stream(self) -> ItemStream<Self::Item>;

    /// The pages of the list, with what the server says of each.
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
            rows: Vec::new().into_iter(),
            positions: Vec::new(),
        }
    }

    fn pages(self) -> PageStream<L::Item> {
        PageStream {
            window: Window::new(self.into_source()),
        }
    }
}

/// The builder of an operation that gives a list, page by page.
pub trait ListOperation {
    /// A row of the list.
    type Item: Debug + Send + 'static;

    #[doc(hidden)]
    fn into_source(self) -> ListSource<Self::Item>;
}

/// New rows of a list, from one answer of the server.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows that no page before had; can be empty.
    pub items: Vec<T>,
    /// How many rows the whole list has, as the server says.
    pub total: Option<u64>,
    /// Where the answer begins in the list, counted from 0. The first of `items` may be further on:
    /// pages overlap.
    pub offset: u32,
    /// Where to [`start_at`](PageStream::start_at) to go on behind this page, if the list does not
    /// change until then.
    pub next_offset: u32,
}

/// The pages of a list; a [`Stream`].
#[must_use = "nothing is sent before it is polled"]
pub struct PageStream<T> {
    window: Window<T>,
}

/// The rows of a list; a [`Stream`].
#[must_use = "nothing is sent before it is polled"]
pub struct ItemStream<T> {
    pages: PageStream<T>,
    rows: std::vec::IntoIter<T>,
    /// Where the rows of the latest page are in the list, those that were given included.
    positions: Vec<u32>,
}

impl<T: Debug + Send + 'static> PageStream<T> {
    /// Fetches up to so many pages at once, once the first has told how long the list is: from 1 to
    /// 64, and what is beyond counts as these.
    ///
    /// By default 2: one is read while the next one is fetched. Pages are given in order, and no
    /// more than these are kept in memory.
    pub fn concurrency(mut self, pages: usize) -> Self {
        self.window.widen(pages);
        self
    }

    /// Accepts a list of which the server shows fewer items than it counts.
    ///
    /// Such a list ends with [`ErrorKind::ListIncomplete`](crate::ErrorKind::ListIncomplete)
    /// otherwise, after every item that is visible. Use this where the server is known to count
    /// items that these credentials may not see.
    ///
    /// A list that was not searched to its end remains an error: visible items may be missing. Do not
    /// use this where the server gives fewer items to a page than the `limit` it reports.
    pub fn allow_incomplete(mut self) -> Self {
        self.window.allow_incomplete();
        self
    }

    /// Begins behind so many rows; the same as `offset`. A list in use starts anew there.
    pub fn start_at(mut self, offset: u32) -> Self {
        self.window.start_at(offset);
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
        (self.rows, self.positions) = Default::default();
        self
    }

    /// How many rows the whole list has, as the latest page says; `None` before the first one.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.pages.window.total()
    }

    /// Where to [`start_at`](Self::start_at) to go on, if the list does not change until then.
    #[must_use]
    pub fn next_offset(&self) -> u32 {
        let given = self.positions.len().saturating_sub(self.rows.len());
        let waiting = self.positions.get(given).copied();
        waiting.unwrap_or_else(|| self.pages.window.next_offset())
    }
}

impl<T: Debug + Send + 'static> Stream for PageStream<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let given = ready!(self.window.poll_given(cx));
        Poll::Ready(given.map(|given| {
            given.map(|given| Page {
                items: given.items.collect(),
                total: given.total,
                offset: given.offset,
                next_offset: given.next_offset,
            })
        }))
    }
}

impl<T: Debug + Send + 'static> Stream for ItemStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            match ready!(self.pages.window.poll_given(cx)) {
                Some(Ok(given)) => (self.rows, self.positions) = (given.items, given.positions),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let waiting = self.rows.len();
        // The total is the server's word: good enough for a bar, not for memory.
        let more = self
            .pages
            .window
            .more()
            .map(|more| usize::try_from(more).unwrap_or(usize::MAX));
        (waiting, more.map(|more| more.saturating_add(waiting)))
    }
}

// The rows are not pinned, wherever the stream is.
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
