//! The builders of calls.
//!
//! Sending a request and reading its response is the transport's business, in `src/transport`; how it is
//! put together is in [`super::request`].

use proc_macro2::TokenStream;
use quote::quote;

use super::call::Call;
use super::setters::setter;
use super::{builder_name, lists, scopes};
use crate::document::Document;
use crate::model::{Argument, Builder, Kind, Model, RustType};

/// The module `builder`.
pub(crate) fn module(document: &Document<'_>, model: &Model) -> Result<TokenStream, String> {
    let mut builders = Vec::new();
    let mut list_impls = Vec::new();
    for builder in &model.builders {
        let operation = document
            .operations
            .iter()
            .find(|operation| builder.name == builder_name(operation.id));
        let operation = operation.ok_or_else(|| {
            format!(
                "progenitor generates a builder `{}`, which is of no operation",
                builder.name
            )
        })?;
        let call = Call::new(document, operation, builder);
        builders.push(call.tokens(document));
        let name = &call.builder.name;
        list_impls.extend(quote!(impl crate::OperationBuilder for #name<'_> {}));
        if let Some(list) = &call.list {
            let tokens = lists::implementation(list, document, &call, &model.types);
            list_impls.extend(tokens);
        }
    }
    let scopes = scopes::items(document)?;
    Ok(quote! {
        /// The builders of calls, one for each operation.
        pub mod builder {
            use crate::{CallOptions, Error};
            use super::{encode_path, operations, types};
            use progenitor_client::{ByteStream, ResponseValue};

            #(#builders)*
            #(#scopes)*
            #(#list_impls)*
        }
    })
}

impl Call<'_> {
    fn tokens(&self, document: &Document<'_>) -> TokenStream {
        let Builder { name, client, .. } = self.builder;
        let method = self.operation.id;
        let doc = format!(
            "Builder for [`Client::{method}`]\n\n[`Client::{method}`]: super::Client::{method}"
        );
        let derives = self.builder.derives();
        let fields = self
            .arguments
            .iter()
            .map(|Argument { name, ty, optional }| match optional {
                true => quote!(#name: Result<Option<#ty>, String>),
                false => quote!(#name: Result<#ty, String>),
            });
        let initial = self
            .arguments
            .iter()
            .map(|Argument { name, optional, .. }| {
                let required =
                    || scopes::initial(document, self.operation, client, &name.to_string());
                let initial = match optional {
                    true => quote!(Ok(None)),
                    false => required(),
                };
                quote!(#name: #initial)
            });
        let setters = self
            .arguments
            .iter()
            .map(|it| setter(document, self.operation, it));
        let send = self.send(document);
        quote! {
            #[doc = #doc]
            #[derive(#(#derives),*)]
            pub struct #name<'a> {
                #client: &'a super::Client,
                #(#fields,)*
            }

            impl<'a> #name<'a> {
                pub(crate) fn new(#client: &'a super::Client) -> Self {
                    Self { #client, #(#initial,)* }
                }

                #(#setters)*

                #send
            }
        }
    }

    fn send(&self, document: &Document<'_>) -> TokenStream {
        let (client, constant) = (&self.builder.client, &self.constant);
        let response = &self.builder.send.response;
        let read = match self.reads_by_status(document) {
            true => quote!(by_status),
            false => reader(response),
        };
        let request = self.request(document);
        // A stream decodes the response to the same request in another way.
        let method = self.request_method();
        let (request, prepare) = match self.list {
            Some(_) => (
                quote! {
                    fn #method(self) -> Result<(&'a super::Client, ::reqwest::Result<::reqwest::Request>), Error> {
                        #request
                        Ok((#client, request))
                    }
                },
                quote!(let (#client, request) = self.#method()?;),
            ),
            None => (TokenStream::new(), request),
        };
        quote! {
            /// Sends the request and reads the response.
            ///
            /// # Errors
            ///
            /// If an argument is missing or invalid (then nothing is sent), the API cannot be
            /// reached, it responds with an error, or its response cannot be read.
            pub async fn send(self) -> Result<ResponseValue<#response>, Error> {
                self.send_with(CallOptions::new()).await
            }

            /// Sends the request with options that override the client's settings.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn send_with(self, options: CallOptions) -> Result<ResponseValue<#response>, Error> {
                #prepare
                crate::transport::response::#read(&#client.inner, &operations::#constant, request, &options).await
            }

            #request
        }
    }
}

/// The function of the transport that reads a response of this type.
fn reader(response: &RustType) -> TokenStream {
    match response.kind {
        Kind::Unit => quote!(empty),
        Kind::ByteStream => quote!(stream),
        Kind::Vec(_) => quote!(list),
        Kind::Option(_) => quote!(optional),
        _ => quote!(json),
    }
}
