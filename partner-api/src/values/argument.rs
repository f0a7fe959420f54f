//! Converts and checks the arguments of calls when they are set, before anything is sent.
#![allow(dead_code, reason = "a document need not have arguments of every kind")]

use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

/// What a setter of a call takes for an argument of type `T`: a `T`, or anything that converts into it
/// with `TryInto`.
///
/// A conversion that fails is reported by the call, with the name of the argument and before anything is
/// sent. `M` is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not valid for an argument of type `{T}`",
    label = "expected a `{T}`, or what converts into it",
    note = "pass a `{T}`, a string if it is an id or another string, or any type that implements `TryInto<{T}>`",
    note = "ids of different kinds do not convert into each other: check that the arguments are not swapped"
)]
pub trait Argument<T, M> {
    #[doc(hidden)]
    fn read(self) -> Result<T, String>;
}

/// What a setter of a call takes for an argument of type `T` that may be left out: what [`Argument`]
/// takes, or an `Option` of that. `None` leaves the argument out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not valid for an argument of type `{T}`",
    label = "expected a `{T}`, what converts into it, or an `Option` of these",
    note = "pass a `{T}`, any type that implements `TryInto<{T}>`, or an `Option` of these"
)]
pub trait OptionalArgument<T, M> {
    #[doc(hidden)]
    fn read(self) -> Result<Option<T>, String>;
}

/// Marks the implementations for what converts into the type of the argument.
#[derive(Debug)]
pub enum Convertible {}

/// Marks the implementations for options.
#[derive(Debug)]
pub enum Maybe {}

/// Marks implementations that no type has. With two implementations that could fit, rustc reports that
/// none does, in the words of the trait; with one, it would report what that one lacks.
#[derive(Debug)]
pub enum Never {}

/// A trait that no type implements.
pub trait Impossible {
    #[doc(hidden)]
    fn never(self) -> String;
}

impl<T, V> Argument<T, Convertible> for V
where
    V: TryInto<T>,
    V::Error: Display,
{
    fn read(self) -> Result<T, String> {
        self.try_into().map_err(|why| why.to_string())
    }
}

impl<T, V: Impossible> Argument<T, Never> for V {
    fn read(self) -> Result<T, String> {
        Err(self.never())
    }
}

impl<T, V> OptionalArgument<T, Convertible> for V
where
    V: TryInto<T>,
    V::Error: Display,
{
    fn read(self) -> Result<Option<T>, String> {
        Argument::read(self).map(Some)
    }
}

#[diagnostic::do_not_recommend]
impl<T, V> OptionalArgument<T, Maybe> for Option<V>
where
    V: TryInto<T>,
    V::Error: Display,
{
    fn read(self) -> Result<Option<T>, String> {
        self.map(Argument::read).transpose()
    }
}

impl<T, V: Impossible> OptionalArgument<T, Never> for V {
    fn read(self) -> Result<Option<T>, String> {
        Err(self.never())
    }
}

/// Reads an argument. The error names it, and the reason.
pub(crate) fn read<T, M>(name: &str, value: impl Argument<T, M>) -> Result<T, String> {
    value.read().map_err(|why| format!("{name}: {why}"))
}

/// Reads an argument whose type has values that must not be sent.
pub(crate) fn checked<T, M, E: Display>(
    name: &str,
    value: impl Argument<T, M>,
    check: impl FnOnce(&T) -> Result<(), E>,
) -> Result<T, String> {
    let value = read(name, value)?;
    check(&value).map_err(|why| format!("{name}: {why}"))?;
    Ok(value)
}

/// Reads an argument that may be left out.
pub(crate) fn read_optional<T, M>(
    name: &str,
    value: impl OptionalArgument<T, M>,
) -> Result<Option<T>, String> {
    value.read().map_err(|why| format!("{name}: {why}"))
}

/// Reads an argument that may be left out, and whose type has values that must not be sent.
pub(crate) fn checked_optional<T, M, E: Display>(
    name: &str,
    value: impl OptionalArgument<T, M>,
    check: impl FnOnce(&T) -> Result<(), E>,
) -> Result<Option<T>, String> {
    let value = read_optional(name, value)?;
    let checked = value.as_ref().map_or(Ok(()), check);
    checked.map_err(|why| format!("{name}: {why}"))?;
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
