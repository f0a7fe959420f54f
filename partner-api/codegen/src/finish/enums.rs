//! Enums of strings: open ones, and the keys that lists are sorted by. Enums of integers.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::docs::doc;
use crate::code_span::code_span;
use crate::contract::{EnumValue, IntegerValue};
use crate::document::text;

/// The documented values of an enum.
struct Variants<'a> {
    idents: Vec<Ident>,
    values: Vec<&'a str>,
    docs: Vec<String>,
}

impl<'a> Variants<'a> {
    fn of(values: &'a [EnumValue]) -> Self {
        let doc = |value: &EnumValue| match (&value.description, value.value.as_str()) {
            (Some(description), _) => description.clone(),
            (None, "") => "The empty string.".to_owned(),
            (None, value) => code_span(value),
        };
        Self {
            idents: values
                .iter()
                .map(|it| format_ident!("{}", it.name))
                .collect(),
            values: values.iter().map(|it| it.value.as_str()).collect(),
            docs: values.iter().map(doc).collect(),
        }
    }
}

/// An enum that keeps strings it does not know; lists may be sorted by it.
pub(crate) fn open_enum(
    name: &str,
    schema: &Value,
    values: &[EnumValue],
    is_sort_key: bool,
) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let Variants {
        idents,
        values,
        docs,
    } = Variants::of(values);
    let sort_key = is_sort_key.then(|| quote!(crate::values::sort::sort_key!(#ident);));
    quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum #ident {
            #(#[doc = #docs] #idents,)*
            /// A value that is not in the published documentation, as it was sent.
            Unknown(::std::string::String),
        }

        impl #ident {
            /// The published values.
            pub const KNOWN: &'static [Self] = &[#(Self::#idents,)*];

            /// The value as the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#idents => #values,)*
                    Self::Unknown(value) => value,
                }
            }
        }

        impl ::std::convert::From<&str> for #ident {
            fn from(value: &str) -> Self {
                match value {
                    #(#values => Self::#idents,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        crate::values::open_enum::open_enum!(#ident);
        #sort_key
    }
}

/// An enum that keeps integers it does not know.
pub(crate) fn open_integer_enum(
    name: &str,
    schema: &Value,
    values: &[IntegerValue],
) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let idents: Vec<_> = values
        .iter()
        .map(|it| format_ident!("{}", it.name))
        .collect();
    let docs = values.iter().map(|it| code_span(&it.value.to_string()));
    let values: Vec<_> = values.iter().map(|it| it.value).collect();
    quote! {
        #doc
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum #ident {
            #(#[doc = #docs] #idents,)*
            /// A value that is not in the published documentation, as it was sent.
            Unknown(i64),
        }

        impl #ident {
            /// The published values.
            pub const KNOWN: &'static [Self] = &[#(Self::#idents,)*];

            /// The value as the API writes it.
            #[must_use]
            pub const fn as_i64(self) -> i64 {
                match self {
                    #(Self::#idents => #values,)*
                    Self::Unknown(value) => value,
                }
            }
        }

        impl ::std::convert::From<i64> for #ident {
            fn from(value: i64) -> Self {
                match value {
                    #(#values => Self::#idents,)*
                    other => Self::Unknown(other),
                }
            }
        }

        crate::values::open_enum::open_integer_enum!(#ident);
    }
}

/// What a list can be sorted by.
pub(crate) fn sort_key(name: &str, schema: &Value, values: &[EnumValue]) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = match text(schema, "description") {
        "" => "What a list can be sorted by; see [`Sort`](crate::Sort).",
        description => description,
    };
    let Variants {
        idents,
        values,
        docs,
    } = Variants::of(values);
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum #ident {
            #(#[doc = #docs] #idents,)*
        }

        impl #ident {
            /// The documented keys.
            pub const KNOWN: &'static [Self] = &[#(Self::#idents,)*];

            /// The key as the API writes it.
            #[must_use]
            pub fn as_str(&self) -> &'static str {
                match self {
                    #(Self::#idents => #values,)*
                }
            }
        }

        crate::values::sort::closed_sort_key!(#ident);
    }
}
