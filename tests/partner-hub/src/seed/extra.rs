//! Members that the API sends and the crate's types do not have.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Members that are sent beside those of a type, and nulls that are sent in their place.
pub(crate) type Extra = BTreeMap<String, Value>;

pub(crate) fn nulls(names: &[&str]) -> Extra {
    names
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect()
}

/// The JSON of a value with its extra members, which replace its own.
pub(crate) fn with_extra<T: Serialize>(value: &T, extra: &Extra) -> String {
    // A null stands for a member that the value does not have.
    if !extra.values().all(Value::is_null) {
        return Value::Object(object(value, extra)).to_string();
    }
    #[derive(Serialize)]
    struct Both<'a, T> {
        #[serde(flatten)]
        value: &'a T,
        #[serde(flatten)]
        extra: &'a Extra,
    }
    let json = if extra.is_empty() {
        serde_json::to_string(value)
    } else {
        serde_json::to_string(&Both { value, extra })
    };
    json.unwrap_or_default()
}

/// The same as [`with_extra`], parsed.
pub(crate) fn object<T: Serialize>(value: &T, extra: &Extra) -> Map<String, Value> {
    let mut members = match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    members.extend(extra.clone());
    members
}

/// The value in an object, and the members that its type cannot read or would not send as they are.
pub(crate) fn without_extra<T: Serialize + DeserializeOwned + Default>(
    members: Map<String, Value>,
) -> (T, Extra) {
    let readable = |name: &String, member: &Value| {
        let alone: Map<_, _> = [(name.clone(), member.clone())].into_iter().collect();
        T::deserialize(&alone).is_ok()
    };
    let known = members
        .iter()
        .filter(|(name, member)| readable(name, member));
    let known: Map<_, _> = known.map(|(name, it)| (name.clone(), it.clone())).collect();
    let value = T::deserialize(&known).unwrap_or_default();
    let own = object(&value, &Extra::new());
    let extra = members.into_iter();
    let extra = extra.filter(|(name, member)| own.get(name) != Some(member));
    (value, extra.collect())
}
