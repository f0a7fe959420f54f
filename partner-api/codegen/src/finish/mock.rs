//! The httpmock helpers.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ImplItemFn, Type, parse_quote};

use super::builder_name;
use super::request::{encoding, notations};
use crate::contract::{Encoding, SchemaExtension};
use crate::document::{Document, Operation};
use crate::model::{Mock, MockBody, Mocks, Status, Then, When, WhenKind};

/// The module `mock`.
pub(crate) fn module(document: &Document<'_>, mocks: &Mocks) -> Result<TokenStream, String> {
    let Mocks {
        docs,
        imports,
        operations,
        server,
    } = mocks;
    let mut written = Vec::new();
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
        written.push(tokens(document, operation, mock));
    }
    Ok(quote! {
        /// Typed mocks of every operation, for tests with `httpmock`.
        #[cfg(feature = "mock")]
        #[cfg_attr(docsrs, doc(cfg(feature = "mock")))]
        #[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, unused_imports)]
        pub mod mock {
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
    quote! {
        pub struct #when(::httpmock::When);

        impl #when {
            pub fn new(inner: ::httpmock::When) -> Self {
                Self(inner
                    .method(::httpmock::Method::#method)
                    .path_matches(regex::Regex::new(#path).unwrap())
                    #(#fixed)*)
            }

            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }

            #(#parameters)*
        }

        pub struct #then(::httpmock::Then);

        impl #then {
            pub fn new(inner: ::httpmock::Then) -> Self {
                Self(inner)
            }

            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }

            #(#responses)*
        }
    }
}

/// The method that asks for a parameter or body.
fn parameter(document: &Document<'_>, operation: &Operation<'_>, when: &When) -> ImplItemFn {
    let name = when.name.to_string();
    let wire = operation.wire_name(&name);
    // A list or object is several parameters.
    let encoding = encoding(document, operation, &name);
    let pairs = match encoding {
        Some(Encoding::Deep) => quote!(deep_pairs),
        _ => quote!(pairs),
    };
    let pairs = quote! {
        crate::values::query::#pairs(#wire, &value)
            .into_iter()
            .fold(self.0, |when, (name, value)| when.query_param(name, value))
    };
    let is_cookie = operation.extension.cookies.contains(&name);
    let block = match when.kind {
        WhenKind::Path => {
            let (path, _) = operation
                .path
                .split_once('?')
                .unwrap_or((operation.path, ""));
            let pattern = pattern(path, Some(&name));
            let segment = match encoding {
                Some(Encoding::Commas) => quote!(value.in_path()),
                _ => quote!(crate::generated::encode_path(&value.to_string())),
            };
            quote! {
                let re = regex::Regex::new(
                    &format!(#pattern, regex::escape(&#segment))
                ).unwrap();
                Self(self.0.path_matches(re))
            }
        }
        WhenKind::Query { optional: false } => quote!(Self(#pairs)),
        WhenKind::Query { optional: true } => quote! {
            if let Some(value) = value.into() {
                Self(#pairs)
            } else {
                Self(self.0.query_param_missing(#wire))
            }
        },
        WhenKind::Header { optional } if is_cookie => {
            let cookie = match optional {
                true => quote!(if let Some(value) = value.into() {
                    Some(value.to_string())
                } else {
                    None
                }),
                false => quote!(Some(value.to_string())),
            };
            quote! {
                let cookie = #cookie;
                Self(self.0.is_true(move |request| crate::values::cookie::is(#wire, cookie.as_deref(), request)))
            }
        }
        WhenKind::Header { optional: false } => {
            quote!(Self(self.0.header(#wire, value.to_string())))
        }
        WhenKind::Header { optional: true } => quote! {
            if let Some(value) = value.into() {
                Self(self.0.header(#wire, value.to_string()))
            } else {
                Self(self.0.header_missing(#wire))
            }
        },
        WhenKind::Body(MockBody::Json) if operation.body().multipart => quote! {
            let value = value.clone();
            Self(
                self.0
                    .is_true(move |request| crate::values::multipart::is(&value, request)),
            )
        },
        WhenKind::Body(MockBody::Json) if is_form(operation) => {
            let notations = notations(operation);
            quote! {
                let pairs = crate::values::form::pairs(&value, &[#(#notations),*]).unwrap();
                Self(self.0.body(serde_urlencoded::to_string(pairs).unwrap()))
            }
        }
        // progenitor passes a number or boolean by value where httpmock takes a reference.
        WhenKind::Body(MockBody::Json) => quote!(Self(self.0.json_body_obj(&value))),
        WhenKind::Body(MockBody::Value) => quote!(Self(self.0.json_body(value))),
        WhenKind::Body(MockBody::Text) => quote!(Self(self.0.body(value))),
    };
    let signature = match is_identifier(document, when) {
        // Any string may be given: a mock of a request that is never sent does no harm.
        true => {
            let name = format_ident!("{name}");
            quote!(#name(self, value: impl ::std::fmt::Display) -> Self)
        }
        false => when.signature(),
    };
    parse_quote!(pub fn #signature { #block })
}

fn is_form(operation: &Operation<'_>) -> bool {
    let content = operation.value["requestBody"]["content"].as_object();
    content.is_some_and(|content| content.contains_key("application/x-www-form-urlencoded"))
}

/// The method that gives a response.
fn response(then: &Then) -> TokenStream {
    let name = &then.name;
    let value = then.body.as_ref().map(|(_, ty)| quote!(value: #ty,));
    let body = then.body.as_ref().map(|(body, _)| {
        let write = match body {
            MockBody::Json => quote!(json_body_obj(&value)),
            MockBody::Value | MockBody::Text => quote!(json_body(value)),
        };
        quote!(.header("content-type", "application/json").#write)
    });
    match &then.status {
        Status::Code(code) => quote! {
            pub fn #name(self, #value) -> Self {
                Self(self.0.status(#code) #body)
            }
        },
        Status::Range(digit) => quote! {
            pub fn #name(self, status: u16, #value) -> Self {
                assert_eq!(status / 100u16, #digit);
                Self(self.0.status(status) #body)
            }
        },
    }
}

/// The pattern of a path, as progenitor writes it, with a `{}` for the value of one parameter; what
/// is no parameter matches itself only.
fn pattern(path: &str, parameter: Option<&str>) -> String {
    let others = match parameter {
        None => "[^/]*",
        Some(_) => ".*",
    };
    let mut pattern = "^".to_owned();
    for part in path.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some(name) if Some(name) == parameter => pattern.push_str("{}"),
            Some(_) => pattern.push_str(others),
            None => {
                let literal = part.trim_end_matches('{');
                for c in literal.chars() {
                    if r"\.+*?()|[]^$".contains(c) {
                        pattern.push('\\');
                    }
                    pattern.push(c);
                }
            }
        }
    }
    pattern + "$"
}

/// Whether a mock takes a reference to an identifier.
fn is_identifier(document: &Document<'_>, when: &When) -> bool {
    let optional = WhenKind::Query { optional: true };
    if when.kind == optional || when.kind == (WhenKind::Header { optional: true }) {
        return false;
    }
    let Type::Reference(reference) = &when.ty else {
        return false;
    };
    let Type::Path(path) = &*reference.elem else {
        return false;
    };
    let name = path.path.segments.last().map(|it| it.ident.to_string());
    let schema = name.and_then(|name| document.schemas.get(name.as_str()));
    schema.is_some_and(|schema| matches!(schema.extension, Some(SchemaExtension::Identifier)))
}
