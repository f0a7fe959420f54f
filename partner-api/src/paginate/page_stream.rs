//! The pages of a list.

use std::fmt::{self, Debug};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::cursor::Cursor;
use super::prefetch::Prefetch;
use super::source::ListSource;
use crate::error::Error;
use crate::transport::CallOptions;

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
    /// change until then. If it may change, use the [`cursor`](Page::cursor).
    pub next_offset: u32,
    cursor: Cursor,
}

/// The pages of a list; a [`Stream`].
#[must_use = "nothing is sent before it is polled"]
pub struct PageStream<T> {
    pub(super) prefetch: Prefetch<T>,
}

impl<T> Page<T> {
    /// The position after this page. Pass it to [`resume`](PageStream::resume) to continue there,
    /// perhaps in another process, even if the list changes until then.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.cursor.clone()
    }
}

impl<T: Debug + Send + 'static> PageStream<T> {
    pub(super) fn new(source: ListSource<T>) -> Self {
        Self {
            prefetch: Prefetch::new(source),
        }
    }

    /// Sets the options of the call for each page, as for `send_with`: a timeout is that of one page
    /// with its retries, not of the whole list.
    ///
    /// ```
    /// use std::time::Duration;
    /// use partner_api::prelude::*;
    /// use partner_api::{CallOptions, RetryPolicy};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = partner_hub::Hub::builder().clients(250).start().await?;
    /// # let client = Client::with_api_key(hub.api_key()).base_url(hub.url()).build()?;
    /// # let partner_id = hub.partner_id();
    /// let patient = CallOptions::new()
    ///     .timeout(Duration::from_secs(600))
    ///     .retry_policy(RetryPolicy::max(10));
    /// let clients = client.list_clients().partner_id(partner_id).stream().options(patient);
    /// let clients: Vec<_> = clients.try_collect().await?;
    /// # assert_eq!(clients.len(), 250);
    /// # Ok(())
    /// # }
    /// ```
    pub fn options(mut self, options: CallOptions) -> Self {
        self.prefetch.set_options(options);
        self
    }

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

    /// Continues where the cursor was created, perhaps by another process, although the list may have
    /// changed since. [`Cursor`] describes what this guarantees.
    ///
    /// If a cursor does not belong to this list, the stream ends with
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest), and nothing is sent. If it is not
    /// certain where the list continues, the stream ends with
    /// [`ErrorKind::ListChanged`](crate::ErrorKind::ListChanged), and no item is returned.
    ///
    /// The first page after the cursor is returned even if it has no items, because it has the total.
    pub fn resume(mut self, cursor: Cursor) -> Self {
        self.prefetch.resume(&cursor);
        self
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
                cursor: self.prefetch.cursor(0, None),
            })
        }))
    }
}

// The items are not pinned.
impl<T> Unpin for PageStream<T> {}

impl<T> Debug for PageStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream").finish_non_exhaustive()
    }
}
