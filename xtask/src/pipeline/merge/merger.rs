//! Adding fragments to one document, part by part.

use serde_json::{Map, Value, json};

use super::conflict::Conflict;
use crate::document::pointer;
use crate::document::source_map::{Origin, SourceMap};
use crate::document::visit::METHODS;
use crate::pipeline::extract::Fragment;

/// A document that grows by one fragment at a time.
#[derive(Default)]
pub(super) struct Merger {
    pub(super) document: Map<String, Value>,
    pub(super) sources: SourceMap,
    pub(super) conflicts: Vec<Conflict>,
}

impl Merger {
    /// Adds a fragment.
    pub(super) fn add(&mut self, Fragment { origin, document }: Fragment) {
        let Value::Object(members) = document else {
            return;
        };
        for (name, value) in members {
            match (name.as_str(), value) {
                ("openapi", _) => {}
                ("tags", Value::Array(tags)) => self.tags(tags, &origin),
                ("paths", Value::Object(paths)) => {
                    for (path, item) in paths {
                        self.path(&path, item, &origin);
                    }
                }
                ("components", Value::Object(kinds)) => {
                    for (kind, components) in kinds {
                        self.each(&["components", &kind], components, &origin);
                    }
                }
                ("webhooks", webhooks) => self.each(&["webhooks"], webhooks, &origin),
                (_, value) => self.put(&[&name], value, &origin),
            }
        }
    }

    /// Merges the members of an object one by one.
    fn each(&mut self, at: &[&str], value: Value, origin: &Origin) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.put(&[at, &[&name]].concat(), value, origin);
                }
            }
            other => self.put(at, other, origin),
        }
    }

    fn path(&mut self, path: &str, item: Value, origin: &Origin) {
        let Value::Object(mut members) = item else {
            return self.put(&["paths", path], item, origin);
        };
        // The parameters of a path item apply to the methods of this fragment only.
        let shared = members.shift_remove("parameters");
        for (name, mut value) in members {
            if METHODS.contains(&name.as_str())
                && let (Some(Value::Array(shared)), Some(operation)) =
                    (&shared, value.as_object_mut())
            {
                inherit(operation, shared);
            }
            self.put(&["paths", path, &name], value, origin);
        }
    }

    fn tags(&mut self, tags: Vec<Value>, origin: &Origin) {
        let name = |tag: &Value| tag.get("name").cloned();
        for tag in tags {
            let merged = self.document.entry("tags").or_insert_with(|| json!([]));
            let Some(merged) = merged.as_array_mut() else {
                let kept = merged.clone();
                self.conflict("/tags".into(), kept, json!([tag]), origin);
                continue;
            };
            let index = merged.iter().position(|other| name(other) == name(&tag));
            let pointer = format!("/tags/{}", index.unwrap_or(merged.len()));
            match index {
                None => {
                    self.sources.record(pointer, origin);
                    merged.push(tag);
                }
                Some(index) if merged[index] == tag => {}
                Some(index) => {
                    let kept = merged[index].clone();
                    self.conflict(pointer, kept, tag, origin);
                }
            }
        }
    }

    fn put(&mut self, at: &[&str], value: Value, origin: &Origin) {
        let Some((name, parents)) = at.split_last() else {
            return;
        };
        let mut members = &mut self.document;
        for (depth, parent) in parents.iter().enumerate() {
            let child = members.entry(*parent).or_insert_with(|| json!({}));
            match child {
                Value::Object(child) => members = child,
                kept => {
                    // In an earlier fragment this is not an object.
                    let (around, inside) = at.split_at(depth + 1);
                    let kept = kept.clone();
                    let other = inside
                        .iter()
                        .rfold(value, |value, name| json!({*name: value}));
                    return self.conflict(pointer_to(around), kept, other, origin);
                }
            }
        }
        let pointer = pointer_to(at);
        match members.get(*name) {
            None => {
                members.insert((*name).to_owned(), value);
                self.sources.record(pointer, origin);
            }
            Some(kept) if *kept == value => {}
            Some(kept) => {
                let kept = kept.clone();
                self.conflict(pointer, kept, value, origin);
            }
        }
    }

    fn conflict(&mut self, pointer: String, kept: Value, other: Value, second: &Origin) {
        let known = |conflict: &Conflict| conflict.pointer == pointer && conflict.other == other;
        if let Some(conflict) = self.conflicts.iter_mut().find(|it| known(it)) {
            conflict.others.push(second.clone());
            return;
        }
        let first = self.sources.find(&pointer).unwrap_or(second).clone();
        self.conflicts.push(Conflict {
            pointer,
            first,
            second: second.clone(),
            others: Vec::new(),
            kept,
            other,
        });
    }
}

fn pointer_to(at: &[&str]) -> String {
    at.iter().fold(String::new(), |pointer, token| {
        pointer::join(&pointer, token)
    })
}

/// Adds the parameters of the path item that the operation does not define itself.
fn inherit(operation: &mut Map<String, Value>, shared: &[Value]) {
    let own = operation.entry("parameters").or_insert_with(|| json!([]));
    let Some(own) = own.as_array_mut() else {
        return;
    };
    let same = |a: &Value, b: &Value| {
        a == b
            || (a.get("name").is_some()
                && a.get("name") == b.get("name")
                && a.get("in") == b.get("in"))
    };
    let inherited: Vec<_> = shared
        .iter()
        .filter(|s| !own.iter().any(|o| same(o, s)))
        .cloned()
        .collect();
    own.extend(inherited);
}
