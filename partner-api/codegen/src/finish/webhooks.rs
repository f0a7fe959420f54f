//! The requests that the API sends: a table of the webhooks and callbacks.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::code_span::code_span;
use crate::contract::Webhook;
use crate::document::Document;
use crate::rust_type::rust_type;

/// A module with the table, if there are webhooks. The kind of an event is a string if the document names
/// none.
pub(crate) fn module(document: &Document<'_>) -> TokenStream {
    let webhooks = &document.extension.webhooks;
    let event_kind = match &document.extension.event_kind {
        Some(name) => {
            let name = format_ident!("{name}");
            let renamed = (name != "EventKind").then(|| quote!(as EventKind));
            quote!(pub use super::types::#name #renamed;)
        }
        None => quote! {
            /// The name of a webhook. The documentation names none.
            pub type EventKind = ::std::string::String;
        },
    };
    let table = (!webhooks.is_empty()).then(|| table(webhooks));
    quote! {
        /// The requests that the API sends, and programs receive.
        #[cfg(feature = "webhooks")]
        pub(crate) mod webhooks {
            #event_kind
            #table
        }
    }
}

fn table(webhooks: &[Webhook]) -> TokenStream {
    let entries = webhooks.iter().map(entry);
    let list = webhooks.iter().map(line).collect::<Vec<_>>().join("\n");
    let doc = format!("Every webhook and callback of the documentation.\n\n{list}");
    quote! {
        /// What the documentation says of a request that the API sends.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct WebhookDoc {
            /// Its name.
            pub name: &'static str,
            /// The operation whose callback it is, such as `POST /things`.
            pub callback_of: ::std::option::Option<&'static str>,
            /// The type of its payload, if that is JSON.
            pub payload: ::std::option::Option<&'static str>,
            /// What it means.
            pub summary: &'static str,
            /// The page that documents it.
            pub docs: ::std::option::Option<&'static str>,
        }

        #[doc = #doc]
        pub const DOCUMENTED: &[WebhookDoc] = &[#(#entries,)*];
    }
}

fn entry(webhook: &Webhook) -> TokenStream {
    let optional = |value: Option<&str>| match value {
        Some(value) => quote!(::std::option::Option::Some(#value)),
        None => quote!(::std::option::Option::None),
    };
    let Webhook {
        name,
        callback_of,
        summary,
        docs,
        ..
    } = webhook;
    let payload = webhook.payload.as_ref().map(rust_type);
    let payload = payload.as_deref().map(|ty| match ty.strip_prefix(TYPES) {
        Some(name) => name,
        None => ty,
    });
    let [callback_of, payload, docs] =
        [callback_of.as_deref(), payload, docs.as_deref()].map(optional);
    quote!(WebhookDoc { name: #name, callback_of: #callback_of, payload: #payload, summary: #summary, docs: #docs })
}

/// An item of the documentation's list.
fn line(webhook: &Webhook) -> String {
    let mut line = format!("- {}", code_span(&webhook.name));
    if let Some(operation) = &webhook.callback_of {
        line += &format!(", a callback of {}", code_span(operation));
    }
    let payload = webhook.payload.as_ref().map(rust_type);
    if let Some(name) = payload.as_deref().and_then(|ty| ty.strip_prefix(TYPES)) {
        line += &format!(": [`{name}`](super::types::{name})");
    }
    line
}

/// Where the types of components are.
const TYPES: &str = "crate::types::";
