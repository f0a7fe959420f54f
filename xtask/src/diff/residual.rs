//! The differences that do not affect Rust: descriptions, bounds, and what may be missing.
//!
//! Together with the other comparisons this reports every difference of two documents.

use serde_json::{Map, Value};

use super::compare::Finding;
use super::rules::{Change, Part};
use super::surface::{Item, Surface};
use crate::document::pointer;
use crate::document::visit::{MAPS, VALUES};

/// The differences that no finding covers yet.
pub(super) fn compare(
    old: (&Value, &Surface),
    new: (&Value, &Surface),
    findings: &[Finding],
) -> Vec<Finding> {
    let mut walk = Walk {
        items: [new.1, old.1],
        findings,
        found: Vec::new(),
    };
    walk.differences(Some(old.0), Some(new.0), "", "", false);
    walk.found
}

struct Walk<'a> {
    items: [&'a Surface; 2],
    findings: &'a [Finding],
    found: Vec<Finding>,
}

impl Walk<'_> {
    /// `keyword` is the innermost enclosing member with a name that is not chosen by the provider;
    /// `named` means that the members of this value have names chosen by the provider.
    fn differences(
        &mut self,
        old: Option<&Value>,
        new: Option<&Value>,
        at: &str,
        keyword: &str,
        named: bool,
    ) {
        if is_same(old, new) {
            return;
        }
        let empty = Map::new();
        let is_data = !named && VALUES.contains(&keyword);
        let in_parts = named && CANONICAL_OBJECTS.contains(&keyword) || self.is_partly_covered(at);
        let (was, is) = match (old, new) {
            (Some(Value::Object(was)), Some(Value::Object(is))) if !is_data => (was, is),
            (Some(Value::Object(was)), None) if in_parts => (was, &empty),
            (None, Some(Value::Object(is))) if in_parts => (&empty, is),
            _ => return self.report(old, new, at, keyword),
        };
        let gone = was.keys().filter(|name| !is.contains_key(*name));
        for name in is.keys().chain(gone) {
            let inner = if named { keyword } else { name };
            let names_follow =
                !named && (MAPS.contains(&&**name) || CANONICAL_OBJECTS.contains(&&**name));
            self.differences(
                was.get(name),
                is.get(name),
                &pointer::join(at, name),
                inner,
                names_follow,
            );
        }
    }

    fn report(&mut self, old: Option<&Value>, new: Option<&Value>, at: &str, keyword: &str) {
        if self.is_covered_by(|place| pointer::is_in(at, place)) {
            return;
        }
        let part = match keyword {
            keyword if BOUNDS.contains(&keyword) => Part::Bounds,
            keyword if keyword.starts_with("x-rust-") => Part::Names,
            "required" | "type" | "anyOf" | "oneOf" | "readOnly" | "writeOnly" => Part::Presence,
            _ => Part::Docs,
        };
        let words = |value: Option<&Value>| match value {
            None => "nothing".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let finding = Finding::new(part, Change::Changed, &self.subject(at), at);
        self.found.push(finding.from(words(old), words(new)));
    }

    /// Whether a finding covers a pointer.
    fn is_covered_by(&self, is_it: impl Fn(&str) -> bool) -> bool {
        let mut places = self.findings.iter().flat_map(|finding| &finding.covers);
        places.any(|place| is_it(place))
    }

    fn is_partly_covered(&self, at: &str) -> bool {
        self.is_covered_by(|place| place != at && pointer::is_in(place, at))
    }

    /// The innermost part that encloses a pointer, with the rest of the pointer.
    fn subject(&self, at: &str) -> String {
        let around = |item: &&Item| {
            at.strip_prefix(&*item.pointer)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let items = self.items.iter().flat_map(|surface| surface.values());
        let item = items
            .filter(around)
            .max_by_key(|item| (item.pointer.len(), item.part == Part::Field));
        let (label, rest) = match item {
            Some(item) => (item.label.as_str(), &at[item.pointer.len() + 1..]),
            None => ("document", at.trim_start_matches('/')),
        };
        format!("{label}: {}", rest.replace("~1", "/").replace("~0", "~"))
    }
}

/// The lists that are objects in the canonical form.
const CANONICAL_OBJECTS: [&str; 2] = ["required", "enum"];

/// Whether two values are equal, except for the order of members and of sets.
fn is_same(old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            old.len() == new.len() && old.iter().all(|item| new.contains(item))
        }
        (old, new) => old == new,
    }
}

/// The members that restrict the values of a type.
const BOUNDS: [&str; 19] = [
    "additionalProperties",
    "const",
    "default",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "patternProperties",
    "uniqueItems",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(old: Value, new: Value, findings: &[Finding]) -> Vec<(&'static str, String)> {
        let empty = Surface::new();
        let found = compare((&old, &empty), (&new, &empty), findings);
        found
            .into_iter()
            .map(|finding| (finding.rule.id, finding.pointer))
            .collect()
    }

    #[test]
    fn keywords_are_distinguished_from_names() {
        let schema = |inner: Value| json!({"components": {"schemas": {"A": {"properties": {"format": inner}}}}});
        let at = |rest: &str| format!("/components/schemas/A/properties/format/{rest}");
        for (old, new, rule, place) in [
            (
                json!({"format": "a"}),
                json!({"format": "b"}),
                "bounds-changed",
                "format",
            ),
            (
                json!({"maxLength": 1}),
                json!({}),
                "bounds-changed",
                "maxLength",
            ),
            (
                json!({"default": {"a": 1}}),
                json!({"default": {"a": 2}}),
                "bounds-changed",
                "default",
            ),
            (
                json!({"x-rust-type": "A"}),
                json!({"x-rust-type": "B"}),
                "names-changed",
                "x-rust-type",
            ),
            (
                json!({}),
                json!({"description": "b"}),
                "docs-changed",
                "description",
            ),
            (
                json!({"required": ["a"]}),
                json!({"required": ["b"]}),
                "presence-changed",
                "required",
            ),
        ] {
            assert_eq!(found(schema(old), schema(new), &[]), [(rule, at(place))]);
        }
    }

    #[test]
    fn order_is_ignored_and_nothing_is_reported_twice() {
        let old = json!({"tags": [1, 2], "a": {"b": 1, "c": 1}});
        assert!(
            found(
                old.clone(),
                json!({"a": {"c": 1, "b": 1}, "tags": [2, 1]}),
                &[]
            )
            .is_empty()
        );
        let findings = [Finding::new(Part::Server, Change::Changed, "a", "/a/b")];
        let new = json!({"tags": [1, 2], "a": {"b": 2, "c": 2}});
        assert_eq!(
            found(old, new, &findings),
            [("docs-changed", "/a/c".to_owned())]
        );
    }
}
