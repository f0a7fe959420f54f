//! Responses with a body of their own for some of their statuses: an enum of these bodies.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Type, parse_str};

use super::docs::doc;
use crate::contract::{Content, StatusBody};
use crate::rust_type::rust_type;

/// The enum, and how it is read.
pub(crate) fn by_status(
    name: &str,
    schema: &Value,
    bodies: &[StatusBody],
) -> syn::Result<TokenStream> {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let (mut variants, mut plain, mut json) = (Vec::new(), Vec::new(), Vec::new());
    for body in bodies {
        let variant = format_ident!("{}", body.name);
        let (first, last) = body.status;
        let (doc, statuses) = match first == last {
            true => (format!("The status is {first}."), quote!(#first)),
            false => (
                format!("The status is from {first} to {last}, and none of the others."),
                quote!(#first..=#last),
            ),
        };
        variants.push(match &body.content {
            Content::None => {
                plain.push(quote!(#statuses => Some(Self::#variant)));
                quote!(#[doc = #doc] #variant)
            }
            Content::Bytes => {
                plain.push(quote!(#statuses => Some(Self::#variant(body.to_vec()))));
                quote!(#[doc = #doc] #variant(::std::vec::Vec<u8>))
            }
            Content::Json(schema) => {
                let ty: Type = parse_str(&rust_type(schema))?;
                let read = match schema["type"] == "array" {
                    true => quote!(crate::values::lenient::list(body)),
                    false => quote!(<#ty as ::serde::Deserialize>::deserialize(body)),
                };
                plain.push(quote!(#statuses => None));
                json.push(quote! {
                    #statuses => #read.map(|value| Self::#variant(::std::boxed::Box::new(value)))
                });
                quote!(#[doc = #doc] #variant(::std::boxed::Box<#ty>))
            }
        });
    }
    Ok(quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum #ident {
            #(#variants,)*
            /// Another status: the JSON as it was sent, or null if there was no body.
            Unknown(::serde_json::Value),
        }

        impl crate::transport::response::ByStatus for #ident {
            fn plain(status: u16, body: &[u8]) -> ::std::option::Option<Self> {
                match status {
                    #(#plain,)*
                    _ => body.is_empty().then_some(Self::Unknown(::serde_json::Value::Null)),
                }
            }

            fn json<'de, D: ::serde::Deserializer<'de>>(status: u16, body: D) -> ::std::result::Result<Self, D::Error> {
                match status {
                    #(#json,)*
                    _ => ::serde::Deserialize::deserialize(body).map(Self::Unknown),
                }
            }
        }
    })
}
