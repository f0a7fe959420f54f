//! The order of a list.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a document need not have sorted lists"
)]

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// The key of a sorted list; implemented by the enums of keys in [`types`](crate::types).
pub trait SortKey: Clone + 'static {
    /// The documented keys.
    const KNOWN: &'static [Self];

    /// The name of the key in the API.
    fn as_str(&self) -> &str;
}

/// One key and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order<K> {
    key: K,
    descending: bool,
}

/// The order of a list: by the first key, then by the second, and so on.
///
/// Setters convert it from keys, their `asc()` and `desc()`, strings in the format of the API, and
/// arrays, slices and vectors of these:
///
/// ```
/// # use partner_api::prelude::*;
/// # let client = Client::with_api_key("key").build()?;
/// use types::ClientSort;
///
/// client.list_clients().sort(ClientSort::CreatedAt.desc());
/// client.list_clients().sort([ClientSort::Status.asc(), ClientSort::CreatedAt.desc()]);
/// client.list_clients().sort("-created_at");
/// client.list_clients().sort(["status", "-created_at"]);
/// client.list_clients().sort("status,-created_at");
/// # Ok::<(), partner_api::Error>(())
/// ```
///
/// A call fails before it is sent if a key is not documented. An order without keys is not sent.
///
/// A key, an [`Order`] and a `Sort` are also parsed with `FromStr`, so that a program can check what its
/// own users enter:
///
/// ```
/// use partner_api::Sort;
/// use partner_api::types::ClientSort;
///
/// let sort: Sort<ClientSort> = "status,-created_at".parse()?;
/// assert_eq!(sort.orders()[1], ClientSort::CreatedAt.desc());
/// assert_eq!("status".parse(), Ok(ClientSort::Status));
///
/// let error = "colour".parse::<ClientSort>().unwrap_err();
/// assert!(error.to_string().starts_with("`colour` is not a sort key; the keys are "));
/// # Ok::<(), partner_api::UnknownSortKey>(())
/// ```
///
/// The order is sent as one parameter: keys with commas between them, and a `-` before descending
/// keys. The provider documents only one key. Whether the API accepts several keys in this format is
/// not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sort<K>(Vec<Order<K>>);

/// A string that is not a key of the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` is not a sort key; the keys are {}", known.join(", "))]
pub struct UnknownSortKey {
    key: String,
    known: Vec<&'static str>,
}

impl<K: SortKey> Order<K> {
    /// Ascending order: the smallest value first.
    pub fn asc(key: K) -> Self {
        Self {
            key,
            descending: false,
        }
    }

    /// Descending order: the greatest value first.
    pub fn desc(key: K) -> Self {
        Self {
            key,
            descending: true,
        }
    }
}

impl<K> Order<K> {
    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Whether the order is descending.
    pub fn is_descending(&self) -> bool {
        self.descending
    }
}

impl<K> Sort<K> {
    /// The keys and their directions, the most significant first.
    pub fn orders(&self) -> &[Order<K>] {
        &self.0
    }
}

/// Parses a key.
pub(crate) fn key<K: SortKey>(name: &str) -> Result<K, UnknownSortKey> {
    let found = K::KNOWN.iter().find(|key| key.as_str() == name);
    found.cloned().ok_or_else(|| UnknownSortKey {
        key: name.to_owned(),
        known: K::KNOWN.iter().map(SortKey::as_str).collect(),
    })
}

impl<K: SortKey> From<K> for Order<K> {
    fn from(key: K) -> Self {
        Self::asc(key)
    }
}

impl<K: SortKey> TryFrom<&str> for Order<K> {
    type Error = UnknownSortKey;

    fn try_from(string: &str) -> Result<Self, UnknownSortKey> {
        match string.strip_prefix('-') {
            Some(string) => key(string).map(Self::desc),
            None => key(string).map(Self::asc),
        }
    }
}

impl<K: SortKey> FromStr for Order<K> {
    type Err = UnknownSortKey;

    fn from_str(string: &str) -> Result<Self, UnknownSortKey> {
        Self::try_from(string)
    }
}

impl<K: SortKey> TryFrom<String> for Order<K> {
    type Error = UnknownSortKey;

    fn try_from(string: String) -> Result<Self, UnknownSortKey> {
        Self::try_from(string.as_str())
    }
}

impl<K> FromIterator<Order<K>> for Sort<K> {
    fn from_iter<I: IntoIterator<Item = Order<K>>>(orders: I) -> Self {
        Self(orders.into_iter().collect())
    }
}

impl<K: SortKey> From<K> for Sort<K> {
    fn from(key: K) -> Self {
        Self(vec![key.into()])
    }
}

impl<K> From<Order<K>> for Sort<K> {
    fn from(order: Order<K>) -> Self {
        Self(vec![order])
    }
}

impl<K: SortKey> TryFrom<&str> for Sort<K> {
    type Error = UnknownSortKey;

    fn try_from(string: &str) -> Result<Self, UnknownSortKey> {
        string.split(',').map(Order::try_from).collect()
    }
}

impl<K: SortKey> FromStr for Sort<K> {
    type Err = UnknownSortKey;

    fn from_str(string: &str) -> Result<Self, UnknownSortKey> {
        Self::try_from(string)
    }
}

impl<K: SortKey> TryFrom<String> for Sort<K> {
    type Error = UnknownSortKey;

    fn try_from(string: String) -> Result<Self, UnknownSortKey> {
        Self::try_from(string.as_str())
    }
}

impl<K: SortKey> TryFrom<&String> for Sort<K> {
    type Error = UnknownSortKey;

    fn try_from(string: &String) -> Result<Self, UnknownSortKey> {
        Self::try_from(string.as_str())
    }
}

impl<K, T, const N: usize> TryFrom<[T; N]> for Sort<K>
where
    Order<K>: TryFrom<T>,
{
    type Error = <Order<K> as TryFrom<T>>::Error;

    fn try_from(items: [T; N]) -> Result<Self, Self::Error> {
        items.into_iter().map(Order::try_from).collect()
    }
}

impl<K, T, const N: usize> TryFrom<&[T; N]> for Sort<K>
where
    T: Clone,
    Order<K>: TryFrom<T>,
{
    type Error = <Order<K> as TryFrom<T>>::Error;

    fn try_from(items: &[T; N]) -> Result<Self, Self::Error> {
        Self::try_from(items.as_slice())
    }
}

impl<K, T> TryFrom<&[T]> for Sort<K>
where
    T: Clone,
    Order<K>: TryFrom<T>,
{
    type Error = <Order<K> as TryFrom<T>>::Error;

    fn try_from(items: &[T]) -> Result<Self, Self::Error> {
        items.iter().cloned().map(Order::try_from).collect()
    }
}

impl<K, T> TryFrom<Vec<T>> for Sort<K>
where
    Order<K>: TryFrom<T>,
{
    type Error = <Order<K> as TryFrom<T>>::Error;

    fn try_from(items: Vec<T>) -> Result<Self, Self::Error> {
        items.into_iter().map(Order::try_from).collect()
    }
}

impl<K: SortKey> fmt::Display for Order<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.descending { "-" } else { "" };
        write!(f, "{sign}{}", self.key.as_str())
    }
}

impl<K: SortKey> fmt::Display for Sort<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, order) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{order}")?;
        }
        Ok(())
    }
}

impl<K: SortKey> Serialize for Sort<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() {
            return serializer.serialize_none();
        }
        serializer.collect_str(self)
    }
}

/// Implements [`SortKey`] for an enum with `KNOWN` and `as_str`.
macro_rules! sort_key {
    ($name:ident) => {
        impl crate::values::sort::SortKey for $name {
            const KNOWN: &'static [Self] = Self::KNOWN;

            fn as_str(&self) -> &str {
                self.as_str()
            }
        }

        impl $name {
            /// Ascending order by this key: the smallest value first.
            #[must_use]
            pub fn asc(self) -> crate::values::sort::Order<Self> {
                crate::values::sort::Order::asc(self)
            }

            /// Descending order by this key: the greatest value first.
            #[must_use]
            pub fn desc(self) -> crate::values::sort::Order<Self> {
                crate::values::sort::Order::desc(self)
            }
        }
    };
}

/// Implements the traits of an enum of keys without an unknown variant.
macro_rules! closed_sort_key {
    ($name:ident) => {
        crate::values::sort::sort_key!($name);

        impl ::std::str::FromStr for $name {
            type Err = crate::values::sort::UnknownSortKey;

            fn from_str(string: &str) -> ::std::result::Result<Self, Self::Err> {
                crate::values::sort::key(string)
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                let keys: ::std::vec::Vec<_> = Self::KNOWN.iter().map(Self::as_str).collect();
                ::schemars::json_schema!({"type": "string", "enum": keys})
            }
        }
    };
}

pub(crate) use {closed_sort_key, sort_key};
