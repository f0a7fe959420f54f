//! The httpmock helpers.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ImplItemFn, Item, TraitItem, Type, parse_quote};

use super::builder_name;
use super::lists::wire_name;
use super::request::{encoding, notations};
use crate::code_span::code_span;
use crate::contract::{Encoding, SchemaExtension};
use crate::document::{Document, Operation};
use crate::list::List;
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

/// The method that responds with the pages of a list.
fn items(document: &Document<'_>, list: &List<'_>) -> TokenStream {
    let item = format_ident!("{}", list.item);
    let items = wire_name(document, list.page, list.items);
    let envelope = match list.envelope {
        Some(envelope) => {
            let envelope = wire_name(document, list.response, envelope);
            quote!(Some(#envelope))
        }
        None => quote!(None),
    };
    let page = document.schemas.get(list.page);
    let documented = |name: &&str| {
        let properties = page.into_iter().flat_map(|page| &page.properties);
        properties
            .filter(|property| property.value["type"] == "integer")
            .any(|property| property.wire_name() == *name)
    };
    let positions = ["limit", "offset", "count"].into_iter().filter(documented);
    quote! {
        /// Responds with the page that a request asks for by its `limit` and `offset`, of a list of
        /// these items. A request without a limit gets all items from its offset on.
        ///
        /// Filters and the order of the request do not change the items.
        pub fn items(self, items: impl ::std::iter::IntoIterator<Item = types::#item>) -> Self {
            Self(crate::values::mock_response::items(self.0, #envelope, #items, &[#(#positions),*], items))
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
    let doc = expectation(when);
    parse_quote!(#[doc = #doc] pub fn #signature { #block })
}

/// What the method that asks for a parameter or body does.
fn expectation(when: &When) -> String {
    let name = when.name.to_string();
    let name = code_span(name.trim_start_matches("r#"));
    match when.kind {
        WhenKind::Body(_) => "Expects this body.".to_owned(),
        WhenKind::Query { optional: true } | WhenKind::Header { optional: true } => {
            format!("Expects this {name}, or none if it is `None`.")
        }
        _ => format!("Expects this {name}."),
    }
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
    let status = match &then.status {
        Status::Code(code) => format!("the status {}", code.base10_digits()),
        Status::Range(digit) => {
            let digit = digit.base10_digits();
            format!("this status, from {digit}00 to {digit}99,")
        }
    };
    let doc = match &then.body {
        Some(_) => format!("Responds with {status} and this body."),
        None => format!(
            "Responds with {} and no body.",
            status.trim_end_matches(',')
        ),
    };
    match &then.status {
        Status::Code(code) => quote! {
            #[doc = #doc]
            pub fn #name(self, #value) -> Self {
                Self(self.0.status(#code) #body)
            }
        },
        Status::Range(digit) => quote! {
            #[doc = #doc]
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
            // A failed assertion prints the pattern, and so the name of the argument that differs.
            Some(name) if Some(name) == parameter && name.is_ascii() => {
                pattern.push_str(&format!("(?<{name}>{{}})"));
            }
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
