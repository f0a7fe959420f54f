//! Enums of objects that are distinguished by the string of one member, the tag.
#![allow(
    unused_imports,
    unused_macros,
    reason = "a document need not have unions"
)]

use serde::Serialize;
use serde_json::Value;

/// Implements the traits of a generated union.
macro_rules! tagged_union {
    ($name:ident, $tag:literal, $($variant:ident($type:ident): $($value:literal)|+),+) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => {
                        let tagged = crate::values::tagged_union::tagged(value, $tag, [$($value),+][0]);
                        tagged.map_err(::serde::ser::Error::custom)?.serialize(serializer)
                    })+
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                match value.get($tag).and_then(::serde_json::Value::as_str) {
                    $(Some($($value)|+) => ::serde_json::from_value(value)
                        .map(|value| Self::$variant(::std::boxed::Box::new(value)))
                        .map_err(::serde::de::Error::custom),)+
                    _ => Ok(Self::Unknown(value)),
                }
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({"oneOf": [$(generator.subschema_for::<$type>()),+]})
            }
        }
    };
}

pub(crate) use tagged_union;

/// Serialises a value of a union with its tag.
#[allow(dead_code, reason = "a document need not have unions")]
pub(crate) fn tagged<T: Serialize>(value: &T, tag: &str, name: &str) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(value)?;
    if let Value::Object(members) = &mut value {
        members.entry(tag).or_insert_with(|| name.into());
    }
    Ok(value)
}
