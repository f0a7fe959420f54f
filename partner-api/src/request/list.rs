//! A list that no page documents yet.

use std::fmt::{self, Debug};
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::RequestBuilder;
use super::draft::JSON;
use crate::paginate::{Layout, ListOperation, ListSource, OperationBuilder};
use crate::values::limit_offset::{Limit, Offset, OutOfRange};

/// A list from [`RequestBuilder::list`], read with [`PaginateExt`](crate::PaginateExt).
#[must_use = "nothing is sent before its stream is polled"]
pub struct RequestList<'a, T> {
    request: RequestBuilder<'a>,
    items: &'static str,
    item: PhantomData<fn() -> T>,
}

impl<'a, T> RequestList<'a, T> {
    pub(super) fn new(request: RequestBuilder<'a>, items: &'static str) -> Self {
        Self {
            request,
            items,
            item: PhantomData,
        }
    }
}

impl<T> Clone for RequestList<'_, T> {
    fn clone(&self) -> Self {
        Self::new(self.request.clone(), self.items)
    }
}

impl<T> Debug for RequestList<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestList")
            .field("request", &self.request)
            .field("items", &self.items)
            .finish()
    }
}

impl<T> OperationBuilder for RequestList<'_, T> {}

impl<T: DeserializeOwned + Debug + Send + 'static> ListOperation for RequestList<'_, T> {
    type Item = T;

    fn into_source(self) -> ListSource<T> {
        let Self { request, items, .. } = self;
        let (client, mut draft) = (request.client.clone(), request.draft);
        if !draft.method.is_safe() && draft.idempotent != Some(true) {
            let why = format!(
                "a list takes several requests; call `.idempotent(true)` if {} changes nothing",
                draft.method
            );
            draft.reject(why);
        }
        let limit = number(&mut draft.query, "limit", Limit::try_from);
        let offset = number(&mut draft.query, "offset", Offset::try_from);
        let options = draft.options();
        ListSource::new(
            client.inner.clone(),
            draft.target.operation,
            Layout::new(None, items).with_ids(),
            limit,
            offset,
            None,
            move |limit, offset| {
                let mut draft = draft.clone();
                let limit = limit.map(|limit| ("limit", limit));
                let position = limit.into_iter().chain([("offset", offset)]);
                let position = position.map(|(name, value)| (name.to_owned(), value.to_string()));
                draft.query.extend(position);
                draft.request(&client, Some(JSON))
            },
        )
        .with_options(options)
    }
}

/// Takes a number out of the query.
fn number<N: Into<u32>>(
    query: &mut Vec<(String, String)>,
    name: &str,
    convert: impl Fn(i128) -> Result<N, OutOfRange>,
) -> Result<Option<u32>, String> {
    let given: Vec<_> = query.extract_if(.., |(known, _)| known == name).collect();
    let number = match &given[..] {
        [] => return Ok(None),
        [(_, number)] => number,
        _ => return Err(format!("{name}: is set twice; set it once")),
    };
    let number = number
        .parse()
        .map_err(|_| format!("{name}: is not a whole number"))?;
    let number = convert(number).map_err(|why| format!("{name}: {why}"))?;
    Ok(Some(number.into()))
}
