//! Keeps the members of an object that derived code would skip.
//!
//! serde's `flatten` does the same, but passes every key through a buffer, also where no member is unknown.
//! Here derived code reads the object as usual. The deserializers around it note each key, and keep the value
//! where the derived code asks to ignore it.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::Extra;

/// The deserializer of a struct. It reads objects only: serde would read arrays by position.
pub(crate) struct Object<'a, D> {
    deserializer: D,
    extra: &'a mut Extra,
}

impl<'a, D> Object<'a, D> {
    /// Puts the members that the struct does not know into `extra`.
    pub(crate) fn new(deserializer: D, extra: &'a mut Extra) -> Self {
        Self {
            deserializer,
            extra,
        }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Object<'_, D> {
    type Error = D::Error;

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_map(ObjectVisitor {
            visitor,
            extra: self.extra,
        })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct ObjectVisitor<'a, V> {
    visitor: V,
    extra: &'a mut Extra,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for ObjectVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Members {
            members,
            extra: self.extra,
            key: Key::default(),
        })
    }
}

/// The members of an object.
struct Members<'a, 'de, A> {
    members: A,
    extra: &'a mut Extra,
    key: Key<'de>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, 'de, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let key = &mut self.key;
        self.members.next_key_seed(KeySeed { seed, key })
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.members.next_value_seed(ValueSeed {
            seed,
            key: &self.key,
            extra: self.extra,
        })
    }
}

/// The key that was read last.
#[derive(Default)]
struct Key<'de> {
    borrowed: Option<&'de str>,
    /// The key if it cannot be borrowed, such as one with escapes.
    owned: String,
}

impl Key<'_> {
    fn name(&self) -> &str {
        self.borrowed.unwrap_or(&self.owned)
    }
}

struct KeySeed<'a, 'de, K> {
    seed: K,
    key: &'a mut Key<'de>,
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for KeySeed<'_, 'de, K> {
    type Value = K::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K::Value, D::Error> {
        self.seed.deserialize(KeyDeserializer {
            deserializer,
            key: self.key,
        })
    }
}

struct KeyDeserializer<'a, 'de, D> {
    deserializer: D,
    key: &'a mut Key<'de>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for KeyDeserializer<'_, 'de, D> {
    type Error = D::Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_identifier(KeyVisitor {
            visitor,
            key: self.key,
        })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct KeyVisitor<'a, 'de, V> {
    visitor: V,
    key: &'a mut Key<'de>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for KeyVisitor<'_, 'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<V::Value, E> {
        self.key.borrowed = Some(name);
        self.visitor.visit_borrowed_str(name)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        self.key.borrowed = None;
        name.clone_into(&mut self.key.owned);
        self.visitor.visit_str(name)
    }
}

struct ValueSeed<'a, 'de, S> {
    seed: S,
    key: &'a Key<'de>,
    extra: &'a mut Extra,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for ValueSeed<'_, 'de, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.seed.deserialize(Member {
            deserializer,
            key: self.key,
            extra: self.extra,
        })
    }
}

/// The deserializer of a member, which is kept if it is to be ignored.
struct Member<'a, 'de, D> {
    deserializer: D,
    key: &'a Key<'de>,
    extra: &'a mut Extra,
}

/// Methods that are those of the deserializer inside.
macro_rules! forward {
    ($($method:ident($($argument:ident: $ty:ty),*))*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(
                self,
                $($argument: $ty,)*
                visitor: V,
            ) -> Result<V::Value, D::Error> {
                self.deserializer.$method($($argument,)* visitor)
            }
        )*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Member<'_, 'de, D> {
    type Error = D::Error;

    #[cold]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let value = Value::deserialize(self.deserializer)?;
        self.extra.insert(self.key.name().to_owned(), value);
        visitor.visit_unit()
    }

    forward! {
        deserialize_any() deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32()
        deserialize_i64() deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32()
        deserialize_u64() deserialize_u128() deserialize_f32() deserialize_f64() deserialize_char()
        deserialize_str() deserialize_string() deserialize_bytes() deserialize_byte_buf()
        deserialize_option() deserialize_unit() deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str) deserialize_seq()
        deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize) deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
    }

    fn is_human_readable(&self) -> bool {
        self.deserializer.is_human_readable()
    }
}
