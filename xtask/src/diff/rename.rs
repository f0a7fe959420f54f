//! Renamed types, operations and credentials: they get the new name in the old document, so that
//! references to them are not reported as changes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::compare::Finding;
use super::rules::{Change, Part};
use super::security::{SCHEMES, all_schemes, sent};
use crate::document::pointer;
use crate::document::visit::METHODS;
use crate::document::visit::for_each_reference;

/// Renames in the old document what has another name in the new one, and returns the findings.
pub(super) fn rename(old: &mut Value, new: &Value) -> Vec<Finding> {
    let mut found = types(old, new);
    found.extend(operations(old, new));
    found.extend(credentials(old, new));
    found
}

/// Credentials are the same if they are sent in the same way.
fn credentials(old: &mut Value, new: &Value) -> Vec<Finding> {
    let (before, after) = (all_schemes(old), all_schemes(new));
    let gone = before.iter().filter(|(name, _)| !after.contains_key(*name));
    let added: Vec<_> = after
        .iter()
        .filter(|(name, _)| !before.contains_key(*name))
        .collect();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (was, scheme) in gone {
        let is_same = |(name, other): &&(&String, &Value)| {
            sent(other) == sent(scheme) && !names.values().any(|taken| taken == *name)
        };
        if let Some((is, _)) = added.iter().find(is_same) {
            names.insert(was.clone(), (*is).clone());
        }
    }
    let renamed = |members: &mut Map<String, Value>| {
        *members = std::mem::take(members)
            .into_iter()
            .map(|(name, value)| (names.get(&name).cloned().unwrap_or(name), value))
            .collect();
    };
    if let Some(Value::Object(schemes)) = old.pointer_mut(SCHEMES) {
        renamed(schemes);
    }
    let mut places = vec!["/security".to_owned()];
    for (path, item) in new["paths"].as_object().into_iter().flatten() {
        let at = pointer::join("/paths", path);
        let methods = item.as_object().into_iter().flatten();
        places.extend(methods.map(|(method, _)| format!("{at}/{method}/security")));
    }
    for at in places {
        let security = old.pointer_mut(&at).and_then(Value::as_array_mut);
        let all = security.into_iter().flatten();
        all.filter_map(Value::as_object_mut).for_each(renamed);
    }
    let finding_of = |(was, is): (String, String)| {
        let at = pointer::join(SCHEMES, &is);
        let finding = Finding::new(Part::Credential, Change::Renamed, &format!("`{is}`"), &at);
        let covers = Vec::new();
        Finding { covers, ..finding }.from(was, is)
    };
    names.into_iter().map(finding_of).collect()
}

/// Schemas are the same if they are published under the same name.
fn types(old: &mut Value, new: &Value) -> Vec<Finding> {
    let now: BTreeMap<_, _> = schemas(new)
        .map(|(name, schema)| (published(name, schema), name))
        .collect();
    let mut names: BTreeMap<String, String> = schemas(old)
        .filter_map(|(name, schema)| {
            Some((name.clone(), (*now.get(published(name, schema))?).clone()))
        })
        .filter(|(was, is)| was != is)
        .collect();
    // A name that another type still has is not available.
    let is_taken = |name: &String| {
        old["components"]["schemas"].get(name).is_some() && !names.contains_key(name)
    };
    let taken: Vec<_> = names
        .values()
        .filter(|name| is_taken(name))
        .cloned()
        .collect();
    names.retain(|_, name| !taken.contains(name));

    if let Some(schemas) = old
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        let renamed = std::mem::take(schemas).into_iter();
        *schemas = renamed
            .map(|(name, schema)| (names.get(&name).cloned().unwrap_or(name), schema))
            .collect::<Map<_, _>>();
    }
    for_each_reference(old, &mut |_, _, reference| {
        let name = pointer::schema_name(reference).and_then(|name| names.get(name));
        if let Some(name) = name {
            *reference = format!("#/components/schemas/{name}");
        }
    });
    let finding_of = |(was, is): (String, String)| {
        let at = pointer::join("/components/schemas", &is);
        let finding = Finding::new(Part::Type, Change::Renamed, &is, &at);
        let covers = vec![format!("{at}/x-docs-name")];
        Finding { covers, ..finding }.from(was, is)
    };
    names.into_iter().map(finding_of).collect()
}

fn schemas(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
}

fn published<'a>(name: &'a str, schema: &'a Value) -> &'a str {
    schema["x-docs-name"].as_str().unwrap_or(name)
}

/// Operations are the same if they have the same method and path.
fn operations(old: &mut Value, new: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, item) in old
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        for method in METHODS {
            let now = &new["paths"][path][method]["operationId"];
            let Some(was) = item.pointer_mut(&format!("/{method}/operationId")) else {
                continue;
            };
            if let (Some(before), Some(after)) = (was.as_str(), now.as_str())
                && before != after
            {
                let at = pointer::join(&pointer::join("/paths", path), method);
                let finding = Finding::new(Part::Operation, Change::Renamed, after, &at);
                let covers = vec![format!("{at}/operationId")];
                found.push(Finding { covers, ..finding }.from(before, after));
                *was = now.clone();
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_renamed_type_is_one_change() {
        let document = |name: &str| {
            json!({
                "components": {"schemas": {
                    name: {"x-docs-name": "Out", "type": "object"},
                    "Other": {"properties": {"a": {"$ref": format!("#/components/schemas/{name}")}}},
                }},
                "paths": {},
            })
        };
        let (mut old, new) = (document("Account"), document("Customer"));
        let found = rename(&mut old, &new);
        assert_eq!(old, new);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].rule.id, &*found[0].subject),
            ("type-renamed", "Customer")
        );
    }

    #[test]
    fn two_types_can_swap_names_but_not_take_a_used_one() {
        let document = |one: &str, two: &str| json!({"components": {"schemas": {one: {"x-docs-name": "1"}, two: {"x-docs-name": "2"}}}});
        let mut old = document("A", "B");
        assert_eq!(rename(&mut old, &document("B", "A")).len(), 2);
        assert_eq!(old, document("B", "A"));
        let mut old = document("A", "B");
        let new = json!({"components": {"schemas": {"B": {"x-docs-name": "1"}}}});
        assert!(rename(&mut old, &new).is_empty());
        assert_eq!(old, document("A", "B"));
    }

    #[test]
    fn a_renamed_operation_is_matched_by_its_path() {
        let document = |id: &str| json!({"paths": {"/a": {"get": {"operationId": id}}}});
        let mut old = document("get_a");
        let found = rename(&mut old, &document("read_a"));
        assert_eq!(
            (found[0].rule.id, found[0].was.as_deref()),
            ("operation-renamed", Some("get_a"))
        );
        assert_eq!(old, document("read_a"));
    }
}
