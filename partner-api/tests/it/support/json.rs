//! Changes of a response that must not change its meaning.

use serde_json::{Map, Value, json};

/// Members with any content, which the documentation does not describe.
const FREE_FORM: [&str; 4] = ["created_by", "filters", "modified_by", "payment_plan"];

/// The OpenAPI document that the client is generated from.
pub fn document() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/partner-api.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect(path)).expect(path)
}

/// The file `name` in `tests/resources`.
pub fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/resources/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A response in which null, an empty array or object, and absent are all the same.
pub fn meaning(value: &Value) -> Value {
    fn is_empty(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        }
    }
    match value {
        Value::Array(items) => items
            .iter()
            .filter(|item| !item.is_null())
            .map(meaning)
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), meaning(value)))
            .filter(|(_, value)| !is_empty(value))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// The response with undocumented fields in every object, and null in every array.
pub fn with_additions(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let items = items.iter().map(with_additions);
            [Value::Null]
                .into_iter()
                .chain(items)
                .chain([Value::Null])
                .collect()
        }
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let free_form = FREE_FORM.contains(&name.as_str());
                (
                    name.clone(),
                    if free_form {
                        value.clone()
                    } else {
                        with_additions(value)
                    },
                )
            });
            let additions = [
                ("added_flag", json!(true)),
                (
                    "added_object",
                    json!({"id": "n3wCH", "deep": [{"er": null}]}),
                ),
                ("added_list", json!([1, "two", null])),
                ("added_null", json!(null)),
            ];
            members
                .chain(additions.map(|(name, value)| (name.to_owned(), value)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

/// The response with the values of an object in place of that object, for each object with a type.
pub fn without_names(value: &Value) -> Vec<Value> {
    let replaced = |key: &Key, inner: &Value| {
        let replaced = without_names(inner).into_iter();
        let replaced = replaced.map(|inner| with(value, key, inner));
        replaced.collect::<Vec<_>>()
    };
    match value {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(nth, item)| replaced(&Key::Nth(nth), item))
                .collect()
        }
        Value::Object(members) => {
            let typed = members
                .iter()
                .filter(|(name, _)| !FREE_FORM.contains(&name.as_str()));
            let inner = typed.flat_map(|(name, inner)| replaced(&Key::Name(name.clone()), inner));
            let whole = members.values().cloned().collect();
            inner.chain([whole]).collect()
        }
        _ => Vec::new(),
    }
}

/// The response with null for one member of an object or one item of an array, for each of them;
/// and with null for all members of an object together.
pub fn with_nulls(value: &Value) -> Vec<Value> {
    let keys: Vec<Key> = match value {
        Value::Array(items) => (0..items.len()).map(Key::Nth).collect(),
        Value::Object(members) => members.keys().cloned().map(Key::Name).collect(),
        _ => return Vec::new(),
    };
    let mut variants = Vec::new();
    if let Value::Object(members) = value {
        variants.push(
            members
                .keys()
                .map(|name| (name.clone(), Value::Null))
                .collect::<Map<_, _>>()
                .into(),
        );
    }
    for key in &keys {
        variants.push(with(value, key, Value::Null));
        let inner = match key {
            Key::Name(name) => &value[name],
            Key::Nth(nth) => &value[nth],
        };
        let inner = with_nulls(inner).into_iter();
        variants.extend(inner.map(|inner| with(value, key, inner)));
    }
    variants
}

/// A copy with another member or item.
fn with(value: &Value, key: &Key, new: Value) -> Value {
    let mut copy = value.clone();
    match (key, &mut copy) {
        (Key::Name(name), Value::Object(members)) => drop(members.insert(name.clone(), new)),
        (Key::Nth(nth), Value::Array(items)) => items[*nth] = new,
        _ => unreachable!("the key is of this value"),
    }
    copy
}

enum Key {
    Name(String),
    Nth(usize),
}
