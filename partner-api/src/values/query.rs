//! Objects and arrays in the query of a request.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a document need not have each of these"
)]

use std::collections::HashSet;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserializer as _, Serialize, Serializer};

/// An object that is sent as JSON in one query parameter; converted from the object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonParam<T>(pub T);

/// An object that is sent as one query parameter for each of its members; converted from the object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FormParam<T>(pub T);

/// An array that is sent as one query parameter with commas between its items; converted from a `Vec`
/// or an array.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommaSeparated<T>(pub Vec<T>);

impl<T> From<Vec<T>> for CommaSeparated<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T, const N: usize> From<[T; N]> for CommaSeparated<T> {
    fn from(items: [T; N]) -> Self {
        Self(items.into())
    }
}

impl<T: fmt::Display> fmt::Display for CommaSeparated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl<T: fmt::Display> Serialize for CommaSeparated<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<T> From<T> for JsonParam<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> From<T> for FormParam<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for JsonParam<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(&self.0).map_err(S::Error::custom)?)
    }
}

impl<T: Serialize> fmt::Display for JsonParam<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl<T: Serialize> Serialize for FormParam<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Serialize> fmt::Display for FormParam<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        JsonParam(&self.0).fmt(f)
    }
}

/// Rejects an object that cannot be serialised, or that sets a member twice: in its own field and
/// among the members that are not documented.
pub(crate) fn check<T: Serialize>(value: &JsonParam<T>) -> Result<(), serde_json::Error> {
    let json = serde_json::to_string(&value.0)?;
    if !json.starts_with('{') {
        return Ok(());
    }
    serde_json::Deserializer::from_str(&json).deserialize_any(UniqueMembers)
}

/// Rejects a list that a server would parse as another one: an empty list, or an item with a comma.
pub(crate) fn check_items<T: fmt::Display>(value: &CommaSeparated<T>) -> Result<(), &'static str> {
    if value.0.is_empty() {
        return Err("has no items; do not set it instead");
    }
    match value.0.iter().any(|item| item.to_string().contains(',')) {
        true => Err("has an item with a comma, which would be parsed as two items"),
        false => Ok(()),
    }
}

/// Accepts an object without duplicate members.
struct UniqueMembers;

impl<'de> Visitor<'de> for UniqueMembers {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some((name, _)) = members.next_entry::<String, IgnoredAny>()? {
            if seen.contains(&name) {
                return Err(A::Error::custom(format_args!("`{name}` is set twice")));
            }
            seen.insert(name);
        }
        Ok(())
    }
}

/// The query parameters that a value is sent as.
#[cfg(feature = "mock")]
pub(crate) fn pairs<T: Serialize>(name: &str, value: &T) -> Vec<(String, String)> {
    let query = serde_urlencoded::to_string(progenitor_client::QueryParam::new(name, value));
    let mut url = reqwest::Url::parse("http://localhost").ok();
    if let (Some(url), Ok(query)) = (&mut url, query) {
        url.set_query(Some(&query));
    }
    url.iter()
        .flat_map(|url| url.query_pairs().into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{JsonParam, check};

    #[test]
    fn only_objects_have_duplicate_members() {
        for value in [json!([1, 1]), json!("{"), json!(null)] {
            assert!(check(&JsonParam(value)).is_ok());
        }
    }
}
