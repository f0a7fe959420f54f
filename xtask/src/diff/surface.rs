//! The surface of a document: its parts as users of the crate see them in Rust.
//!
//! It is read from the lowered document, because what lowering drops does not affect Rust.

use std::collections::{BTreeMap, BTreeSet};

use partner_api_codegen::contract::{
    self, Content, Encoding, EnumValue, IntegerValue, SchemaExtension, Webhook,
};
use partner_api_codegen::document::{Document, Operation, Schema};
use partner_api_codegen::list::List;
use serde_json::Value;

use super::canonical::parameter_key;
use super::locate::Locator;
use super::rules::Part;
use super::rust_types::{self, members, string};
use crate::document::pointer;
use crate::pipeline::lower::Lowered;

/// Every item that users see, by a key that does not depend on its Rust name.
pub(super) type Surface = BTreeMap<String, Item>;

/// The type of a webhook whose payload has no type.
pub(super) const NO_PAYLOAD: &str = "nothing";

/// One item.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) part: Part,
    /// The operation or type it belongs to.
    pub(super) owner: Option<String>,
    /// Its name in the report.
    pub(super) label: String,
    /// Its pointer in the document.
    pub(super) pointer: String,
    /// Its name in Rust.
    pub(super) name: String,
    /// Its type, or what kind of type it is.
    pub(super) ty: String,
    pub(super) required: bool,
    pub(super) deprecated: bool,
    pub(super) idempotent: bool,
    /// The pointer of `readOnly` of a field that is sent.
    pub(super) read_only: Option<String>,
    /// The HTTP method and the path.
    pub(super) method: String,
    pub(super) path: String,
    /// Its name in HTTP or JSON, and its part of the request.
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

/// Reads the surface of a document in canonical form.
///
/// # Errors
/// If the lowered document breaks the contract with generation.
pub(super) fn read(document: &Value, lowered: &Lowered) -> Result<Surface, contract::Error> {
    let types = Document::read(&lowered.document)?;
    let mut reader = Reader {
        lowered: &types,
        sent: sent(&lowered.document),
        places: Locator::new(document, &types),
        surface: Surface::new(),
    };
    for operation in &types.operations {
        if let Some(at) = lowered.operations.get(operation.id) {
            reader.operation(operation, at);
            reader.stream(operation, at);
        }
    }
    for (name, schema) in &types.schemas {
        // The encoding of a parameter is not visible to users.
        if !matches!(schema.extension, Some(SchemaExtension::Query { .. })) {
            reader.named_type(name, schema);
        }
    }
    for webhook in &types.extension.webhooks {
        reader.webhook(webhook);
    }
    for scope in &types.extension.scopes {
        let name = &scope.name;
        let place = format!("/x-rust-scopes/{name}");
        let item = Item::new(Part::Scope, format!("client.{name}()"), place);
        let item = reader.add(&format!("scope {name}"), item);
        item.name.clone_from(name);
        item.ty = rust_types::name(&scope.schema);
    }
    Ok(reader.surface)
}

struct Reader<'a> {
    lowered: &'a Document<'a>,
    /// The types of requests.
    sent: BTreeSet<String>,
    places: Locator<'a>,
    surface: Surface,
}

impl Reader<'_> {
    fn operation(&mut self, operation: &Operation<'_>, at: &str) {
        let name = operation.id;
        let owner = format!("operation {name}");
        let item = self.add(&owner, Item::new(Part::Operation, name.into(), at.into()));
        item.name = name.to_owned();
        item.deprecated = operation.extension.deprecated;
        item.idempotent = operation.extension.idempotent;
        (item.method, item.path) = route(at);

        for parameter in operation.parameters() {
            let rust = string(parameter, "name");
            let wire = operation.wire_name(rust);
            let location = match operation
                .extension
                .cookies
                .iter()
                .any(|cookie| cookie == rust)
            {
                true => "cookie",
                false => string(parameter, "in"),
            };
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
        if let Some(body) = operation.value.get("requestBody") {
            self.whole(
                Part::Body,
                &owner,
                "body",
                body,
                format!("{at}/requestBody"),
            );
        }
        for (status, response) in members(&operation.value["responses"]) {
            let (part, what, statuses) = match status.as_str() {
                "4XX" => (Part::ErrorResponse, "error", ['4', '5', 'd']),
                "5XX" => continue,
                _ => (Part::Response, "response", ['2', 'd', 'd']),
            };
            let place = self.places.response(at, &statuses);
            self.whole(part, &owner, what, response, place);
            if status.starts_with('2') {
                let place = pointer::join(&format!("{at}/responses"), status);
                let item = Item::new(Part::Status, format!("{name} {status}"), place);
                self.add_to(&owner, &format!("status {status}"), item);
            }
        }
    }

    /// The stream of a list operation.
    fn stream(&mut self, operation: &Operation<'_>, at: &str) {
        let Some(list) = List::of(self.lowered, operation) else {
            return;
        };
        let name = operation.id;
        let owner = format!("operation {name}");
        // The parts of the response have findings of their own.
        let place = format!("{at}/x-stream");
        let item = Item::new(Part::Stream, format!("{name}().stream()"), place);
        self.add_to(&owner, "stream", item).ty = list.item.to_owned();
    }

    /// A request body or a response.
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

    /// A webhook, or a callback of an operation.
    fn webhook(&mut self, webhook: &Webhook) {
        let name = &webhook.name;
        let operation = webhook.callback_of.as_deref();
        let (around, label) = match operation.and_then(|it| it.split_once(' ')) {
            None => ("/webhooks".to_owned(), format!("webhook {name}")),
            Some((method, path)) => {
                let at = pointer::join(&pointer::join("/paths", path), &method.to_lowercase());
                let label = format!("callback {name} of {method} {path}");
                (format!("{at}/callbacks"), label)
            }
        };
        let at = pointer::join(&around, name);
        let item = Item::new(Part::Webhook, label.clone(), at.clone());
        let ty = webhook.payload.as_ref().map(rust_types::name);
        self.add(&label, item).ty = ty.unwrap_or_else(|| NO_PAYLOAD.into());
        if let Some(payload) = &webhook.payload {
            self.places.walk_received(payload, &at);
        }
    }

    fn named_type(&mut self, name: &str, schema: &Schema<'_>) {
        let owner = format!("type {name}");
        let at = self.places.of_type(name);
        let item = self.add(&owner, Item::new(Part::Type, name.into(), at.clone()));
        item.name = name.to_owned();
        item.ty = rust_types::kind(schema);

        for property in &schema.properties {
            let (rust, key) = (property.name, property.wire_name());
            let place = self.places.property(&at, key);
            let read_only = self.places.read_only(&place);
            let read_only = read_only.filter(|_| self.sent.contains(name));
            let item = Item::new(Part::Field, format!("{name}.{rust}"), place);
            let item = self.add_to(&owner, key, item);
            item.name = rust.to_owned();
            item.required = property.required;
            item.ty = rust_types::field(property);
            item.deprecated = property.value["deprecated"] == true;
            item.read_only = read_only;
            item.wire = key.to_owned();
        }
        let value = schema.value;
        if let (Some(_), Some(rest)) = (value.get("properties"), value.get("additionalProperties"))
        {
            let place = format!("{at}/additionalProperties");
            let item = Item::new(Part::Field, format!("{name}.extra"), place);
            self.add_to(&owner, "", item).ty = format!("map of {}", rust_types::name(rest));
        }
        match &schema.extension {
            Some(SchemaExtension::Enum { values, .. }) => {
                for EnumValue {
                    name: rust, value, ..
                } in values
                {
                    let place = pointer::join(&format!("{at}/enum"), value);
                    let item = Item::new(Part::Variant, format!("{name}::{rust}"), place);
                    let item = self.add_to(&owner, value, item);
                    item.name.clone_from(rust);
                    item.wire.clone_from(value);
                }
            }
            Some(SchemaExtension::IntegerEnum(values)) => {
                for IntegerValue { name: rust, value } in values {
                    let place = format!("{at}/enum/{value}");
                    let item = Item::new(Part::Variant, format!("{name}::{rust}"), place);
                    let item = self.add_to(&owner, &value.to_string(), item);
                    item.name.clone_from(rust);
                    item.wire = value.to_string();
                }
            }
            Some(SchemaExtension::Union(alternatives)) => {
                for alternative in alternatives {
                    let ty = rust_types::name(&alternative.schema);
                    self.alternative(name, &at, &alternative.name, ty);
                }
            }
            Some(SchemaExtension::Responses(bodies)) => {
                for body in bodies {
                    let ty = match &body.content {
                        Content::None => String::new(),
                        Content::Bytes => "Vec<u8>".into(),
                        Content::Json(schema) => rust_types::name(schema),
                    };
                    self.alternative(name, &at, &body.name, ty);
                }
            }
            _ => {}
        }
    }

    /// One of the types that a value of the type `name` can have.
    fn alternative(&mut self, name: &str, at: &str, rust: &str, ty: String) {
        let item = Item::new(Part::Alternative, format!("{name}::{rust}"), at.to_owned());
        self.add_to(&format!("type {name}"), rust, item).ty = ty;
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

    /// The type of a parameter as a user passes it.
    fn given(&self, schema: &Value) -> String {
        let component = self.lowered.referred(schema);
        match component.and_then(|component| component.extension.as_ref()) {
            Some(SchemaExtension::Query { encoding, schema }) => match encoding {
                Encoding::Json => rust_types::name(schema),
                encoding => format!("{} of {}", encoding.name(), rust_types::name(schema)),
            },
            _ => rust_types::name(schema),
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

/// The types of the requests of a lowered document.
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
                let name = members.get("$ref").and_then(Value::as_str);
                let name = name.and_then(|name| name.rsplit('/').next());
                let name = name.and_then(|name| types.get(name).map(|schema| (name, schema)));
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
