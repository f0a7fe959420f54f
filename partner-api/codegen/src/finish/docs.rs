//! Documentation of generated items, as line comments, one for each line.
//!
//! A block comment does not keep its text: the compiler removes a column of `*` from it, so rustdoc
//! would read another text than `pipeline::inert` checked, for example where a list is.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use serde_json::Value;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, MetaNameValue, parse_quote, parse2};

use super::servers;
use crate::code_span::code_span;
use crate::document::{Document, Operation, text};
use crate::list::List;

/// The tokens with each `#[doc = "…"]` of several lines cut into one for each line.
pub(crate) fn lines(tokens: TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_hash = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '#');
        let text = tokens.peek().filter(|_| is_hash).and_then(doc_text);
        match (text, token) {
            (Some(text), _) => {
                tokens.next();
                let lines = spaced(&text);
                out.extend(quote!(#(#[doc = #lines])*));
            }
            (None, TokenTree::Group(group)) => {
                let mut cut = Group::new(group.delimiter(), lines(group.stream()));
                cut.set_span(group.span());
                out.extend([TokenTree::Group(cut)]);
            }
            (None, token) => out.extend([token]),
        }
    }
    out
}

/// The documentation of a schema or property.
pub(super) fn doc(schema: &Value) -> TokenStream {
    match text(schema, "description") {
        "" => TokenStream::new(),
        description => quote!(#[doc = #description]),
    }
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
    if let Some(address) = servers::other(operation) {
        paragraphs.push(format!(
            "It is published for the server {}. A call fails unless the program names an address with \
             [`operation_base_url`](crate::ClientBuilder::operation_base_url).",
            code_span(address)
        ));
    }
    if !operation.extension.idempotent {
        paragraphs.push(NOT_IDEMPOTENT.to_owned());
    }
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

const NOT_IDEMPOTENT: &str = "It is not idempotent: a call is not retried once its request may have \
    reached the server. If [`Error::is_outcome_unknown`](crate::Error::is_outcome_unknown) returns \
    true, the operation may have been done although the call failed. Check that before you call it \
    again.";

/// The lines of a text, each with the space that stands between `///` and a sentence.
fn spaced(text: &str) -> Vec<String> {
    let mut lines = text.split('\n');
    let has_space = lines.all(|line| line.is_empty() || line.starts_with(' '));
    let lines = text
        .split('\n')
        .map(|line| match has_space || line.is_empty() {
            true => line.to_owned(),
            false => format!(" {line}"),
        });
    lines.collect()
}

/// The text of a group that is `[doc = "…"]`.
fn doc_text(attribute: &TokenTree) -> Option<String> {
    let TokenTree::Group(group) = attribute else {
        return None;
    };
    if group.delimiter() != Delimiter::Bracket {
        return None;
    }
    match parse2(group.stream()).ok()? {
        Meta::NameValue(MetaNameValue {
            path,
            value:
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }),
            ..
        }) if path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_comment_that_starts_with_a_space() {
        let text = "A list:\n\n- one\n  - two";
        let written = lines(quote!(#[doc = #text] struct A;));
        let file = syn::parse2(written).unwrap();
        let expected = "/// A list:\n///\n/// - one\n///   - two\nstruct A;\n";
        assert_eq!(prettyplease::unparse(&file), expected);
    }

    #[test]
    fn a_comment_that_has_the_space_keeps_it() {
        let written = lines(quote! {
            /// A sentence.
            struct A;
        });
        let file = syn::parse2(written).unwrap();
        assert_eq!(prettyplease::unparse(&file), "/// A sentence.\nstruct A;\n");
    }
}
