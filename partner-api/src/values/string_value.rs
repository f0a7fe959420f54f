//! Types that hold a string exactly as the API sent it.
#![allow(
    unused_imports,
    unused_macros,
    reason = "a document need not have such types"
)]

use std::fmt;
use std::sync::Arc;

use serde::Deserialize as _;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Deserialises a string. Any other value becomes its JSON.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    deserializer.deserialize_any(StringVisitor)
}

struct StringVisitor;

/// Implements `visit_i64` and the like by `Display`.
macro_rules! visit_display {
    ($($visit:ident: $type:ty),*) => {$(
        fn $visit<E>(self, value: $type) -> Result<Arc<str>, E> {
            Ok(value.to_string().into())
        }
    )*};
}

impl<'de> Visitor<'de> for StringVisitor {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, string: &str) -> Result<Arc<str>, E> {
        Ok(string.into())
    }

    visit_display!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);

    fn visit_unit<E>(self) -> Result<Arc<str>, E> {
        Ok("null".into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Arc<str>, A::Error> {
        let json = Value::deserialize(SeqAccessDeserializer::new(items))?;
        Ok(json.to_string().into())
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Arc<str>, A::Error> {
        let json = Value::deserialize(MapAccessDeserializer::new(members))?;
        Ok(json.to_string().into())
    }
}

/// Implements the traits of a struct around one `Arc<str>`.
macro_rules! string_value {
    ($name:ident) => {
        impl $name {
            /// The string as the API sent it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(string: &str) -> Self {
                Self(string.into())
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(string: ::std::string::String) -> Self {
                Self(string.into())
            }
        }

        impl ::std::convert::From<&::std::string::String> for $name {
            fn from(string: &::std::string::String) -> Self {
                Self(string.as_str().into())
            }
        }

        impl ::std::convert::From<$name> for ::std::string::String {
            fn from(value: $name) -> Self {
                (*value.0).to_owned()
            }
        }

        impl ::std::convert::From<$name> for ::serde_json::Value {
            fn from(value: $name) -> Self {
                Self::String(value.into())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(string: &str) -> ::std::result::Result<Self, Self::Err> {
                Ok(Self::from(string))
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl ::std::cmp::PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl ::std::cmp::PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl ::std::cmp::PartialEq<::std::string::String> for $name {
            fn eq(&self, other: &::std::string::String) -> bool {
                &*self.0 == other.as_str()
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                crate::values::string_value::read(deserializer).map(Self)
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({"type": "string"})
            }
        }
    };
}

pub(crate) use string_value;
