//! Objects that one parameter of the query holds: they take members the document does not know.

use std::collections::BTreeSet;

use quote::{format_ident, quote};
use serde_json::{Value, json};
use syn::{File, Item, parse2};

use super::hints::text;

/// What such objects can do.
pub(crate) fn items(document: &Value) -> syn::Result<Vec<Item>> {
    let schemas = &document["components"]["schemas"];
    let all = schemas.as_object().into_iter().flatten();
    let names: BTreeSet<_> = all
        .map(|(_, schema)| &schema["x-codegen"]["query"])
        .filter(|query| query["encoding"] == "json")
        .filter_map(|query| text(&query["schema"], "$ref").rsplit('/').next())
        .filter(|name| is_open(&schemas[name]))
        .collect();
    let idents = names.iter().map(|name| format_ident!("{name}"));
    let tokens = quote! {
        #(impl #idents {
            /// Sets a member that the published documentation does not have, by its name on the
            /// wire. If it is set in a field of its own, too, the call is refused.
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
    };
    Ok(parse2::<File>(tokens)?.items)
}

/// Whether it has properties, and a map of others.
fn is_open(schema: &Value) -> bool {
    schema["properties"].is_object() && schema["additionalProperties"] == json!({})
}
