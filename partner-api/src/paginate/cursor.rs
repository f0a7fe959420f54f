//! A position in a list, which a later process can continue at.

use std::borrow::Cow;
use std::hash::Hasher as _;

use reqwest::Request;
use serde::{Deserialize, Serialize};

use super::scan::Place;
use super::stable_hash::StableHasher;
use crate::operation::Operation;

/// The format that this version writes and reads.
const VERSION: u32 = 1;

/// A position in a list, at which a later process can continue.
///
/// It is small (less than a kilobyte of JSON) and has neither items nor secrets: only an offset, the
/// total, and hashes of the last ids and of the arguments. Store it together with what was done with
/// the items before it, in one transaction, so that a process that is killed at any time continues
/// exactly where it was:
///
/// ```
/// use partner_api::Cursor;
/// use partner_api::prelude::*;
/// # struct Database { rows: Vec<types::ClientAccount>, cursor: Option<String> }
/// # impl Database {
/// #     fn cursor(&self) -> Option<String> { self.cursor.clone() }
/// #     fn commit(&mut self, rows: Vec<types::ClientAccount>, cursor: Option<String>) {
/// #         self.rows.extend(rows);
/// #         self.cursor = cursor;
/// #     }
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let hub = partner_hub::Hub::builder().clients(250).start().await?;
/// # let client = Client::with_api_key(hub.api_key()).base_url(hub.url()).build()?;
/// # let partner_id = hub.partner_id();
/// # let mut database = Database { rows: Vec::new(), cursor: None };
/// # for interrupted_after in [1, 100] {
/// let mut pages = client.list_clients().partner_id(partner_id).limit(100).pages();
/// if let Some(stored) = database.cursor() {
///     pages = pages.resume(serde_json::from_str::<Cursor>(&stored)?);
/// }
/// # let mut count = 0;
/// while let Some(page) = pages.try_next().await? {
///     let cursor = serde_json::to_string(&page.cursor())?;
///     // One transaction: either both are stored or none.
///     database.commit(page.items, Some(cursor));
/// #   count += 1;
/// #   if count == interrupted_after { break }
/// }
/// # if interrupted_after == 1 { continue }
/// // The next run starts from the beginning.
/// database.commit(Vec::new(), None);
/// # }
/// # assert_eq!(database.rows.len(), 250);
/// # Ok(())
/// # }
/// ```
///
/// # What resuming guarantees
///
/// If the list is sorted by id, which is the default where the API supports it, the stream continues
/// with the items after the last one that was returned, wherever these are now. Items may have been
/// added and removed anywhere, including the last one itself. Every item that was in the list all the
/// time is returned exactly once, by the process before or by this one. If none of the last 16 items
/// is found any more, this is not certain, and the stream ends with
/// [`ErrorKind::ListChanged`](crate::ErrorKind::ListChanged) before it returns an item: read the list
/// from the beginning.
///
/// Any other order can change: an item that is renamed moves in a list by name. So a list with
/// another [`Sort`](crate::Sort), or whose items have no ids, is resumed only if its last items are
/// still at their offsets and its total has not become lower. This detects any single item that was
/// added, removed or moved before the position, but not several changes that cancel out.
///
/// # What is rejected
///
/// A cursor can be used with another page size, concurrency or base URL. A cursor of another
/// operation or partner, or of other filters or another sort, is an
/// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent. A cursor
/// that was damaged, or written by a later version of this crate in a format that this version does not
/// know, cannot be deserialised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Cursor {
    pub(super) list: ListId,
    pub(super) place: Place,
}

/// Which list a cursor belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListId {
    /// The operation, for messages.
    operation: Cow<'static, str>,
    /// A hash of the method, the path, and the members that have the items.
    path: u64,
    /// A hash of the query and the body: filters and sort.
    arguments: u64,
}

impl ListId {
    /// `request` is for a page with a fixed limit and offset, to a base URL with this path.
    pub(super) fn new(
        operation: &'static Operation,
        request: &Request,
        base_path: &str,
        members: [&str; 2],
    ) -> Self {
        let path = request.url().path();
        let path = path.strip_prefix(base_path.trim_end_matches('/'));
        let path = path.unwrap_or(request.url().path());
        let mut query: Vec<_> = request.url().query_pairs().collect();
        query.sort_unstable();
        let query = query.iter().flat_map(|(name, value)| [&**name, &**value]);
        let body = request.body().and_then(reqwest::Body::as_bytes);
        Self {
            operation: operation.id.into(),
            path: hash(
                [request.method().as_str(), path, members[0], members[1]].map(str::as_bytes),
            ),
            arguments: hash(query.map(str::as_bytes).chain(body)),
        }
    }

    /// The list of an operation with invalid arguments, to which no cursor belongs.
    pub(super) fn unknown(operation: &'static Operation) -> Self {
        Self {
            operation: operation.id.into(),
            path: 0,
            arguments: 0,
        }
    }

    /// Why a cursor of another list cannot be used for this one.
    pub(super) fn check(&self, cursor: &Self) -> Result<(), String> {
        let why = if self.path == cursor.path && self.arguments == cursor.arguments {
            return Ok(());
        } else if self.operation != cursor.operation {
            format!("is of the list `{}`", cursor.operation)
        } else if self.path == cursor.path {
            "is of a list with other filters or another sort".to_owned()
        } else {
            "is of the list of another partner, or of another path".to_owned()
        };
        Err(format!(
            "cursor: {why}; use the arguments that it was created with, or read the list from the beginning"
        ))
    }
}

/// Whether a request asks for a list that is sorted by id, so that the order cannot change.
pub(super) fn is_sorted_by_id(request: &Request) -> bool {
    let mut query = request.url().query_pairs();
    query.any(|(name, value)| {
        let first = value.split(',').next().unwrap_or_default();
        name == "sort" && first.strip_prefix('-').unwrap_or(first) == "id"
    })
}

fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let mut hasher = StableHasher::new();
    for part in parts {
        hasher.write(part);
        // Occurs in no UTF-8.
        hasher.write(&[0xff]);
    }
    hasher.finish()
}

/// A cursor as it is stored. Only the version is always there, so that a cursor of another version is
/// rejected for that and not for what else is different in it.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    operation: Option<String>,
    /// Hexadecimal, as not every database keeps integers of 64 bits.
    path: Option<String>,
    arguments: Option<String>,
    offset: Option<u32>,
    passed: Option<u64>,
    total: Option<u64>,
    hidden: Option<bool>,
    short: Option<bool>,
    started: Option<bool>,
    /// Sixteen digits for each key.
    recent: Option<String>,
    displaced: Option<String>,
}

impl From<Cursor> for Stored {
    fn from(Cursor { list, place }: Cursor) -> Self {
        Self {
            version: VERSION,
            operation: Some(list.operation.into_owned()),
            path: Some(hex(&[list.path])),
            arguments: Some(hex(&[list.arguments])),
            offset: Some(place.offset),
            passed: Some(place.passed),
            total: place.total,
            hidden: Some(place.has_hidden),
            short: Some(place.is_short),
            started: Some(place.has_started),
            recent: Some(hex(&place.recent)),
            displaced: Some(hex(&place.displaced)),
        }
    }
}

impl TryFrom<Stored> for Cursor {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        if stored.version != VERSION {
            return Err(format!(
                "the cursor has version {}, and this version of partner-api reads version {VERSION}; \
                 read the list from the beginning",
                stored.version
            ));
        }
        let cursor = stored.read();
        cursor.ok_or_else(|| "the cursor is damaged; read the list from the beginning".to_owned())
    }
}

impl Stored {
    fn read(self) -> Option<Cursor> {
        let list = ListId {
            operation: self.operation?.into(),
            path: one(&self.path?)?,
            arguments: one(&self.arguments?)?,
        };
        let place = Place {
            offset: self.offset?,
            passed: self.passed?,
            total: self.total,
            has_hidden: self.hidden?,
            is_short: self.short?,
            has_started: self.started?,
            recent: from_hex(&self.recent?)?,
            displaced: from_hex(&self.displaced?)?,
        };
        place.is_possible().then_some(Cursor { list, place })
    }
}

fn hex(hashes: &[u64]) -> String {
    hashes.iter().map(|hash| format!("{hash:016x}")).collect()
}

fn from_hex(digits: &str) -> Option<Vec<u64>> {
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || !digits.len().is_multiple_of(16) {
        return None;
    }
    let hash = |start| u64::from_str_radix(digits.get(start..start + 16)?, 16).ok();
    (0..digits.len()).step_by(16).map(hash).collect()
}

fn one(digits: &str) -> Option<u64> {
    match from_hex(digits)?[..] {
        [hash] => Some(hash),
        _ => None,
    }
}
