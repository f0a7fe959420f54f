//! A list operation with its arguments, as the generated code provides it.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Request;
use serde::de::DeserializeOwned;

use super::cursor::{ListId, is_sorted_by_id};
use super::layout::{Fetched, Layout};
use super::stable_hash::key_of_content;
use crate::error::Error;
use crate::operation::Operation;
use crate::transport::response::page;
use crate::transport::{CallOptions, Transport};

pub(super) type Fetching<T> = Pin<Box<dyn Future<Output = Result<Keyed<T>, Error>> + Send>>;

/// Fetches the page with a limit and an offset.
type Fetch<T> = dyn Fn(&CallOptions, Option<u32>, u32) -> Fetching<T> + Send + Sync;

/// The key of the id of an item, if it has one.
type Id<T> = fn(&T) -> Option<u64>;

/// A page with a key for each item: equal for equal ids, and for equal items without ids.
pub(super) struct Keyed<T> {
    pub(super) page: Fetched<T>,
    pub(super) keys: Vec<u64>,
}

/// Which list a source reads.
pub(super) struct Identity {
    pub(super) list: ListId,
    pub(super) is_sorted_by_id: bool,
}

/// A list of which any page can be fetched.
pub struct ListSource<T> {
    pub(super) operation: &'static Operation,
    pub(super) options: CallOptions,
    pub(super) limit: Option<u32>,
    pub(super) offset: u32,
    /// The error of an invalid argument, so that nothing is sent.
    pub(super) invalid: Option<Error>,
    /// Whether items have ids.
    pub(super) is_keyed: bool,
    fetch: Box<Fetch<T>>,
    identify: Box<dyn Fn() -> Option<Identity> + Send + Sync>,
}

impl<T: Debug + DeserializeOwned + Send + 'static> ListSource<T> {
    /// `request` creates the request for the page with a limit and an offset.
    pub(crate) fn new(
        transport: Transport,
        operation: &'static Operation,
        layout: Layout<T>,
        limit: Result<Option<u32>, String>,
        offset: Result<Option<u32>, String>,
        id: Option<Id<T>>,
        request: impl Fn(Option<u32>, u32) -> Result<reqwest::Result<Request>, Error>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let (limit, offset, invalid) = match (limit, offset) {
            (Ok(limit), Ok(offset)) => (limit, offset.unwrap_or_default(), None),
            (Err(why), _) | (_, Err(why)) => {
                (None, 0, Some(Error::invalid_request(operation, why)))
            }
        };
        let request = Arc::new(request);
        let to_request = Arc::clone(&request);
        let server = transport.clone();
        let identify = move || {
            // The requests of all pages differ only in the limit and the offset.
            let request = request(Some(1), 0).ok()?.ok()?;
            let base_path = server.server(operation).ok()?.url.path();
            Some(Identity {
                list: ListId::new(operation, &request, base_path, layout.members()),
                is_sorted_by_id: is_sorted_by_id(&request),
            })
        };
        let fetch = move |options: &CallOptions, limit, offset| -> Fetching<T> {
            let request = to_request(limit, offset);
            let (transport, options) = (transport.clone(), options.clone());
            Box::pin(async move {
                let page = page(&transport, operation, request?, &options, layout).await?;
                let key = |item| {
                    let id = id.and_then(|id| id(item));
                    id.unwrap_or_else(|| key_of_content(item))
                };
                let keys = page.items.iter().map(key).collect();
                Ok(Keyed { page, keys })
            })
        };
        Self {
            operation,
            options: CallOptions::new(),
            limit,
            offset,
            invalid,
            is_keyed: id.is_some(),
            fetch: Box::new(fetch),
            identify: Box::new(identify),
        }
    }
}

impl<T> ListSource<T> {
    pub(super) fn fetch(&self, limit: Option<u32>, offset: u32) -> Fetching<T> {
        (self.fetch)(&self.options, limit, offset)
    }

    /// Which list this is; `None` if an argument is invalid.
    pub(super) fn identify(&self) -> Option<Identity> {
        (self.identify)()
    }
}
