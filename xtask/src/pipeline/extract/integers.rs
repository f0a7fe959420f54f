//! Integers that need more than 64 bits. JSON and YAML readers turn them into doubles, which may be others.

use serde_json::Number;

use crate::document::source_map::Origin;

/// The integers of a JSON text that need more than 64 bits, each with its line, counted from 0.
pub(super) fn of_json(json: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut line = 0;
    let mut rest = json;
    while let Some(first) = rest.bytes().next() {
        let length = match first {
            b'"' => string(rest),
            b'-' | b'0'..=b'9' => number(rest),
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        let (token, after) = rest.split_at(length);
        if is_inexact(token) {
            found.push((line, token));
        }
        line += token.matches('\n').count();
        rest = after;
    }
    found
}

/// Whether a number is an integer that needs more than 64 bits.
pub(super) fn is_inexact(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    // Fewer digits always fit.
    digits.len() >= 19
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && serde_json::from_str::<Number>(number).is_ok_and(|number| number.is_f64())
}

/// The warning about such an integer.
pub(super) fn warning(origin: &Origin, number: &str) -> String {
    let double = serde_json::from_str::<Number>(number).map(|number| number.to_string());
    format!(
        "{origin}: the integer {number} needs more than 64 bits, so it is read as {}",
        double.unwrap_or_default()
    )
}

/// The length of the string that a text begins with.
fn string(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The length of the number that a text begins with.
fn number(text: &str) -> usize {
    let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    text.bytes().take_while(|byte| is_part(*byte)).count()
}

#[cfg(test)]
mod tests {
    use super::of_json;
    use crate::pipeline::extract::{Page, extract};

    #[test]
    fn they_are_warned_about_in_pages_and_specifications() {
        let json = "{\"openapi\": \"3.1.0\", \"paths\": {},\n\"x-max\": 18446744073709551616}";
        let yaml = "openapi: 3.1.0\npaths: {}\nx-max: 18446744073709551616\nx-id: '18446744073709551616'\n";
        for (name, text, line) in [
            ("t.md", format!("# T\n```json\n{json}\n```\n"), 4),
            ("t.json", json.to_owned(), 2),
            ("t.yaml", yaml.to_owned(), 3),
        ] {
            let name = name.to_owned();
            let warning = format!(
                "{name}:{line}: the integer 18446744073709551616 needs more than 64 bits, so it is read as 1.8446744073709552e+19"
            );
            let extracted = extract(&Page { name, text }).expect("it is well-formed");
            assert_eq!(extracted.warnings, [warning]);
        }
    }

    #[test]
    fn only_integers_outside_of_strings_that_64_bits_do_not_hold_are_found() {
        let json = "{\"a\\\\\": 18446744073709551616,\n\"\\\"99999999999999999999é\": [\n18446744073709551615,\
                    -9223372036854775808, 9999999999999999999.5, 1e30, -9223372036854775809]}";
        let expected = [(0, "18446744073709551616"), (2, "-9223372036854775809")];
        assert_eq!(of_json(json), expected);
        assert_eq!(of_json("\"unclosed 99999999999999999999"), []);
    }
}
