//! Reading YAML as OpenAPI means it: as another notation of JSON.
//!
//! A plain scalar is what JSON reads it as, and otherwise a string: `on`, `0o17` and `2024-01-01` are
//! strings, so that a specification agrees with the JSON fragments of the pages. Every key is a string.

use std::collections::{BTreeMap, HashMap};

use granit_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};

use super::integers;
use crate::document::pointer;

/// How deeply objects and arrays may be nested; `serde_json` has the same limit.
const MAX_DEPTH: usize = 127;
/// The most values, keys included.
const MAX_VALUES: usize = 1 << 20;
/// The most that all anchors and aliases together may copy, in bytes of text and 16 for each value.
const MAX_COPIED: usize = 16 << 20;
/// How many keys the pointers have whose lines are kept: `/paths/~1things/get`.
const MAX_PLACED: usize = 3;

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

/// A value, and what copies of it cost.
#[derive(Clone, Default)]
struct Node {
    value: Value,
    /// How deeply it is nested.
    height: usize,
    /// The bytes of its texts, and 16 for each value.
    size: usize,
}

/// An object or array that is not complete yet.
struct Open {
    content: Content,
    /// The ID of its anchor, or 0.
    anchor: usize,
    height: usize,
    size: usize,
}

enum Content {
    Object {
        members: Map<String, Value>,
        /// The key whose value follows.
        key: Option<Key>,
        /// The values of `<<`, whose members are added at the end.
        merged: Vec<Value>,
    },
    Array(Vec<Value>),
}

struct Key {
    name: String,
    is_merge: bool,
}

#[derive(Default)]
struct Builder {
    root: Value,
    /// The containers around the next value, the outermost first.
    open: Vec<Open>,
    /// The values that aliases can refer to, by the ID of their anchor.
    anchors: HashMap<usize, Node>,
    values: usize,
    copied: usize,
    inexact: Vec<(usize, String)>,
    lines: BTreeMap<String, usize>,
}

impl Builder {
    fn add(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        self.values += usize::from(event.is_node());
        if self.values > MAX_VALUES {
            return Err(format!("it has more than {MAX_VALUES} keys and values"));
        }
        match event {
            Event::Alias(id) => {
                let node = self.anchors.get(&id).cloned();
                let node = node.ok_or("this alias is inside the value that it refers to")?;
                self.copy(&node)?;
                self.place(node)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let value = scalar(&text, is_plain, tag.as_deref())?;
                if self.is_key_next() {
                    let is_merge = is_plain && text == "<<";
                    let name = text.into_owned();
                    return self.key(Key { name, is_merge }, line);
                }
                if value.is_f64() && integers::is_inexact(&text) {
                    self.inexact.push((line, text.clone().into_owned()));
                }
                let size = 16 + text.len();
                let height = 0;
                self.finish(
                    Node {
                        value,
                        height,
                        size,
                    },
                    anchor,
                )
            }
            Event::MappingStart(_, anchor, tag) => {
                let (members, key, merged) = (Map::new(), None, Vec::new());
                let content = Content::Object {
                    members,
                    key,
                    merged,
                };
                self.begin(content, anchor, tag.as_deref())
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Content::Array(Vec::new()), anchor, tag.as_deref())
            }
            Event::MappingEnd | Event::SequenceEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn is_key_next(&self) -> bool {
        let content = self.open.last().map(|open| &open.content);
        matches!(content, Some(Content::Object { key: None, .. }))
    }

    fn key(&mut self, next: Key, line: usize) -> Result<(), String> {
        let pointer = (self.open.len() <= MAX_PLACED).then(|| self.pointer(&next.name));
        if let Some(pointer) = pointer.flatten() {
            self.lines.entry(pointer).or_insert(line);
        }
        if let Some(Open {
            content: Content::Object { members, key, .. },
            size,
            ..
        }) = self.open.last_mut()
        {
            if members.contains_key(&next.name) {
                return Err(format!(
                    "the key `{}` is here for the second time",
                    next.name
                ));
            }
            *size += next.name.len();
            *key = Some(next);
        }
        Ok(())
    }

    /// The pointer of a member of the innermost object, if all values around it are objects.
    fn pointer(&self, name: &str) -> Option<String> {
        let mut pointer = String::new();
        for open in &self.open[..self.open.len() - 1] {
            match &open.content {
                Content::Object { key: Some(key), .. } => {
                    pointer = pointer::join(&pointer, &key.name);
                }
                _ => return None,
            }
        }
        Some(pointer::join(&pointer, name))
    }

    fn begin(&mut self, content: Content, anchor: usize, tag: Option<&Tag>) -> Result<(), String> {
        let expected = match content {
            Content::Object { .. } => "map",
            Content::Array(_) => "seq",
        };
        if self.is_key_next() {
            return Err("a key is an object or a list; expected a string".into());
        }
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema_tag(expected)) {
            return Err(unknown_tag(tag));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(TOO_DEEP.into());
        }
        let (height, size) = (0, 16);
        self.open.push(Open {
            content,
            anchor,
            height,
            size,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Open {
            content,
            anchor,
            height,
            size,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let value = match content {
            Content::Array(items) => items.into(),
            Content::Object {
                members, merged, ..
            } => with_merged(members, merged)?.into(),
        };
        let height = height + 1;
        let node = Node {
            value,
            height,
            size,
        };
        self.finish(node, anchor)
    }

    /// Keeps a complete value for its aliases, and places it.
    fn finish(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if anchor > 0 {
            self.copy(&node)?;
            self.anchors.insert(anchor, node.clone());
        }
        self.place(node)
    }

    /// Counts one more copy of a value.
    fn copy(&mut self, node: &Node) -> Result<(), String> {
        self.copied += node.size;
        if self.copied > MAX_COPIED {
            let limit = MAX_COPIED >> 20;
            return Err(format!(
                "its anchors and aliases multiply to more than {limit} MiB"
            ));
        }
        Ok(())
    }

    fn place(&mut self, node: Node) -> Result<(), String> {
        if self.open.len() + node.height > MAX_DEPTH {
            return Err(TOO_DEEP.into());
        }
        if self.is_key_next() {
            return Err("a key is an alias; expected a string".into());
        }
        let Some(around) = self.open.last_mut() else {
            self.root = node.value;
            return Ok(());
        };
        around.height = around.height.max(node.height);
        around.size += node.size;
        match &mut around.content {
            Content::Array(items) => items.push(node.value),
            Content::Object {
                members,
                key,
                merged,
            } => match key.take() {
                Some(key) if key.is_merge => merged.push(node.value),
                Some(key) => {
                    members.insert(key.name, node.value);
                }
                None => {}
            },
        }
        Ok(())
    }
}

const TOO_DEEP: &str = "objects and lists are nested in more than 127 others";

/// Adds the members that `<<` refers to, unless the object has them itself.
fn with_merged(
    mut members: Map<String, Value>,
    merged: Vec<Value>,
) -> Result<Map<String, Value>, String> {
    for value in merged {
        let sources = match value {
            Value::Array(sources) => sources,
            source => vec![source],
        };
        for source in sources {
            let Value::Object(source) = source else {
                return Err("the value of `<<` is not an object".into());
            };
            for (name, value) in source {
                members.entry(name).or_insert(value);
            }
        }
    }
    Ok(members)
}

fn scalar(text: &str, is_plain: bool, tag: Option<&Tag>) -> Result<Value, String> {
    let kind = tag.map(|tag| (tag.core_suffix(), tag.original()));
    Ok(match kind {
        None if is_plain => plain(text),
        None | Some((Some("str"), _)) => text.into(),
        Some((Some("null" | "bool" | "int" | "float"), _)) => plain(text),
        // The tag `!` states that a plain scalar is a string.
        Some((None, original)) if original == "!" => text.into(),
        Some(_) => return Err(unknown_tag(tag)),
    })
}

/// The value of a plain scalar.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        text => match serde_json::from_str::<Number>(text) {
            Ok(number) => number.into(),
            Err(_) => text.into(),
        },
    }
}

fn unknown_tag(tag: Option<&Tag>) -> String {
    let tag = tag.map(Tag::original).unwrap_or_default();
    format!("the tag `{tag}` has no meaning in OpenAPI; remove it")
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
