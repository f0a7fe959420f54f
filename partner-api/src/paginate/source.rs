//! A list operation with its arguments, as the generated code provides it.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Request;
use serde::de::DeserializeOwned;

use super::cursor::{ListId, is_sorted_by_id};
use super::ids::{Ids, Keys};
use super::layout::{Fetched, Layout};
use crate::error::Error;
use crate::operation::Operation;
use crate::transport::response::page;
use crate::transport::{CallOptions, Transport};

pub(super) type Fetching<T> = Pin<Box<dyn Future<Output = Result<Keyed<T>, Error>> + Send>>;

/// Fetches the page with a limit and an offset.
type Fetch<T> = dyn Fn(&CallOptions, Option<u32>, u32) -> Fetching<T> + Send + Sync;

/// A page with a key for each item.
pub(super) struct Keyed<T> {
    pub(super) page: Fetched<T>,
    pub(super) keys: Keys,
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
    /// Whether items have ids, as far as is known before the first page.
    pub(super) is_keyed: bool,
    fetch: Box<Fetch<T>>,
    identify: Box<dyn Fn() -> Option<Identity> + Send + Sync>,
}

impl<T: Debug + DeserializeOwned + Send + 'static> ListSource<T> {
    /// `id` returns the key of the id of an item, if items have ids. `request` creates the request for
    /// the page with a limit and an offset.
    pub(crate) fn new(
        transport: Transport,
        operation: &'static Operation,
        layout: Layout<T>,
        limit: Result<Option<u32>, String>,
        offset: Result<Option<u32>, String>,
        id: Option<fn(&T) -> Option<u64>>,
        request: impl Fn(Option<u32>, u32) -> Result<reqwest::Result<Request>, Error>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let ids = match id {
            Some(id) => Ids::Items(id),
            None if layout.has_ids => Ids::Response,
            None => Ids::Nowhere,
        };
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
                let (page, response) =
                    page(&transport, operation, request?, &options, layout).await?;
                let keys = ids.keys(&page, &response, layout);
                Ok(Keyed { page, keys })
            })
        };
        Self {
            operation,
            options: CallOptions::new(),
            limit,
            offset,
            invalid,
            is_keyed: !matches!(ids, Ids::Nowhere),
            fetch: Box::new(fetch),
            identify: Box::new(identify),
        }
    }
}

impl<T> ListSource<T> {
    /// Adds the options of all requests. Without them, nothing is sent.
    pub(crate) fn with_options(mut self, options: Result<CallOptions, Error>) -> Self {
        match options {
            Ok(options) => self.options = options,
            Err(error) => self.invalid = Some(error),
        }
        self
    }

    pub(super) fn fetch(&self, limit: Option<u32>, offset: u32) -> Fetching<T> {
        (self.fetch)(&self.options, limit, offset)
    }

    /// Which list this is; `None` if an argument is invalid.
    pub(super) fn identify(&self) -> Option<Identity> {
        (self.identify)()
    }
}
