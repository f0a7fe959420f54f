//! Reading what the API sends although the documentation does not say so.
#![allow(dead_code, reason = "a document need not have fields of every kind")]

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A JSON array in which null items are left out, or null for an empty one.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        list(deserializer).map(Self)
    }
}

/// An array without its null items; null is an empty one.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let places: Option<Places<T>> = Option::deserialize(deserializer)?;
    Ok(places.map_or_else(Vec::new, |places| places.items))
}

/// The items of an array, and which places have null instead of one.
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
                // Twice as much, as a `Vec` would take, is too much where it is much.
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

/// An array of arrays, both without their null items; null is an empty one.
pub(crate) fn lists<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<Vec<T>>, D::Error> {
    let lists: Vec<List<T>> = list(deserializer)?;
    Ok(lists.into_iter().map(|list| list.0).collect())
}

/// An object without its null members; null is an empty one.
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

/// Null is an empty collection.
pub(crate) fn null_as_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// What is there is `Some`, be it null; what is absent is left to `#[serde(default)]`.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
