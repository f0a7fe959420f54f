//! Converts and checks the arguments of calls when they are set, before anything is sent.
#![allow(dead_code, reason = "a document need not have arguments of every kind")]

use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

/// Converts an argument. The error names the argument and the reason.
pub(crate) fn read<V, T>(name: &str, value: V) -> Result<T, String>
where
    V: TryInto<T>,
    V::Error: Display,
{
    value.try_into().map_err(|why| format!("{name}: {why}"))
}

/// Converts an argument to a type that has values which must not be sent.
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

/// Rejects an update without fields: more likely a field was forgotten.
pub(crate) fn sets_something<T: Serialize>(body: &T) -> Result<(), &'static str> {
    match serde_json::to_value(body) {
        Ok(Value::Object(members)) if members.is_empty() => {
            Err("sets nothing, so the call would change nothing")
        }
        // The call reports a body that cannot be serialised.
        _ => Ok(()),
    }
}
