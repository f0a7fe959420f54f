//! The request that a mock expects.

use quote::{format_ident, quote};
use syn::{ImplItemFn, Type, parse_quote};

use crate::code_span::code_span;
use crate::contract::{Encoding, SchemaExtension};
use crate::document::{Document, Operation};
use crate::finish::request::{encoding, notations};
use crate::model::{MockBody, When, WhenKind};

/// The method that asks for a parameter or body.
pub(super) fn parameter(
    document: &Document<'_>,
    operation: &Operation<'_>,
    when: &When,
) -> ImplItemFn {
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

/// The pattern of a path, as progenitor writes it, with a `{}` for the value of one parameter; what
/// is no parameter matches itself only.
pub(super) fn pattern(path: &str, parameter: Option<&str>) -> String {
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
