//! The httpmock helpers.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, FnArg, ImplItem, Item, ItemImpl, LitStr, Type, parse_quote};

use super::Operations;

/// The module `mock`, from progenitor's helpers.
pub(crate) fn module(
    document: &Value,
    operations: &Operations<'_>,
    items: &mut [Item],
) -> TokenStream {
    for item in items.iter_mut() {
        let Item::Mod(module) = item else { continue };
        let Some((_, items)) = &mut module.content else {
            continue;
        };
        for item in items {
            if let Item::Impl(implementation) = item {
                Calls.visit_item_impl_mut(implementation);
                finish_impl(document, operations, implementation);
            }
        }
    }
    quote! {
        /// Typed mocks of every operation, for tests with `httpmock`.
        #[cfg(feature = "mock")]
        #[cfg_attr(docsrs, doc(cfg(feature = "mock")))]
        #[allow(clippy::all, clippy::pedantic, clippy::unwrap_used, unused_imports)]
        pub mod mock {
            #(#items)*
        }
    }
}

fn finish_impl(document: &Value, operations: &Operations<'_>, implementation: &mut ItemImpl) {
    let Type::Path(ty) = &*implementation.self_ty else {
        return;
    };
    let Some(name) = ty
        .path
        .segments
        .last()
        .map(|segment| segment.ident.to_string())
    else {
        return;
    };
    let operation = name
        .strip_suffix("When")
        .and_then(|name| operations.builder(name));
    let Some(operation) = operation else { return };
    for item in &mut implementation.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        for input in &mut function.sig.inputs {
            accept_text(document, input);
        }
        let parameter = function.sig.ident.to_string();
        if parameter == "body" && operation.value["x-codegen"]["multipart"] == true {
            function.block = parse_quote!({
                let value = value.clone();
                Self(
                    self.0
                        .is_true(move |request| crate::values::multipart::is(&value, request)),
                )
            });
        }
        if parameter == "new" || operation.has_in_path(&parameter) {
            let pattern = pattern(operation.path, &parameter);
            PathPattern { pattern }.visit_block_mut(&mut function.block);
        }
        if let Some(wire) = operation.value["x-codegen"]["wire"][&parameter].as_str() {
            WireName {
                rust: &parameter,
                wire,
            }
            .visit_block_mut(&mut function.block);
        }
    }
}

/// Has a path stand for itself in its pattern, and a value as the client writes it there.
struct PathPattern {
    pattern: String,
}

impl VisitMut for PathPattern {
    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        let pattern = &self.pattern;
        call.tokens =
            quote!(#pattern, regex::escape(&crate::generated::encode_path(&value.to_string())));
    }

    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        if literal.value().starts_with('^') {
            *literal = LitStr::new(&self.pattern, literal.span());
        }
    }
}

/// The pattern of a path, as progenitor writes it, with a `{}` for the value of one parameter; what
/// is no parameter matches itself only.
fn pattern(path: &str, parameter: &str) -> String {
    let others = match parameter {
        "new" => "[^/]*",
        _ => ".*",
    };
    let mut pattern = "^".to_owned();
    for part in path.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some(name) if name == parameter => pattern.push_str("{}"),
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

/// Adjusts what progenitor writes for values it can send but not mock.
struct Calls;

impl VisitMut for Calls {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let Expr::MethodCall(call) = expression else {
            return;
        };
        if call.method == "json_body_obj" {
            // A number or boolean is passed by value where httpmock takes a reference.
            call.args = parse_quote!(&value);
        } else if call.method == "query_param" {
            // A list or object is several parameters.
            let (receiver, name) = (&call.receiver, &call.args[0]);
            *expression = parse_quote! {
                crate::values::query::pairs(#name, &value)
                    .into_iter()
                    .fold(#receiver, |when, (name, value)| when.query_param(name, value))
            };
        }
    }
}

/// An identifier may be given as any text: a mock of a request that is never sent does no harm.
fn accept_text(document: &Value, input: &mut FnArg) {
    let FnArg::Typed(input) = input else { return };
    let Type::Reference(reference) = &*input.ty else {
        return;
    };
    let Type::Path(path) = &*reference.elem else {
        return;
    };
    let Some(name) = path.path.segments.last() else {
        return;
    };
    if document["components"]["schemas"][name.ident.to_string()]["x-codegen"]["identifier"] == true
    {
        *input.ty = parse_quote!(impl ::std::fmt::Display);
    }
}

/// Puts the name on the wire where progenitor put the one in Rust.
pub(crate) struct WireName<'a> {
    /// The name in Rust.
    pub(crate) rust: &'a str,
    /// The name on the wire.
    pub(crate) wire: &'a str,
}

impl VisitMut for WireName<'_> {
    fn visit_lit_str_mut(&mut self, literal: &mut LitStr) {
        if literal.value() == self.rust {
            *literal = LitStr::new(self.wire, literal.span());
        }
        visit_mut::visit_lit_str_mut(self, literal);
    }
}
