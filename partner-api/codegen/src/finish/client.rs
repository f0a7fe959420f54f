//! The client and its methods, one for each operation.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, parse_quote};

use super::scopes;
use crate::document::{Document, Operation, text};
use crate::list::List;
use crate::model::Client;

/// The struct and its methods. progenitor's constructors are left out: `AuthExt` has those with
/// credentials.
pub(crate) fn items(document: &Document<'_>, client: &Client) -> Result<TokenStream, String> {
    let doc = format!(
        "A client of the {}, created with [`AuthExt`](crate::AuthExt).",
        document.title
    );
    let mut methods = Vec::new();
    for method in &client.methods {
        let operation = document.operations.iter().find(|it| method.name == it.id);
        let operation = operation.ok_or_else(|| {
            format!(
                "progenitor generates a method `{}`, which is no operation",
                method.name
            )
        })?;
        let attributes = attributes(document, operation);
        let (name, builder) = (&method.name, &method.builder);
        methods.push(quote! {
            #(#attributes)*
            pub fn #name(&self) -> builder::#builder<'_> {
                builder::#builder::new(self)
            }
        });
    }
    let item = &client.item;
    let scopes = scopes::methods(document)?;
    let methods = (!methods.is_empty()).then(|| {
        quote! {
            impl Client {
                #(#methods)*
                #(#scopes)*
            }
        }
    });
    Ok(quote! {
        #[doc = #doc]
        ///
        /// Cloning it is cheap, and clones share connections.
        #item

        #methods
    })
}

/// The documentation of an operation's method, and whether it is deprecated.
pub(crate) fn attributes(document: &Document<'_>, operation: &Operation<'_>) -> Vec<Attribute> {
    let text = |name: &str| text(operation.value, name).trim();
    let mut paragraphs = Vec::new();
    match text("summary") {
        "" => {}
        summary => paragraphs.push(format!("{}.", summary.trim_end_matches('.'))),
    }
    if !text("description").is_empty() {
        paragraphs.push(text("description").to_owned());
    }
    if List::of(document, operation).is_some() {
        paragraphs.push("[`PaginateExt`](crate::PaginateExt) reads the whole list.".to_owned());
    }
    paragraphs.push(format!(
        "Sends `{} {}`.",
        operation.method.to_uppercase(),
        operation.path
    ));
    if let Some(url) = &operation.extension.docs {
        paragraphs.push(format!("[Published documentation]({url})"));
    }
    let doc = paragraphs.join("\n\n");
    let mut attributes = vec![parse_quote!(#[doc = #doc])];
    if operation.extension.deprecated {
        attributes.push(parse_quote!(#[deprecated]));
    }
    attributes
}
