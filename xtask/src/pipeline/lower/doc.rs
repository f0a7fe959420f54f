//! Descriptions as rustdoc reads them.
//!
//! The docs are untrusted Markdown for a website. In rustdoc a code block may be a test, a bare URL or
//! `[word]` is a broken link, and `<word>` is an HTML tag. A description is rewritten until [`inert`]
//! finds nothing active in it; one that cannot be rewritten is shown verbatim in a code block.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use serde_json::Value;

use crate::pipeline::inert;
use partner_api_codegen::code_span;

/// The description of a schema, with its default.
pub(crate) fn of(schema: &Value) -> String {
    let description = schema.get("description").and_then(Value::as_str);
    with_default(description.unwrap_or_default(), schema)
}

/// A description, with the default of its schema. The API applies the default; it is not sent.
pub(crate) fn with_default(description: &str, schema: &Value) -> String {
    let mut paragraphs = vec![for_rustdoc(description)];
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        let default = code_span(&default.to_string());
        paragraphs.push(format!("Default of the API: {default}"));
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n\n")
}

/// A one-line description, such as a title, as a paragraph that another sentence can follow.
pub(crate) fn line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let words = words.join(" ");
    let line = for_rustdoc(&words);
    let mut blocks = Parser::new(&line).filter(|event| is_block(event));
    match (blocks.next(), blocks.next()) {
        _ if line.is_empty() => line,
        (Some(Event::Start(Tag::Paragraph)), None) if !line.contains('\n') => line,
        _ => code_span(&words),
    }
}

/// Whether a string is the URL of a web page without characters that mean something in Markdown.
pub(crate) fn is_address(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_graphic() && !"<>()[]\"'`\\".contains(c);
    let scheme = ["https://", "http://"].map(|scheme| text.starts_with(scheme));
    scheme.contains(&true) && text.chars().all(is_safe)
}

fn is_block(event: &Event<'_>) -> bool {
    matches!(event, Event::Rule)
        || matches!(event, Event::Start(tag) if !matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Link { .. } | Tag::Image { .. }))
}

/// Rewrites a text so that rustdoc shows what the website shows, and runs none of it.
pub(crate) fn for_rustdoc(text: &str) -> String {
    let text = lines(text);
    let mut shown = rewritten(&text, inert::dialects()[0]);
    if is_plain(&text) {
        return shown;
    }
    if shown.contains("!\\[") {
        // A link that contained an image may not be a link any more.
        shown = rewritten(&shown, inert::dialects()[0]);
    }
    // The content of a rewritten block may be a block itself, or one in another dialect.
    for _ in 0..ROUNDS {
        match inert::dialects()
            .into_iter()
            .find(|options| active(&shown, *options))
        {
            Some(options) => shown = rewritten(&shown, options),
            None if inert::is_closed(&shown) => return shown,
            None => break,
        }
    }
    fenced(&text)
}

/// Whether a text is one line in which no block, HTML or link can begin. Most texts are, and need no
/// further rewriting.
fn is_plain(text: &str) -> bool {
    !text.contains(['\n', '\t', '`', '~', '<', '[']) && !text.contains("  ")
}

/// How often a description is rewritten before it is shown verbatim.
const ROUNDS: usize = 8;

/// Whether rustdoc would run a part of a text, render it as HTML, or link it to a script.
fn active(text: &str, options: Options) -> bool {
    let leads_elsewhere = |event: Event<'_>| match event {
        Event::Start(Tag::Link { dest_url, .. }) => !inert::is_web(&dest_url),
        _ => false,
    };
    inert::active_in(text, options).is_some() || Parser::new_ext(text, options).any(leads_elsewhere)
}

/// Normalises line ends, and removes the characters that a doc comment must not have.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_forbidden = |c: char| is_bidirectional(c) || (c.is_control() && c != '\n' && c != '\t');
    text.replace(is_forbidden, "").trim().to_owned()
}

/// A text verbatim in one code block.
fn fenced(text: &str) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    let mark = "`".repeat(runs.max().unwrap_or(0).max(2) + 1);
    format!("{mark}text\n{text}\n{mark}")
}

/// Rewrites every part of a text that is active in one dialect of Markdown.
fn rewritten(text: &str, options: Options) -> String {
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    let mut in_link = 0;
    // The source range of the current indented block, and its code.
    let mut indented: Option<(Range<usize>, String)> = None;
    let mut in_code = false;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                in_code = true;
                edits.extend(language(&text[range.clone()], range.start, &info));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                in_code = true;
                indented = Some((range, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                in_code = false;
                edits.extend(indented.take().map(|(range, code)| {
                    let block = format!("\n\n{}\n\n", fenced(code.trim_end()));
                    (range.start, range.end, block)
                }));
            }
            Event::Start(Tag::Link {
                dest_url,
                link_type,
                ..
            }) => {
                in_link += 1;
                let mark = if link_type == LinkType::Autolink {
                    '<'
                } else {
                    '['
                };
                edits.extend((!inert::is_web(&dest_url)).then(|| escaped(text, range.start, mark)));
            }
            // Documentation must not load anything from other servers.
            Event::Start(Tag::Image { .. }) => {
                in_link += 1;
                escape(text, range, &mut edits);
            }
            Event::End(TagEnd::Link | TagEnd::Image) => in_link -= 1,
            Event::Text(code) if in_code => {
                if let Some((_, block)) = &mut indented {
                    block.push_str(&code);
                }
            }
            Event::Text(_) if in_link == 0 => escape(text, range, &mut edits),
            Event::Html(_) | Event::InlineHtml(_) => {
                let marks = text[range.clone()].match_indices('<');
                edits.extend(marks.map(|(at, _)| escaped(text, range.start + at, '<')));
            }
            _ => {}
        }
    }
    edited(text, edits)
}

/// The text with these edits, each a range and its replacement; of overlapping ones the first counts.
fn edited(text: &str, mut edits: Vec<(usize, usize, String)>) -> String {
    edits.sort();
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (start, end, replacement) in edits {
        if start >= copied {
            out.push_str(&text[copied..start]);
            out.push_str(&replacement);
            copied = end;
        }
    }
    out.push_str(&text[copied..]);
    out.trim().to_owned()
}

/// The edit that escapes a mark.
fn escaped(text: &str, at: usize, mark: char) -> (usize, usize, String) {
    let end = if text[at..].starts_with(mark) {
        at + 1
    } else {
        at
    };
    (at, end, format!("\\{mark}"))
}

/// Whether a character changes the direction of text, which rustc rejects in source code.
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The edit that gives a fenced block a language which rustdoc does not run, unless it has one.
fn language(source: &str, at: usize, info: &str) -> Option<(usize, usize, String)> {
    let word = info
        .split(|c: char| c.is_whitespace() || c == ',')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let known = inert::LANGUAGES.iter().find(|language| **language == word);
    let language = *known.unwrap_or(&"text");
    let line = source.split('\n').next().unwrap_or_default().trim_end();
    let fence = line.trim_start();
    let mark = line.len() - fence.trim_start_matches(['`', '~']).len();
    (info != language).then(|| (at + mark, at + line.len(), language.to_owned()))
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
    for (found, mark) in text.match_indices(['[', '<']) {
        if !whole[..at + found].ends_with('\\') {
            edits.push((at + found, at + found + 1, format!("\\{mark}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::for_rustdoc;
    use super::line;

    #[test]
    fn what_rustdoc_would_misread_is_escaped() {
        for (published, shown) in [
            ("[Deprecated] Stripe key", "\\[Deprecated] Stripe key"),
            ("one of [`A`, `B`]", "one of \\[`A`, `B`]"),
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
        let shown = for_rustdoc("Like this:\n\n    curl x\n      curl ```\n\nand on");
        assert_eq!(
            shown.split_whitespace().collect::<Vec<_>>().join(" "),
            "Like this: ````text curl x curl ``` ```` and on"
        );
        assert!(shown.contains("\ncurl x\n  curl ```\n"), "{shown}");
    }

    #[test]
    fn only_languages_that_rustdoc_ignores_are_kept() {
        for (published, shown) in [
            ("```JSON\n{}\n```", "```json\n{}\n```"),
            ("```json,should_panic\n{}\n```", "```json\n{}\n```"),
            ("```should_panic\nx\n```", "```text\nx\n```"),
            ("~~~ rust\nx\n~~~", "~~~text\nx\n~~~"),
            ("> ```E0277\n> x\n> ```", "> ```text\n> x\n> ```"),
            ("```\nx", "```text\n```\nx\n```"),
            ("<!--\n```\nx\n```\n-->", "\\<!--\n```text\nx\n```\n-->"),
            ("a\r\n\r\n```\rx\r```", "a\n\n```text\nx\n```"),
            ("[a](javascript:b)", "\\[a](javascript:b)"),
            ("![a](crate::b)", "!\\[a](crate::b)"),
            (
                "![a](https://b.example/c.png)",
                "!\\[a](<https://b.example/c.png>)",
            ),
            ("<javascript:alert(1)>", "\\<javascript:alert(1)>"),
        ] {
            let expected = match shown {
                // One that is never closed is shown as it stands.
                "```text\n```\nx\n```" => "````text\n```\nx\n````",
                shown => shown,
            };
            assert_eq!(for_rustdoc(published), expected);
        }
    }

    #[test]
    fn a_line_is_one_paragraph() {
        for (published, shown) in [
            ("List\n clients", "List clients"),
            ("Is `a`, *b*", "Is `a`, *b*"),
            ("```should_panic", "```` ```should_panic ````"),
            ("# a", "`# a`"),
            ("- a", "`- a`"),
            ("", ""),
        ] {
            assert_eq!(line(published), shown);
        }
    }
}
