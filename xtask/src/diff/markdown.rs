//! Strings from pages as plain data in GitHub's Markdown.
//!
//! GitHub interprets HTML, links, images, URLs, mentions (`@name`) and references to issues
//! (`closes #1`), but not inside code spans.

use partner_api_codegen::code_span;
use reqwest::Url;

use crate::console::one_line;

/// The longest string that is shown in full, in characters.
const LONGEST: usize = 120;

/// A string as a code span that fits in a table cell.
pub(super) fn code(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let mut line = one_line(&words.join(" "));
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    if line.is_empty() {
        return "(empty)".into();
    }
    code_span(&without_cells(&line))
}

/// The place of a change on a page, with a link if the page has a URL of the docs site.
pub(super) fn place(page: &str, line: usize, url: Option<&str>) -> String {
    let place = code(&format!("{page}:{line}"));
    match url.filter(|url| is_plain(url)) {
        Some(url) => format!("[{place}]({url})"),
        None => place,
    }
}

/// Escapes each `|` with an odd number of backslashes, so that it does not end the cell.
fn without_cells(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut backslashes = 0;
    for c in line.chars() {
        if c == '|' {
            text.push_str(if backslashes % 2 == 0 { "\\" } else { "\\\\" });
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        text.push(c);
    }
    text
}

/// Whether a URL has no character that means something in Markdown.
fn is_plain(url: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:#%".contains(c);
    Url::parse(url).is_ok() && url.chars().all(is_plain)
}
