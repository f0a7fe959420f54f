//! The types of components that the document describes with an extension: enums, identifiers,
//! timestamps, alternatives, multipart bodies.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{File, Item, parse2};

use super::docs::doc;
use super::{enums, multipart, responses, unions};
use crate::contract::{SchemaExtension, SortKeys};
use crate::document::{Document, Schema};

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
        SchemaExtension::IntegerEnum(values) => {
            enums::open_integer_enum(name, schema.value, values)
        }
        SchemaExtension::Union(alternatives) => {
            unions::union(document, name, schema.value, alternatives)?
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
