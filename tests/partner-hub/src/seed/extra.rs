//! Members that the API sends and the crate's types do not have.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Members that are sent beside those of a type, and nulls that are sent in their place.
pub(crate) type Extra = BTreeMap<String, Value>;

pub(crate) fn nulls(names: &[&str]) -> Extra {
    names
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect()
}

/// The JSON of a value with its extra members.
pub(crate) fn with_extra<T: Serialize>(value: &T, extra: &Extra) -> String {
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
