//! Types that the document describes with `x-codegen`: open enums, identifiers, alternatives.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{File, Item, Type, parse_str, parse2};

use crate::codegen::rust_type::rust_type;

/// The items of every such type.
pub(crate) fn items(document: &Value) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let codegen = &schema["x-codegen"];
        let tokens = if let Some(variants) = codegen["enum"].as_array() {
            open_enum(name, schema, variants)
        } else if codegen["identifier"] == true {
            identifier(name, schema)
        } else if let Some(variants) = codegen["union"]["variants"].as_array() {
            union(name, schema, variants)
        } else if let Some(variants) = codegen["alternatives"].as_array() {
            alternatives(name, schema, variants)?
        } else {
            continue;
        };
        items.extend(parse2::<File>(tokens)?.items);
    }
    Ok(items)
}

/// An enum that keeps text it does not know.
fn open_enum(name: &str, schema: &Value, variants: &[Value]) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let idents: Vec<_> = variants
        .iter()
        .map(|variant| format_ident!("{}", text(variant, "name")))
        .collect();
    let values: Vec<_> = variants
        .iter()
        .map(|variant| text(variant, "value"))
        .collect();
    let docs = variants
        .iter()
        .map(|variant| match text(variant, "description") {
            "" => format!("`{}`", text(variant, "value")),
            description => description.to_owned(),
        });
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

        crate::open_enum::open_enum!(#ident);
    }
}

/// A text in a path.
fn identifier(name: &str, schema: &Value) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    quote! {
        #doc
        ///
        /// It cannot be a text that would change the path of a request: empty, `.`, `..`, or with
        /// a slash, a backslash or a control character in it.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct #ident(::std::string::String);

        crate::identifier::identifier!(#ident);
    }
}

/// Objects that the text of one property tells apart.
fn union(name: &str, schema: &Value, variants: &[Value]) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let tag = text(&schema["x-codegen"]["union"], "tag");
    let idents: Vec<_> = variants
        .iter()
        .map(|variant| format_ident!("{}", text(variant, "name")))
        .collect();
    let values: Vec<Vec<_>> = variants
        .iter()
        .map(|variant| {
            variant["values"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect()
        })
        .collect();
    let docs = values
        .iter()
        .map(|values| format!("`{tag}` is `{}`.", values.join("` or `")));
    let unknown = format!("`{tag}` is none of the above, or missing: the JSON as it was sent.");
    quote! {
        #doc
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum #ident {
            #(#[doc = #docs] #idents(::std::boxed::Box<#idents>),)*
            #[doc = #unknown]
            Unknown(::serde_json::Value),
        }

        #(impl ::std::convert::From<#idents> for #ident {
            fn from(value: #idents) -> Self {
                Self::#idents(::std::boxed::Box::new(value))
            }
        })*

        crate::union::union!(#ident, #tag, #(#idents: #(#values)|*),*);
    }
}

/// Values of different JSON types.
fn alternatives(name: &str, schema: &Value, variants: &[Value]) -> syn::Result<TokenStream> {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let idents = variants
        .iter()
        .map(|variant| format_ident!("{}", text(variant, "name")));
    let docs = variants
        .iter()
        .map(|variant| format!("A JSON {}.", text(variant, "json")));
    let types: Vec<Type> = variants
        .iter()
        .map(|variant| parse_str(&rust_type(&variant["schema"])))
        .collect::<syn::Result<_>>()?;
    Ok(quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, ::serde::Deserialize, ::serde::Serialize)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[serde(untagged)]
        pub enum #ident {
            #(#[doc = #docs] #idents(::std::boxed::Box<#types>),)*
        }
    })
}

fn doc(schema: &Value) -> TokenStream {
    match text(schema, "description") {
        "" => TokenStream::new(),
        description => quote!(#[doc = #description]),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
