//! What of a document users of the crate can see: its parts, as Rust has them.
//!
//! They are read from the lowered document, because whatever lowering drops is nothing to Rust.
//! Where each stands in the published one is found by walking the two side by side.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rules::Part;
use crate::lower::Lowered;
use crate::pointer;

#[path = "../../../partner-api/build/rust_type.rs"]
mod rust_type;

/// Everything that users can see, by a name that does not change with its Rust name.
pub(super) type Surface = BTreeMap<String, Item>;

/// One part.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) part: Part,
    /// The operation or type it belongs to.
    pub(super) owner: Option<String>,
    /// What people call it.
    pub(super) label: String,
    /// Where in the document it is.
    pub(super) pointer: String,
    /// Its name in Rust.
    pub(super) name: String,
    /// Its type, or what kind of type it is.
    pub(super) ty: String,
    pub(super) required: bool,
    pub(super) deprecated: bool,
    pub(super) idempotent: bool,
    /// The method and path.
    pub(super) route: String,
}

impl Item {
    fn new(part: Part, label: String, pointer: String) -> Self {
        Self {
            part,
            owner: None,
            label,
            pointer,
            name: String::new(),
            ty: String::new(),
            required: false,
            deprecated: false,
            idempotent: false,
            route: String::new(),
        }
    }
}

/// Reads the parts of a document, whose lists of parameters are keyed.
pub(super) fn read(document: &Value, lowered: &Lowered) -> Surface {
    let types = &lowered.document["components"]["schemas"];
    let mut reader = Reader {
        document,
        types,
        places: BTreeMap::new(),
        surface: Surface::new(),
    };
    let items = members(&lowered.document["paths"]).flat_map(|(_, item)| members(item));
    for (_, operation) in items {
        let name = text(operation, "operationId");
        if let Some(at) = lowered.operations.get(name) {
            reader.operation(name, operation, at);
        }
    }
    for (name, schema) in members(types) {
        reader.named_type(name, schema);
    }
    reader.surface
}

struct Reader<'a> {
    document: &'a Value,
    /// The lowered schemas.
    types: &'a Value,
    /// Where each of them stands in the document.
    places: BTreeMap<String, String>,
    surface: Surface,
}

impl Reader<'_> {
    fn operation(&mut self, name: &str, operation: &Value, at: &str) {
        let codegen = &operation["x-codegen"];
        let owner = format!("operation {name}");
        self.surface.insert(
            owner.clone(),
            Item {
                name: name.to_owned(),
                deprecated: codegen["deprecated"] == true,
                idempotent: codegen["idempotent"] == true,
                route: route(at),
                ..Item::new(Part::Operation, name.to_owned(), at.to_owned())
            },
        );
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let rust = text(parameter, "name");
            let wire = codegen["wire"][rust].as_str().unwrap_or(rust);
            let key = format!("{} {wire}", text(parameter, "in"));
            let pointer = pointer::join(&format!("{at}/parameters"), &key);
            self.walk(&parameter["schema"], &self.schema_of(&pointer));
            let item = Item {
                owner: Some(owner.clone()),
                name: rust.to_owned(),
                ty: self.ty(&parameter["schema"]),
                required: parameter["required"] == true,
                ..Item::new(Part::Parameter, format!("{name}({rust})"), pointer)
            };
            self.surface.insert(format!("{owner} {key}"), item);
        }
        let answer = self.answer(at, &['2', 'd']);
        let error = self.answer(at, &['4', '5', 'd']);
        let mut whole = |part, what: &str, holder: &Value, pointer: String| {
            let item = Item {
                owner: Some(owner.clone()),
                ty: self.content(holder, &pointer),
                required: holder["required"] == true,
                ..Item::new(part, format!("{name} {what}"), pointer)
            };
            self.surface.insert(format!("{owner} {what}"), item);
        };
        if let Some(body) = operation.get("requestBody") {
            whole(Part::Body, "body", body, format!("{at}/requestBody"));
        }
        for (status, response) in members(&operation["responses"]) {
            match status.as_str() {
                "4XX" => whole(Part::ErrorAnswer, "error", response, error.clone()),
                "5XX" => {}
                _ => whole(Part::Answer, "answer", response, answer.clone()),
            }
        }
    }

    /// The type of a body's content, which is walked.
    fn content(&mut self, holder: &Value, at: &str) -> String {
        let Some((kind, media)) = members(&holder["content"]).next() else {
            return "()".into();
        };
        self.walk(&media["schema"], &self.schema_of(at));
        match kind.as_str() {
            "application/json" if media["schema"]["nullable"] == true => {
                format!("Option<{}>", self.ty(&media["schema"]))
            }
            "application/json" => self.ty(&media["schema"]),
            "application/octet-stream" => "bytes".into(),
            kind => format!("{} as {kind}", self.ty(&media["schema"])),
        }
    }

    fn named_type(&mut self, name: &str, schema: &Value) {
        let codegen = &schema["x-codegen"];
        if codegen.get("query").is_some() {
            // How a parameter is written, which users do not see.
            return;
        }
        let at = self.places.get(name).cloned();
        let at = at.unwrap_or_else(|| pointer::join("/components/schemas", name));
        let owner = format!("type {name}");
        let mut add =
            |part, key: &str, rust: &str, sign: &str, item: &dyn Fn(Item) -> Item, at: String| {
                let new = Item {
                    owner: Some(owner.clone()),
                    name: rust.to_owned(),
                    ..Item::new(part, format!("{name}{sign}{rust}"), at)
                };
                self.surface.insert(format!("{owner} {key}"), item(new));
            };
        let required = |rust: &str| {
            let names = schema["required"].as_array();
            names.is_some_and(|names| names.iter().any(|name| name == rust))
        };
        for (rust, property) in members(&schema["properties"]) {
            let key = wire(rust, property);
            let required = required(rust);
            let item = |item| Item {
                ty: field_type(property, required),
                required,
                deprecated: property["deprecated"] == true,
                ..item
            };
            let place = property_at(self.document, &at, key, 0);
            add(Part::Field, key, rust, ".", &item, place);
        }
        if schema.get("properties").is_some() && schema.get("additionalProperties").is_some() {
            let rest = &schema["additionalProperties"];
            let item = |item| Item {
                ty: format!("map of {}", rust(rest)),
                ..item
            };
            add(
                Part::Field,
                "",
                "extra",
                ".",
                &item,
                format!("{at}/additionalProperties"),
            );
        }
        for variant in codegen["enum"].as_array().into_iter().flatten() {
            let (value, rust) = (text(variant, "value"), text(variant, "name"));
            add(
                Part::Variant,
                value,
                rust,
                "::",
                &|item| item,
                pointer::join(&format!("{at}/enum"), value),
            );
        }
        let alternatives = [&codegen["union"]["variants"], &codegen["alternatives"]];
        for variant in alternatives
            .iter()
            .filter_map(|all| all.as_array())
            .flatten()
        {
            let name = text(variant, "name");
            let ty = variant["type"]
                .as_str()
                .map_or_else(|| rust(&variant["schema"]), str::to_owned);
            let item = |item| Item {
                ty: ty.clone(),
                ..item
            };
            add(Part::Alternative, name, name, "::", &item, at.clone());
        }
        let item = Item {
            name: name.to_owned(),
            ty: kind(schema),
            ..Item::new(Part::Type, name.to_owned(), at)
        };
        self.surface.insert(owner, item);
    }

    /// The Rust type a user gives for a parameter.
    fn ty(&self, schema: &Value) -> String {
        let written =
            reference(schema).map(|name| &self.types[name]["x-codegen"]["query"]["schema"]);
        rust(written.filter(|inner| !inner.is_null()).unwrap_or(schema))
    }

    /// Learns where the types stand that a lowered schema leads to.
    fn walk(&mut self, schema: &Value, at: &str) {
        let at = resolved(self.document, at);
        if let Some(name) = reference(schema) {
            if self.places.contains_key(name) {
                return;
            }
            self.places.insert(name.to_owned(), at.clone());
            let target = &self.types[name];
            if let Some(inner) = target["x-codegen"]["query"].get("schema") {
                self.walk(inner, &at);
            }
            self.walk(target, &at);
            return;
        }
        for (rust, property) in members(&schema["properties"]) {
            self.walk(
                property,
                &property_at(self.document, &at, wire(rust, property), 0),
            );
        }
        for name in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(name) {
                self.walk(inner, &format!("{at}/{name}"));
            }
        }
    }

    /// Where the schema of a parameter, body or answer stands.
    fn schema_of(&self, holder: &str) -> String {
        let at = resolved(self.document, holder);
        let content = self.document.pointer(&format!("{at}/content"));
        match content.and_then(|content| members(content).next()) {
            Some((kind, _)) => format!("{}/schema", pointer::join(&format!("{at}/content"), kind)),
            None => format!("{at}/schema"),
        }
    }

    /// Where an operation's answers of this kind stand.
    fn answer(&self, operation: &str, kinds: &[char]) -> String {
        let at = format!("{operation}/responses");
        let statuses = self.document.pointer(&at).into_iter().flat_map(members);
        let mut statuses = statuses.filter(|(status, _)| status.starts_with(kinds));
        statuses
            .next()
            .map_or(at.clone(), |(status, _)| pointer::join(&at, status))
    }
}

/// The method and path of an operation.
fn route(at: &str) -> String {
    let (path, method) = at
        .trim_start_matches("/paths/")
        .split_once('/')
        .unwrap_or_default();
    format!(
        "{} {}",
        method.to_uppercase(),
        path.replace("~1", "/").replace("~0", "~")
    )
}

/// Follows references, and what is null or one other thing.
fn resolved(document: &Value, at: &str) -> String {
    let mut at = at.to_owned();
    for _ in 0..32 {
        let value = document.pointer(&at).unwrap_or(&Value::Null);
        if let Some(target) = value["$ref"]
            .as_str()
            .and_then(|target| target.strip_prefix('#'))
        {
            at = target.to_owned();
            continue;
        }
        let is_null = |branch: &Value| branch["type"] == "null";
        let only = ["anyOf", "oneOf", "allOf"].iter().find_map(|name| {
            let branches = value[name].as_array()?.iter().enumerate();
            let mut rest = branches.filter(|(_, branch)| !is_null(branch));
            let (index, _) = rest.next()?;
            rest.next()
                .is_none()
                .then(|| format!("{at}/{name}/{index}"))
        });
        match only {
            Some(only) => at = only,
            None => break,
        }
    }
    at
}

/// Where a property of a schema stands, which may be made of several parts.
fn property_at(document: &Value, schema: &str, wire: &str, depth: usize) -> String {
    let own = pointer::join(&format!("{schema}/properties"), wire);
    let parts = document
        .pointer(&format!("{schema}/allOf"))
        .and_then(Value::as_array);
    let parts = 0..parts.filter(|_| depth < 32).map_or(0, Vec::len);
    if document.pointer(&own).is_some() || parts.is_empty() {
        return own;
    }
    let in_part = |index| {
        let part = resolved(document, &format!("{schema}/allOf/{index}"));
        let at = property_at(document, &part, wire, depth + 1);
        document.pointer(&at).is_some().then_some(at)
    };
    parts.into_iter().find_map(in_part).unwrap_or(own)
}

/// What kind of type a lowered schema becomes.
fn kind(schema: &Value) -> String {
    let codegen = &schema["x-codegen"];
    if codegen.get("enum").is_some() {
        "enum of texts".into()
    } else if codegen.get("identifier").is_some() {
        "identifier".into()
    } else if codegen.is_object() {
        "enum".into()
    } else if schema.get("properties").is_some() {
        "struct".into()
    } else {
        format!("wrapper of {}", rust(schema))
    }
}

/// The type of a field, as the finishing pass of the build leaves it.
fn field_type(property: &Value, required: bool) -> String {
    let (ty, codegen) = (rust(property), &property["x-codegen"]);
    let is_collection = matches!(text(property, "type"), "array" | "object");
    if codegen["nullable"] == true {
        format!("Option<Option<{ty}>>")
    } else if codegen["optional"] == true {
        format!("Option<{ty}>")
    } else if (required && property["nullable"] != true) || (!required && is_collection) {
        ty
    } else {
        format!("Option<{ty}>")
    }
}

/// The Rust type of a lowered schema, with short names.
fn rust(schema: &Value) -> String {
    let ty = rust_type::rust_type(schema);
    let paths = [
        "crate::types::",
        "::std::string::",
        "::std::vec::",
        "::std::collections::",
        "::serde_json::",
    ];
    paths.iter().fold(ty, |ty, path| ty.replace(path, ""))
}

fn reference(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str())?;
    pointer::schema_name(reference)
}

fn wire<'a>(rust: &'a str, property: &'a Value) -> &'a str {
    property["x-codegen"]["wire"].as_str().unwrap_or(rust)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
