//! Objects that one parameter of the query holds: they take members the document does not name.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::json;

use crate::contract::{Encoding, SchemaExtension};
use crate::document::{Document, Schema, reference};

/// The methods of such objects.
pub(crate) fn items(document: &Document<'_>) -> TokenStream {
    let names: BTreeSet<_> = document
        .schemas
        .values()
        .filter_map(|schema| match &schema.extension {
            Some(SchemaExtension::Query {
                encoding: Encoding::Json,
                schema,
            }) => reference(schema),
            _ => None,
        })
        .filter(|name| document.schemas.get(name).is_some_and(is_open))
        .collect();
    let idents = names.iter().map(|name| format_ident!("{name}"));
    quote! {
        #(impl #idents {
            /// Sets a member that the published documentation does not have, by its name in JSON.
            /// A call fails before it is sent if a field of the struct sets the same member.
            #[must_use]
            pub fn with(
                mut self,
                name: impl ::std::convert::Into<::std::string::String>,
                value: impl ::std::convert::Into<::serde_json::Value>,
            ) -> Self {
                self.extra.insert(name.into(), value.into());
                self
            }
        })*
    }
}

/// Whether it has properties, and a map of others.
fn is_open(schema: &Schema<'_>) -> bool {
    schema.value["properties"].is_object() && schema.value["additionalProperties"] == json!({})
}
