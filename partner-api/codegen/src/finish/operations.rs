//! What the transport and its errors need to know of each operation, and of the types.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Item;

use super::{scopes, servers};
use crate::document::{Document, text};
use crate::model::Types;

/// A module with a constant for each operation, and the address of the API.
pub(crate) fn module(document: &Document<'_>, types: &Types, components: &[Item]) -> TokenStream {
    let structs = types.structs().map(|item| &item.name);
    let components = components.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        _ => None,
    });
    let sizes = structs
        .chain(components)
        .map(|ident| quote!(size_of::<types::#ident>()));
    let constants = document.operations.iter().map(|operation| {
        let (id, path) = (operation.id, operation.path);
        let ident = constant(id);
        let method = operation.method.to_uppercase();
        let idempotent = operation.extension.idempotent;
        let server = match servers::other(operation) {
            Some(address) => quote!(Some(#address)),
            None => quote!(None),
        };
        quote! {
            pub(crate) const #ident: Operation = Operation {
                id: #id,
                method: #method,
                path: #path,
                idempotent: #idempotent,
                authenticated: true,
                server: #server,
            };
        }
    });
    let all = document.operations.iter().map(|it| constant(it.id));
    let server = document.extension.server.as_deref().unwrap_or_default();
    let api_key_header = document.extension.api_key_header.as_deref();
    let api_key_header = api_key_header.unwrap_or("x-api-key");
    let path_parameters = path_parameters(document);
    let default_ids = scopes::default_ids(document);
    quote! {
        /// What the transport needs to know of each operation.
        pub(crate) mod operations {
            use super::types;
            use crate::operation::Operation;

            /// The address of the API.
            pub(crate) const BASE_URL: &str = #server;

            /// The header that has the API key.
            pub(crate) const API_KEY_HEADER: &str = #api_key_header;

            /// The parameters that a client can set by itself, each with its environment variable.
            pub(crate) const DEFAULT_IDS: &[(&str, &str)] = &[#default_ids];

            /// Every operation.
            pub(crate) const ALL: &[&Operation] = &[#(&#all,)*];

            /// The size of the largest type, in bytes.
            pub(crate) const LARGEST: usize = crate::transport::footprint::largest(&[#(#sizes,)*]);

            /// The span of a call, with a field for each parameter of a path.
            pub(crate) fn span(operation: &Operation, host: &str, port: u16) -> ::tracing::Span {
                crate::transport::trace::call_span!(operation, host, port #(, #path_parameters)*)
            }

            #(#constants)*
        }
    }
}

/// The parameters of all paths, as many as a span can hold beside its own fields: it can have 32.
fn path_parameters<'a>(document: &Document<'a>) -> Vec<&'a str> {
    let mut names = Vec::new();
    for operation in &document.operations {
        for parameter in operation.parameters().filter(|it| it["in"] == "path") {
            let name = text(parameter, "name");
            if !names.contains(&name) && names.len() < 20 {
                names.push(name);
            }
        }
    }
    names
}

/// The name of an operation's constant, which is none of the module's own.
pub(crate) fn constant(id: &str) -> Ident {
    match id.to_uppercase() {
        name if [
            "ALL",
            "API_KEY_HEADER",
            "BASE_URL",
            "DEFAULT_IDS",
            "LARGEST",
        ]
        .contains(&&*name) =>
        {
            format_ident!("{name}_")
        }
        name => format_ident!("{name}"),
    }
}
