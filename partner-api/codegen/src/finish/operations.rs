//! What the transport and its errors need to know of each operation, and of the types.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{Item, ItemEnum, ItemStruct};

use super::{Operation, Operations};

/// A module with a constant for each operation, and the address of the API.
pub(crate) fn module(document: &Value, operations: &Operations<'_>, types: &[Item]) -> TokenStream {
    let sizes = types.iter().filter_map(|item| match item {
        Item::Struct(ItemStruct { ident, .. }) | Item::Enum(ItemEnum { ident, .. }) => {
            Some(quote!(size_of::<types::#ident>()))
        }
        _ => None,
    });
    let constants = operations.all.iter().map(|operation| {
        let Operation {
            id,
            method,
            path,
            value,
        } = operation;
        let ident = constant(id);
        let method = method.to_uppercase();
        let idempotent = value["x-codegen"]["idempotent"] == true;
        quote! {
            pub(crate) const #ident: Operation = Operation {
                id: #id,
                method: #method,
                path: #path,
                idempotent: #idempotent,
                authenticated: true,
            };
        }
    });
    let all = operations
        .all
        .iter()
        .map(|operation| constant(operation.id));
    let server = document["x-codegen"]["server"].as_str().unwrap_or_default();
    quote! {
        /// What the transport needs to know of each operation.
        pub(crate) mod operations {
            use super::types;
            use crate::operation::Operation;

            /// The address of the API.
            pub(crate) const BASE_URL: &str = #server;

            /// Every operation.
            pub(crate) const ALL: &[&Operation] = &[#(&#all,)*];

            /// The size of the largest type, in bytes.
            pub(crate) const LARGEST: usize = crate::transport::footprint::largest(&[#(#sizes,)*]);

            #(#constants)*
        }
    }
}

/// The name of an operation's constant.
pub(crate) fn constant(id: &str) -> Ident {
    format_ident!("{}", id.to_uppercase())
}
