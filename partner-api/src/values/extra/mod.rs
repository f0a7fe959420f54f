//! Members of a JSON object that the documentation does not name.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a document need not have objects of this kind"
)]

mod object;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

pub(crate) use object::Object;

/// The members of a JSON object that the documentation does not name, by their names in JSON.
///
/// Responses have few of them or none, and an empty `Extra` needs 8 bytes and no allocation. It
/// dereferences to a [`Map`] of `serde_json`.
///
/// ```
/// use partner_api::types;
///
/// let json = r#"{"id": "xyzCL", "region": "eu"}"#;
/// let client: types::ClientAccount = serde_json::from_str(json)?;
/// assert_eq!(client.extra["region"], "eu");
/// assert_eq!(serde_json::to_string(&client)?, r#"{"id":"xyzCL","region":"eu"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
// The map is boxed because each object of a response has one, even where it is empty.
#[derive(Clone, Default)]
pub struct Extra(Option<Box<Map<String, Value>>>);

impl Deref for Extra {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        static EMPTY: OnceLock<Map<String, Value>> = OnceLock::new();
        self.0
            .as_deref()
            .unwrap_or_else(|| EMPTY.get_or_init(Map::new))
    }
}

impl DerefMut for Extra {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.get_or_insert_default()
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<Map<String, Value>> for Extra {
    fn from(members: Map<String, Value>) -> Self {
        Self((!members.is_empty()).then(|| Box::new(members)))
    }
}

impl From<Extra> for Map<String, Value> {
    fn from(extra: Extra) -> Self {
        extra.0.map(|members| *members).unwrap_or_default()
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

/// Implements `Deserialize` for an object by what serde derives for its documented members.
macro_rules! keep {
    ($documented:ident, $object:path, $extra:ident) => {
        impl<'de> ::serde::Deserialize<'de> for $object {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let mut extra = $crate::values::extra::Extra::default();
                let object = $crate::values::extra::Object::new(deserializer, &mut extra);
                // Changed in place, since the value may be large.
                let mut read = $documented::deserialize(object);
                if let Ok(value) = &mut read {
                    value.$extra = extra;
                }
                read
            }
        }
    };
}

pub(crate) use keep;

#[cfg(feature = "schemars")]
impl ::schemars::JsonSchema for Extra {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Map::<String, Value>::schema_name()
    }

    fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
        Map::<String, Value>::json_schema(generator)
    }
}
