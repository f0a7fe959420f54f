//! The builders of calls.
//!
//! progenitor writes how a request is put together; sending it and reading its response is the
//! transport's business, in `src/transport`.

use proc_macro2::TokenStream;
use quote::quote;

use super::call::Call;
use super::setters::setter;
use super::{builder_name, lists, scopes};
use crate::document::Document;
use crate::model::{Argument, BodyKind, Builder, Header, Kind, Model, Query, RustType};

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
                let missing = format!("{name}: is required and was not set");
                match optional {
                    true => quote!(#name: Ok(None)),
                    false => quote!(#name: Err(#missing.to_owned())),
                }
            });
        let setters = self
            .arguments
            .iter()
            .map(|it| setter(document, self.operation, it));
        let send = self.send();
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

    fn send(&self) -> TokenStream {
        let (client, constant) = (&self.builder.client, &self.constant);
        let response = &self.builder.send.response;
        let read = reader(response);
        let request = self.request();
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

    /// The statements that put the request together, from `self` to `request`.
    fn request(&self) -> TokenStream {
        let (client, constant) = (&self.builder.client, &self.constant);
        let send = &self.builder.send;
        let names: Vec<_> = self
            .arguments
            .iter()
            .map(|argument| &argument.name)
            .collect();
        let (url, path, path_arguments) = (&send.url, &send.path, &send.path_arguments);
        let headers = self.headers();
        let use_headers = headers.is_some().then(|| quote!(.headers(header_map)));
        let method = &send.method;
        let accept = send.accept_json.then(|| {
            quote! {
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static("application/json"),
                )
            }
        });
        let content_type = match &send.body {
            Some(BodyKind::Raw(media_type)) => Some(quote! {
                .header(
                    ::reqwest::header::CONTENT_TYPE,
                    ::reqwest::header::HeaderValue::from_static(#media_type),
                )
            }),
            _ => None,
        };
        let query = send.query.iter().map(|Query { name, argument }| {
            let name = self.operation.wire_name(name);
            quote!(.query(&progenitor_client::QueryParam::new(#name, &#argument)))
        });
        let start = quote!(#client.client.#method(#url) #accept #content_type);
        let end = quote!(#(#query)* #use_headers);
        let request = match &send.body {
            Some(body) if self.optional_body => {
                let attached = self.attach(&quote!(request), body);
                quote! {
                    let request = #start #end;
                    let request = match body {
                        Some(body) => #attached,
                        None => request,
                    };
                    let request = request.build();
                }
            }
            Some(body) => {
                let attached = self.attach(&start, body);
                quote!(let request = #attached #end.build();)
            }
            None => quote!(let request = #start #end.build();),
        };
        quote! {
            let Self { #client, #(#names,)* } = self;
            #(let #names = #names.map_err(|why| Error::invalid_request(&operations::#constant, why))?;)*
            let #url = format!(#path, #client.baseurl, #(encode_path(&#path_arguments.to_string()),)*);
            #headers
            #request
        }
    }

    /// The statements that fill `header_map`, if there are headers to send.
    fn headers(&self) -> Option<TokenStream> {
        let (headers, constant) = (&self.builder.send.headers, &self.constant);
        let appends = headers.iter().map(|header| {
            let Header {
                name,
                argument,
                required,
            } = header;
            let name = self.operation.wire_name(name);
            let append = |value: TokenStream| {
                quote! {
                    header_map.append(
                        #name,
                        #value.to_string().try_into().map_err(|why: ::reqwest::header::InvalidHeaderValue| {
                            Error::invalid_request(&operations::#constant, format!("a header: {why}"))
                        })?,
                    );
                }
            };
            match required {
                true => append(quote!(#argument)),
                false => {
                    let append = append(quote!(value));
                    quote!(if let Some(value) = #argument { #append })
                }
            }
        });
        let capacity = headers.len() + 1;
        (!headers.is_empty()).then(|| {
            quote! {
                let mut header_map = ::reqwest::header::HeaderMap::with_capacity(#capacity);
                #(#appends)*
            }
        })
    }

    /// The request with the body.
    fn attach(&self, request: &TokenStream, body: &BodyKind) -> TokenStream {
        let (client, constant) = (&self.builder.client, &self.constant);
        match body {
            BodyKind::Json if self.operation.body().multipart => quote! {
                crate::values::multipart::attach(#request, &body, #client.inner.max_response_bytes)
                    .map_err(|why| Error::invalid_request(&operations::#constant, why))?
            },
            BodyKind::Json => quote!(#request.json(&body)),
            BodyKind::Form => quote!(#request.form(&body)),
            BodyKind::Raw(_) => quote!(#request.body(body)),
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
