//! What a scalar of YAML is in JSON.

use granit_parser::Tag;
use serde_json::{Number, Value};

pub(super) fn scalar(text: &str, is_plain: bool, tag: Option<&Tag>) -> Result<Value, String> {
    let kind = tag.map(|tag| (tag.core_suffix(), tag.original()));
    Ok(match kind {
        None if is_plain => plain(text),
        None | Some((Some("str"), _)) => text.into(),
        Some((Some("null" | "bool" | "int" | "float"), _)) => plain(text),
        // The tag `!` states that a plain scalar is a string.
        Some((None, original)) if original == "!" => text.into(),
        Some(_) => return Err(unknown_tag(tag)),
    })
}

/// The value of a plain scalar.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        text => match serde_json::from_str::<Number>(text) {
            Ok(number) => number.into(),
            Err(_) => text.into(),
        },
    }
}

pub(super) fn unknown_tag(tag: Option<&Tag>) -> String {
    let tag = tag.map(Tag::original).unwrap_or_default();
    format!("the tag `{tag}` has no meaning in OpenAPI; remove it")
}
