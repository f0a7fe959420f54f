//! The fourth stage: real OpenAPI 3.1.
//!
//! The fragments say 3.1 but are written in the words of 3.0. What 3.1 says differently is said
//! its way, and `x-rust-name` gives schemas the names the overlay chose. Running it twice changes
//! nothing more.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::document::source_map::SourceMap;
use crate::document::visit::{dangling_references, for_each_reference, for_each_schema};

/// Why a document cannot be normalised.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// References lead nowhere.
    #[error("{}", nowhere(.0))]
    Dangling(Vec<(String, String)>),
    /// A name from the overlay is taken, or is no name.
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

/// How many corrections of each kind were made.
pub type Corrections = BTreeMap<&'static str, usize>;

/// Rewrites the document as OpenAPI 3.1.
///
/// # Errors
/// When a `$ref` leads nowhere or a name from the overlay cannot be given.
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

/// The parameters of all operations, and those they share.
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

/// What the overlay marks with `x-json` is JSON in one parameter, which is `content` in OpenAPI.
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

/// Gives schema components the names the overlay chose, everywhere they are referred to.
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
        let refuse = |reason| {
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
            // A published name is the provider's to choose; one of ours is not.
            if name != old {
                return refuse(
                    "not a name for a schema: expected letters, digits, `.`, `_` or `-`",
                );
            }
        }
        if renamed.contains_key(&name) {
            return refuse("another schema has this name; choose a different one in the overlay");
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

/// `anyOf: [$ref, {type: object, nullable: true}]` is how the fragments say "null or this".
fn null_or_this(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    for keyword in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = schema.get_mut(keyword) else {
            continue;
        };
        let placeholder = |branch: &Value| {
            // Inner schemas come first, so its `nullable` is a type array by now.
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

/// 3.0's `nullable` is a type of its own in 3.1.
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

/// 3.0 marks a bound as exclusive; in 3.1 the exclusive bound is a number.
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

/// In 3.0 a `$ref` could have no siblings, so it was wrapped in `allOf`.
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

/// 3.1 has `examples`.
fn example(schema: &mut Map<String, Value>, count: &mut impl FnMut(&'static str)) {
    if let Some(value) = schema.shift_remove("example") {
        schema.entry("examples").or_insert_with(|| json!([value]));
        count("example → examples");
    }
}

fn nowhere(dangling: &[(String, String)]) -> String {
    let lines: Vec<_> = dangling
        .iter()
        .map(|(place, reference)| {
            format!(
                "{place}: `$ref: {reference}` leads nowhere; expected a part of this document; \
                 get the page again or correct the reference in the overlay"
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
    fn null_or_this_becomes_null_or_this() {
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
    fn words_of_3_0_become_words_of_3_1() {
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
    fn a_reference_to_nowhere_is_an_error_with_its_place() {
        let mut document =
            json!({"components": {"schemas": {"A": {"$ref": "#/components/schemas/X"}}}});
        let error = normalise(&mut document, &mut SourceMap::default())
            .expect_err("X is missing")
            .to_string();
        assert!(
            error
                .starts_with("/components/schemas/A: `$ref: #/components/schemas/X` leads nowhere"),
            "{error}"
        );
    }
}
