//! A list operation with its arguments, as the generated code hands it over.

use std::fmt::Debug;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;

use crate::error::Error;
use crate::operation::Operation;

pub(crate) use super::page::Fetched;

pub(super) type Fetching<T> = Pin<Box<dyn Future<Output = Result<Fetched<T>, Error>> + Send>>;

/// The hash of a row's id, if it has one.
type Id<T> = fn(&T, &RandomState) -> Option<u64>;

/// A list that can be asked for any part of it.
pub struct ListSource<T> {
    pub(super) operation: &'static Operation,
    pub(super) limit: Option<u32>,
    pub(super) offset: u32,
    /// Why nothing is to be sent.
    pub(super) refusal: Option<Error>,
    /// None where rows have no ids.
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
        let (limit, offset, refusal) = match (limit, offset) {
            (Ok(limit), Ok(offset)) => (limit, offset.unwrap_or_default(), None),
            (Err(why), _) | (_, Err(why)) => {
                (None, 0, Some(Error::invalid_request(operation, why)))
            }
        };
        Self {
            operation,
            limit,
            offset,
            refusal,
            id,
            hasher: RandomState::new(),
            fetch: Box::new(move |limit, offset| Box::pin(fetch(limit, offset))),
        }
    }

    /// Equal for rows of equal ids, and for equal rows without any.
    pub(super) fn key(&self, row: &T) -> u64 {
        let id = self.id.and_then(|id| id(row, &self.hasher));
        id.unwrap_or_else(|| self.hasher.hash_one(format!("{row:?}")))
    }
}

impl<T> ListSource<T> {
    /// Whether rows have ids.
    pub(super) fn is_keyed(&self) -> bool {
        self.id.is_some()
    }

    pub(super) fn fetch(&self, limit: Option<u32>, offset: u32) -> Fetching<T> {
        (self.fetch)(limit, offset)
    }
}
