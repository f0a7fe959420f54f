//! The second stage: from fragments to one document.
//!
//! Parts that are equal in several fragments become one. Parts that differ are kept apart as
//! [`Conflict`]s, for the overlay to decide. The result does not depend on the order of the pages.

use serde_json::{Map, Value, json};
use similar::TextDiff;

use crate::document::pointer;
use crate::document::source_map::{Origin, SourceMap};
use crate::document::visit::METHODS;
use crate::pipeline::extract::Fragment;

/// One document made of all fragments.
#[derive(Debug)]
pub struct Merged {
    /// The document; at a conflict it holds what the first page says.
    pub document: Value,
    /// Where its parts came from.
    pub sources: SourceMap,
    /// Where the fragments contradict each other.
    pub conflicts: Vec<Conflict>,
}

/// One part of the document that two fragments define differently.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The part, as a JSON pointer into the merged document.
    pub pointer: String,
    /// Where the value in the document came from.
    pub first: Origin,
    /// Where the other one came from.
    pub second: Origin,
    /// The value in the document.
    pub kept: Value,
    /// The other one.
    pub other: Value,
}

impl Conflict {
    /// The contradiction as a unified diff of the two places.
    #[must_use]
    pub fn diff(&self) -> String {
        let text = |value| format!("{value:#}\n");
        TextDiff::from_lines(text(&self.kept), text(&self.other))
            .unified_diff()
            .header(&self.first.to_string(), &self.second.to_string())
            .to_string()
    }
}

/// Merges the fragments, in the order of their pages and lines.
#[must_use]
pub fn merge(mut fragments: Vec<Fragment>) -> Merged {
    fragments.sort_by(|a, b| a.origin.cmp(&b.origin));
    for name in ["security", "servers"] {
        keep_where_equal(&mut fragments, name);
    }
    let mut merger = Merger::default();
    for fragment in fragments {
        merger.add(fragment);
    }
    let mut document = json!({"openapi": "3.1.0"});
    if let Value::Object(members) = &mut document {
        for name in ["info", "servers", "security", "tags"] {
            if let Some(value) = merger.document.shift_remove(name) {
                members.insert(name.into(), value);
            }
        }
        members.insert("paths".into(), json!({}));
        members.append(&mut merger.document);
    }
    link(&mut document, &merger.sources);
    Merged {
        document,
        sources: merger.sources,
        conflicts: merger.conflicts,
    }
}

/// Root members that hold for every operation can stay at the root only if all fragments agree;
/// otherwise each fragment's own goes to its operations.
fn keep_where_equal(fragments: &mut [Fragment], name: &str) {
    let first = fragments
        .first()
        .and_then(|fragment| fragment.document.get(name))
        .cloned();
    if fragments
        .iter()
        .all(|fragment| fragment.document.get(name) == first.as_ref())
    {
        return;
    }
    for fragment in fragments {
        let Some(root) = fragment.document.as_object_mut() else {
            continue;
        };
        let Some(value) = root.shift_remove(name) else {
            continue;
        };
        let Some(paths) = root.get_mut("paths").and_then(Value::as_object_mut) else {
            continue;
        };
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            for method in METHODS {
                if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                    operation.entry(name).or_insert_with(|| value.clone());
                }
            }
        }
    }
}

/// Has each operation link to the section of the docs that published it.
fn link(document: &mut Value, sources: &SourceMap) {
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let pointer = pointer::join(&pointer::join("/paths", path), method);
            let link = sources.find(&pointer).and_then(Origin::link);
            if let (Some(link), Some(operation)) = (link, operation.as_object_mut()) {
                operation.entry("externalDocs").or_insert_with(
                    || json!({"description": "Published documentation", "url": link}),
                );
            }
        }
    }
}

#[derive(Default)]
struct Merger {
    document: Map<String, Value>,
    sources: SourceMap,
    conflicts: Vec<Conflict>,
}

impl Merger {
    fn add(&mut self, Fragment { origin, document }: Fragment) {
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
        // What a path item says for all its methods holds for those of this fragment only.
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
                    // An earlier fragment says that this is no object at all.
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
        if self.conflicts.iter().any(known) {
            return;
        }
        let first = self.sources.find(&pointer).unwrap_or(second).clone();
        self.conflicts.push(Conflict {
            pointer,
            first,
            second: second.clone(),
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

/// Adds the path item's parameters that the operation does not define itself.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(page: &str, line: usize, document: Value) -> Fragment {
        let origin = Origin {
            page: page.into(),
            line,
            heading: None,
            url: None,
        };
        Fragment { origin, document }
    }

    fn with_schema(page: &str, path: &str, schema: &Value) -> Fragment {
        fragment(
            page,
            7,
            json!({
                "openapi": "3.1.0",
                "tags": [{"name": "T"}],
                "security": [{"Key": []}],
                "components": {"schemas": {"A": schema}},
                "paths": {path: {"get": {"responses": {}}}},
            }),
        )
    }

    #[test]
    fn equal_parts_become_one_in_any_page_order() {
        let schema = json!({"type": "object", "properties": {"a": {}, "b": {}}});
        let reordered = json!({"properties": {"b": {}, "a": {}}, "type": "object"});
        let fragments = [
            with_schema("a.md", "/a", &schema),
            with_schema("b.md", "/b", &reordered),
        ];
        let merged = merge(fragments.to_vec());
        let reversed = merge(fragments.iter().rev().cloned().collect());
        assert!(merged.conflicts.is_empty());
        assert_eq!(merged.document.to_string(), reversed.document.to_string());
        assert_eq!(merged.document["tags"], json!([{"name": "T"}]));
        assert_eq!(merged.document["security"], json!([{"Key": []}]));
        let paths: Vec<_> = merged.document["paths"]
            .as_object()
            .expect("paths")
            .keys()
            .collect();
        assert_eq!(paths, ["/a", "/b"]);
    }

    #[test]
    fn a_contradiction_names_both_places_and_shows_a_diff() {
        let merged = merge(vec![
            with_schema("b.md", "/b", &json!({"type": "string"})),
            with_schema("a.md", "/a", &json!({"type": "integer"})),
        ]);
        let [conflict] = &merged.conflicts[..] else {
            panic!("one conflict")
        };
        assert_eq!(conflict.pointer, "/components/schemas/A");
        let diff = conflict.diff();
        assert!(diff.contains("--- a.md:7\n+++ b.md:7\n"), "{diff}");
        assert!(
            diff.contains("-  \"type\": \"integer\"\n+  \"type\": \"string\"\n"),
            "{diff}"
        );
    }

    #[test]
    fn one_operation_published_twice_is_a_contradiction_unless_equal() {
        let operation = |summary: &str| json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"summary": summary}}}});
        let merged = merge(vec![
            fragment("a.md", 1, operation("x")),
            fragment("b.md", 1, operation("y")),
        ]);
        assert_eq!(merged.conflicts[0].pointer, "/paths/~1a/get");
        assert_eq!(merged.conflicts.len(), 1);
        let equal = merge(vec![
            fragment("a.md", 1, operation("x")),
            fragment("b.md", 1, operation("x")),
        ]);
        assert!(equal.conflicts.is_empty());
    }

    #[test]
    fn differing_security_goes_to_the_operations() {
        let mut open = with_schema("b.md", "/b", &json!({}));
        open.document["security"] = json!([]);
        let merged = merge(vec![with_schema("a.md", "/a", &json!({})), open]);
        assert!(merged.conflicts.is_empty());
        assert_eq!(merged.document.get("security"), None);
        assert_eq!(
            merged.document["paths"]["/a"]["get"]["security"],
            json!([{"Key": []}])
        );
        assert_eq!(merged.document["paths"]["/b"]["get"]["security"], json!([]));
    }

    #[test]
    fn parameters_of_a_path_go_to_its_operations() {
        let merged = merge(vec![fragment(
            "a.md",
            1,
            json!({"openapi": "3.1.0", "paths": {"/a/{id}": {
                "parameters": [{"name": "id", "in": "path"}, {"name": "q", "in": "query"}],
                "get": {"parameters": [{"name": "q", "in": "query", "required": true}]},
            }}}),
        )]);
        assert_eq!(
            merged.document["paths"]["/a/{id}"]["get"]["parameters"],
            json!([{"name": "q", "in": "query", "required": true}, {"name": "id", "in": "path"}])
        );
    }

    #[test]
    fn an_operation_links_to_the_page_it_came_from() {
        let mut published = with_schema("a.md", "/a", &json!({}));
        published.origin.url = Some("https://docs.example/a".into());
        let merged = merge(vec![published]);
        let docs = &merged.document["paths"]["/a"]["get"]["externalDocs"];
        assert_eq!(docs["url"], "https://docs.example/a");
    }
}
