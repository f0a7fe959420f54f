//! The items of a list.

use std::fmt::{self, Debug};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::cursor::Cursor;
use super::page_stream::PageStream;
use crate::error::Error;
use crate::transport::CallOptions;

/// Called with the number of items so far and the total.
type OnProgress = Box<dyn FnMut(u64, Option<u64>) + Send + Sync>;

/// The items of a list; a [`Stream`].
#[must_use = "nothing is sent before it is polled"]
pub struct ItemStream<T> {
    pages: PageStream<T>,
    items: std::vec::IntoIter<T>,
    /// The offsets of all items of the latest batch, including those returned already.
    positions: Vec<u32>,
    on_progress: Option<OnProgress>,
}

impl<T: Debug + Send + 'static> ItemStream<T> {
    pub(super) fn new(pages: PageStream<T>) -> Self {
        Self {
            pages,
            items: Vec::new().into_iter(),
            positions: Vec::new(),
            on_progress: None,
        }
    }

    /// See [`PageStream::options`].
    pub fn options(mut self, options: CallOptions) -> Self {
        self.pages = self.pages.options(options);
        self
    }

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

    /// See [`PageStream::resume`].
    pub fn resume(mut self, cursor: Cursor) -> Self {
        self.pages = self.pages.resume(cursor);
        (self.items, self.positions) = Default::default();
        self
    }

    /// Calls a function for each item, with the number of items so far and the total of the list
    /// according to the server. It runs before the item is returned, so it should be quick.
    ///
    /// The number includes the items that were skipped or, of a resumed list, returned before. The
    /// total can change while the list is read. For a progress bar of indicatif:
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// # use partner_api::prelude::*;
    /// # #[derive(Clone, Default)]
    /// # struct ProgressBar(Arc<[AtomicU64; 2]>);
    /// # impl ProgressBar {
    /// #     fn set_length(&self, length: u64) { self.0[1].store(length, Relaxed) }
    /// #     fn set_position(&self, position: u64) { self.0[0].store(position, Relaxed) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = partner_hub::Hub::builder().clients(250).start().await?;
    /// # let client = Client::with_api_key(hub.api_key()).base_url(hub.url()).build()?;
    /// # let partner_id = hub.partner_id();
    /// # let bar = ProgressBar::default();
    /// # let shown = bar.clone();
    /// let clients = client.list_clients().partner_id(partner_id).stream();
    /// let clients = clients.with_progress(move |seen, total| {
    ///     bar.set_length(total.unwrap_or(seen));
    ///     bar.set_position(seen);
    /// });
    /// let clients: Vec<_> = clients.try_collect().await?;
    /// # assert_eq!(shown.0.each_ref().map(|it| it.load(Relaxed)), [250, 250]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_progress(
        mut self,
        on_progress: impl FnMut(u64, Option<u64>) + Send + Sync + 'static,
    ) -> Self {
        self.on_progress = Some(Box::new(on_progress));
        self
    }

    /// The total number of items of the list, according to the latest page; `None` before the first
    /// page.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.pages.prefetch.total()
    }

    /// Pass this to [`start_at`](Self::start_at) to continue, if the list does not change until then.
    /// If it may change, use a [`cursor`](Self::cursor).
    #[must_use]
    pub fn next_offset(&self) -> u32 {
        let next = self.positions.get(self.read()).copied();
        next.unwrap_or_else(|| self.pages.prefetch.next_offset())
    }

    /// The position after the last item that was returned. Pass it to [`resume`](Self::resume) to
    /// continue there, even if the list changes until then.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        let last = self.read().checked_sub(1);
        let offset = last.and_then(|last| self.positions.get(last).copied());
        self.pages.prefetch.cursor(self.items.len(), offset)
    }

    /// How many items of the latest batch were returned.
    fn read(&self) -> usize {
        self.positions.len().saturating_sub(self.items.len())
    }
}

impl<T: Debug + Send + 'static> Stream for ItemStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.next() {
                let unread = self.items.len() as u64;
                let this = &mut *self;
                if let Some(on_progress) = &mut this.on_progress {
                    let prefetch = &this.pages.prefetch;
                    on_progress(prefetch.passed().saturating_sub(unread), prefetch.total());
                }
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

impl<T> Debug for ItemStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemStream").finish_non_exhaustive()
    }
}
