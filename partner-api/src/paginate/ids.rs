//! Where the ids of the items of a page are.

use std::collections::HashSet;
use std::fmt::{self, Debug};

use serde::Deserialize;
use serde::de::{DeserializeSeed as _, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::layout::{Fetched, Layout};
use super::stable_hash::{key_of_content, key_of_id};

/// Where the ids of items are.
pub(super) enum Ids<T> {
    /// In the items: the key of the id of an item, if it has one.
    Items(fn(&T) -> Option<u64>),
    /// In the response, as `id`, which the type of the items need not have.
    Response,
    Nowhere,
}

impl<T> Clone for Ids<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ids<T> {}

/// A key for each item of a page: equal for equal ids, and for equal items without ids.
pub(super) struct Keys {
    pub(super) keys: Vec<u64>,
    /// Whether items have ids.
    pub(super) are_ids: bool,
}

impl<T: Debug> Ids<T> {
    /// The keys of the items of a page that was deserialised from `response`.
    pub(super) fn keys(self, page: &Fetched<T>, response: &[u8], layout: Layout<T>) -> Keys {
        let of_contents = || page.items.iter().map(key_of_content).collect();
        let (keys, are_ids) = match self {
            Self::Items(id) => {
                let key = |item| id(item).unwrap_or_else(|| key_of_content(item));
                (page.items.iter().map(key).collect(), true)
            }
            Self::Response => match in_response(response, layout) {
                Some(ids) => (ids, true),
                None => (of_contents(), false),
            },
            Self::Nowhere => (of_contents(), false),
        };
        Keys { keys, are_ids }
    }
}

/// The key of the id of each item; `None` unless all items are objects with an `id` of their own, a
/// string or an integer.
fn in_response<T>(response: &[u8], layout: Layout<T>) -> Option<Vec<u64>> {
    let layout = Layout::<Item>::new(layout.envelope, layout.items);
    let page = layout.deserialize(&mut serde_json::Deserializer::from_slice(response));
    let ids: Vec<_> = page.ok()?.items.into_iter().map(|item| item.0.0).collect();
    let own: HashSet<_> = ids.iter().collect();
    (own.len() == ids.len()).then_some(ids)
}

/// An item. All of it but its id is skipped, so that it needs no memory.
struct Item(Id);

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Item, A::Error> {
        let mut id = None;
        while let Some(name) = members.next_key::<String>()? {
            match name == "id" {
                true => id = Some(members.next_value()?),
                false => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        id.map(Item).ok_or_else(|| A::Error::missing_field("id"))
    }
}

/// The key of an id.
struct Id(u64);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an integer")
    }

    fn visit_str<E>(self, id: &str) -> Result<Id, E> {
        Ok(Id(key_of_id(id)))
    }

    fn visit_u64<E>(self, id: u64) -> Result<Id, E> {
        Ok(Id(key_of_id(&id)))
    }

    fn visit_i64<E>(self, id: i64) -> Result<Id, E> {
        Ok(Id(key_of_id(&id)))
    }
}
