//! What of a document users of the crate can see: its parts, as Rust has them.
//!
//! They are read from the lowered document, because whatever lowering drops is nothing to Rust.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::canonical::parameter_key;
use super::locate::Locator;
use super::rules::Part;
use super::rust_types::{self, members, reference, text, wire};
use crate::document::pointer;
use crate::pipeline::lower::Lowered;

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
    /// Where a field that is sent is said to be one that the API does not take.
    pub(super) read_only: Option<String>,
    /// The method of HTTP, and the path.
    pub(super) method: String,
    pub(super) path: String,
    /// What it is called in HTTP or JSON, and in which part of the request it stands.
    pub(super) wire: String,
    pub(super) location: String,
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
            read_only: None,
            method: String::new(),
            path: String::new(),
            wire: String::new(),
            location: String::new(),
        }
    }
}

/// Reads the parts of a document, whose lists of parameters are keyed.
pub(super) fn read(document: &Value, lowered: &Lowered) -> Surface {
    let types = &lowered.document["components"]["schemas"];
    let mut reader = Reader {
        types,
        sent: sent(&lowered.document),
        places: Locator::new(document, types),
        surface: Surface::new(),
    };
    let items = members(&lowered.document["paths"]).flat_map(|(_, item)| members(item));
    for (_, operation) in items {
        let name = text(operation, "operationId");
        if let Some(at) = lowered.operations.get(name) {
            reader.operation(name, operation, at);
            reader.stream(&lowered.document, name, operation, at);
        }
    }
    for (name, schema) in members(types) {
        // How a parameter is written is nothing that users see.
        if schema["x-codegen"].get("query").is_none() {
            reader.named_type(name, schema);
        }
    }
    let handles = lowered.document["x-codegen"]["handles"].as_array();
    for handle in handles.into_iter().flatten() {
        let name = text(handle, "name");
        let place = format!("/x-rust-scopes/{name}");
        let item = Item::new(Part::Handle, format!("client.{name}()"), place);
        let item = reader.add(&format!("handle {name}"), item);
        item.name = name.to_owned();
        item.ty = rust_types::name(&handle["schema"]);
    }
    reader.surface
}

struct Reader<'a> {
    /// The lowered schemas.
    types: &'a Value,
    /// The types that requests have in them.
    sent: BTreeSet<String>,
    places: Locator<'a>,
    surface: Surface,
}

impl Reader<'_> {
    fn operation(&mut self, name: &str, operation: &Value, at: &str) {
        let codegen = &operation["x-codegen"];
        let owner = format!("operation {name}");
        let item = self.add(&owner, Item::new(Part::Operation, name.into(), at.into()));
        item.name = name.to_owned();
        item.deprecated = codegen["deprecated"] == true;
        item.idempotent = codegen["idempotent"] == true;
        (item.method, item.path) = route(at);

        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let rust = text(parameter, "name");
            let wire = codegen["wire"][rust].as_str().unwrap_or(rust);
            let location = text(parameter, "in");
            let key = parameter_key(location, wire);
            let place = pointer::join(&format!("{at}/parameters"), &key);
            self.places.walk_holder(&parameter["schema"], &place);
            let ty = self.given(&parameter["schema"]);
            let item = Item::new(Part::Parameter, format!("{name}({rust})"), place);
            let item = self.add_to(&owner, &key, item);
            item.name = rust.to_owned();
            item.ty = ty;
            item.required = parameter["required"] == true;
            item.wire = wire.to_owned();
            item.location = location.to_owned();
        }
        if let Some(body) = operation.get("requestBody") {
            self.whole(
                Part::Body,
                &owner,
                "body",
                body,
                format!("{at}/requestBody"),
            );
        }
        for (status, response) in members(&operation["responses"]) {
            let (part, what, statuses) = match status.as_str() {
                "4XX" => (Part::ErrorResponse, "error", ['4', '5', 'd']),
                "5XX" => continue,
                _ => (Part::Response, "response", ['2', 'd', 'd']),
            };
            let place = self.places.answer(at, &statuses);
            self.whole(part, &owner, what, response, place);
            if status.starts_with('2') {
                let place = pointer::join(&format!("{at}/responses"), status);
                let item = Item::new(Part::Status, format!("{name} {status}"), place);
                self.add_to(&owner, &format!("status {status}"), item);
            }
        }
    }

    /// The whole list that an operation gives.
    fn stream(&mut self, document: &Value, name: &str, operation: &Value, at: &str) {
        let Some(rows) = rust_types::rows(document, operation) else {
            return;
        };
        let owner = format!("operation {name}");
        // The parts of the answer tell their own changes.
        let place = format!("{at}/x-stream");
        let item = Item::new(Part::Stream, format!("{name}().stream()"), place);
        self.add_to(&owner, "stream", item).ty = rows;
    }

    /// A body or an answer.
    fn whole(&mut self, part: Part, owner: &str, what: &str, holder: &Value, at: String) {
        let ty = match members(&holder["content"]).next() {
            None => "()".into(),
            Some((kind, media)) => {
                let schema = &media["schema"];
                self.places.walk_holder(schema, &at);
                match kind.as_str() {
                    "application/json" if schema["nullable"] == true => {
                        format!("Option<{}>", rust_types::name(schema))
                    }
                    "application/json" => rust_types::name(schema),
                    kind => format!("{} as {kind}", rust_types::name(schema)),
                }
            }
        };
        let name = owner.trim_start_matches("operation ");
        let item = Item::new(part, format!("{name} {what}"), at);
        let item = self.add_to(owner, what, item);
        item.ty = ty;
        item.required = holder["required"] == true;
    }

    fn named_type(&mut self, name: &str, schema: &Value) {
        let codegen = &schema["x-codegen"];
        let owner = format!("type {name}");
        let at = self.places.of_type(name);
        let item = self.add(&owner, Item::new(Part::Type, name.into(), at.clone()));
        item.name = name.to_owned();
        item.ty = rust_types::kind(schema);

        let required = schema["required"].as_array();
        let is_required =
            |rust: &str| required.is_some_and(|names| names.iter().any(|name| name == rust));
        for (rust, property) in members(&schema["properties"]) {
            let key = wire(rust, property);
            let place = self.places.property(&at, key);
            let read_only = self.places.read_only(&place);
            let read_only = read_only.filter(|_| self.sent.contains(name));
            let item = Item::new(Part::Field, format!("{name}.{rust}"), place);
            let item = self.add_to(&owner, key, item);
            item.name = rust.clone();
            item.required = is_required(rust);
            item.ty = rust_types::field(property, item.required);
            item.deprecated = property["deprecated"] == true;
            item.read_only = read_only;
            item.wire = key.to_owned();
        }
        if let (Some(_), Some(rest)) =
            (schema.get("properties"), schema.get("additionalProperties"))
        {
            let place = format!("{at}/additionalProperties");
            let item = Item::new(Part::Field, format!("{name}.extra"), place);
            self.add_to(&owner, "", item).ty = format!("map of {}", rust_types::name(rest));
        }
        for variant in codegen["enum"].as_array().into_iter().flatten() {
            let (value, rust) = (text(variant, "value"), text(variant, "name"));
            let place = pointer::join(&format!("{at}/enum"), value);
            let item = Item::new(Part::Variant, format!("{name}::{rust}"), place);
            let item = self.add_to(&owner, value, item);
            item.name = rust.to_owned();
            item.wire = value.to_owned();
        }
        let alternatives = [&codegen["union"]["variants"], &codegen["alternatives"]];
        for variant in alternatives
            .iter()
            .filter_map(|all| all.as_array())
            .flatten()
        {
            let rust = text(variant, "name");
            let item = Item::new(Part::Alternative, format!("{name}::{rust}"), at.clone());
            let ty = variant["type"].as_str().map(str::to_owned);
            self.add_to(&owner, rust, item).ty =
                ty.unwrap_or_else(|| rust_types::name(&variant["schema"]));
        }
    }

    fn add(&mut self, key: &str, item: Item) -> &mut Item {
        self.surface.entry(key.to_owned()).or_insert(item)
    }

    fn add_to(&mut self, owner: &str, key: &str, item: Item) -> &mut Item {
        let owner = owner.to_owned();
        let key = format!("{owner} {key}");
        let owner = Some(owner);
        self.add(&key, Item { owner, ..item })
    }

    /// The type a user gives for a parameter.
    fn given(&self, schema: &Value) -> String {
        let query = reference(schema).and_then(|name| self.types[name]["x-codegen"].get("query"));
        match query {
            None => rust_types::name(schema),
            Some(query) => match text(query, "encoding") {
                "json" => rust_types::name(&query["schema"]),
                encoding => format!("{encoding} of {}", rust_types::name(&query["schema"])),
            },
        }
    }
}

/// The method and path of an operation.
fn route(at: &str) -> (String, String) {
    let (path, method) = at
        .trim_start_matches("/paths/")
        .split_once('/')
        .unwrap_or_default();
    let path = path.replace("~1", "/").replace("~0", "~");
    (method.to_uppercase(), path)
}

/// The types that the requests of a lowered document have in them.
fn sent(document: &Value) -> BTreeSet<String> {
    let types = &document["components"]["schemas"];
    let items = members(&document["paths"]).flat_map(|(_, item)| members(item));
    let mut open: Vec<_> = items
        .flat_map(|(_, operation)| [&operation["parameters"], &operation["requestBody"]])
        .collect();
    let mut sent = BTreeSet::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                // A union names its types, all else refers to them.
                let names = ["$ref", "type"].map(|name| members.get(name).and_then(Value::as_str));
                let name = names.into_iter().flatten().find_map(|name| {
                    let name = name.rsplit('/').next()?;
                    types.get(name).map(|schema| (name, schema))
                });
                if let Some((name, schema)) = name
                    && sent.insert(name.to_owned())
                {
                    open.push(schema);
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    sent
}
