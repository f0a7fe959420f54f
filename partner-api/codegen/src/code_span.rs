//! A value as code in Markdown, on one line.

/// Returns the value between more backticks than it contains in a row.
///
/// Line ends, other control characters, and characters that are invisible or change the direction of
/// text are escaped: Rust source must not contain them.
#[must_use]
pub fn code_span(value: &str) -> String {
    let is_unseen = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_plain = |c: char| !c.is_control() && !is_unseen(c);
    let mut line = String::with_capacity(value.len());
    for c in value.chars() {
        match is_plain(c) {
            true => line.push(c),
            false => line.extend(c.escape_default()),
        }
    }
    let runs = line.split(|c| c != '`').map(str::len);
    let mark = "`".repeat(runs.max().unwrap_or(0) + 1);
    let has_space = |c| line.starts_with(c) || line.ends_with(c);
    let is_blank = line.trim().is_empty();
    let space = match !is_blank && (has_space('`') || has_space(' ')) {
        true => " ",
        false => "",
    };
    format!("{mark}{space}{line}{space}{mark}")
}

#[cfg(test)]
mod tests {
    use super::code_span;

    #[test]
    fn a_value_stays_one_span_of_code() {
        for (value, span) in [
            ("active", "`active`"),
            ("a`b", "``a`b``"),
            ("`a", "`` `a ``"),
            ("a\nb", "`a\\nb`"),
            ("a\u{202e}b", "`a\\u{202e}b`"),
        ] {
            assert_eq!(code_span(value), span);
        }
    }
}
