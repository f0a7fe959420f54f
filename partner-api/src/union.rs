//! Enums of objects that the text of one property tells apart.

/// Reads and writes a generated union.
#[allow(unused_macros, reason = "not every document has a union")]
macro_rules! union {
    ($name:ident, $tag:literal, $($variant:ident: $($value:literal)|+),+) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => value.serialize(serializer),)+
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
                ::schemars::json_schema!({"oneOf": [$(generator.subschema_for::<$variant>()),+]})
            }
        }
    };
}

#[allow(unused_imports, reason = "not every document has a union")]
pub(crate) use union;
