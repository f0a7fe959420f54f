//! The fourth stage: from a mix of OpenAPI 3.0 and 3.1 to OpenAPI 3.1.
//!
//! The fragments state version 3.1 but use keywords of 3.0, which are rewritten. Schemas get the names
//! that the overlay sets with `x-rust-name`. Normalising is idempotent.

mod keywords;
mod names;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::document::source_map::SourceMap;
use crate::document::visit::{dangling_references, for_each_schema};
use keywords::{example, exclusive_bounds, null_or_this, nullable, plain_reference, type_name};
use names::rename_schemas;

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
    rename_schemas(document, sources).map_err(|invalid| Error::Name {
        place: sources.prefix(&invalid.pointer),
        name: invalid.name,
        pointer: invalid.pointer,
        reason: invalid.reason,
    })?;

    let mut corrections = Corrections::new();
    for parameter in parameters(document) {
        if json_content(parameter) {
            *corrections.entry("schema → JSON content").or_default() += 1;
        }
    }
    for_each_schema(document, &mut |at, schema| {
        if let Value::Object(schema) = schema {
            let mut count = |kind| *corrections.entry(kind).or_default() += 1;
            type_name(schema, &mut count);
            null_or_this(schema, &mut count);
            nullable(at, schema, &mut count);
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

fn dangling(references: &[(String, String)]) -> String {
    let lines: Vec<_> = references
        .iter()
        .map(|(place, reference)| match reference.starts_with('#') {
            false => format!(
                "{place}: `$ref: {reference}` refers to another document, which is not read; correct the \
                 reference in the overlay, or publish one document"
            ),
            true => format!(
                "{place}: `$ref: {reference}` has no target in this document; fetch the page again, or \
                 correct the reference in the overlay"
            ),
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
    fn a_type_that_openapi_does_not_have_is_the_one_that_it_means() {
        for (published, meant) in [
            (json!({"type": "String"}), json!({"type": "string"})),
            (
                json!({"type": "date"}),
                json!({"type": "string", "format": "date"}),
            ),
            (
                json!({"type": "DateTime", "nullable": true}),
                json!({"type": ["string", "null"], "format": "date-time"}),
            ),
            (json!({"type": "int"}), json!({"type": "integer"})),
            (json!({"type": "odd"}), json!({"type": "odd"})),
        ] {
            assert_eq!(schema(published), meant);
        }
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
