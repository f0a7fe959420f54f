//! All printing of the commands.
//!
//! What is printed may come from a page, so it is neutralised here: control characters, invisible
//! ones and those that change the direction of text are printed as JSON escapes (`\u001b`), so that
//! JSON stays JSON. Workflow commands of GitHub Actions are escaped as well. A closed stream is not an
//! error.

use std::fmt::{Display, Write as _};
use std::io::{Write as _, stderr, stdout};

/// The longest line of the log, in characters.
const LONGEST: usize = 1000;

/// Prints a result to standard output.
pub fn print(text: &str) {
    let _ = stdout().write_all(escaped(text).as_bytes());
}

/// Prints a line of the log to standard error.
pub(crate) fn log(line: &str) {
    let _ = writeln!(stderr(), "{}", one_line(line));
}

/// Prints a note on what was ignored or left out, as one line, to standard error.
pub(crate) fn note(text: impl Display) {
    log(&format!("note: {text}"));
}

/// Prints a warning of a possible mistake in a page, as one line, to standard error.
pub(crate) fn warning(text: impl Display) {
    log(&format!("warning: {text}"));
}

/// Prints why a command failed to standard error.
///
/// All lines but the first are indented, because they may come from a page: only the command itself
/// prints a line that begins with `error`.
pub fn error(message: impl Display) {
    let _ = writeln!(stderr(), "{}", indented(&format!("error: {message}")));
}

/// Replaces the last line of a terminal.
pub(crate) fn redraw(line: &str, end: &str) {
    let _ = write!(stderr(), "\r\x1b[2K{}{end}", one_line(line));
    let _ = stderr().flush();
}

/// A string that may come from a page, as one line of output of at most 1,000 characters.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = escape(text, |c| c == '\t');
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    without_command(&line)
}

/// A message with all lines but the first indented.
fn indented(message: &str) -> String {
    let lines: Vec<_> = message.trim_end().split('\n').map(one_line).collect();
    lines.join("\n  ")
}

/// A text of one or more lines, escaped.
fn escaped(text: &str) -> String {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

fn escape(text: &str, is_layout: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_layout(c) || !is_unsafe(c) {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    // The older form of a workflow command is recognised anywhere in a line.
    escaped.replace("##[", "\\u0023#[")
}

/// Whether a character controls a terminal, is invisible, or reorders those around it: control
/// characters, line separators, and Unicode's `Default_Ignorable_Code_Point`.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// The line, escaped if it is a workflow command such as `::add-mask::text`.
fn without_command(line: &str) -> String {
    match line.trim_start().strip_prefix("::") {
        Some(rest) => {
            let indent = &line[..line.len() - line.trim_start().len()];
            format!("{indent}\\u003a:{rest}")
        }
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        let text = "a\x1b[2Jb\rc\u{9b}d\u{202e}e\u{2028}f\u{7f}g\u{e0041}h\n\ti";
        let safe = "a\\u001b[2Jb\\u000dc\\u009bd\\u202ee\\u2028f\\u007fg\\udb40\\udc41h";
        assert_eq!(escaped(text), format!("{safe}\n\ti"));
        assert_eq!(one_line(text), format!("{safe}\\u000a\ti"));
        assert_eq!(one_line(&"é".repeat(2000)), "é".repeat(1000) + "…");
        assert_eq!(escaped("Schön 日本 😀 | `x`"), "Schön 日本 😀 | `x`");
    }

    #[test]
    fn only_the_first_line_of_an_error_is_not_indented() {
        let message = "error: a\n::error::b\r\n\n\tc\u{2028}error: d\nerror: e\n\n";
        assert_eq!(
            indented(message),
            "error: a\n  \\u003a:error::b\\u000d\n  \n  \tc\\u2028error: d\n  error: e"
        );
        let long = "é".repeat(2000);
        let cut = "é".repeat(1000) + "…";
        assert_eq!(
            indented(&format!("{long}\n{long}")),
            format!("{cut}\n  {cut}")
        );
    }

    #[test]
    fn json_stays_json_with_the_same_strings() {
        let value = serde_json::json!({"text": "\u{1b}\u{9b}\u{202e}\u{e0041}\n##[error]x"});
        let printed = escaped(&format!("{value:#}"));
        assert!(!printed.chars().any(|c| c != '\n' && is_unsafe(c)));
        let read: serde_json::Value = serde_json::from_str(&printed).expect("it is JSON");
        assert_eq!(read, value);
    }

    #[test]
    fn no_line_is_a_workflow_command() {
        assert_eq!(one_line("::error::x"), "\\u003a:error::x");
        assert_eq!(one_line(" \u{3000}::error::x"), " \u{3000}\\u003a:error::x");
        assert_eq!(one_line("a ##[error]x"), "a \\u0023#[error]x");
        assert_eq!(one_line("a::b"), "a::b");
    }
}
