//! Visiting every schema and every reference of a document.

use serde_json::Value;

use crate::document::pointer;

/// The methods a path item can have.
pub(crate) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Calls `visit` with the pointer and value of every schema in the document, inner ones first.
pub(crate) fn for_each_schema(document: &mut Value, visit: &mut impl FnMut(&str, &mut Value)) {
    let mut walk = Walk { visit };
    if let Some(components) = document
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        for (kind, members) in components {
            let Some(members) = members.as_object_mut() else {
                continue;
            };
            for (name, value) in members {
                let at = pointer::join(&pointer::join("/components", kind), name);
                match kind.as_str() {
                    "schemas" => walk.schema(&at, value),
                    "pathItems" => walk.path_item(&at, value),
                    "callbacks" => walk.callback(&at, value),
                    _ => walk.holder(&at, value),
                }
            }
        }
    }
    for name in ["paths", "webhooks"] {
        for (path, item) in object(document, name) {
            walk.path_item(&pointer::join(&format!("/{name}"), path), item);
        }
    }
}

/// What a reference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// A `$ref`, which stands for its target.
    Ref,
    /// What a value of a discriminator selects.
    Mapping,
}

/// Calls `visit` with the pointer and value of every reference in the document.
pub(crate) fn for_each_reference(
    document: &mut Value,
    visit: &mut impl FnMut(&str, Reference, &mut String),
) {
    references("", document, false, visit);
}

/// `named` means that the members of `value` are names chosen by the provider, so none is a keyword.
fn references(
    at: &str,
    value: &mut Value,
    named: bool,
    visit: &mut impl FnMut(&str, Reference, &mut String),
) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(reference) if name == "$ref" && !named => {
                        visit(at, Reference::Ref, reference);
                    }
                    // A discriminator's `mapping` has references or plain names.
                    Value::Object(targets) if name == "mapping" && !named => {
                        let at = pointer::join(at, name);
                        for (value, target) in targets {
                            if let Value::String(target) = target
                                && target.starts_with('#')
                            {
                                visit(&pointer::join(&at, value), Reference::Mapping, target);
                            }
                        }
                    }
                    // Literal values and extensions are not part of the schema.
                    _ if (VALUES.contains(&name.as_str()) || name.starts_with("x-")) && !named => {}
                    value => {
                        let named = !named && MAPS.contains(&name.as_str());
                        references(&pointer::join(at, name), value, named, visit);
                    }
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                references(&format!("{at}/{index}"), item, false, visit);
            }
        }
        _ => {}
    }
}

/// The keywords whose value is literal data.
pub(crate) const VALUES: [&str; 5] = ["example", "examples", "default", "const", "enum"];

/// The keywords whose value is an object with names chosen by the provider.
pub(crate) const MAPS: [&str; 18] = [
    "$defs",
    "callbacks",
    "content",
    "definitions",
    "dependentSchemas",
    "encoding",
    "headers",
    "links",
    "parameters",
    "pathItems",
    "paths",
    "patternProperties",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "securitySchemes",
    "webhooks",
];

/// The `$ref`s without a target in the document, each with its pointer.
#[must_use]
pub(crate) fn dangling_references(document: &mut Value) -> Vec<(String, String)> {
    let mut references = Vec::new();
    for_each_reference(document, &mut |at, kind, reference| {
        if kind == Reference::Ref {
            references.push((at.to_owned(), reference.clone()));
        }
    });
    references.retain(|(_, reference)| pointer::resolve(document, reference).is_none());
    references
}

fn object<'a>(
    value: &'a mut Value,
    name: &str,
) -> impl Iterator<Item = (&'a String, &'a mut Value)> {
    value
        .get_mut(name)
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
}

struct Walk<'a, F> {
    visit: &'a mut F,
}

impl<F: FnMut(&str, &mut Value)> Walk<'_, F> {
    fn path_item(&mut self, at: &str, item: &mut Value) {
        self.array(at, item, "parameters", Self::holder);
        for method in METHODS {
            let Some(operation) = item.get_mut(method) else {
                continue;
            };
            let at = pointer::join(at, method);
            self.array(&at, operation, "parameters", Self::holder);
            if let Some(body) = operation.get_mut("requestBody") {
                self.holder(&format!("{at}/requestBody"), body);
            }
            for (status, response) in object(operation, "responses") {
                self.holder(&pointer::join(&format!("{at}/responses"), status), response);
            }
            for (name, callback) in object(operation, "callbacks") {
                let at = pointer::join(&format!("{at}/callbacks"), name);
                self.callback(&at, callback);
            }
        }
    }

    /// The path items of a callback, by the expressions of their URLs.
    fn callback(&mut self, at: &str, callback: &mut Value) {
        for (path, item) in callback.as_object_mut().into_iter().flatten() {
            self.path_item(&pointer::join(at, path), item);
        }
    }

    /// A parameter, header, request body or response, which has `schema`, `content` or `headers`.
    fn holder(&mut self, at: &str, holder: &mut Value) {
        if let Some(schema) = holder.get_mut("schema") {
            self.schema(&format!("{at}/schema"), schema);
        }
        for name in ["content", "headers"] {
            for (key, value) in object(holder, name) {
                self.holder(&pointer::join(&format!("{at}/{name}"), key), value);
            }
        }
    }

    fn schema(&mut self, at: &str, schema: &mut Value) {
        for name in [
            "properties",
            "patternProperties",
            "$defs",
            "definitions",
            "dependentSchemas",
        ] {
            for (key, value) in object(schema, name) {
                self.schema(&pointer::join(&format!("{at}/{name}"), key), value);
            }
        }
        for name in ["allOf", "anyOf", "oneOf", "prefixItems"] {
            self.array(at, schema, name, Self::schema);
        }
        for name in SINGLE {
            if let Some(value) = schema.get_mut(name) {
                self.schema(&format!("{at}/{name}"), value);
            }
        }
        (self.visit)(at, schema);
    }

    fn array(
        &mut self,
        at: &str,
        holder: &mut Value,
        name: &str,
        each: fn(&mut Self, &str, &mut Value),
    ) {
        let items = holder
            .get_mut(name)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for (index, item) in items.enumerate() {
            each(self, &format!("{at}/{name}/{index}"), item);
        }
    }
}

/// The keywords whose value is one schema.
const SINGLE: [&str; 11] = [
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "contentSchema",
    "unevaluatedItems",
    "unevaluatedProperties",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_schema_is_visited_and_nothing_else() {
        let mut document = json!({
            "components": {
                "schemas": {"A": {"properties": {"schema": {"items": {}}}, "example": {"schema": {}}}},
                "parameters": {"P": {"schema": {}}},
                "responses": {"R": {"content": {"application/json": {"schema": {}}}}},
            },
            "paths": {"/a": {"get": {
                "parameters": [{"schema": {}}],
                "responses": {"200": {"headers": {"X": {"schema": {}}}}},
            }}},
        });
        let mut seen = Vec::new();
        for_each_schema(&mut document, &mut |at, _| seen.push(at.to_owned()));
        assert_eq!(
            seen,
            [
                "/components/schemas/A/properties/schema/items",
                "/components/schemas/A/properties/schema",
                "/components/schemas/A",
                "/components/parameters/P/schema",
                "/components/responses/R/content/application~1json/schema",
                "/paths/~1a/get/parameters/0/schema",
                "/paths/~1a/get/responses/200/headers/X/schema",
            ]
        );
    }

    #[test]
    fn dangling_references_are_found_with_their_pointer() {
        let mut document = json!({"a": {"$ref": "#/b"}, "b": {"items": {"$ref": "#/c/d"}}, "example": {"$ref": "#/x"}});
        assert_eq!(
            dangling_references(&mut document),
            [("/b/items".to_owned(), "#/c/d".to_owned())]
        );
    }

    #[test]
    fn extension_members_have_no_references() {
        let mut document = json!({"a": {"x-policy": {"$ref": "../policies.yaml"}}, "properties": {"x-name": {"$ref": "#/x"}}});
        assert_eq!(
            dangling_references(&mut document),
            [("/properties/x-name".to_owned(), "#/x".to_owned())]
        );
    }

    #[test]
    fn a_mapping_may_dangle() {
        let mut document = json!({"discriminator": {"mapping": {"a": "#/x", "b": "B"}}});
        assert_eq!(dangling_references(&mut document), []);
    }

    #[test]
    fn a_response_called_default_is_not_a_literal_value() {
        let mut document = json!({"responses": {"default": {"$ref": "#/x"}}, "properties": {"$ref": {"default": {"$ref": "#/y"}}}});
        assert_eq!(
            dangling_references(&mut document),
            [("/responses/default".to_owned(), "#/x".to_owned())]
        );
    }
}
