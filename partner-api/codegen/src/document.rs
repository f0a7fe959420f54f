//! The lowered document, with its extensions read.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::contract::{
    Body, DocumentExtension, EnumValue, Error, Extension, OperationExtension, PropertyExtension,
    SchemaExtension,
};

/// A lowered document.
#[derive(Debug)]
pub struct Document<'a> {
    /// The title of the API.
    pub title: &'a str,
    /// What holds for the document as a whole.
    pub extension: DocumentExtension,
    /// The operations, in the order of the document.
    pub operations: Vec<Operation<'a>>,
    /// The components by name.
    pub schemas: BTreeMap<&'a str, Schema<'a>>,
}

/// An operation of the document.
#[derive(Debug)]
pub struct Operation<'a> {
    /// The name of its method.
    pub id: &'a str,
    /// The method of HTTP, in lower case.
    pub method: &'a str,
    /// The path, with Rust names in its braces, and without its fragment.
    pub path: &'a str,
    /// The OpenAPI operation.
    pub value: &'a Value,
    /// What OpenAPI cannot express of it.
    pub extension: OperationExtension,
}

/// A component of the document.
#[derive(Debug)]
pub struct Schema<'a> {
    /// The OpenAPI schema.
    pub value: &'a Value,
    /// What OpenAPI cannot express of it.
    pub extension: Option<SchemaExtension>,
    /// The properties of an object by their Rust names, in the order of the document.
    pub properties: Vec<Property<'a>>,
}

/// A property of a component.
#[derive(Debug)]
pub struct Property<'a> {
    /// The name in Rust.
    pub name: &'a str,
    /// The OpenAPI schema.
    pub value: &'a Value,
    /// Whether the object must have it.
    pub required: bool,
    /// What OpenAPI cannot express of it.
    pub extension: PropertyExtension,
}

/// A path without its fragment, which distinguishes operations that are sent to the same address.
pub(crate) fn without_fragment(path: &str) -> &str {
    path.split_once('#').map_or(path, |(path, _)| path)
}

impl<'a> Document<'a> {
    /// Reads a lowered document.
    ///
    /// # Errors
    ///
    /// If an extension breaks the contract.
    pub fn read(document: &'a Value) -> Result<Self, Error> {
        let mut operations = Vec::new();
        for (path, item) in members(&document["paths"]) {
            let path = without_fragment(path);
            for (method, value) in members(item) {
                let id = text(value, "operationId");
                let place = format!("the operation {id}");
                operations.push(Operation {
                    id,
                    method,
                    path,
                    value,
                    extension: OperationExtension::read(value, &place)?.unwrap_or_default(),
                });
            }
        }
        let mut schemas = BTreeMap::new();
        for (name, value) in members(&document["components"]["schemas"]) {
            schemas.insert(name.as_str(), Schema::read(name, value)?);
        }
        Ok(Self {
            title: text(&document["info"], "title"),
            extension: DocumentExtension::read(document, "the document")?.unwrap_or_default(),
            operations,
            schemas,
        })
    }

    /// The component that a schema refers to.
    #[must_use]
    pub fn referred(&self, schema: &Value) -> Option<&Schema<'a>> {
        self.schemas.get(reference(schema)?)
    }
}

impl<'a> Operation<'a> {
    /// What is special about the body of the request.
    #[must_use]
    pub fn body(&self) -> Body {
        self.extension.body.clone().unwrap_or_default()
    }

    /// The parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.value["parameters"].as_array().into_iter().flatten()
    }

    /// The parameter with a Rust name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'a Value> {
        self.parameters()
            .find(|parameter| parameter["name"] == name)
    }

    /// The name of a parameter in HTTP.
    #[must_use]
    pub fn wire_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.extension.wire.get(name).map_or(name, String::as_str)
    }

    /// Whether a parameter is part of the path.
    #[must_use]
    pub fn has_in_path(&self, name: &str) -> bool {
        self.parameters()
            .any(|parameter| parameter["in"] == "path" && parameter["name"] == name)
    }
}

impl<'a> Schema<'a> {
    fn read(name: &str, value: &'a Value) -> Result<Self, Error> {
        let required = value["required"].as_array();
        let is_required =
            |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
        let mut properties = Vec::new();
        for (property, value) in members(&value["properties"]) {
            let place = format!("the property {name}.{property}");
            properties.push(Property {
                name: property,
                value,
                required: is_required(property),
                extension: PropertyExtension::read(value, &place)?.unwrap_or_default(),
            });
        }
        Ok(Self {
            value,
            extension: SchemaExtension::read(value, &format!("the schema {name}"))?,
            properties,
        })
    }

    /// The property with a Rust name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Property<'a>> {
        self.properties
            .iter()
            .find(|property| property.name == name)
    }

    /// The values of an enum of strings.
    #[must_use]
    pub fn enum_values(&self) -> Option<&[EnumValue]> {
        match &self.extension {
            Some(SchemaExtension::Enum { values, .. }) => Some(values),
            _ => None,
        }
    }
}

impl Property<'_> {
    /// The name in JSON.
    #[must_use]
    pub fn wire_name(&self) -> &str {
        self.extension.wire.as_deref().unwrap_or(self.name)
    }
}

/// The component that a schema refers to, with or without a description of its own.
#[must_use]
pub fn reference(schema: &Value) -> Option<&str> {
    let reference = schema
        .get("$ref")
        .or_else(|| schema.pointer("/allOf/0/$ref"));
    reference?.as_str()?.rsplit('/').next()
}

/// A string member, or an empty string.
#[must_use]
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
