//! What the crate exports because this document uses it.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use crate::contract::{Encoding, SchemaExtension};
use crate::document::Document;

/// A module that `lib.rs` re-exports: the crate's own types that appear in the generated code, and
/// nothing that no operation uses.
pub(crate) fn module(document: &Document<'_>) -> TokenStream {
    let has = |wanted: fn(&SchemaExtension) -> bool| {
        let mut schemas = document.schemas.values();
        schemas.any(|schema| schema.extension.as_ref().is_some_and(wanted))
    };
    let streams = document
        .operations
        .iter()
        .any(|operation| returns_bytes(operation.value));
    let exports = [
        (
            has(|it| matches!(it, SchemaExtension::File)),
            quote!(crate::values::multipart::FilePart),
        ),
        (
            has(|it| matches!(it, SchemaExtension::Number)),
            quote!(crate::values::number::{NotFinite, QueryNumber}),
        ),
        (
            has(|it| encodes(it, Encoding::Commas)),
            quote!(crate::values::query::CommaSeparated),
        ),
        (
            has(|it| encodes(it, Encoding::Form)),
            quote!(crate::values::query::FormParam),
        ),
        (
            has(|it| encodes(it, Encoding::Json)),
            quote!(crate::values::query::JsonParam),
        ),
        (streams, quote!(progenitor_client::ByteStream)),
        (
            !document.extension.webhooks.is_empty(),
            quote!(super::webhooks),
        ),
    ];
    let used = exports
        .into_iter()
        .filter_map(|(is_used, path)| is_used.then_some(path));
    quote! {
        /// The hand-written types that the operations use.
        pub(crate) mod exports {
            #(pub use #used;)*
        }
    }
}

fn encodes(extension: &SchemaExtension, wanted: Encoding) -> bool {
    matches!(extension, SchemaExtension::Query { encoding, .. } if *encoding == wanted)
}

/// Whether an operation returns a body that is not JSON.
fn returns_bytes(operation: &Value) -> bool {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let mut successes = responses.filter(|(status, _)| status.starts_with('2'));
    successes.any(|(_, response)| {
        let content = response["content"].as_object();
        content
            .is_some_and(|content| !content.is_empty() && !content.contains_key("application/json"))
    })
}
