//! Types that the document describes with `x-codegen`: enums, identifiers, timestamps, alternatives,
//! multipart bodies.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{File, Item, Type, parse_str, parse2};

use super::{enums, multipart};
use crate::code_span::code_span;
use crate::rust_type::rust_type;

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
            match codegen["sort"] == "closed" {
                true => enums::sort_key(name, schema, variants),
                false => enums::open_enum(name, schema, variants),
            }
        } else if codegen["identifier"] == true {
            identifier(name, schema)
        } else if codegen["timestamp"] == true {
            of_the_crate(name, quote!(timestamp::Timestamp))
        } else if codegen["number"] == true {
            of_the_crate(name, quote!(number::QueryNumber))
        } else if codegen["file"] == true {
            of_the_crate(name, quote!(multipart::FilePart))
        } else if codegen["multipart"] == true {
            multipart::body(name, schema)?
        } else if let Some(variants) = codegen["union"]["variants"].as_array() {
            union(name, schema, variants)
        } else if let Some(variants) = codegen["alternatives"].as_array() {
            alternatives(document, name, schema, variants)?
        } else {
            continue;
        };
        items.extend(parse2::<File>(tokens)?.items);
    }
    Ok(items)
}

/// A text that stands for one thing.
fn identifier(name: &str, schema: &Value) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    quote! {
        #doc
        ///
        /// It holds any text, and cloning it is cheap. A call refuses one that would change the
        /// path of its request; see [`InvalidIdentifier`](crate::InvalidIdentifier).
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct #ident(::std::sync::Arc<str>);

        crate::values::identifier::identifier!(#ident);
    }
}

/// A type that the crate has, under the name the document has for it.
fn of_the_crate(name: &str, known: TokenStream) -> TokenStream {
    let ident = format_ident!("{name}");
    quote!(pub use crate::values::#known as #ident;)
}

/// Objects that the text of one property tells apart.
fn union(name: &str, schema: &Value, variants: &[Value]) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let tag = text(&schema["x-codegen"]["union"], "tag");
    let tag_code = code_span(tag);
    let idents: Vec<_> = variants
        .iter()
        .map(|variant| format_ident!("{}", text(variant, "name")))
        .collect();
    let types: Vec<_> = variants
        .iter()
        .map(|variant| format_ident!("{}", text(variant, "type")))
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
        .map(|values| values.iter().map(|value| code_span(value)))
        .map(|values| values.collect::<Vec<_>>().join(" or "))
        .map(|values| format!("{tag_code} is {values}."));
    let unknown = format!("{tag_code} is none of the above, or missing: the JSON as it was sent.");
    quote! {
        #doc
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum #ident {
            #(#[doc = #docs] #idents(::std::boxed::Box<#types>),)*
            #[doc = #unknown]
            Unknown(::serde_json::Value),
        }

        #(impl ::std::convert::From<#types> for #ident {
            fn from(value: #types) -> Self {
                Self::#idents(::std::boxed::Box::new(value))
            }
        })*

        crate::values::tagged_union::tagged_union!(#ident, #tag, #(#idents(#types): #(#values)|*),*);
    }
}

/// Values of different JSON types.
fn alternatives(
    document: &Value,
    name: &str,
    schema: &Value,
    variants: &[Value],
) -> syn::Result<TokenStream> {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let mut definitions = Vec::new();
    let mut conversions = Vec::new();
    let mut shown = Vec::new();
    for variant in variants {
        let variant_ident = format_ident!("{}", text(variant, "name"));
        let ty: Type = parse_str(&rust_type(&variant["schema"]))?;
        let variant_doc = format!("A JSON {}.", text(variant, "json"));
        // An object may have the enum itself in it.
        let is_object = text(variant, "json") == "object";
        let (held, wrapped) = match is_object {
            true => (
                quote!(::std::boxed::Box<#ty>),
                quote!(::std::boxed::Box::new(value)),
            ),
            false => (quote!(#ty), quote!(value)),
        };
        definitions.push(quote!(#[doc = #variant_doc] #variant_ident(#held)));
        conversions.push(quote! {
            impl ::std::convert::From<#ty> for #ident {
                fn from(value: #ty) -> Self {
                    Self::#variant_ident(#wrapped)
                }
            }
        });
        if rust_type(&variant["schema"]) == "::std::string::String" {
            conversions.push(quote! {
                impl ::std::convert::From<&str> for #ident {
                    fn from(value: &str) -> Self {
                        Self::#variant_ident(value.to_owned())
                    }
                }
            });
        }
        shown.push(quote!(Self::#variant_ident(value) => ::std::fmt::Display::fmt(value, f)));
    }
    let display = is_text(document, schema).then(|| {
        quote! {
            impl ::std::fmt::Display for #ident {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    match self {
                        #(#shown,)*
                    }
                }
            }
        }
    });
    Ok(quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, ::serde::Deserialize, ::serde::Serialize)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[serde(untagged)]
        pub enum #ident {
            #(#definitions,)*
        }

        #(#conversions)*

        #display
    })
}

/// Whether a value of a schema can be written as one text, as in a path or header.
pub(crate) fn is_text(document: &Value, schema: &Value) -> bool {
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str());
    if let Some(name) = reference.and_then(|reference| reference.rsplit('/').next()) {
        return is_text(document, &document["components"]["schemas"][name]);
    }
    if let Some(variants) = schema["x-codegen"]["alternatives"].as_array() {
        return variants
            .iter()
            .all(|variant| is_text(document, &variant["schema"]));
    }
    match schema["x-codegen"]["query"]["encoding"].as_str() {
        Some(encoding) => encoding != "form",
        None => matches!(
            schema["type"].as_str(),
            Some("string" | "integer" | "number" | "boolean")
        ),
    }
}

pub(super) fn doc(schema: &Value) -> TokenStream {
    match text(schema, "description") {
        "" => TokenStream::new(),
        description => quote!(#[doc = #description]),
    }
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
