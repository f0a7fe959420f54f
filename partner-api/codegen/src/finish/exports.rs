//! What the crate exports because this document uses it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::contract::{Encoding, SchemaExtension};
use crate::document::Document;

/// A module that `lib.rs` re-exports: the crate's own types that appear in the generated code, and
/// nothing that no operation uses.
pub(crate) fn module(document: &Document<'_>) -> TokenStream {
    let has = |wanted: &dyn Fn(&SchemaExtension) -> bool| {
        let mut schemas = document.schemas.values();
        schemas.any(|schema| schema.extension.as_ref().is_some_and(wanted))
    };
    let streams = document
        .operations
        .iter()
        .any(|operation| returns_bytes(operation.value));
    let wrappers = WRAPPERS.iter().map(|wanted| {
        let has =
            has(&|it| matches!(it, SchemaExtension::Query { encoding, .. } if encoding == wanted));
        (has, format!("values::{}", wanted.wrapper()))
    });
    let files = has(&|it| matches!(it, SchemaExtension::File));
    let numbers = has(&|it| matches!(it, SchemaExtension::Number));
    let mut used = Vec::new();
    used.extend(files.then(|| quote!(crate::values::multipart::FilePart)));
    used.extend(numbers.then(|| quote!(crate::values::number::{NotFinite, QueryNumber})));
    for (_, wrapper) in wrappers.filter(|(is_used, _)| *is_used) {
        let names = wrapper.split("::").map(|name| format_ident!("{name}"));
        used.push(quote!(crate #(::#names)*));
    }
    used.extend(streams.then(|| quote!(progenitor_client::ByteStream)));
    quote! {
        /// The hand-written types that the operations use.
        pub(crate) mod exports {
            #(pub use #used;)*
        }
    }
}

/// The encodings whose types only some documents use.
const WRAPPERS: [Encoding; 8] = [
    Encoding::Commas,
    Encoding::Spaces,
    Encoding::Pipes,
    Encoding::Members,
    Encoding::Assignments,
    Encoding::Form,
    Encoding::Deep,
    Encoding::Json,
];

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
