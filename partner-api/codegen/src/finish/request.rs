//! The statements of a builder that put its request together.

use proc_macro2::TokenStream;
use quote::quote;

use super::call::Call;
use crate::contract::{Encoding, SchemaExtension, Server};
use crate::document::{Document, Operation};
use crate::model::{BodyKind, Header, Query};

/// How a parameter is written that holds an object or several values.
pub(crate) fn encoding(
    document: &Document<'_>,
    operation: &Operation<'_>,
    parameter: &str,
) -> Option<Encoding> {
    let schema = document.referred(&operation.parameter(parameter)?["schema"])?;
    match schema.extension {
        Some(SchemaExtension::Query { encoding, .. }) => Some(encoding),
        _ => None,
    }
}

impl Call<'_> {
    /// The statements that put the request together, from `self` to `request`.
    pub(super) fn request(&self, document: &Document<'_>) -> TokenStream {
        let (client, constant) = (&self.builder.client, &self.constant);
        let send = &self.builder.send;
        let names: Vec<_> = self
            .arguments
            .iter()
            .map(|argument| &argument.name)
            .collect();
        let (url, path) = (&send.url, &send.path);
        let path_arguments = send.path_arguments.iter().map(|argument| {
            match encoding(document, self.operation, &argument.to_string()) {
                Some(Encoding::Commas) => quote!(#argument.in_path()),
                _ => quote!(encode_path(&#argument.to_string())),
            }
        });
        let base = match &self.operation.extension.server {
            Some(Server::Replaces(end)) => {
                quote!(#client.baseurl.strip_suffix(#end).unwrap_or(&#client.baseurl))
            }
            Some(Server::Other(_)) => {
                quote!(#client.inner.server(&operations::#constant)?.address())
            }
            None => quote!(#client.baseurl),
        };
        let headers = self.headers();
        let use_headers = headers.is_some().then(|| quote!(.headers(header_map)));
        let method = &send.method;
        let method = match method == "options" {
            // reqwest has no method for it.
            true => quote!(request(::reqwest::Method::OPTIONS, #url)),
            false => quote!(#method(#url)),
        };
        let accept = send.accept_json.then(|| {
            let accept = &self.operation.extension.accept;
            let accept = accept.as_deref().unwrap_or("application/json");
            quote! {
                .header(
                    ::reqwest::header::ACCEPT,
                    ::reqwest::header::HeaderValue::from_static(#accept),
                )
            }
        });
        let content_type = self.content_type();
        let query = send.query.iter().map(|Query { name, argument }| {
            let encoding = encoding(document, self.operation, name);
            let name = self.operation.wire_name(name);
            match encoding {
                Some(Encoding::Deep) => {
                    quote!(.query(&crate::values::form::Deep(#name, &#argument)))
                }
                _ => quote!(.query(&progenitor_client::QueryParam::new(#name, &#argument))),
            }
        });
        let start = quote!(#client.client.#method #accept #content_type);
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
            let #url = format!(#path, #base, #(#path_arguments,)*);
            #headers
            #request
        }
    }

    /// Sets the media type of the body, where reqwest does not.
    fn content_type(&self) -> Option<TokenStream> {
        let published = self.operation.body().content_type;
        let media_type = match (&self.builder.send.body, published) {
            (_, Some(published)) => quote!(#published),
            (Some(BodyKind::Raw(media_type)), None) => quote!(#media_type),
            _ => return None,
        };
        Some(quote! {
            .header(
                ::reqwest::header::CONTENT_TYPE,
                ::reqwest::header::HeaderValue::from_static(#media_type),
            )
        })
    }

    /// The statements that fill `header_map`, if there are headers to send.
    fn headers(&self) -> Option<TokenStream> {
        let constant = &self.constant;
        let is_cookie = |header: &&Header| self.operation.extension.cookies.contains(&header.name);
        let all = self.builder.send.headers.iter();
        let (cookies, headers): (Vec<_>, Vec<_>) = all.partition(is_cookie);
        let append = |name: &str, value: TokenStream| {
            quote! {
                header_map.append(
                    #name,
                    #value.try_into().map_err(|why: ::reqwest::header::InvalidHeaderValue| {
                        Error::invalid_request(&operations::#constant, format!("a header: {why}"))
                    })?,
                );
            }
        };
        let appends = headers.iter().map(|header| {
            let Header {
                name,
                argument,
                required,
            } = header;
            let name = self.operation.wire_name(name);
            match required {
                true => append(name, quote!(#argument.to_string())),
                false => {
                    let append = append(name, quote!(value.to_string()));
                    quote!(if let Some(value) = #argument { #append })
                }
            }
        });
        let pairs = cookies.iter().map(|cookie| {
            let Header {
                name,
                argument,
                required,
            } = cookie;
            let name = self.operation.wire_name(name);
            match required {
                true => quote!((#name, Some(#argument.to_string()))),
                false => quote!((#name, #argument.map(|value| value.to_string()))),
            }
        });
        let append_cookies = append("cookie", quote!(cookies));
        let cookies = (!cookies.is_empty()).then(|| {
            quote! {
                if let Some(cookies) = crate::values::cookie::header([#(#pairs,)*]) {
                    #append_cookies
                }
            }
        });
        let capacity = self.builder.send.headers.len() + 1;
        (capacity > 1).then(|| {
            quote! {
                let mut header_map = ::reqwest::header::HeaderMap::with_capacity(#capacity);
                #(#appends)*
                #cookies
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
            BodyKind::Form => {
                let notations = notations(self.operation);
                quote! {
                    #request.form(&crate::values::form::pairs(&body, &[#(#notations),*])
                        .map_err(|why| Error::invalid_request(&operations::#constant, format!("body: {why}")))?)
                }
            }
            BodyKind::Raw(_) => quote!(#request.body(body)),
        }
    }
}

/// How the members of an operation's form are written, if not in the common way.
pub(crate) fn notations(operation: &Operation<'_>) -> Vec<TokenStream> {
    let members = operation.body().form.into_iter();
    let members = members.map(|(name, encoding)| {
        let notation = match encoding {
            Encoding::Commas => quote!(Separated(',')),
            Encoding::Spaces => quote!(Separated(' ')),
            Encoding::Pipes => quote!(Separated('|')),
            Encoding::Deep => quote!(Deep),
            Encoding::Json => quote!(Json),
            Encoding::Form | Encoding::Members | Encoding::Assignments | Encoding::Sort => {
                quote!(Repeated)
            }
        };
        quote!((#name, crate::values::form::Notation::#notation))
    });
    members.collect()
}
