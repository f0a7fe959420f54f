//! Enums of values of several types, which keep what is of none of them.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a document need not have unions"
)]

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// What distinguishes the values of an alternative from others.
pub(crate) enum Test {
    /// An object with all of these members.
    Object(&'static [Member]),
    /// An array whose first item passes one of these tests. Any array if there are none.
    Array(&'static [Self]),
    String,
    Integer,
    Number,
    Boolean,
}

/// What an object must have to be of an alternative.
pub(crate) enum Member {
    /// A member that is not null.
    Present(&'static str),
    /// A member with one of these values.
    OneOf(&'static str, &'static [Constant]),
    /// A member that passes one of these tests.
    Type(&'static str, &'static [Test]),
    /// One of these.
    Any(&'static [Self]),
    /// None of these.
    Neither(&'static [Self]),
}

/// A value that a member may have.
pub(crate) enum Constant {
    Str(&'static str),
    Int(i64),
    Bool(bool),
}

impl Test {
    /// Whether a value passes.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Object(members), Value::Object(all)) => members.iter().all(|it| it.accepts(all)),
            (Self::Array(tests), Value::Array(items)) => {
                let first = items.iter().find(|item| !item.is_null());
                tests.is_empty()
                    || first.is_none_or(|item| tests.iter().any(|test| test.accepts(item)))
            }
            (Self::Integer, Value::Number(number)) => !number.is_f64(),
            // An `f64` does not hold every integer.
            (Self::Number, Value::Number(number)) => {
                let is_exact = |integer: i64| integer.unsigned_abs() <= 1 << 53;
                number.is_f64() || number.as_i64().is_some_and(is_exact)
            }
            (Self::String, Value::String(_)) | (Self::Boolean, Value::Bool(_)) => true,
            _ => false,
        }
    }
}

impl Member {
    fn accepts(&self, members: &Map<String, Value>) -> bool {
        match self {
            Self::Present(name) => members.get(*name).is_some_and(|value| !value.is_null()),
            Self::OneOf(name, values) => members
                .get(*name)
                .is_some_and(|value| values.iter().any(|constant| constant.is(value))),
            Self::Type(name, tests) => members
                .get(*name)
                .is_some_and(|value| tests.iter().any(|test| test.accepts(value))),
            Self::Any(all) => all.iter().any(|member| member.accepts(members)),
            Self::Neither(all) => !all.iter().any(|member| member.accepts(members)),
        }
    }
}

impl Constant {
    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Str(string) => value == string,
            Self::Int(number) => value == number,
            Self::Bool(truth) => value == truth,
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Str(string) => Value::from(*string),
            Self::Int(number) => Value::from(*number),
            Self::Bool(truth) => Value::from(*truth),
        }
    }
}

/// Serialises a value of an alternative. A member that selects the alternative and is missing is added.
pub(crate) fn write<T: Serialize, S: Serializer>(
    value: &T,
    when: &Test,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let fixed = |member: &&'static Member| matches!(member, Member::OneOf(..));
    let members = match when {
        Test::Object(members) => members.iter(),
        _ => [].iter(),
    };
    let mut members = members.filter(fixed).peekable();
    if members.peek().is_none() {
        return value.serialize(serializer);
    }
    let mut value = serde_json::to_value(value).map_err(serde::ser::Error::custom)?;
    if let Value::Object(all) = &mut value {
        for member in members {
            if let Member::OneOf(name, [first, ..]) = member {
                all.entry(*name).or_insert_with(|| first.json());
            }
        }
    }
    value.serialize(serializer)
}

/// A test, in whose expression the variants of the enums above need no path.
macro_rules! test {
    ($when:expr) => {{
        #[allow(unused_imports, reason = "a test need not have each of them")]
        const WHEN: crate::values::open_union::Test = {
            use crate::values::open_union::{Constant::*, Member::*, Test::*};
            $when
        };
        &WHEN
    }};
}

/// Implements the traits of a generated union.
macro_rules! open_union {
    ($name:ident, $($variant:ident($held:ty) if $when:expr),+) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => {
                        let when = crate::values::open_union::test!($when);
                        crate::values::open_union::write(value, when, serializer)
                    })+
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                $(if crate::values::open_union::test!($when).accepts(&value) {
                    // What does not decode is kept, too.
                    let known = <$held as ::serde::Deserialize>::deserialize(&value);
                    return Ok(known.map_or_else(|_| Self::Unknown(value), Self::$variant));
                })+
                Ok(Self::Unknown(value))
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({"anyOf": [$(generator.subschema_for::<$held>()),+]})
            }
        }
    };
}

pub(crate) use {open_union, test};
