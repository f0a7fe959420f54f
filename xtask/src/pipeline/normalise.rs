//! The fourth stage: from a mix of OpenAPI 3.0 and 3.1 to OpenAPI 3.1.
//!
//! The fragments state version 3.1 but use keywords of 3.0, which are rewritten. Schemas get the names
//! that the overlay sets with `x-rust-name`. Normalising is idempotent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::document::source_map::SourceMap;
use crate::document::visit::{dangling_references, for_each_reference, for_each_schema};

/// Why a document cannot be normalised.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// References have no target.
    #[error("{}", dangling(.0))]
    Dangling(Vec<(String, String)>),
    /// A name from the overlay is taken or invalid.
    #[error("{place}`x-rust-name: {name}` at {pointer}: {reason}")]
    Name {
        /// `page:line: ` of the schema.
        place: String,
        /// The name.
        name: String,
        /// The schema.
        pointer: String,
        /// What is wrong with the name.
        reason: &'static str,
    },
}

/// The number of corrections of each kind.
pub type Corrections = BTreeMap<&'static str, usize>;

/// Rewrites the document as OpenAPI 3.1.
///
/// # Errors
/// When a `$ref` has no target, or a name from the overlay is taken or invalid.
pub fn normalise(document: &mut Value, sources: &mut SourceMap) -> Result<Corrections, Error> {
    let dangling = dangling_references(document);
    if !dangling.is_empty() {
        let place =
            |(at, reference): (String, String)| (format!("{}{at}", sources.prefix(&at)), reference);
        return Err(Error::Dangling(dangling.into_iter().map(place).collect()));
    }
    rename_schemas(document, sources)?;

    let mut corrections = Corrections::new();
    for parameter in parameters(document) {
        if json_content(parameter) {
            *corrections.entry("schema → JSON content").or_default() += 1;
        }
    }
    for_each_schema(document, &mut |_, schema| {
        if let Value::Object(schema) = schema {
            let mut count = |kind| *corrections.entry(kind).or_default() += 1;
            null_or_this(schema, &mut count);
            nullable(schema, &mut count);
            exclusive_bounds(schema, &mut count);
            plain_reference(schema, &mut count);
            example(schema, &mut count);
            if schema.get("format").is_some_and(|format| format == "url") {
                schema.insert("format".into(), "uri".into());
                count("format: url → uri");
            }
        }
    });
    document["openapi"] = "3.1.0".into();
    Ok(corrections)
}

/// The parameters of all operations, and the shared ones.
fn parameters(document: &mut Value) -> Vec<&mut Value> {
    let Some(document) = document.as_object_mut() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, value) in document {
        let Some(members) = value.as_object_mut() else {
            continue;
        };
        match name.as_str() {
            "paths" => {
                let items = members.values_mut().filter_map(Value::as_object_mut);
                let operations = items.flat_map(|item| item.values_mut());
                let all = operations.filter_map(|it| it.get_mut("parameters")?.as_array_mut());
                found.extend(all.flatten());
            }
            "components" => {
                let all = members.get_mut("parameters").and_then(Value::as_object_mut);
                found.extend(all.into_iter().flat_map(|all| all.values_mut()));
            }
            _ => {}
        }
    }
    found
}

/// Gives a parameter that the overlay marks with `x-json` JSON `content`; returns whether it did.
fn json_content(parameter: &mut Value) -> bool {
    let Some(members) = parameter.as_object_mut() else {
        return false;
    };
    let is_marked = members.shift_remove("x-json") == Some(Value::Bool(true));
    if !is_marked || !members.contains_key("schema") {
        return false;
    }
    let members_before = std::mem::take(members);
    members.extend(
        members_before
            .into_iter()
            .map(|(name, value)| match name == "schema" {
                true => (
                    "content".to_owned(),
                    json!({"application/json": {"schema": value}}),
                ),
                false => (name, value),
            }),
    );
    true
}

/// Renames schema components with the names from the overlay, with all references to them.
fn rename_schemas(document: &mut Value, sources: &mut SourceMap) -> Result<(), Error> {
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return Ok(());
    };
    let mut names = BTreeMap::new();
    let mut renamed = Map::new();
    for (old, mut schema) in std::mem::take(schemas) {
        let chosen = schema
            .as_object_mut()
            .and_then(|schema| schema.shift_remove("x-rust-name"));
        let at = pointer::join("/components/schemas", &old);
        let name = chosen.map_or_else(
            || old.clone(),
            |name| name.as_str().unwrap_or_default().to_owned(),
        );
        let invalid = |reason| {
            let (place, pointer) = (sources.prefix(&at), at.clone());
            Err(Error::Name {
                place,
                name: name.clone(),
                pointer,
                reason,
            })
        };
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        {
            // A published name is accepted as it is.
            if name != old {
                return invalid(
                    "not a valid schema name; expected letters, digits, `.`, `_` or `-`",
                );
            }
        }
        if renamed.contains_key(&name) {
            return invalid("another schema has this name; choose a different one in the overlay");
        }
        if name != old {
            sources.moved(&at, pointer::join("/components/schemas", &name));
            names.insert(
                format!("#{at}"),
                format!("#{}", pointer::join("/components/schemas", &name)),
            );
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("x-docs-name".into(), old.into());
            }
        }
        renamed.insert(name, schema);
    }
    *schemas = renamed;
    if names.is_empty() {
        return Ok(());
    }
    for_each_reference(document, &mut |_, reference| {
        let end = reference
            .match_indices('/')
            .nth(3)
            .map_or(reference.len(), |(at, _)| at);
        let old = &reference[..end];
        let decoded = || names.get(&pointer::percent_decoded(old)?);
        if let Some(name) = names.get(old).or_else(decoded) {
            *reference = format!("{name}{}", &reference[end..]);
        }
    });
    Ok(())
}

/// Rewrites `anyOf: [$ref, {type: object, nullable: true}]`, which means "null or this".
fn null_or_this(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    for keyword in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = schema.get_mut(keyword) else {
            continue;
        };
        let placeholder = |branch: &Value| {
            // Inner schemas are visited first, so its `nullable` is already a type array.
            *branch == json!({"type": ["object", "null"]})
        };
        if branches.len() > 1 && branches.iter().any(|branch| branch.get("$ref").is_some()) {
            for branch in branches {
                if placeholder(branch) {
                    *branch = json!({"type": "null"});
                    count("anyOf with a nullable object → null");
                }
            }
        }
    }
}

/// Rewrites `nullable` of 3.0 as the type `null`.
fn nullable(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    let Some(Value::Bool(nullable)) = schema.get("nullable").cloned() else {
        return;
    };
    schema.shift_remove("nullable");
    count("nullable → type");
    if !nullable {
        return;
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match schema.get_mut("type") {
        Some(Value::Array(types)) => {
            if !types.contains(&json!("null")) {
                types.push("null".into());
            }
            return;
        }
        Some(name) => {
            *name = json!([name.take(), "null"]);
            return;
        }
        None => {}
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Value::Array(branches)) = schema.get_mut(keyword) {
            if !branches.contains(&json!({"type": "null"})) {
                branches.push(json!({"type": "null"}));
            }
            return;
        }
    }
    let structural = ["$ref", "allOf"];
    let inner: Map<_, _> = structural
        .iter()
        .filter_map(|name| {
            schema
                .shift_remove(*name)
                .map(|value| ((*name).to_owned(), value))
        })
        .collect();
    if !inner.is_empty() {
        let mut inner = inner;
        plain_reference(&mut inner, &mut |_| {});
        schema.insert("anyOf".into(), json!([inner, {"type": "null"}]));
    }
}

/// Rewrites exclusive bounds, which are booleans in 3.0 and numbers in 3.1.
fn exclusive_bounds(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    for (exclusive, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        let Some(Value::Bool(is_exclusive)) = schema.get(exclusive).cloned() else {
            continue;
        };
        schema.shift_remove(exclusive);
        count("boolean exclusive bound → number");
        if is_exclusive && let Some(value) = schema.shift_remove(bound) {
            schema.insert(exclusive.into(), value);
        }
    }
}

/// Unwraps an `allOf` of one `$ref`: in 3.0 a `$ref` cannot have siblings.
fn plain_reference(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    let Some(Value::Array(branches)) = schema.get("allOf") else {
        return;
    };
    let [Value::Object(only)] = &branches[..] else {
        return;
    };
    let reference = match (only.len(), only.get("$ref")) {
        (1, Some(reference)) if !schema.contains_key("$ref") => reference.clone(),
        _ => return,
    };
    schema.shift_remove("allOf");
    schema.insert("$ref".into(), reference);
    count("allOf of one $ref → $ref");
}

/// Rewrites `example` of 3.0 as `examples`.
fn example(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    if let Some(value) = schema.shift_remove("example") {
        schema.entry("examples").or_insert_with(|| json!([value]));
        count("example → examples");
    }
}

fn dangling(references: &[(String, String)]) -> String {
    let lines: Vec<_> = references
        .iter()
        .map(|(place, reference)| {
            format!(
                "{place}: `$ref: {reference}` has no target in this document; fetch the page again, or \
                 correct the reference in the overlay"
            )
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(schema: Value) -> Value {
        let mut document = json!({"components": {"schemas": {"A": schema, "B": {}}}});
        normalise(&mut document, &mut SourceMap::default()).expect("it can be normalised");
        let once = document.clone();
        normalise(&mut document, &mut SourceMap::default()).expect("it can be normalised again");
        assert_eq!(once, document, "normalising twice changes nothing more");
        document["components"]["schemas"]["A"].take()
    }

    const B: &str = "#/components/schemas/B";

    #[test]
    fn nullable_becomes_a_type() {
        assert_eq!(
            schema(json!({"type": "string", "nullable": true})),
            json!({"type": ["string", "null"]})
        );
        assert_eq!(
            schema(json!({"type": "string", "nullable": false})),
            json!({"type": "string"})
        );
        assert_eq!(
            schema(json!({"type": "string", "enum": ["a"], "nullable": true})),
            json!({"type": ["string", "null"], "enum": ["a", null]})
        );
        assert_eq!(
            schema(json!({"allOf": [{"$ref": B}], "nullable": true, "description": "d"})),
            json!({"description": "d", "anyOf": [{"$ref": B}, {"type": "null"}]})
        );
    }

    #[test]
    fn a_parameter_marked_as_json_has_content() {
        let marked = json!({"name": "filters", "in": "query", "schema": {}, "x-json": true});
        let mut document = json!({"paths": {"/a": {"get": {"parameters": [marked]}}}});
        normalise(&mut document, &mut SourceMap::default()).expect("it can be normalised");
        assert_eq!(
            document["paths"]["/a"]["get"]["parameters"][0],
            json!({"name": "filters", "in": "query", "content": {"application/json": {"schema": {}}}})
        );
    }

    #[test]
    fn any_of_a_nullable_object_becomes_null() {
        assert_eq!(
            schema(json!({"anyOf": [{"$ref": B}, {"type": "object", "nullable": true}]})),
            json!({"anyOf": [{"$ref": B}, {"type": "null"}]})
        );
    }

    #[test]
    fn a_property_called_nullable_is_left_alone() {
        let properties = json!({"type": "object", "properties": {"nullable": {"type": "boolean"}}});
        assert_eq!(schema(properties.clone()), properties);
    }

    #[test]
    fn keywords_of_3_0_become_keywords_of_3_1() {
        assert_eq!(
            schema(json!({"type": "string", "format": "url"}))["format"],
            "uri"
        );
        assert_eq!(
            schema(json!({"allOf": [{"$ref": B}], "description": "d"})),
            json!({"description": "d", "$ref": B})
        );
        assert_eq!(schema(json!({"example": 1})), json!({"examples": [1]}));
        assert_eq!(
            schema(json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true})),
            json!({"type": "integer", "exclusiveMinimum": 1})
        );
    }

    #[test]
    fn a_schema_is_renamed_with_its_references() {
        let mut document = json!({
            "components": {"schemas": {"Old": {"x-rust-name": "New"}, "B": {"items": {"$ref": "#/components/schemas/Old"}}}},
        });
        let mut sources = SourceMap::default();
        normalise(&mut document, &mut sources).expect("it can be renamed");
        assert_eq!(
            document["components"]["schemas"]["New"],
            json!({"x-docs-name": "Old"})
        );
        assert_eq!(
            document["components"]["schemas"]["B"]["items"]["$ref"],
            "#/components/schemas/New"
        );
    }

    #[test]
    fn a_name_that_is_taken_is_an_error() {
        let mut document = json!({"components": {"schemas": {"A": {"x-rust-name": "C"}, "B": {"x-rust-name": "C"}}}});
        let error = normalise(&mut document, &mut SourceMap::default())
            .expect_err("C is taken")
            .to_string();
        assert!(
            error.contains("`x-rust-name: C` at /components/schemas/B: another schema"),
            "{error}"
        );
    }

    #[test]
    fn a_dangling_reference_is_an_error_with_its_place() {
        let mut document =
            json!({"components": {"schemas": {"A": {"$ref": "#/components/schemas/X"}}}});
        let error = normalise(&mut document, &mut SourceMap::default())
            .expect_err("X is missing")
            .to_string();
        assert!(
            error
                .starts_with("/components/schemas/A: `$ref: #/components/schemas/X` has no target"),
            "{error}"
        );
    }
}
