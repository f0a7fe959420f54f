//! Objects and arrays in one parameter of a request.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a document need not have each of these"
)]

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserializer as _, Serialize, Serializer};

use super::form;
use super::identifier::{self, encode_path};

/// An object that is sent as JSON in one query parameter; converted from the object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonParam<T>(pub T);

/// An array that is sent as one parameter with a separator between its items; converted from a `Vec` or
/// an array.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delimited<T, const SEPARATOR: char>(pub Vec<T>);

/// An array with commas between its items.
pub type CommaSeparated<T> = Delimited<T, ','>;

/// An array with spaces between its items.
pub type SpaceSeparated<T> = Delimited<T, ' '>;

/// An array with `|` between its items.
pub type PipeSeparated<T> = Delimited<T, '|'>;

/// An object that is sent as one parameter with commas between its members, and `BETWEEN` between the
/// name and the value of each; converted from the object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberList<T, const BETWEEN: char>(pub T);

/// An object that is sent as `a,1,b,2`.
pub type Members<T> = MemberList<T, ','>;

/// An object that is sent as `a=1,b=2`.
pub type Assignments<T> = MemberList<T, '='>;

impl<T, const SEPARATOR: char> From<Vec<T>> for Delimited<T, SEPARATOR> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<T, const SEPARATOR: char, const N: usize> From<[T; N]> for Delimited<T, SEPARATOR> {
    fn from(items: [T; N]) -> Self {
        Self(items.into())
    }
}

impl<T: fmt::Display, const SEPARATOR: char> fmt::Display for Delimited<T, SEPARATOR> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char(SEPARATOR)?;
            }
            write!(f, "{item}")?;
        }
        Ok(())
    }
}

impl<T: fmt::Display, const SEPARATOR: char> Serialize for Delimited<T, SEPARATOR> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<T: fmt::Display> CommaSeparated<T> {
    /// The items as one segment of the path: the commas are not encoded, the items are.
    pub(crate) fn in_path(&self) -> String {
        let items = self.0.iter().map(|item| encode_path(&item.to_string()));
        items.collect::<Vec<_>>().join(",")
    }
}

impl<T, const BETWEEN: char> From<T> for MemberList<T, BETWEEN> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize, const BETWEEN: char> fmt::Display for MemberList<T, BETWEEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = form::pairs(&self.0, &[]).map_err(|_| fmt::Error)?;
        for (index, (name, value)) in pairs.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{name}{BETWEEN}{value}")?;
        }
        Ok(())
    }
}

impl<T: Serialize, const BETWEEN: char> Serialize for MemberList<T, BETWEEN> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<T> From<T> for JsonParam<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for JsonParam<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&serde_json::to_string(&self.0).map_err(S::Error::custom)?)
    }
}

/// Writes the JSON in ASCII, as a header has it.
impl<T: Serialize> fmt::Display for JsonParam<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(&self.0).map_err(|_| fmt::Error)?;
        for c in json.chars() {
            match c.is_ascii() {
                true => f.write_char(c)?,
                false => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(f, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
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

/// Rejects a list that a server would parse as another one: an empty list, or an item with a separator.
pub(crate) fn check_items<T: fmt::Display, const SEPARATOR: char>(
    value: &Delimited<T, SEPARATOR>,
) -> Result<(), String> {
    if value.0.is_empty() {
        return Err("has no items; do not set it instead".to_owned());
    }
    match value
        .0
        .iter()
        .any(|item| item.to_string().contains(SEPARATOR))
    {
        true => Err(format!(
            "has an item with a {}, which would be parsed as two items",
            match SEPARATOR {
                ' ' => "space",
                '|' => "`|`",
                _ => "comma",
            }
        )),
        false => Ok(()),
    }
}

/// Rejects a list in the path that a server would parse as another one, or that would change the path.
pub(crate) fn check_segment<T: fmt::Display>(value: &CommaSeparated<T>) -> Result<(), String> {
    check_items(value)?;
    let mut items = value.0.iter().map(ToString::to_string);
    items.try_for_each(|item| {
        identifier::check(&item).map_err(|why| format!("has an item that {why}"))
    })
}

/// Rejects an object that a server would parse as another one: with a comma in a name or value.
pub(crate) fn check_members<T: Serialize, const BETWEEN: char>(
    value: &MemberList<T, BETWEEN>,
) -> Result<(), String> {
    let pairs = form::pairs(&value.0, &[])?;
    let is_unclear =
        |(name, value): &(String, String)| name.contains([',', BETWEEN]) || value.contains(',');
    match pairs.iter().any(is_unclear) {
        true => Err("has a member with a comma, which would be parsed as two members".to_owned()),
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
    parsed(&progenitor_client::QueryParam::new(name, value))
}

/// The query parameters that a deep object is sent as.
#[cfg(feature = "mock")]
pub(crate) fn deep_pairs<T: Serialize>(name: &str, value: &T) -> Vec<(String, String)> {
    parsed(&form::Deep(name, value))
}

#[cfg(feature = "mock")]
fn parsed(parameter: &impl Serialize) -> Vec<(String, String)> {
    let query = serde_urlencoded::to_string(parameter);
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
