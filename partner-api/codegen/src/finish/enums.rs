//! Enums: open ones, and the keys that lists are sorted by.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::hints::{doc, text};
use crate::code_span::code_span;

/// The documented values of an enum.
struct Variants<'a> {
    idents: Vec<Ident>,
    values: Vec<&'a str>,
    docs: Vec<String>,
}

impl<'a> Variants<'a> {
    fn of(variants: &'a [Value]) -> Self {
        let doc = |variant| match (text(variant, "description"), text(variant, "value")) {
            ("", "") => "The empty text.".to_owned(),
            ("", value) => code_span(value),
            (description, _) => description.to_owned(),
        };
        Self {
            idents: variants
                .iter()
                .map(|variant| format_ident!("{}", text(variant, "name")))
                .collect(),
            values: variants.iter().map(|it| text(it, "value")).collect(),
            docs: variants.iter().map(doc).collect(),
        }
    }
}

/// An enum that keeps text it does not know.
pub(crate) fn open_enum(name: &str, schema: &Value, variants: &[Value]) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let Variants {
        idents,
        values,
        docs,
    } = Variants::of(variants);
    let sort_key = (schema["x-codegen"]["sort"] == "open")
        .then(|| quote!(crate::values::sort::sort_key!(#ident);));
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

/// What a list can be sorted by.
pub(crate) fn sort_key(name: &str, schema: &Value, variants: &[Value]) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = match text(schema, "description") {
        "" => "What a list can be sorted by; see [`Sort`](crate::Sort).",
        description => description,
    };
    let Variants {
        idents,
        values,
        docs,
    } = Variants::of(variants);
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
