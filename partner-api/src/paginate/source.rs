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
    /// `None` if items have no ids.
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
            id,
            hasher: RandomState::new(),
            fetch: Box::new(move |limit, offset| Box::pin(fetch(limit, offset))),
        }
    }

    /// A key of an item. It is equal for items with equal ids, and for equal items without ids.
    pub(super) fn key(&self, item: &T) -> u64 {
        let id = self.id.and_then(|id| id(item, &self.hasher));
        id.unwrap_or_else(|| self.hasher.hash_one(format!("{item:?}")))
    }
}

impl<T> ListSource<T> {
    /// Whether items have ids.
    pub(super) fn is_keyed(&self) -> bool {
        self.id.is_some()
    }

    pub(super) fn fetch(&self, limit: Option<u32>, offset: u32) -> Fetching<T> {
        (self.fetch)(limit, offset)
    }
}
