//! A list operation with its arguments, as the generated code provides it.

use std::fmt::Debug;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;

use crate::error::Error;
use crate::operation::Operation;

use super::page::Fetched;

pub(super) type Fetching<T> = Pin<Box<dyn Future<Output = Result<Fetched<T>, Error>> + Send>>;

/// The hash of the id of an item, if it has one.
type Id<T> = fn(&T, &RandomState) -> Option<u64>;

/// A list of which any page can be fetched.
pub struct ListSource<T> {
    pub(super) operation: &'static Operation,
    pub(super) limit: Option<u32>,
    pub(super) offset: u32,
    /// The error of an invalid argument, so that nothing is sent.
    pub(super) invalid: Option<Error>,
    /// Whether items have ids.
    pub(super) is_keyed: bool,
    /// Whether only the first page shows that.
    pub(super) has_ids_in_pages: bool,
    id: Option<Id<T>>,
    hasher: RandomState,
    fetch: Box<dyn Fn(Option<u32>, u32) -> Fetching<T> + Send + Sync>,
}

impl<T: Debug> ListSource<T> {
    pub(crate) fn new<F>(
        operation: &'static Operation,
        limit: Result<Option<u32>, String>,
        offset: Result<Option<u32>, String>,
        id: Option<Id<T>>,
        fetch: impl Fn(Option<u32>, u32) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        let (limit, offset, invalid) = match (limit, offset) {
            (Ok(limit), Ok(offset)) => (limit, offset.unwrap_or_default(), None),
            (Err(why), _) | (_, Err(why)) => {
                (None, 0, Some(Error::invalid_request(operation, why)))
            }
        };
        Self {
            operation,
            limit,
            offset,
            invalid,
            is_keyed: id.is_some(),
            has_ids_in_pages: false,
            id,
            hasher: RandomState::new(),
            fetch: Box::new(move |limit, offset| Box::pin(fetch(limit, offset))),
        }
    }

    /// A key of each item. It is equal for items with equal ids, and for equal items without ids.
    pub(super) fn keys(&self, page: &Fetched<T>) -> Vec<u64> {
        if let Some(ids) = &page.ids {
            return ids.clone();
        }
        let key = |item| {
            let id = self.id.and_then(|id| id(item, &self.hasher));
            id.unwrap_or_else(|| self.hasher.hash_one(format!("{item:?}")))
        };
        page.items.iter().map(key).collect()
    }
}

impl<T> ListSource<T> {
    /// The list of a response that only shows whether its items have ids.
    pub(crate) fn with_ids_in_pages(mut self) -> Self {
        (self.is_keyed, self.has_ids_in_pages) = (true, true);
        self
    }

    pub(super) fn fetch(&self, limit: Option<u32>, offset: u32) -> Fetching<T> {
        (self.fetch)(limit, offset)
    }
}
