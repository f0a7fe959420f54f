//! The types of components that the document describes with an extension: enums, identifiers,
//! timestamps, alternatives, multipart bodies.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{File, Item, Type, parse_str, parse2};

use super::docs::doc;
use super::{enums, multipart, responses};
use crate::code_span::code_span;
use crate::contract::{Alternative, Encoding, SchemaExtension, SortKeys, UnionVariant};
use crate::document::{Document, Schema};
use crate::rust_type::rust_type;

/// The items of every such type.
pub(crate) fn items(document: &Document<'_>) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    for (name, schema) in &document.schemas {
        let in_schema = |error: syn::Error| format!("the schema `{name}`: {error}");
        let tokens = component(document, name, schema).map_err(in_schema)?;
        items.extend(parse2::<File>(tokens).map_err(in_schema)?.items);
    }
    Ok(items)
}

fn component(document: &Document<'_>, name: &str, schema: &Schema<'_>) -> syn::Result<TokenStream> {
    let Some(extension) = &schema.extension else {
        return Ok(TokenStream::new());
    };
    Ok(match extension {
        SchemaExtension::Enum { values, sort } => match sort {
            Some(SortKeys::Closed) => enums::sort_key(name, schema.value, values),
            sort => enums::open_enum(name, schema.value, values, sort.is_some()),
        },
        SchemaExtension::Identifier => identifier(name, schema.value),
        SchemaExtension::Timestamp => of_the_crate(name, "timestamp", "Timestamp"),
        SchemaExtension::Number => of_the_crate(name, "number", "QueryNumber"),
        SchemaExtension::File => of_the_crate(name, "multipart", "FilePart"),
        SchemaExtension::Multipart => multipart::body(name, schema)?,
        SchemaExtension::Union { tag, variants } => union(name, schema.value, tag, variants),
        SchemaExtension::Alternatives(variants) => {
            alternatives(document, name, schema.value, variants)?
        }
        SchemaExtension::Responses(bodies) => responses::by_status(name, schema.value, bodies)?,
        // The wrapper is a type of the crate.
        SchemaExtension::Query { .. } => TokenStream::new(),
    })
}

/// A string that stands for one thing.
fn identifier(name: &str, schema: &Value) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    quote! {
        #doc
        ///
        /// It holds any string, and cloning it is cheap. A call fails if it would change the path of
        /// the request; see [`InvalidIdentifier`](crate::InvalidIdentifier).
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct #ident(::std::sync::Arc<str>);

        crate::values::identifier::identifier!(#ident);
    }
}

/// A type that the crate has, under the name the document has for it.
fn of_the_crate(name: &str, module: &str, known: &str) -> TokenStream {
    let [name, module, known] = [name, module, known].map(|name| format_ident!("{name}"));
    match name == known {
        true => quote!(pub use crate::values::#module::#known;),
        false => quote!(pub use crate::values::#module::#known as #name;),
    }
}

/// Objects of several types, distinguished by the value of one property.
fn union(name: &str, schema: &Value, tag: &str, variants: &[UnionVariant]) -> TokenStream {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let tag_code = code_span(tag);
    let idents: Vec<_> = variants
        .iter()
        .map(|it| format_ident!("{}", it.name))
        .collect();
    let types: Vec<_> = variants
        .iter()
        .map(|it| format_ident!("{}", it.type_name))
        .collect();
    let values = variants.iter().map(|variant| &variant.values);
    let docs = variants.iter().map(|variant| {
        let values: Vec<_> = variant
            .values
            .iter()
            .map(|value| code_span(value))
            .collect();
        format!("{tag_code} is {}.", values.join(" or "))
    });
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

/// Values of different JSON types, and any other.
fn alternatives(
    document: &Document<'_>,
    name: &str,
    schema: &Value,
    variants: &[Alternative],
) -> syn::Result<TokenStream> {
    let ident = format_ident!("{name}");
    let doc = doc(schema);
    let mut definitions = Vec::new();
    let mut conversions = Vec::new();
    for variant in variants {
        let variant_ident = format_ident!("{}", variant.name);
        let rust = rust_type(&variant.schema);
        let ty: Type = parse_str(&rust)?;
        let variant_doc = format!("A JSON {}.", variant.json);
        // An object may have the enum itself in it.
        let (held, wrapped) = match variant.json == "object" {
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
        if rust == "::std::string::String" {
            conversions.push(quote! {
                impl ::std::convert::From<&str> for #ident {
                    fn from(value: &str) -> Self {
                        Self::#variant_ident(value.to_owned())
                    }
                }
            });
        }
    }
    let is_text = variants
        .iter()
        .all(|variant| is_text(document, &variant.schema));
    let display = is_text.then(|| display(&ident, variants));
    Ok(quote! {
        #doc
        #[derive(Clone, Debug, PartialEq, ::serde::Deserialize, ::serde::Serialize)]
        #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum #ident {
            #(#definitions,)*
            /// None of the above: the JSON as it was sent.
            Unknown(::serde_json::Value),
        }

        #(#conversions)*

        #display
    })
}

/// The implementation of `Display` for alternatives that can be written as one string.
fn display(ident: &Ident, variants: &[Alternative]) -> TokenStream {
    let variants = variants.iter().map(|it| format_ident!("{}", it.name));
    quote! {
        impl ::std::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self {
                    #(Self::#variants(value) => ::std::fmt::Display::fmt(value, f),)*
                    Self::Unknown(::serde_json::Value::String(value)) => f.write_str(value),
                    Self::Unknown(value) => ::std::fmt::Display::fmt(value, f),
                }
            }
        }
    }
}

/// Whether a value of a schema can be written as one string, as in a path or header.
fn is_text(document: &Document<'_>, schema: &Value) -> bool {
    let (schema, extension) = match document.referred(schema) {
        Some(schema) => (schema.value, schema.extension.as_ref()),
        None => (schema, None),
    };
    match extension {
        Some(SchemaExtension::Alternatives(variants)) => variants
            .iter()
            .all(|variant| is_text(document, &variant.schema)),
        Some(SchemaExtension::Query { encoding, .. }) => {
            !matches!(encoding, Encoding::Form | Encoding::Deep)
        }
        _ => match crate::document::reference(schema) {
            // A component that is another one.
            Some(_) => is_text(document, schema),
            None => matches!(
                schema["type"].as_str(),
                Some("string" | "integer" | "number" | "boolean")
            ),
        },
    }
}
