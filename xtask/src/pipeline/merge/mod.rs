//! The second stage: from fragments to one document.
//!
//! Parts that are equal in several fragments become one. Parts that differ are [`Conflict`]s, which
//! the overlay resolves. The result does not depend on the order of the pages.

mod conflict;
mod merger;
pub mod report;

use serde_json::{Value, json};

pub use conflict::Conflict;

use crate::document::pointer;
use crate::document::source_map::{Origin, SourceMap};
use crate::document::visit::METHODS;
use crate::pipeline::extract::{Fragment, is_specification};
use merger::Merger;

/// All fragments merged into one document.
#[derive(Debug)]
pub struct Merged {
    /// The document; at a conflict it has the value of the first page.
    pub document: Value,
    /// Where its parts were published.
    pub sources: SourceMap,
    /// Where the fragments contradict each other.
    pub conflicts: Vec<Conflict>,
}

/// Merges the fragments, in the order of their pages and lines, those of specifications last.
#[must_use]
pub fn merge(mut fragments: Vec<Fragment>) -> Merged {
    // A page has what a specification lacks: a heading to link to.
    let order = |it: &Fragment| (is_specification(&it.origin.page), it.origin.clone());
    fragments.sort_by_cached_key(order);
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

/// Moves a root member that applies to every operation to the operations of its fragment, unless it
/// is the same in all fragments.
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

/// Adds a link to the section of the docs that published it to each operation.
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
    fn a_conflict_names_both_places_and_shows_a_diff() {
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
    fn an_operation_published_twice_is_a_conflict_unless_equal() {
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
    fn an_operation_links_to_its_page() {
        let mut published = with_schema("a.md", "/a", &json!({}));
        published.origin.url = Some("https://docs.example/a".into());
        let merged = merge(vec![published]);
        let docs = &merged.document["paths"]["/a"]["get"]["externalDocs"];
        assert_eq!(docs["url"], "https://docs.example/a");
    }
}
