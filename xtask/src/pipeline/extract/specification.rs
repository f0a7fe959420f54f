//! A whole specification, in YAML or JSON: cut into fragments such as those of the pages.
//!
//! Each operation, webhook and component is a fragment, so that it has a line of its own in messages.

use serde_json::{Map, Value, json};

use super::{Error, Extracted, Fragment, Page, integers, version, yaml};
use crate::document::pointer;
use crate::document::source_map::Origin;
use crate::document::visit::METHODS;
use crate::pipeline::extensions;

/// Whether a file is read as a specification: YAML or JSON that is not hidden.
pub(crate) fn is_specification(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let is_one = |ending: &str| {
        let endings = ["yaml", "yml", "json"];
        endings.iter().any(|one| ending.eq_ignore_ascii_case(one))
    };
    !name.starts_with('.') && ending.is_some_and(is_one)
}

/// The fragments of a specification.
///
/// # Errors
/// When it is neither YAML nor JSON, or has an unknown OpenAPI version.
pub(super) fn extract(page: &Page) -> Result<Extracted, Error> {
    let text = page.text.strip_prefix('\u{feff}').unwrap_or(&page.text);
    let mut document = yaml::read(text).map_err(|malformed| Error::NotYaml {
        page: page.name.clone(),
        line: malformed.line,
        reason: malformed.reason,
    })?;
    let mut extracted = Extracted::default();
    let origin = |document: &yaml::Document, pointer: &str| Origin {
        page: page.name.clone(),
        line: document.line(pointer),
        heading: None,
        url: None,
    };
    let place = |pointer: &str| origin(&document, pointer);
    if !version::check(&document.value, place, &mut extracted.warnings)? {
        let page = &page.name;
        extracted.warnings.push(format!(
            "{page}: ignored, because this file is not an OpenAPI document (it has no `openapi` member)"
        ));
        return Ok(extracted);
    }
    for (line, integer) in &document.inexact {
        let line = *line;
        let origin = Origin { line, ..place("") };
        extracted.warnings.push(integers::warning(&origin, integer));
    }
    for pointer in extensions::remove(&mut document.value) {
        let origin = origin(&document, &pointer);
        extracted
            .warnings
            .push(extensions::warning(&origin, &pointer));
    }
    let Value::Object(root) = document.value.take() else {
        return Ok(extracted);
    };
    for (names, document_part) in parts(root) {
        let pointer = names
            .iter()
            .fold(String::new(), |at, name| pointer::join(&at, name));
        extracted.fragments.push(Fragment {
            origin: origin(&document, &pointer),
            document: document_part,
        });
    }
    Ok(extracted)
}

/// The document of each part, with the names that lead to it.
fn parts(mut root: Map<String, Value>) -> Vec<(Vec<String>, Value)> {
    let mut values = Vec::new();
    for (name, depth) in [("paths", 1), ("components", 2), ("webhooks", 1)] {
        if let Some(value) = root.shift_remove(name) {
            split(vec![name.to_owned()], value, depth, &mut values);
        }
    }
    // What applies to every operation is in each fragment, as in those of the pages.
    let mut common = root.clone();
    common.retain(|name, _| ["openapi", "servers", "security"].contains(&&**name));
    let mut parts = vec![(Vec::new(), root.into())];
    let mut add = |names: Vec<String>, inside: usize, value: Value| {
        let around = names[1..inside].iter();
        let nested = around.rfold(value, |value, name| json!({name: value}));
        let mut part = common.clone();
        part.insert(names[0].clone(), nested);
        parts.push((names, part.into()));
    };
    for (names, value) in values {
        let count = names.len();
        match value {
            Value::Object(item) if count == 2 && names[0] == "paths" => {
                for (method, item) in operations(item) {
                    let names = names.iter().cloned().chain(method).collect();
                    add(names, count, item.into());
                }
            }
            value => add(names, count, value),
        }
    }
    parts
}

/// Splits an object into its members, and those to this depth.
fn split(names: Vec<String>, value: Value, depth: usize, values: &mut Vec<(Vec<String>, Value)>) {
    match value {
        Value::Object(members) if depth > 0 => {
            for (name, value) in members {
                let names = names.iter().cloned().chain([name]).collect();
                split(names, value, depth - 1, values);
            }
        }
        value => values.push((names, value)),
    }
}

/// A path item for each method, with what all of its methods share.
fn operations(mut item: Map<String, Value>) -> Vec<(Option<String>, Map<String, Value>)> {
    let (own, shared): (Map<_, _>, Map<_, _>) = std::mem::take(&mut item)
        .into_iter()
        .partition(|(name, _)| METHODS.contains(&&**name));
    if own.is_empty() {
        return vec![(None, shared)];
    }
    let with_shared = |(method, operation): (String, Value)| {
        let mut item = shared.clone();
        item.insert(method.clone(), operation);
        (Some(method), item)
    };
    own.into_iter().map(with_shared).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::merge::merge;

    fn extract_text(text: &str) -> Result<Extracted, Error> {
        extract(&Page {
            name: "api.yaml".into(),
            text: text.into(),
        })
    }

    const SPECIFICATION: &str = "\
openapi: 3.1.0
info: {title: T, version: '1'}
servers: [{url: https://a.example}]
paths:
  /a:
    parameters: [{name: q, in: query}]
    get: {responses: {}}
    put:
      x-idempotent: true
      responses: {}
components:
  schemas:
    A: {type: object}
webhooks:
  created: {post: {}}
x-more: 1
";

    #[test]
    fn each_part_is_a_fragment_with_its_line() {
        let extracted = extract_text(SPECIFICATION).expect("it is well-formed");
        let lines = extracted.fragments.iter();
        let lines: Vec<_> = lines.map(|fragment| fragment.origin.line).collect();
        assert_eq!(lines, [1, 7, 8, 13, 15]);
        let put = &extracted.fragments[2].document;
        assert_eq!(
            *put,
            json!({
                "openapi": "3.1.0",
                "servers": [{"url": "https://a.example"}],
                "paths": {"/a": {"parameters": [{"name": "q", "in": "query"}], "put": {"responses": {}}}},
            })
        );
        assert_eq!(
            extracted.warnings,
            [
                "api.yaml:8: /paths/~1a/put/x-idempotent: ignored, because only the overlay may set it"
            ]
        );
    }

    #[test]
    fn the_parts_are_merged_to_the_whole() {
        let extracted = extract_text(SPECIFICATION).expect("it is well-formed");
        let merged = merge(extracted.fragments);
        assert!(merged.conflicts.is_empty());
        assert_eq!(
            merged.document,
            json!({
                "openapi": "3.1.0",
                "info": {"title": "T", "version": "1"},
                "servers": [{"url": "https://a.example"}],
                "paths": {"/a": {
                    "get": {"responses": {}, "parameters": [{"name": "q", "in": "query"}]},
                    "put": {"responses": {}, "parameters": [{"name": "q", "in": "query"}]},
                }},
                "components": {"schemas": {"A": {"type": "object"}}},
                "webhooks": {"created": {"post": {}}},
                "x-more": 1,
            })
        );
    }

    #[test]
    fn a_malformed_document_is_kept_for_the_later_stages() {
        for text in [
            "openapi: 3.1.0\npaths: []\n",
            "openapi: 3.1.0\npaths: {/a: 1}\ncomponents: {schemas: 1}\nwebhooks: x\n",
        ] {
            let extracted = extract_text(text).expect("it is YAML");
            let merged = merge(extracted.fragments).document;
            assert_eq!(
                merged["paths"],
                yaml::read(text).expect("YAML").value["paths"]
            );
        }
    }

    #[test]
    fn other_files_are_ignored_with_a_warning() {
        let extracted = extract_text("name: something else\n").expect("it is ignored");
        assert!(extracted.fragments.is_empty());
        assert!(extracted.warnings[0].starts_with("api.yaml: ignored, because this file"));
    }

    #[test]
    fn files_are_recognised_by_their_name() {
        for name in ["a.yaml", "b/c.YML", "d.json", "e.f.json"] {
            assert!(is_specification(name), "{name}");
        }
        for name in [".fetch.json", "a/.b.yaml", "yaml", "a.md", "a.yaml.bak"] {
            assert!(!is_specification(name), "{name}");
        }
    }
}
