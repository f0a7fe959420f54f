//! The client and its methods, one for each operation.

use proc_macro2::TokenStream;
use quote::quote;

use super::{docs, scopes};
use crate::document::Document;
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
        let attributes = docs::attributes(document, operation);
        let (name, builder) = (&method.name, &method.builder);
        methods.push(quote! {
            #(#attributes)*
            pub fn #name(&self) -> builder::#builder<'_> {
                builder::#builder::new(self)
            }
        });
    }
    let item = &client.item;
    // A document may have webhooks only.
    let unused = methods.is_empty().then(|| quote!(#[allow(dead_code)]));
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
        #unused
        #item

        #methods
    })
}
