//! Texts that stand in a path.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a document need not have paths with parameters"
)]

/// A text that cannot be an identifier, because it would change the path of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIdentifier {
    /// It has no characters.
    #[error("is empty")]
    Empty,
    /// It is `.` or `..`, which lead to another path.
    #[error("is `.` or `..`, which would lead to another path")]
    DotSegment,
    /// It has a `/` or `\`, which begin another path segment.
    #[error("has a slash or backslash, which would lead to another path")]
    Slash,
    /// It has a control character.
    #[error("has a control character")]
    Control,
}

/// Refuses what would change the path of a request.
pub(crate) fn check(text: &str) -> Result<(), InvalidIdentifier> {
    match text {
        "" => Err(InvalidIdentifier::Empty),
        "." | ".." => Err(InvalidIdentifier::DotSegment),
        text if text.contains(['/', '\\']) => Err(InvalidIdentifier::Slash),
        text if text.chars().any(char::is_control) => Err(InvalidIdentifier::Control),
        _ => Ok(()),
    }
}

/// What every generated identifier can do.
macro_rules! identifier {
    ($name:ident) => {
        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::convert::TryFrom<::std::string::String> for $name {
            type Error = crate::InvalidIdentifier;

            fn try_from(text: ::std::string::String) -> ::std::result::Result<Self, Self::Error> {
                crate::identifier::check(&text)?;
                Ok(Self(text))
            }
        }

        impl ::std::convert::TryFrom<&str> for $name {
            type Error = crate::InvalidIdentifier;

            fn try_from(text: &str) -> ::std::result::Result<Self, Self::Error> {
                Self::try_from(text.to_owned())
            }
        }

        impl ::std::convert::TryFrom<&::std::string::String> for $name {
            type Error = crate::InvalidIdentifier;

            fn try_from(text: &::std::string::String) -> ::std::result::Result<Self, Self::Error> {
                Self::try_from(text.clone())
            }
        }

        impl ::std::convert::From<&$name> for $name {
            fn from(name: &$name) -> Self {
                name.clone()
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = crate::InvalidIdentifier;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                Self::try_from(text)
            }
        }

        impl ::std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt(&self.0, f)
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
                let text = <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)?;
                Self::try_from(text).map_err(::serde::de::Error::custom)
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

pub(crate) use identifier;
