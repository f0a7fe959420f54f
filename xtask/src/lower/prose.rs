//! Descriptions as rustdoc reads them.
//!
//! The docs are Markdown for a website. In rustdoc a code block without a language is a test, a
//! bare address or `[word]` is a broken link, and `<word>` is an HTML tag.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use serde_json::Value;

/// What a schema says of itself, and what it is if nothing is said.
pub(crate) fn of(schema: &Value) -> String {
    let description = schema.get("description").and_then(Value::as_str);
    with_default(description.unwrap_or_default(), schema)
}

/// A description, with the default of its schema: the API's, which is not sent.
pub(crate) fn with_default(description: &str, schema: &Value) -> String {
    let mut paragraphs = vec![for_rustdoc(description)];
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        paragraphs.push(format!("Default of the API: `{default}`"));
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n\n")
}

/// The same text, so that rustdoc shows what the website shows.
pub(crate) fn for_rustdoc(text: &str) -> String {
    let text = text.replace(is_bidirectional, "");
    let text = text.trim();
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut in_link = 0;
    let mut in_code = false;
    let mut edits: Vec<(usize, usize, String)> = Vec::new();

    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                in_code = true;
                edits.extend(text_block(&text[range.clone()], range.start, &kind));
            }
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Start(Tag::Link { link_type, .. }) if link_type != LinkType::Autolink => {
                in_link += 1
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => in_link += 1,
            Event::End(TagEnd::Link | TagEnd::Image) => in_link -= 1,
            Event::Text(_) if !in_code && in_link == 0 => escape(text, range, &mut edits),
            Event::Html(_) | Event::InlineHtml(_) => {
                for (at, mark) in text[range.clone()].match_indices('<') {
                    edits.push((
                        range.start + at,
                        range.start + at + mark.len(),
                        "\\<".into(),
                    ));
                }
            }
            _ => {}
        }
    }
    edits.sort();
    for (start, end, replacement) in edits {
        if start >= copied {
            out.push_str(&text[copied..start]);
            out.push_str(&replacement);
            copied = end;
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// Whether a character changes the direction of a text unseen, which no Rust source may have.
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Marks a code block as text, unless it says what it is and rustdoc leaves that alone.
fn text_block(source: &str, at: usize, kind: &CodeBlockKind<'_>) -> Option<(usize, usize, String)> {
    match kind {
        CodeBlockKind::Fenced(info) => {
            let language = info
                .split(|c: char| c.is_whitespace() || c == ',')
                .next()
                .unwrap_or_default();
            let harmless = !language.is_empty() && !language.starts_with('{') && language != "rust";
            let line = source.split('\n').next().unwrap_or_default().trim_end();
            let mark = line.len() - line.trim_start_matches(['`', '~']).len();
            (!harmless).then(|| (at + mark, at + line.len(), "text".to_owned()))
        }
        CodeBlockKind::Indented => {
            let code: Vec<_> = source.lines().map(str::trim_start).collect();
            Some((
                at,
                at + source.trim_end().len(),
                format!("\n```text\n{}\n```", code.join("\n").trim_end()),
            ))
        }
    }
}

fn escape(whole: &str, range: Range<usize>, edits: &mut Vec<(usize, usize, String)>) {
    let (text, at) = (&whole[range.clone()], range.start);
    let mut rest = 0;
    while let Some(found) = text[rest..].find("http").map(|found| rest + found) {
        let tail = &text[found..];
        let length = tail
            .find(|c: char| c.is_whitespace() || "<>()[]\"'`".contains(c))
            .unwrap_or(tail.len());
        let address = tail[..length].trim_end_matches(['.', ',', ':', ';', '!', '?']);
        let is_address = address
            .strip_prefix("https://")
            .or_else(|| address.strip_prefix("http://"));
        if is_address.is_some_and(|host| !host.is_empty()) {
            edits.push((
                at + found,
                at + found + address.len(),
                format!("<{address}>"),
            ));
        }
        rest = found + address.len().max(4);
    }
    for (found, mark) in text.match_indices(['[', ']', '<']) {
        if !whole[..at + found].ends_with('\\') {
            edits.push((at + found, at + found + 1, format!("\\{mark}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::for_rustdoc;

    #[test]
    fn what_rustdoc_would_misread_is_marked() {
        for (published, shown) in [
            ("[Deprecated] Stripe key", "\\[Deprecated\\] Stripe key"),
            ("one of [`A`, `B`]", "one of \\[`A`, `B`\\]"),
            ("see https://a.example/b.", "see <https://a.example/b>."),
            ("see <https://a.example>", "see <https://a.example>"),
            (
                "a [link](https://a.example/#b)",
                "a [link](https://a.example/#b)",
            ),
            ("a Vec<String> b", "a Vec\\<String> b"),
            ("already \\[escaped\\]", "already \\[escaped\\]"),
            ("`code [x] <y>`", "`code [x] <y>`"),
            ("```\nlet\n```", "```text\nlet\n```"),
            ("```json\n{}\n```", "```json\n{}\n```"),
            ("- **a**: b\n- c", "- **a**: b\n- c"),
            ("a\u{202e}b\u{2066}c", "abc"),
        ] {
            assert_eq!(for_rustdoc(published), shown);
        }
    }

    #[test]
    fn an_indented_block_becomes_text() {
        let shown = for_rustdoc("Like this:\n\n    curl x\n    curl y\n\nand on");
        assert_eq!(
            shown,
            "Like this:\n\n\n```text\ncurl x\ncurl y\n```\n\nand on"
                .replace("\n\n\n", "\n\n    \n")
        );
    }
}
