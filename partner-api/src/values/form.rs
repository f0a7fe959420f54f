//! Objects as names and strings: forms, and objects in the query of a request.
//!
//! OpenAPI leaves open how a value inside another is written; these are the usual notations:
//!
//! - an array is one pair for each item: `tags=a&tags=b`
//! - an object inside is JSON: `card={"number":"42"}`
//! - a "deep object" has the names of its members in brackets: `card[number]=42`. An array in it is
//!   `tags[]=a&tags[]=b`, or `items[0][id]=a&items[1][id]=b` if its items are objects or arrays
//! - null and an empty array are left out
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a document need not have each of these"
)]

use progenitor_client::QueryParam;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::number::NotFinite;

/// An object that is sent as one query parameter for each of its members; converted from the object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FormParam<T>(pub T);

/// An object or array that is sent as query parameters with brackets in their names, such as
/// `filter[status]`; converted from the object or array.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeepParam<T>(pub T);

impl<T> From<T> for FormParam<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> From<T> for DeepParam<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for FormParam<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = pairs(&self.0, &[]).map_err(S::Error::custom)?;
        serializer.collect_map(pairs)
    }
}

/// The query parameters of a deep object with this name; none if it is not set.
pub(crate) struct Deep<'a, T>(pub(crate) &'a str, pub(crate) &'a T);

impl<T: Serialize> Serialize for Deep<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(name, value) = self;
        let value = serde_json::to_value(value).map_err(S::Error::custom)?;
        let mut pairs = Vec::new();
        Notation::Deep.write(&mut pairs, name, &value);
        pairs.serialize(serializer)
    }
}

/// How a member of a form is written.
#[derive(Clone, Copy)]
pub(crate) enum Notation {
    /// A pair for each item of an array, and JSON for an object.
    Repeated,
    /// The items of an array with a character between them.
    Separated(char),
    /// Names in brackets.
    Deep,
    /// JSON, whatever it is.
    Json,
}

impl Notation {
    fn write(self, pairs: &mut Vec<(String, String)>, name: &str, value: &Value) {
        let mut add = |value: String| pairs.push((name.to_owned(), value));
        match (self, value) {
            (_, Value::Null) => {}
            (Self::Json, value) => add(value.to_string()),
            (Self::Deep, value @ (Value::Array(_) | Value::Object(_))) => deep(pairs, name, value),
            (Self::Separated(_), Value::Array(items)) if items.is_empty() => {}
            (Self::Separated(separator), Value::Array(items)) => {
                let items: Vec<_> = items.iter().filter_map(string).collect();
                add(items.join(separator.encode_utf8(&mut [0; 4])));
            }
            (_, Value::Array(items)) => items.iter().filter_map(string).for_each(add),
            (_, value) => string(value).into_iter().for_each(add),
        }
    }
}

fn deep(pairs: &mut Vec<(String, String)>, name: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                deep(pairs, &format!("{name}[{member}]"), value);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                match item.is_object() || item.is_array() {
                    true => deep(pairs, &format!("{name}[{index}]"), item),
                    false => deep(pairs, &format!("{name}[]"), item),
                }
            }
        }
        value => pairs.extend(string(value).map(|value| (name.to_owned(), value))),
    }
}

/// The pairs of an object; `notations` has the members that are not [`Notation::Repeated`].
pub(crate) fn pairs<T: Serialize>(
    object: &T,
    notations: &[(&str, Notation)],
) -> Result<Vec<(String, String)>, String> {
    let members = match serde_json::to_value(object) {
        Ok(Value::Object(members)) => members,
        Ok(Value::Null) => serde_json::Map::new(),
        Ok(_) => return Err("is not an object, so it cannot be sent as a form".to_owned()),
        Err(why) => return Err(why.to_string()),
    };
    let mut pairs = Vec::new();
    for (name, value) in &members {
        let own = notations.iter().find(|(member, _)| member == name);
        let notation = own.map_or(Notation::Repeated, |(_, notation)| *notation);
        notation.write(&mut pairs, name, value);
    }
    Ok(pairs)
}

/// The pairs of a parameter: none for null, one for each item of an array, and JSON for an object.
pub(crate) fn parameter<T: Serialize>(
    name: &str,
    value: &T,
) -> Result<Vec<(String, String)>, String> {
    let json = serde_json::to_value(value).map_err(|why| why.to_string())?;
    // A number that JSON cannot express is null there.
    let is_none =
        || serde_json::to_value(QueryParam::new(name, value)).is_ok_and(|it| it.is_null());
    if json.is_null() && !is_none() {
        return Err(NotFinite.to_string());
    }
    let mut pairs = Vec::new();
    Notation::Repeated.write(&mut pairs, name, &json);
    Ok(pairs)
}

/// A value as one string: JSON if it is an array or object, `None` for null. A whole number has no
/// fraction.
pub(crate) fn string(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(string) => Some(string.clone()),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => Some(number.to_string()),
            None => Some(number.to_string()),
        },
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Notation, pairs};

    fn joined(pairs: impl IntoIterator<Item = (String, String)>) -> String {
        let pairs = pairs.into_iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("&")
    }

    #[test]
    fn every_value_has_a_notation() {
        let object = json!({"a": null, "b": [1.0, true, null, {"c": 2}], "d": {"e": "f"}, "g": [], "h": 1.5});
        let plain = r#"b=1&b=true&b={"c":2}&d={"e":"f"}&h=1.5"#;
        assert_eq!(pairs(&object, &[]).map(joined).as_deref(), Ok(plain));
        let notations = [
            ("b", Notation::Separated('|')),
            ("d", Notation::Deep),
            ("h", Notation::Json),
            ("g", Notation::Separated(',')),
        ];
        let special = r#"b=1|true|{"c":2}&d[e]=f&h=1.5"#;
        assert_eq!(
            pairs(&object, &notations).map(joined).as_deref(),
            Ok(special)
        );
        assert!(pairs(&json!([1]), &[]).is_err());
    }

    #[test]
    fn a_deep_object_has_its_names_in_brackets() {
        let object = json!({"a": "x", "b": {"c": [1, 2]}, "d": [{"e": 1}, [2]], "f": null});
        let mut pairs = Vec::new();
        Notation::Deep.write(&mut pairs, "q", &object);
        assert_eq!(
            joined(pairs),
            "q[a]=x&q[b][c][]=1&q[b][c][]=2&q[d][0][e]=1&q[d][1][]=2"
        );
    }
}
