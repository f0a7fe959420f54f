//! Documentation as line comments, one for each line.
//!
//! A block comment is not what it says: the compiler takes a column of `*` out of it, so that a
//! list, or what only looks like one, would be another text to rustdoc than to whoever checked it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::{Expr, ExprLit, Lit, Meta, MetaNameValue, parse2};

/// The tokens with each `#[doc = "…"]` of several lines cut into one for each line.
pub(crate) fn lines(tokens: TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_hash = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '#');
        let text = tokens.peek().filter(|_| is_hash).and_then(doc);
        match (text, token) {
            (Some(text), _) => {
                tokens.next();
                let lines = text.split('\n');
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

/// The text of a group that is `[doc = "…"]`.
fn doc(attribute: &TokenTree) -> Option<String> {
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
