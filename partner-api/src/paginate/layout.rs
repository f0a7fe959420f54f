//! Deserialises one page of a list.
//!
//! A cursor needs more of a response than its generated type has: whether the list is present at all,
//! and which places have null instead of an item, because they count for offsets.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde_json::{Number, Value};

use crate::values::lenient::Places;

/// A page as it was fetched.
#[derive(Debug)]
pub(crate) struct Fetched<T> {
    pub(crate) items: Vec<T>,
    /// The places that have null instead of an item, ascending.
    pub(crate) nulls: Vec<u32>,
    pub(crate) total: Option<u64>,
    pub(crate) limit: Option<u64>,
}

/// Where the items of a response are.
pub(crate) struct Layout<T> {
    /// The member that contains the page, if the response is an envelope.
    pub(crate) envelope: Option<&'static str>,
    /// The member of the page that contains the items.
    pub(crate) items: &'static str,
    /// Whether items may have an `id` that their type does not have.
    pub(super) has_ids: bool,
    item: PhantomData<fn() -> T>,
}

impl<T> Layout<T> {
    pub(crate) const fn new(envelope: Option<&'static str>, items: &'static str) -> Self {
        Self {
            envelope,
            items,
            has_ids: false,
            item: PhantomData,
        }
    }

    /// For items that may have an `id`, although their type does not have it.
    pub(crate) const fn with_ids(mut self) -> Self {
        self.has_ids = true;
        self
    }

    /// The members on the way to the items.
    pub(super) fn members(self) -> [&'static str; 2] {
        [self.envelope.unwrap_or_default(), self.items]
    }
}

impl<T> Clone for Layout<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Layout<T> {}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Layout<T> {
    type Value = Fetched<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Layout<T> {
    type Value = Fetched<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut page = None;
        let mut items: Option<Option<Places<T>>> = None;
        let (mut total, mut limit) = (None, None);
        while let Some(name) = members.next_key::<String>()? {
            match (self.envelope, name.as_str()) {
                (Some(envelope), name) if name == envelope => {
                    page = Some(members.next_value_seed(Self::new(None, self.items))?);
                }
                (None, name) if name == self.items => items = Some(members.next_value()?),
                (None, "total") => total = members.next_value::<Option<Number>>()?,
                // Optional, and ignored if it is not a number.
                (None, "limit") => limit = members.next_value::<Option<Value>>()?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        if let Some(envelope) = self.envelope {
            return page.ok_or_else(|| A::Error::missing_field(envelope));
        }
        let total = total.as_ref().and_then(count);
        let places = match items.ok_or_else(|| A::Error::missing_field(self.items))? {
            Some(places) => places,
            // Some servers send null for an empty list, and some for a failure.
            None if total.is_none() => {
                return Err(A::Error::invalid_type(
                    Unexpected::Unit,
                    &"a list or a total",
                ));
            }
            None => Places::default(),
        };
        Ok(Fetched {
            items: places.items,
            nulls: places.nulls,
            total,
            limit: limit.as_ref().and_then(Value::as_number).and_then(count),
        })
    }
}

/// A number of items, which cannot be negative.
fn count(number: &Number) -> Option<u64> {
    let whole = number.as_f64().filter(|number| *number >= 0.0);
    number.as_u64().or(whole.map(|number| number as u64))
}
