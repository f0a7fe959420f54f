//! Builds values from the events of a YAML document, within limits: aliases can multiply, and values nest.

use std::collections::{BTreeMap, HashMap};

use granit_parser::{Event, ScalarStyle, Tag};
use serde_json::{Map, Value};

use super::scalar::{scalar, unknown_tag};
use crate::document::pointer;
use crate::pipeline::extract::integers;

/// How deeply objects and arrays may be nested; `serde_json` has the same limit.
const MAX_DEPTH: usize = 127;
/// The most values, keys included.
const MAX_VALUES: usize = 1 << 20;
/// The most that all anchors and aliases together may copy, in bytes of strings and 16 for each value.
const MAX_COPIED: usize = 16 << 20;
/// How many keys the pointers have whose lines are kept: `/paths/~1things/get`.
const MAX_PLACED: usize = 3;

/// Collects the values of a document.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) root: Value,
    /// The containers around the next value, the outermost first.
    open: Vec<Open>,
    /// The values that aliases can refer to, by the ID of their anchor.
    anchors: HashMap<usize, Node>,
    values: usize,
    copied: usize,
    /// The integers that need more than 64 bits, each with its line.
    pub(super) inexact: Vec<(usize, String)>,
    /// The lines of the first keys.
    pub(super) lines: BTreeMap<String, usize>,
}

/// A value, and what copies of it cost.
#[derive(Clone, Default)]
struct Node {
    value: Value,
    /// How deeply it is nested.
    height: usize,
    /// The bytes of its strings, and 16 for each value.
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

impl Builder {
    pub(super) fn add(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
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
