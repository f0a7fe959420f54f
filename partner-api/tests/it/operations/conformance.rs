//! The Rust types match the document (feature `schemars`).
//!
//! For every schema of `openapi/partner-api.json`, the JSON Schema of the Rust type of that name
//! has the same properties, with the same types, references, values, descriptions and
//! deprecations. The intended differences:
//!
//! - null: every property may be null in Rust, because the API sends undocumented nulls;
//! - `required`: only the items of a page are required in Rust, because the API omits properties
//!   that are documented as required;
//! - `additionalProperties: false`: Rust accepts undocumented properties, and sends undocumented
//!   filters;
//! - `format` of a string (`email`, `uri`): Rust accepts any string;
//! - `format` of a number: an integer without one is an `int64` in Rust, a number a `double`;
//! - the value `unknown` of an enum is its variant for values that are not known;
//! - an inline enum or string (`x-rust-type`) is a named type in Rust;
//! - descriptions: in Rust, brackets have a backslash and addresses are in angle brackets, as
//!   rustdoc requires; a description of an array's items is lost.

use std::collections::{BTreeMap, BTreeSet};

use partner_api::types;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use crate::support::json::document;

/// Names and JSON Schemas of Rust types. Each schema is complete, with references by name.
macro_rules! schemas_of {
    ($($name:ident),* $(,)?) => {
        BTreeMap::from([$((stringify!($name), schema_of::<types::$name>())),*])
    };
}

fn schema_of<T: JsonSchema>() -> Value {
    T::json_schema(&mut SchemaGenerator::default()).into()
}

/// The type of every component that is an object.
fn components() -> BTreeMap<&'static str, Value> {
    schemas_of![
        AccountSharingSettings,
        Channel,
        ChannelSettings,
        ChannelSetupInfo,
        ChannelThroughput,
        ClientAccount,
        ClientFilters,
        ClientList,
        ClientMetaInfo,
        ClientUpdate,
        ContactInfo,
        ContactUser,
        ErrorResponse,
        ErrorResponseMeta,
        Partner,
        PartnerChangeRequest,
        PartnerChangeRequestFilters,
        PartnerChangeRequestList,
        PartnerChangeRequestSettings,
        PartnerIoSecureSettings,
        PartnerSettings,
        PartnerUpdate,
    ]
}

/// The type of every enum: a component, or inline in a schema or parameter.
fn enums() -> BTreeMap<&'static str, Value> {
    schemas_of![
        ChannelAccountMode,
        ChannelAvailability,
        ChannelHubStatus,
        ChannelStatus,
        ClientSort,
        PartnerChangeRequestSort,
        PartnerChangeRequestStatus,
        QualityRating,
        SolutionStatus,
        VerificationMethod
    ]
}

/// The parts of a property that are the same in the document and in Rust.
#[derive(Debug, PartialEq)]
struct Property {
    shape: Shape,
    deprecated: bool,
}

#[derive(Debug, PartialEq)]
enum Shape {
    Anything,
    Named(String),
    Text,
    Boolean,
    Number(String),
    List(Box<Shape>),
    Map(Box<Shape>),
    /// A schema that this test does not understand. It is equal to nothing.
    Unknown(Value),
}

impl Shape {
    fn of(schema: &Value) -> Self {
        let unknown = || Self::Unknown(schema.clone());
        let Value::Object(keywords) = schema else {
            return if *schema == Value::Bool(true) {
                Self::Anything
            } else {
                unknown()
            };
        };
        let mut keywords = keywords.clone();
        keywords.retain(|name, _| {
            !matches!(
                name.as_str(),
                "description" | "deprecated" | "default" | "x-rust-name"
            )
        });

        if let Some(Value::String(name)) = keywords.remove("x-rust-type") {
            return Self::Named(name);
        }
        keywords.remove("enum");
        if keywords.contains_key("$ref") && keywords.get("type").is_some_and(|it| it == "string") {
            // An enum, of which the published property says no more.
            keywords.remove("type");
        }
        let format = keywords.remove("format");
        let format = |default: &str| {
            format
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or(default)
                .to_owned()
        };
        let of = |name: &str| keywords.get(name).map_or(Self::Anything, Self::of);
        let kind = match &keywords.get("type") {
            Some(Value::Array(kinds)) => match &kinds
                .iter()
                .filter(|kind| **kind != "null")
                .collect::<Vec<_>>()[..]
            {
                [kind] => kind.as_str(),
                _ => return unknown(),
            },
            kind => kind.and_then(Value::as_str),
        };
        let names: Vec<_> = keywords.keys().map(String::as_str).collect();
        match (kind, names.as_slice()) {
            (None, []) => Self::Anything,
            (None, ["$ref"]) => match keywords["$ref"]
                .as_str()
                .and_then(|path| path.rsplit('/').next())
            {
                Some(name) => Self::Named(name.to_owned()),
                None => unknown(),
            },
            (None, ["anyOf"]) => {
                let null = serde_json::json!({"type": "null"});
                let choices = keywords["anyOf"].as_array().into_iter().flatten();
                match choices
                    .filter(|choice| **choice != null)
                    .collect::<Vec<_>>()[..]
                {
                    [choice] => Self::of(choice),
                    _ => unknown(),
                }
            }
            (Some("string"), ["type"]) => Self::Text,
            (Some("boolean"), ["type"]) => Self::Boolean,
            (Some("integer"), ["type"]) => Self::Number(format("int64")),
            (Some("number"), ["type"]) => Self::Number(format("double")),
            (Some("array"), ["items", "type"] | ["type", "items"]) => {
                Self::List(Box::new(of("items")))
            }
            (
                Some("object"),
                ["additionalProperties", "type"] | ["type", "additionalProperties"],
            ) => Self::Map(Box::new(of("additionalProperties"))),
            _ => unknown(),
        }
    }
}

fn properties(schema: &Value) -> BTreeMap<&str, Property> {
    let properties = schema["properties"]
        .as_object()
        .expect("an object with properties");
    let of = |schema: &Value| Property {
        shape: Shape::of(schema),
        deprecated: schema["deprecated"] == true,
    };
    properties
        .iter()
        .map(|(name, schema)| (name.as_str(), of(schema)))
        .collect()
}

/// A description in the form of the document.
fn description(schema: &Value) -> Option<String> {
    let text = schema["description"].as_str()?;
    Some(
        text.replace("\\[", "[")
            .replace("\\]", "]")
            .replace("<http", "http")
            .replace('>', ""),
    )
}

/// The published values, without null.
fn values(schema: &Value) -> Vec<&str> {
    schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Every enum, by the name of its type.
fn documented_enums(document: &Value) -> BTreeMap<String, Vec<Value>> {
    let mut found = BTreeMap::new();
    inline_enums(document, &mut found);
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if schema.get("enum").is_some() {
            found.entry(name.clone()).or_default().push(schema.clone());
        }
    }
    found
}

/// Every inline enum, by the name of its type.
fn inline_enums(value: &Value, found: &mut BTreeMap<String, Vec<Value>>) {
    if let (Some(name), Some(_)) = (value["x-rust-type"].as_str(), value.get("enum")) {
        found
            .entry(name.to_owned())
            .or_default()
            .push(value.clone());
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| inline_enums(item, found)),
        Value::Object(members) => members
            .values()
            .for_each(|member| inline_enums(member, found)),
        _ => {}
    }
}

#[test]
fn every_component_is_a_type_and_every_type_a_component() {
    let document = document();
    let documented: BTreeSet<_> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, schema)| schema.get("enum").is_none())
        .map(|(name, _)| name.clone())
        .collect();
    let typed: BTreeSet<_> = components().into_keys().map(str::to_owned).collect();
    assert_eq!(
        typed, documented,
        "add it to the list in this file, or remove it"
    );

    let documented: BTreeSet<_> = documented_enums(&document).into_keys().collect();
    let typed: BTreeSet<_> = enums().into_keys().map(str::to_owned).collect();
    assert_eq!(
        typed, documented,
        "add it to the list in this file, or remove it"
    );
}

#[test]
fn every_type_has_the_documented_properties() {
    let document = document();
    for (name, schema) in components() {
        let documented = &document["components"]["schemas"][name];
        assert_eq!(schema["type"], documented["type"], "{name}");
        assert_eq!(properties(&schema), properties(documented), "{name}");
    }
}

#[test]
fn this_test_understands_every_schema() {
    let document = document();
    let components = document["components"]["schemas"].as_object().unwrap();
    let objects = components
        .iter()
        .filter(|(_, schema)| schema.get("enum").is_none());
    for (name, documented) in objects {
        for (property, Property { shape, .. }) in properties(documented) {
            assert!(
                !format!("{shape:?}").contains("Unknown"),
                "{name}.{property}: {shape:?}"
            );
        }
    }
}

#[test]
fn every_type_accepts_missing_and_new_fields() {
    for (name, schema) in components() {
        // A page without its items is invalid, not empty.
        let required = match name {
            "ClientList" => json!(["clients"]),
            "PartnerChangeRequestList" => json!(["partner_change_requests"]),
            _ => Value::Null,
        };
        assert_eq!(schema["required"], required, "{name}");
        // Responses keep undocumented members, and filters may have them. A body that is only sent has
        // none.
        let further = (!name.ends_with("Update")).then_some(&Value::Bool(true));
        assert_eq!(schema.get("additionalProperties"), further, "{name}");
    }
}

#[test]
fn every_description_is_the_documented_one() {
    let document = document();
    for (name, schema) in components() {
        let documented = &document["components"]["schemas"][name];
        assert_eq!(description(&schema), description(documented), "{name}");
        for (property, documented) in documented["properties"].as_object().unwrap() {
            let schema = &schema["properties"][property];
            assert_eq!(
                description(schema),
                description(documented),
                "{name}.{property}"
            );
        }
    }
}

#[test]
fn every_enum_has_the_documented_values() {
    let documented_enums = documented_enums(&document());
    for (name, schema) in enums() {
        for documented in &documented_enums[name] {
            assert_eq!(schema["type"], "string", "{name}");
            let mut documented = values(documented);
            documented.retain(|value| *value != "unknown");
            assert_eq!(values(&schema), documented, "{name}");
            assert!(!values(&schema).is_empty(), "{name}");
        }
    }
}

#[test]
fn every_builder_has_an_example() {
    let examples = include_str!("../../../src/builders.md");
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().filter_map(Value::as_object).flatten();
    for (_, operation) in operations.filter(|(_, it)| it.get("operationId").is_some()) {
        let id = operation["operationId"].as_str().unwrap();
        let words = id.split('_').map(|word| word.split_at(1));
        let builder = words.fold(String::new(), |name, (first, rest)| {
            name + &first.to_uppercase() + rest
        });
        let section = examples.split(&format!("# `{builder}`\n")).nth(1);
        let call = format!(".{id}()");
        assert!(section.is_some_and(|it| it.contains(&call)), "{builder}");
    }
}
