//! Strings of pages as data in GitHub's Markdown.
//!
//! Outside of code GitHub makes something of HTML, links, images, addresses, mentions (`@name`) and
//! references to issues (`closes #1`). Inside of code it makes nothing of them.

use partner_api_codegen::code_span;
use reqwest::Url;

use crate::console::one_line;

/// The longest string that is shown whole, in characters.
const LONGEST: usize = 120;

/// A string as code, in one line, that can stand in a cell of a table.
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

/// The place of a change on a page, with a link if the page has an address of the docs site.
pub(super) fn place(page: &str, line: usize, url: Option<&str>) -> String {
    let place = code(&format!("{page}:{line}"));
    match url.filter(|url| is_plain(url)) {
        Some(url) => format!("[{place}]({url})"),
        None => place,
    }
}

/// Has each `|` stand behind an odd number of backslashes, which keeps it in its cell.
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

/// Whether an address has nothing that means something in Markdown.
fn is_plain(url: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:#%".contains(c);
    Url::parse(url).is_ok() && url.chars().all(is_plain)
}
