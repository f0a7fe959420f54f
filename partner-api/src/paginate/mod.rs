//! Reads lists page by page.
#![allow(dead_code, unused_imports, reason = "a document need not have lists")]

mod batch;
mod cursor;
mod ids;
mod item_stream;
mod layout;
mod page_stream;
mod prefetch;
mod scan;
mod snapshot;
mod source;
mod stable_hash;
mod task;

use std::fmt::Debug;

pub use cursor::Cursor;
pub use item_stream::ItemStream;
pub(crate) use layout::Layout;
pub use page_stream::{Page, PageStream};
pub(crate) use source::ListSource;
pub(crate) use stable_hash::key_of_id;

/// Reads whole lists, for the builders of operations that return a list in pages. An operation that
/// returns a plain array has no pages: its `send` returns the whole list.
///
/// # Which items are returned
///
/// Every item that is in the list from the first request to the last is returned exactly once, in the
/// order of the list. An item that is added or removed during the read is returned once or not at all.
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
/// of the list. Each page is a call with retries, token renewal and rate limits; [`options`] override
/// the client's settings for them. Dropping the stream cancels its requests.
///
/// # Continuing later
///
/// A stream ends after an error. A new one, perhaps in another process, can [`resume`] from the
/// [`Cursor`] of the last page or item, even if the list has changed since. The cursor's
/// documentation shows how to store it.
///
/// [`options`]: ItemStream::options
/// [`resume`]: ItemStream::resume
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
pub trait PaginateExt: OperationBuilder {
    /// The items of the list.
    fn stream(self) -> ItemStream<Self::Item>
    where
        Self: ListOperation;

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
    /// let pages = client.list_clients().partner_id(partner_id).pages().resume(first.cursor());
    /// let rest: Vec<_> = pages.try_collect().await?;
    /// assert_eq!(rest.iter().map(|page| page.items.len()).sum::<usize>(), 150);
    /// # Ok(())
    /// # }
    /// ```
    fn pages(self) -> PageStream<Self::Item>
    where
        Self: ListOperation;
}

// For builders of all operations, so that the compiler explains `ListOperation` if it is missing. For
// those of lists only, it would report that there is no such method.
impl<B: OperationBuilder> PaginateExt for B {
    fn stream(self) -> ItemStream<B::Item>
    where
        B: ListOperation,
    {
        ItemStream::new(self.pages())
    }

    fn pages(self) -> PageStream<B::Item>
    where
        B: ListOperation,
    {
        PageStream::new(self.into_source())
    }
}

/// The builder of a call.
pub trait OperationBuilder: Sized {}

/// The builder of an operation that returns a list in pages.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not return a list in pages",
    label = "this operation has no pages",
    note = "call `.send().await?` instead; it returns the whole response"
)]
pub trait ListOperation: OperationBuilder {
    /// An item of the list.
    type Item: Debug + Send + 'static;

    #[doc(hidden)]
    fn into_source(self) -> ListSource<Self::Item>;
}
