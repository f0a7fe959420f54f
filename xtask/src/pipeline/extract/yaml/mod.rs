//! Reading YAML as OpenAPI means it: as another notation of JSON.
//!
//! A plain scalar is what JSON reads it as, and otherwise a string: `on`, `0o17` and `2024-01-01` are
//! strings, so that a specification agrees with the JSON fragments of the pages. Every key is a string.

mod builder;
mod scalar;

use std::collections::BTreeMap;

use granit_parser::{Event, Parser};
use serde_json::Value;

use self::builder::Builder;

/// A document with the lines of its parts.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) value: Value,
    /// The integers that need more than 64 bits, each with its line.
    pub(super) inexact: Vec<(usize, String)>,
    lines: BTreeMap<String, usize>,
}

impl Document {
    /// The line of the value at a pointer, or of the nearest one around it.
    pub(super) fn line(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            match (self.lines.get(pointer), pointer.rfind('/')) {
                (Some(line), _) => return *line,
                (None, Some(end)) => pointer = &pointer[..end],
                (None, None) => return 1,
            }
        }
    }
}

/// Why a text cannot be read.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) reason: String,
}

/// Reads the text of one document, in YAML or JSON.
pub(super) fn read(text: &str) -> Result<Document, Malformed> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    let mut builder = Builder::default();
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| Malformed {
            line: error.marker().line(),
            reason: error.info(),
        })?;
        let line = span.start.line();
        let at = |reason: String| Malformed { line, reason };
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                return Err(at("a second document begins here; expected one".into()));
            }
        }
        builder.add(event, line).map_err(at)?;
    }
    Ok(Document {
        value: builder.root,
        inexact: builder.inexact,
        lines: builder.lines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn value(text: &str) -> Value {
        read(text).expect("it is well-formed").value
    }

    #[track_caller]
    fn rejected(text: &str) -> (usize, String) {
        let Malformed { line, reason } = read(text).expect_err("it is malformed");
        (line, reason)
    }

    #[test]
    fn scalars_are_read_as_in_json() {
        let text = "{a: on, b: no, c: 2024-01-01, d: 017, e: 0o17, f: 1_000, g: .inf, h: +1, i: '1', j: !!str 1, k: 0x1F}";
        let strings = json!({
            "a": "on", "b": "no", "c": "2024-01-01", "d": "017", "e": "0o17", "f": "1_000", "g": ".inf",
            "h": "+1", "i": "1", "j": "1", "k": "0x1F",
        });
        assert_eq!(value(text), strings);
        let text = "{a: ~, b: , c: null, d: true, e: False, f: 1, g: -1.50, h: 1e3, i: !!int 7}";
        let others = json!({
            "a": null, "b": null, "c": null, "d": true, "e": false, "f": 1, "g": -1.5, "h": 1e3, "i": 7,
        });
        assert_eq!(value(text), others);
    }

    #[test]
    fn every_key_is_a_string_and_the_order_is_kept() {
        let text = "404: a\n200: b\non: c\n~: d\n1.10: e\ntrue: f\n";
        assert_eq!(
            value(text).to_string(),
            r#"{"404":"a","200":"b","on":"c","~":"d","1.10":"e","true":"f"}"#
        );
    }

    #[test]
    fn json_is_yaml() {
        let text =
            "\u{feff}{\n\t\"a\\/b\":\"\\ud83d\\ude00\",\n\t\"c\":[1,{}],\"d\":{\"e\":null}\n}";
        assert_eq!(
            value(text.trim_start_matches('\u{feff}')),
            json!({"a/b": "😀", "c": [1, {}], "d": {"e": null}})
        );
    }

    #[test]
    fn aliases_and_merged_members_are_copies() {
        let text = "a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [*a, {z: 4}]}\n";
        let read = json!({
            "a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"y": 3, "x": 1}, "d": {"x": 1, "y": 2, "z": 4},
        });
        assert_eq!(value(text), read);
    }

    #[test]
    fn parts_have_lines() {
        let text = "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses: {}\n    put: {}\n";
        let document = read(text).expect("it is well-formed");
        for (pointer, line) in [
            ("", 1),
            ("/paths/~1a", 3),
            ("/paths/~1a/get/responses/200", 4),
            ("/paths/~1a/put", 6),
            ("/components", 1),
        ] {
            assert_eq!(document.line(pointer), line, "{pointer}");
        }
    }

    #[test]
    fn malformed_text_is_an_error_with_its_line() {
        for (text, line, reason) in [
            ("a: 1\na: 2\n", 2, "the key `a` is here for the second time"),
            ("a: 1\n---\nb: 2\n", 2, "a second document"),
            ("a: 1\nb: &x [1, *x]\n", 2, "this alias is inside the value"),
            ("a: *x\n", 1, "unknown anchor"),
            ("a: 1\n? [b]\n: c\n", 2, "a key is an object or a list"),
            ("a: !!binary eA==\n", 1, "the tag `!!binary`"),
            ("a: !custom {}\n", 1, "the tag `!custom`"),
            ("a: {<<: 1}\n", 1, "the value of `<<` is not an object"),
            ("a: [\n", 1, ""),
            // A carriage return alone ends a line of YAML.
            (
                "a: 1\r\ra: 2\r",
                3,
                "the key `a` is here for the second time",
            ),
        ] {
            let (at, why) = rejected(text);
            assert_eq!(at, line, "{text}: {why}");
            assert!(why.contains(reason), "{text}: {why}");
        }
    }

    #[test]
    fn what_multiplies_or_is_deep_is_an_error() {
        let mut bomb = "a0: &a0 [lol, lol, lol]\n".to_owned();
        for level in 1..30 {
            let inner = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{inner}, {inner}, {inner}]\n");
        }
        assert!(rejected(&bomb).1.contains("multiply to more than 16 MiB"));
        // Each anchor keeps a copy of what is inside.
        let anchors: String = (0..100).map(|level| format!("[&a{level} ")).collect();
        let anchored = format!("{anchors}{}{}", "x, ".repeat(20_000), "]".repeat(100));
        assert!(
            rejected(&anchored)
                .1
                .contains("multiply to more than 16 MiB")
        );
        let items = rejected(&"- x\n".repeat(1_100_000)).1;
        assert!(
            items.contains("more than 1048576 keys and values"),
            "{items}"
        );
        let mut chain = "a0: &a0 []\n".to_owned();
        for level in 1..1000 {
            chain += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
        }
        assert!(rejected(&chain).1.contains("more than 127"));
        for open in ["[", "{a: ", "- ", "? "] {
            let deep = open.repeat(100_000);
            let (line, reason) = rejected(&deep);
            assert_eq!(line, 1, "{reason}");
        }
        let nested = format!("{}1{}", "[".repeat(127), "]".repeat(127));
        assert!(read(&nested).is_ok());
    }
}
