//! What the crate exports because this document uses it.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::Operations;

/// A module that `lib.rs` re-exports: the crate's own types that appear in the generated code, and
/// nothing that no operation uses.
pub(crate) fn module(document: &Value, operations: &Operations<'_>) -> TokenStream {
    let schemas = || {
        let schemas = document["components"]["schemas"].as_object();
        schemas.into_iter().flatten().map(|(_, schema)| schema)
    };
    let has = |kind: &str| schemas().any(|schema| schema["x-codegen"][kind] == true);
    let encodes = |encoding: &str| {
        schemas().any(|schema| schema["x-codegen"]["query"]["encoding"] == encoding)
    };
    let streams = operations
        .all
        .iter()
        .any(|operation| returns_bytes(operation.value));
    let exports = [
        (has("file"), quote!(crate::values::multipart::FilePart)),
        (
            has("number"),
            quote!(crate::values::number::{NotFinite, QueryNumber}),
        ),
        (
            encodes("commas"),
            quote!(crate::values::query::CommaSeparated),
        ),
        (encodes("form"), quote!(crate::values::query::FormParam)),
        (encodes("json"), quote!(crate::values::query::JsonParam)),
        (streams, quote!(progenitor_client::ByteStream)),
    ];
    let used = exports
        .into_iter()
        .filter_map(|(is_used, path)| is_used.then_some(path));
    quote! {
        /// The types beside those of this file that its operations use.
        pub(crate) mod exports {
            #(pub use #used;)*
        }
    }
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
