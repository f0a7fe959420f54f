//! The client and its methods, one for each operation.

use serde_json::Value;
use syn::{Attribute, ImplItem, Item, parse_quote};

use super::{Operation, Operations, handles, lists};

/// Documents the methods, and leaves out the constructors: `AuthExt` has those with credentials.
pub(crate) fn finish(
    document: &Value,
    operations: &Operations<'_>,
    items: &mut Vec<Item>,
) -> syn::Result<()> {
    let handles = handles::methods(document, operations)?;
    items.retain_mut(|item| match item {
        Item::Impl(implementation) => {
            implementation.items.retain_mut(|item| match item {
                ImplItem::Fn(function) => {
                    let is_method = function.sig.receiver().is_some();
                    let operation = operations.method(&function.sig.ident).filter(|_| is_method);
                    if let Some(operation) = operation {
                        function.attrs = attributes(document, operation);
                    }
                    operation.is_some()
                }
                _ => true,
            });
            let has_methods = !implementation.items.is_empty();
            if has_methods {
                implementation.items.extend(handles.iter().cloned());
            }
            has_methods
        }
        Item::Struct(client) => {
            let title = document["info"]["title"].as_str().unwrap_or_default();
            let doc = format!("A client of the {title}, made with [`AuthExt`](crate::AuthExt).");
            client
                .attrs
                .retain(|attribute| !attribute.path().is_ident("doc"));
            client.attrs.push(parse_quote!(#[doc = #doc]));
            client.attrs.push(
                parse_quote!(#[doc = "\n\nCloning it is cheap, and clones share connections."]),
            );
            true
        }
        _ => true,
    });
    Ok(())
}

/// The documentation of an operation's method, and whether it is deprecated.
pub(crate) fn attributes(document: &Value, operation: &Operation<'_>) -> Vec<Attribute> {
    let Operation {
        method,
        path,
        value,
        ..
    } = operation;
    let text = |name: &str| value[name].as_str().unwrap_or_default().trim();
    let mut paragraphs = Vec::new();
    match text("summary") {
        "" => {}
        summary => paragraphs.push(format!("{}.", summary.trim_end_matches('.'))),
    }
    if !text("description").is_empty() {
        paragraphs.push(text("description").to_owned());
    }
    if lists::is_list(document, operation) {
        paragraphs.push("[`PaginateExt`](crate::PaginateExt) reads the whole list.".to_owned());
    }
    paragraphs.push(format!("Sends `{} {path}`.", method.to_uppercase()));
    if let Some(url) = value["x-codegen"]["docs"].as_str() {
        paragraphs.push(format!("[Published documentation]({url})"));
    }
    let doc = paragraphs.join("\n\n");
    let mut attributes = vec![parse_quote!(#[doc = #doc])];
    if value["x-codegen"]["deprecated"] == true {
        attributes.push(parse_quote!(#[deprecated]));
    }
    attributes
}
