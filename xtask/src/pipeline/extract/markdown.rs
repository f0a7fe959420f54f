//! The fragments of a Markdown page.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;

use super::{Error, Extracted, Fragment, Page, integers, version};
use crate::document::source_map::Origin;
use crate::pipeline::extensions;

/// Finds the OpenAPI fragments of a page: its ```` ```json ```` fences, also in lists and quotes.
///
/// # Errors
/// When such a fence is not closed, is not JSON, or has an unknown OpenAPI version.
pub(super) fn extract(page: &Page) -> Result<Extracted, Error> {
    let text = page.text.strip_prefix('\u{feff}').unwrap_or(&page.text);
    let lines = Lines::new(text);
    let mut extracted = Extracted::default();
    let mut heading: Option<String> = None;
    let mut in_heading = false;
    let mut fence: Option<(usize, String)> = None;

    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                heading = Some(String::new());
                in_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Text(part) | Event::Code(part) if in_heading => {
                heading.get_or_insert_default().push_str(&part);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if is_json(&info) => {
                let line = lines.at(range.start);
                if !is_closed(&text[range]) {
                    return Err(Error::NotClosed {
                        page: page.name.clone(),
                        line,
                    });
                }
                fence = Some((line, String::new()));
            }
            Event::Text(part) => {
                if let Some((_, json)) = &mut fence {
                    json.push_str(&part);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                let Some((line, json)) = fence.take() else {
                    continue;
                };
                let origin = Origin {
                    page: page.name.clone(),
                    line: line + 1,
                    heading: heading.clone(),
                    url: published_at(text),
                };
                read_fragment(&json, origin, &mut extracted)?;
            }
            _ => {}
        }
    }
    Ok(extracted)
}

fn read_fragment(json: &str, origin: Origin, extracted: &mut Extracted) -> Result<(), Error> {
    let mut document: Value = serde_json::from_str(json).map_err(|source| Error::NotJson {
        page: origin.page.clone(),
        line: origin.line + source.line().saturating_sub(1),
        source,
    })?;
    if !version::check(&document, |_| origin.clone(), &mut extracted.warnings)? {
        extracted.warnings.push(format!(
            "{origin}: ignored, because this JSON is not an OpenAPI document (it has no `openapi` member)"
        ));
        return Ok(());
    }
    for (lines, integer) in integers::of_json(json) {
        let line = origin.line + lines;
        let origin = Origin {
            line,
            ..origin.clone()
        };
        extracted.warnings.push(integers::warning(&origin, integer));
    }
    for pointer in extensions::remove(&mut document) {
        extracted
            .warnings
            .push(extensions::warning(&origin, &pointer));
    }
    extracted.fragments.push(Fragment { origin, document });
    Ok(())
}

/// Whether the language of a fence's info string is JSON.
fn is_json(info: &str) -> bool {
    info.split(|c: char| c.is_whitespace() || c == ',' || c == '{')
        .next()
        .is_some_and(|language| language.eq_ignore_ascii_case("json"))
}

/// Whether the source of a code block ends with a closing fence.
fn is_closed(source: &str) -> bool {
    let mut lines = source.trim_end().lines();
    let opening = lines.next().unwrap_or_default();
    let Some(last) = lines.next_back() else {
        return false;
    };
    let last = last
        .trim_start_matches(|c: char| c.is_whitespace() || c == '>')
        .trim_end();
    let mark = if opening.starts_with('~') { '~' } else { '`' };
    let length = opening.chars().take_while(|c| *c == mark).count();
    last.len() >= length && last.chars().all(|c| c == mark)
}

/// The URL of the page, from the note at the head of each Markdown copy by GitBook.
fn published_at(text: &str) -> Option<String> {
    let note = text.lines().next()?;
    let start = note.rfind("](https://")? + 2;
    let address = &note[start..start + note[start..].find(')')?];
    address.strip_suffix(".md").map(str::to_owned)
}

/// The starts of the lines of a text.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAGMENT: &str = r#"{"openapi":"3.1.0","info":{},"paths":{}}"#;

    fn extract_text(text: &str) -> Result<Extracted, Error> {
        extract(&Page {
            name: "page.md".into(),
            text: text.into(),
        })
    }

    fn lines(text: &str) -> Vec<usize> {
        let extracted = extract_text(text).expect("the page is well-formed");
        extracted
            .fragments
            .iter()
            .map(|fragment| fragment.origin.line)
            .collect()
    }

    #[test]
    fn a_fragment_has_its_page_line_heading_and_url() {
        let page = format!(
            "> [llms.txt](https://docs.example/llms.txt) [Markdown](https://docs.example/a/page.md).\n\n\
             # Title\n\n## List `all`\n\n```json\n{FRAGMENT}\n```\n"
        );
        let extracted = extract_text(&page).expect("the page is well-formed");
        let origin = &extracted.fragments[0].origin;
        assert_eq!(origin.to_string(), "page.md:8");
        assert_eq!(origin.heading.as_deref(), Some("List all"));
        assert_eq!(
            origin.link().as_deref(),
            Some("https://docs.example/a/page#list-all")
        );
    }

    #[test]
    fn fences_of_every_kind_are_read() {
        assert_eq!(lines(&format!("```json\r\n{FRAGMENT}\r\n```\r\n")), [2]);
        assert_eq!(lines(&format!("\u{feff}```json\n{FRAGMENT}\n```")), [2]);
        assert_eq!(lines(&format!("~~~~json\n{FRAGMENT}\n~~~~\n")), [2]);
        assert_eq!(
            lines(&format!("```json title=\"x\" {{1}}\n{FRAGMENT}\n```\n")),
            [2]
        );
        assert_eq!(lines(&format!("```JSON\n{FRAGMENT}\n```\n")), [2]);
        assert_eq!(
            lines(&format!("- item\n\n  ```json\n  {FRAGMENT}\n  ```\n")),
            [4]
        );
        assert_eq!(lines(&format!("> ```json\n> {FRAGMENT}\n> ```\n")), [2]);
    }

    #[test]
    fn other_fences_are_ignored() {
        assert!(
            lines("# Prose\n\n<b>html</b>\n\n```\nplain\n```\n\n```jsonc\n{\n```\n").is_empty()
        );
    }

    #[test]
    fn json_that_is_not_a_document_is_ignored_with_a_warning() {
        let extracted = extract_text("\n```json\n{\"a\":1}\n```\n").expect("it is ignored");
        assert!(extracted.fragments.is_empty());
        assert!(extracted.warnings[0].starts_with("page.md:3: ignored, because this JSON"));
    }

    #[test]
    fn an_unclosed_fence_is_an_error() {
        for text in [
            format!("x\n\n```json\n{FRAGMENT}\n"),
            "```json\n".into(),
            "```json".into(),
        ] {
            let error = extract_text(&text)
                .expect_err("the fence is open")
                .to_string();
            assert!(error.contains("never closed"), "{error}");
        }
        let error = extract_text("x\n```json\n{\"openapi\":\n\"3.1.0\",\n```\n")
            .expect_err("half a document");
        assert!(
            error
                .to_string()
                .starts_with("page.md:5: this ```json fence is not JSON"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_version_is_an_error() {
        let error = extract_text("```json\n{\"openapi\":\"2.0\"}\n```\n")
            .expect_err("2.0 is not supported");
        assert_eq!(
            error.to_string(),
            "page.md:2: OpenAPI 2.0 is not supported; expected a version such as 3.0.3, 3.1.0 or 3.2.0"
        );
    }
}
