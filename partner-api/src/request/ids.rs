//! The ids of the items of a page, which the type of the items need not have.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use serde::de::{DeserializeSeed as _, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de::Error};

use crate::paginate::Layout;

/// A hash of the id of each item; `None` unless all items are objects with an `id`, a string or an
/// integer.
pub(super) fn ids(page: &[u8], items: &'static str) -> Option<Vec<u64>> {
    let mut page = serde_json::Deserializer::from_slice(page);
    let page = Layout::<Item>::new(None, items).deserialize(&mut page);
    Some(page.ok()?.items.into_iter().map(|item| item.0.0).collect())
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

struct Id(u64);

impl Id {
    fn of(id: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        Self(hasher.finish())
    }
}

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
        Ok(Id::of(id))
    }

    fn visit_u64<E>(self, id: u64) -> Result<Id, E> {
        Ok(Id::of(id))
    }

    fn visit_i64<E>(self, id: i64) -> Result<Id, E> {
        Ok(Id::of(id))
    }
}
