//! Checks that descriptions are inert in rustdoc: shown, but never run.
//!
//! Descriptions come from pages that anyone at the provider can change, and rustdoc compiles and runs
//! every code block that it takes for Rust: those without a language, with one of its attributes
//! (`should_panic`, `edition2021`, `E0277`, …), and indented ones. So the rule is an allow-list: a
//! code block has a language from [`LANGUAGES`].

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use syn::LitStr;

/// The languages that a code block may have. None of them means anything to rustdoc.
pub(crate) const LANGUAGES: [&str; 23] = [
    "bash",
    "console",
    "css",
    "csv",
    "curl",
    "diff",
    "go",
    "graphql",
    "html",
    "http",
    "ini",
    "java",
    "javascript",
    "json",
    "php",
    "python",
    "ruby",
    "sh",
    "shell",
    "sql",
    "text",
    "xml",
    "yaml",
];

/// The Markdown dialects of rustdoc, which collects tests without extensions and renders with some.
pub(crate) fn dialects() -> [Options; 3] {
    let shown = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_SMART_PUNCTUATION;
    [Options::ENABLE_TABLES, shown, Options::empty()]
}

/// Whether a link is to a web page or mailbox, not to a script or a Rust item.
pub(crate) fn is_web(address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme);
    let known = |scheme: &str| {
        ["http", "https", "mailto"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
    };
    scheme.is_some_and(known)
}

/// The first part of a text that is not inert, if there is one.
pub(crate) fn active(text: &str) -> Option<String> {
    dialects()
        .into_iter()
        .find_map(|options| active_in(text, options))
}

/// The first part of a text that is not inert in one dialect.
pub(crate) fn active_in(text: &str, options: Options) -> Option<String> {
    Parser::new_ext(text, options).find_map(|event| match event {
        Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
            Some("an indented code block, which rustdoc runs".into())
        }
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => (!LANGUAGES.contains(&&*info))
            .then(|| format!("a code block with the language {info:?}, which rustdoc may run")),
        Event::Html(html) | Event::InlineHtml(html) => Some(format!("the HTML {html:?}")),
        Event::Start(Tag::Image { dest_url, .. }) => {
            Some(format!("an image, which a browser loads from {dest_url:?}"))
        }
        _ => None,
    })
}

/// Whether a paragraph after the text is a block of its own, because nothing is left open.
pub(crate) fn is_closed(text: &str) -> bool {
    const NEXT: &str = "The next paragraph.";
    let whole = format!("{text}\n\n{NEXT}");
    dialects().into_iter().all(|options| {
        let mut depth = 0_usize;
        let mut last = (0, String::new());
        for event in Parser::new_ext(&whole, options) {
            match event {
                Event::Start(tag) => {
                    depth += 1;
                    if tag == Tag::Paragraph {
                        last = (depth, String::new());
                    }
                }
                Event::End(end) => {
                    depth -= 1;
                    if end != TagEnd::Paragraph {
                        last = (0, String::new());
                    }
                }
                Event::Text(text) => last.1.push_str(&text),
                _ => {}
            }
        }
        last == (1, NEXT.to_owned())
    })
}

/// Checks the documentation of generated code.
///
/// # Errors
/// When rustdoc could run a part of it, or it is not plain text; the message names the part.
pub(crate) fn check(code: &str) -> Result<(), String> {
    let tokens: TokenStream = code
        .parse()
        .map_err(|error| format!("the generated code cannot be parsed: {error}"))?;
    check_tokens(tokens)
}

fn check_tokens(tokens: TokenStream) -> Result<(), String> {
    let mut tokens = tokens.into_iter().peekable();
    let mut doc: Vec<String> = Vec::new();
    while let Some(token) = tokens.next() {
        let is_attribute = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '#');
        if is_attribute {
            tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
            let is_brackets = |next: &TokenTree| matches!(next, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket);
            if let Some(TokenTree::Group(attribute)) = tokens.next_if(is_brackets) {
                texts(attribute.stream(), &mut doc)?;
            }
            continue;
        }
        check_doc(&std::mem::take(&mut doc))?;
        if let TokenTree::Group(group) = token {
            check_tokens(group.stream())?;
        }
    }
    check_doc(&doc)
}

/// Collects the strings of `doc = "…"` in an attribute.
fn texts(attribute: TokenStream, doc: &mut Vec<String>) -> Result<(), String> {
    let mut tokens = attribute.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(name) if name == "doc" => {
                let equals = |next: &TokenTree| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '=');
                if tokens.next_if(equals).is_none() {
                    continue;
                }
                let text = tokens.next().map(TokenStream::from).unwrap_or_default();
                let shown = text.to_string();
                let text: LitStr = syn::parse2(text)
                    .map_err(|_| format!("the documentation is not a string but `{shown}`"))?;
                doc.push(text.value());
            }
            TokenTree::Group(group) => texts(group.stream(), doc)?,
            _ => {}
        }
    }
    Ok(())
}

/// Checks the lines of one item's documentation, as rustdoc joins them.
fn check_doc(doc: &[String]) -> Result<(), String> {
    let whole = doc.join("\n");
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let lines = whole.split('\n').filter(|line| !line.trim().is_empty());
    let common = lines.map(indent).min().unwrap_or(0);
    let lines: Vec<_> = whole
        .split('\n')
        .map(|line| line.get(common..).unwrap_or_default())
        .collect();
    let shown = lines.join("\n");
    match active(&shown) {
        None => Ok(()),
        Some(what) => Err(format!(
            "the documentation has {what}; correct the description in the overlay:\n{shown}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_rustdoc_would_run_is_found_in_any_attribute() {
        for code in [
            "#[doc = \"```\\nx\\n```\"] struct A;",
            "/// ```should_panic\n/// x\n/// ```\nstruct A;",
            "/// a\n#[derive(Debug)]\n///\n///     x\nstruct A;",
            "/** a\n\n     x\n*/ struct A;",
            "#[cfg_attr(all(), doc = \"```\\nx\\n```\")] struct A;",
            "#[doc = include_str!(\"/etc/hosts\")] struct A;",
            "#![doc = \"```\"] struct A;",
            "m! { /// ```\n x }",
            "mod a { fn b() { /// <b>\n let c; } }",
        ] {
            assert!(check(code).is_err(), "{code}");
        }
        for code in [
            "/// ```json\n/// {}\n/// ```\nstruct A;",
            "/// a\n///     b\n#[doc(hidden)] struct A;",
            "///     a\n///     b\nstruct A;",
            "const A: &str = \"```\\nx\";",
        ] {
            assert_eq!(check(code), Ok(()), "{code}");
        }
    }

    #[test]
    fn what_is_left_open_is_found() {
        for text in [
            "```text\na",
            "~~~text",
            "a\n\n<!-- b",
            "> ```text\n> a\n```",
        ] {
            assert!(!is_closed(text), "{text}");
        }
        for text in ["a", "- a\n\n  ```text\n  b", "# a", "> a", "```text\n```"] {
            assert!(is_closed(text), "{text}");
        }
    }
}
