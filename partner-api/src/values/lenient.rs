//! Deserialises values that the API sends although they are not documented.
#![allow(dead_code, reason = "a document need not have fields of every kind")]

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A JSON array without its null items; null is an empty array.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        list(deserializer).map(Self)
    }
}

/// Deserialises an array without its null items; null is an empty array.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let places: Option<Places<T>> = Option::deserialize(deserializer)?;
    Ok(places.map_or_else(Vec::new, |places| places.items))
}

/// The items of an array, and the indices of its nulls.
pub(crate) struct Places<T> {
    pub(crate) items: Vec<T>,
    pub(crate) nulls: Vec<u32>,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        let (items, nulls) = (Vec::new(), Vec::new());
        Self { items, nulls }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Places<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PlacesVisitor(PhantomData))
    }
}

struct PlacesVisitor<T>(PhantomData<fn() -> T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PlacesVisitor<T> {
    type Value = Places<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut places = Places::default();
        let mut place = 0;
        while let Some(item) = items.next_element()? {
            let length = places.items.len();
            if length >= 1024 && length == places.items.capacity() {
                // A `Vec` would double its capacity, which is too much for a long list.
                places.items.reserve_exact(length / 4);
            }
            match item {
                Some(item) => places.items.push(item),
                None => places.nulls.push(place),
            }
            place += 1;
        }
        Ok(places)
    }
}

/// Deserialises an array of arrays without their null items; null is an empty array.
pub(crate) fn lists<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<Vec<T>>, D::Error> {
    let lists: Vec<List<T>> = list(deserializer)?;
    Ok(lists.into_iter().map(|list| list.0).collect())
}

/// Deserialises an object without its null members; null is an empty object.
pub(crate) fn map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    let members: Option<BTreeMap<String, Option<T>>> = Option::deserialize(deserializer)?;
    Ok(members
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect())
}

/// Deserialises null as an empty collection.
pub(crate) fn null_as_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Deserialises a member that is present as `Some`, even if it is null. `#[serde(default)]` covers an
/// absent member.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
