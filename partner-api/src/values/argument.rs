//! The arguments of calls: each is read and checked when it is given, before anything is sent.
#![allow(dead_code, reason = "a document need not have arguments of every kind")]

use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

/// The value of an argument, or why it cannot be sent, with the argument's name.
pub(crate) fn read<V, T>(name: &str, value: V) -> Result<T, String>
where
    V: TryInto<T>,
    V::Error: Display,
{
    value.try_into().map_err(|why| format!("{name}: {why}"))
}

/// The same for a type that holds values which cannot be sent.
pub(crate) fn checked<V, T, E>(
    name: &str,
    value: V,
    check: impl FnOnce(&T) -> Result<(), E>,
) -> Result<T, String>
where
    V: TryInto<T>,
    V::Error: Display,
    E: Display,
{
    let value = read(name, value)?;
    check(&value).map_err(|why| format!("{name}: {why}"))?;
    Ok(value)
}

/// Refuses an update that changes nothing: more likely a field was forgotten.
pub(crate) fn sets_something<T: Serialize>(body: &T) -> Result<(), &'static str> {
    match serde_json::to_value(body) {
        Ok(Value::Object(members)) if members.is_empty() => {
            Err("sets nothing, so the call would change nothing")
        }
        // The call tells of a body that cannot be written.
        _ => Ok(()),
    }
}
