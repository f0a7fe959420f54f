//! The query parameters of a list, and the response around its rows.
//!
//! - `filters` is one JSON object with dotted keys. A value is compared as a string; `null` matches
//!   null and absent fields. An array or object matches nothing, because the behaviour of the real API
//!   is not known.
//! - `sort` names fields, each with a leading `-` for descending order. Several fields are separated
//!   by commas or sent as several parameters, because it is not known which the real API expects.
//! - `limit` is 20 by default and 100 at most, unless the builder sets other values.

use std::future::ready;
use std::pin::Pin;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::api::response::{ApiError, ApiResponse};
use crate::store::rows::Row;
use crate::store::table::{Page, Table};
use crate::store::view::{Query, SortKey, Wanted};

/// The number of rows of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageSize {
    /// If the request has no `limit`.
    pub(crate) default: u32,
    /// The cap of `limit`.
    pub(crate) max: u32,
}

/// A page that is read when the state is no longer locked.
pub(crate) type PendingPage = Pin<Box<dyn Future<Output = Result<ApiResponse, ApiError>> + Send>>;

/// One page of the table, by the query parameters of the request.
pub(crate) fn page<R: Row>(
    table: &Table<R>,
    sizes: PageSize,
    parameters: &[(String, String)],
) -> Result<PendingPage, ApiError> {
    let request = ListRequest::parse::<R>(parameters)?;
    let limit = request.limit.unwrap_or(sizes.default).min(sizes.max);
    let (offset, size) = (request.offset as usize, limit as usize);
    if let Some(id) = request.query.id::<R>() {
        // One row at most, which needs no search.
        let found = table.get(id).filter(|stored| request.query.matches(stored));
        let rows = found.iter().skip(offset).take(size).map(AsRef::as_ref);
        let page = Page::new(found.iter().len(), rows);
        return Ok(Box::pin(ready(Ok(request.response::<R>(limit, &page)))));
    }
    let pages = table.pages();
    Ok(Box::pin(async move {
        let page = pages.page(request.query.clone(), offset, size).await;
        page.map(|page| request.response::<R>(limit, &page))
            .map_err(|_| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "The sort failed"))
    }))
}

/// The members before the rows. The crate's type omits an empty `sort` or `filters`; the API sends
/// them.
#[derive(Serialize)]
struct Head<'a> {
    limit: u32,
    offset: u32,
    sort: &'a [String],
    filters: &'a Map<String, Value>,
    total: usize,
    count: usize,
}

#[derive(Debug)]
struct ListRequest {
    query: Query,
    filters: Map<String, Value>,
    sort: Vec<String>,
    limit: Option<u32>,
    offset: u32,
}

impl ListRequest {
    fn parse<R: Row>(parameters: &[(String, String)]) -> Result<Self, ApiError> {
        let filters = match once(parameters, "filters")? {
            Some(json) => filters(json)?,
            None => Map::new(),
        };
        let sort = sort(parameters);
        let limit = number(parameters, "limit", 1)?;
        let offset = number(parameters, "offset", 0)?.unwrap_or_default();
        let mut query = Query::default();
        let field = |name: &str, excluded: &[&str]| {
            let field = R::FIELDS.iter().position(|(known, _)| *known == name);
            field.filter(|_| !excluded.contains(&name))
        };
        for (name, value) in &filters {
            if R::HAS_Q && name == "q" {
                let Value::String(term) = value else {
                    return Err(invalid("filters", "`q` must be a string"));
                };
                query.q = Some(term.to_lowercase());
                continue;
            }
            let Some(field) = field(name, R::NO_FILTERS) else {
                return Err(invalid("filters", format!("unknown filter `{name}`")));
            };
            query.filters.push((field, wanted(value)));
        }
        for name in &sort {
            let (name, descending) = match name.strip_prefix('-') {
                Some(name) => (name, true),
                None => (name.as_str(), false),
            };
            let Some(field) = field(name, R::NO_SORTS) else {
                return Err(invalid("sort", format!("cannot sort by `{name}`")));
            };
            // A repeated field has no effect.
            if query.sort.iter().all(|key| key.field != field) {
                query.sort.push(SortKey { field, descending });
            }
        }
        Ok(Self {
            query,
            filters,
            sort,
            limit,
            offset,
        })
    }

    fn response<R: Row>(&self, limit: u32, page: &Page) -> ApiResponse {
        let head = Head {
            limit,
            offset: self.offset,
            sort: &self.sort,
            filters: &self.filters,
            total: page.total,
            count: page.count,
        };
        let mut body = serde_json::to_vec(&head).unwrap_or_default();
        body.pop();
        body.reserve(page.items.len() + 48);
        body.extend_from_slice(b",\"");
        body.extend_from_slice(R::ITEMS.as_bytes());
        body.extend_from_slice(b"\":[");
        body.extend_from_slice(&page.items);
        body.extend_from_slice(b"]}");
        ApiResponse::raw_json(body)
    }
}

fn invalid(name: &str, reason: impl Into<String>) -> ApiError {
    ApiError::bad_request("Wrong parameters").field(name, reason)
}

/// The value of a parameter that may be sent only once.
pub(super) fn once<'a>(
    parameters: &'a [(String, String)],
    name: &str,
) -> Result<Option<&'a str>, ApiError> {
    let mut values = parameters.iter().filter(|(key, _)| key == name);
    let first = values.next().map(|(_, value)| value.as_str());
    match values.next() {
        Some(_) => Err(invalid(name, "was sent more than once")),
        None => Ok(first),
    }
}

pub(super) fn filters(json: &str) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_str(json) {
        Ok(Value::Object(filters)) => Ok(filters),
        Ok(_) => Err(invalid("filters", "must be a JSON object")),
        Err(error) => Err(invalid("filters", format!("is not JSON: {error}"))),
    }
}

fn sort(parameters: &[(String, String)]) -> Vec<String> {
    parameters
        .iter()
        .filter(|(name, _)| name == "sort")
        .flat_map(|(_, value)| value.split(','))
        .map(|name| name.trim().to_owned())
        .collect()
}

pub(super) fn number(
    parameters: &[(String, String)],
    name: &str,
    min: u32,
) -> Result<Option<u32>, ApiError> {
    let Some(value) = once(parameters, name)? else {
        return Ok(None);
    };
    match value.parse::<u32>() {
        Ok(number) if number >= min && value.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Some(number))
        }
        _ => Err(invalid(
            name,
            format!("must be a whole number from {min} to {}", u32::MAX),
        )),
    }
}

fn wanted(value: &Value) -> Wanted {
    match value {
        Value::String(value) => Wanted::String(value.clone()),
        Value::Number(number) => Wanted::String(number.to_string()),
        Value::Bool(value) => Wanted::String(value.to_string()),
        Value::Null => Wanted::Null,
        Value::Array(_) | Value::Object(_) => Wanted::Unmatchable,
    }
}
