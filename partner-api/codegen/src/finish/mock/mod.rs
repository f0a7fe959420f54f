//! The httpmock helpers.

mod then;
mod when;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, TraitItem, parse_quote};

use self::then::{items, response};
use self::when::{parameter, pattern};
use super::builder_name;
use crate::code_span::code_span;
use crate::document::{Document, Operation};
use crate::list::List;
use crate::model::{Mock, Mocks};

/// The module `mock`.
pub(crate) fn module(document: &Document<'_>, mocks: &Mocks) -> Result<TokenStream, String> {
    let Mocks {
        docs,
        imports,
        operations,
        server,
    } = mocks;
    let mut written = Vec::new();
    let mut methods = Vec::new();
    for mock in operations {
        let operation = document
            .operations
            .iter()
            .find(|operation| mock.when == format!("{}When", builder_name(operation.id)));
        let operation = operation.ok_or_else(|| {
            format!(
                "progenitor generates a mock `{}`, which is of no operation",
                mock.when
            )
        })?;
        methods.push(format!("Mocks {}.", address(operation)));
        written.push(tokens(document, operation, mock));
    }
    let server = server.iter().cloned().map(|item| match item {
        Item::Trait(mut item) => {
            item.attrs
                .push(parse_quote!(#[doc = "Mocks of operations: a method for each."]));
            let functions = item.items.iter_mut().zip(&methods);
            for (function, doc) in functions {
                if let TraitItem::Fn(function) = function {
                    function.attrs.push(parse_quote!(#[doc = #doc]));
                }
            }
            Item::Trait(item)
        }
        item => item,
    });
    Ok(quote! {
        /// Typed mocks of every operation.
        #[cfg(feature = "mock")]
        #[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, unused_imports)]
        pub(crate) mod mock {
            pub mod operations {
                #(#docs)*
                #(#imports)*
                #(#written)*
            }

            #(#server)*
        }
    })
}

fn tokens(document: &Document<'_>, operation: &Operation<'_>, mock: &Mock) -> TokenStream {
    let Mock {
        when,
        method,
        parameters,
        then,
        responses,
    } = mock;
    // The mock of a path does not look at the query.
    let (path, query) = operation
        .path
        .split_once('?')
        .unwrap_or((operation.path, ""));
    let path = pattern(path, None);
    let fixed = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            quote!(.query_param(#name, #value))
        });
    let parameters = parameters
        .iter()
        .map(|it| parameter(document, operation, it));
    let responses = responses.iter().map(response);
    let items = List::of(document, operation).map(|list| items(document, &list));
    let address = address(operation);
    let doc_when =
        format!("What a request must have so that the mock of {address} responds to it.");
    let doc_then = format!("How the mock of {address} responds.");
    quote! {
        #[doc = #doc_when]
        pub struct #when(::httpmock::When);

        impl #when {
            /// Expects a request of this operation with any arguments.
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(inner
                    .method(::httpmock::Method::#method)
                    .path_matches(regex::Regex::new(#path).unwrap())
                    #(#fixed)*)
            }

            /// The untyped expectations, to add others.
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }

            #(#parameters)*
        }

        #[doc = #doc_then]
        pub struct #then(::httpmock::Then);

        impl #then {
            /// A response that nothing has been set for.
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }

            /// The untyped response, to set headers or a delay.
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }

            /// Responds with this status and an error body with this message. The status is 400 or higher.
            pub fn error(self, status: u16, message: &str) -> Self {
                Self(crate::values::mock_response::error(self.0, status, message))
            }

            #items

            #(#responses)*
        }
    }
}

/// The method and path of an operation.
fn address(operation: &Operation<'_>) -> String {
    code_span(&format!(
        "{} {}",
        operation.method.to_uppercase(),
        operation.path
    ))
}
