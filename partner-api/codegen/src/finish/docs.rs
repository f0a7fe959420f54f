//! Documentation as line comments, one for each line.
//!
//! A block comment does not keep its text: the compiler removes a column of `*` from it, so rustdoc
//! would read another text than `pipeline::inert` checked, for example where a list is.

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
