//! What a list was asked for, and the answer around its rows.
//!
//! - `filters` is one JSON object with dotted keys. A value is compared as text, `null` finds what
//!   is null or absent. A list or an object finds nothing: what the real hub does with them is not
//!   known.
//! - `sort` names fields, each with a `-` before it to descend; several are separated by commas or
//!   sent as several parameters, since it is not known which the real hub wants.
//! - `limit` is 20 where it is absent, and 100 at most, unless the builder says otherwise.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::column::Wanted;
use crate::envelope::{Answer, Problem};
use crate::rows::Row;
use crate::table::{Query, SortKey, Table};

/// How many rows a page has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageSize {
    /// Where no limit is asked for.
    pub(crate) default: u32,
    /// Whatever is asked for.
    pub(crate) most: u32,
}

/// One page of the table, as the query of the request asks for it.
pub(crate) fn answer<R: Row>(
    table: &mut Table<R>,
    sizes: PageSize,
    parameters: &[(String, String)],
) -> Result<Answer, Problem> {
    let request = ListRequest::parse::<R>(parameters)?;
    let limit = request.limit.unwrap_or(sizes.default).min(sizes.most);
    let page = table.page(&request.query, request.offset as usize, limit as usize);
    let head = Head {
        limit,
        offset: request.offset,
        sort: &request.sort,
        filters: &request.filters,
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
    Ok(Answer::raw_json(body))
}

/// What comes before the rows. The published type leaves an empty `sort` or `filters` out; the hub
/// sends them.
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
    fn parse<R: Row>(parameters: &[(String, String)]) -> Result<Self, Problem> {
        let filters = match once(parameters, "filters")? {
            Some(text) => filters(text)?,
            None => Map::new(),
        };
        let sort = sort(parameters);
        let limit = number(parameters, "limit", 1)?;
        let offset = number(parameters, "offset", 0)?.unwrap_or_default();
        let mut query = Query::default();
        for (name, value) in &filters {
            if R::HAS_Q && name == "q" {
                let Value::String(text) = value else {
                    return Err(refused("filters", "`q` must be a text"));
                };
                query.q = Some(text.clone());
                continue;
            }
            let Some(field) = R::FILTERS.iter().position(|(known, _)| known == name) else {
                return Err(refused("filters", format!("unknown filter `{name}`")));
            };
            query.filters.push((field, wanted(value)));
        }
        for name in &sort {
            let (field, descending) = match name.strip_prefix('-') {
                Some(field) => (field, true),
                None => (name.as_str(), false),
            };
            let Some(field) = R::SORTS.iter().position(|(known, _)| *known == field) else {
                return Err(refused("sort", format!("cannot sort by `{field}`")));
            };
            // A field that comes again changes nothing.
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
}

fn refused(name: &str, reason: impl Into<String>) -> Problem {
    Problem::bad_request("Wrong parameters").field(name, reason)
}

/// The value of a parameter that may be sent once.
fn once<'a>(parameters: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = parameters.iter().filter(|(key, _)| key == name);
    let first = values.next().map(|(_, value)| value.as_str());
    match values.next() {
        Some(_) => Err(refused(name, "was sent more than once")),
        None => Ok(first),
    }
}

fn filters(text: &str) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_str(text) {
        Ok(Value::Object(filters)) => Ok(filters),
        Ok(_) => Err(refused("filters", "must be a JSON object")),
        Err(error) => Err(refused("filters", format!("is not JSON: {error}"))),
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

fn number(parameters: &[(String, String)], name: &str, least: u32) -> Result<Option<u32>, Problem> {
    let Some(text) = once(parameters, name)? else {
        return Ok(None);
    };
    match text.parse::<u32>() {
        Ok(number) if number >= least && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Some(number))
        }
        _ => Err(refused(
            name,
            format!("must be a whole number from {least} to {}", u32::MAX),
        )),
    }
}

fn wanted(value: &Value) -> Wanted {
    match value {
        Value::String(text) => Wanted::Text(text.clone()),
        Value::Number(number) => Wanted::Text(number.to_string()),
        Value::Bool(value) => Wanted::Text(value.to_string()),
        Value::Null => Wanted::Null,
        Value::Array(_) | Value::Object(_) => Wanted::Nothing,
    }
}
