//! Lowering `multipart/form-data`: a struct of files and values.

use partner_api_codegen::contract::{Extension as _, Part, PropertyExtension, SchemaExtension};
use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::doc;
use crate::pipeline::lower::media_type::is_json;
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::schema::properties::Need;
use crate::pipeline::lower::schema::{object, plain};
use crate::pipeline::lower::usage::REQUEST;

impl Lowering<'_> {
    /// Lowers a multipart body to a component, and returns a reference to it.
    pub(crate) fn multipart(&mut self, media: &Value, at: &str, hint: &str) -> Option<Value> {
        let schema = media.get("schema").cloned().unwrap_or_default();
        let whole = match self.whole(&schema, at) {
            Ok(whole) => whole.members,
            Err(text) => {
                self.problem(at, text);
                return None;
            }
        };
        let reference = schema.get("$ref").and_then(Value::as_str);
        let published = reference.and_then(pointer::schema_name);
        let at = match published {
            Some(name) => pointer::join("/components/schemas", name),
            None => at.to_owned(),
        };
        let component = published.filter(|name| self.usage.is_only_multipart(name));
        let component = component.and_then(|name| self.rust_names.get(name).cloned());
        let hint = component.as_deref().unwrap_or(hint);
        let (properties, required) = match whole.get("properties").and_then(Value::as_object) {
            Some(parts) => self.parts_of(&whole, parts, media, &at, hint),
            None => (self.named_parts(&at), Vec::new()),
        };
        let lowered = json!({"type": "object", "properties": properties});
        let mut lowered = SchemaExtension::Multipart.on(lowered);
        if !required.is_empty() {
            lowered["required"] = required.into();
        }
        let description = doc::of(self.resolved(&schema));
        if !description.is_empty() {
            lowered["description"] = description.into();
        }
        let name = match component {
            Some(name) => {
                self.schemas.insert(name.clone(), lowered);
                name
            }
            None => {
                let chosen = schema.get("x-rust-type").and_then(Value::as_str);
                self.component(chosen, hint, &at, lowered)
            }
        };
        Some(json!({"$ref": format!("#/components/schemas/{name}")}))
    }

    /// Whether a multipart body is published as an object with `properties: {}`.
    pub(crate) fn has_no_parts(&self, schema: &Value, at: &str) -> bool {
        let whole = self.whole(schema, at).map(|it| it.members);
        let parts = whole.as_ref().ok().and_then(|it| it.get("properties"));
        parts.and_then(Value::as_object).is_some_and(Map::is_empty)
    }

    /// The one property of a body whose parts are not described: files by the names of their parts.
    fn named_parts(&mut self, at: &str) -> Map<String, Value> {
        self.note(
            at,
            "this multipart body has no `properties`, so the caller names its parts",
        );
        let mut parts = object(json!({
            "description": "The files by the names of their parts, which the documentation does not state.",
            "type": "object",
            "additionalProperties": self.file(at),
        }));
        let extension = PropertyExtension {
            part: Some(Part::Named),
            ..PropertyExtension::default()
        };
        extension.write(&mut parts);
        object(json!({ "parts": parts }))
    }

    /// The properties of the parts, and the names of those that are required.
    fn parts_of(
        &mut self,
        whole: &Map<String, Value>,
        parts: &Map<String, Value>,
        media: &Value,
        at: &str,
        hint: &str,
    ) -> (Map<String, Value>, Vec<Value>) {
        let mut properties = Map::new();
        let mut required: Vec<Value> = Vec::new();
        let names = self.property_names(parts.iter(), at, false);
        for ((wire, value), rust) in parts.iter().zip(names) {
            let place = pointer::join(&format!("{at}/properties"), wire);
            self.part_name(wire, &place);
            let encoding = pointer::join("/encoding", wire);
            let encoding = media.pointer(&encoding).unwrap_or(&Value::Null);
            let unused = ["headers", "style", "explode"];
            if unused.iter().any(|name| encoding.get(name).is_some()) {
                self.note(&place, "only `contentType` of its `encoding` is used");
            }
            let hint = format!("{hint}{}", names::pascal(wire));
            let (mut part, kind) = self.part(value, encoding, &place, &hint);
            let need = self.need(whole, wire, value, REQUEST);
            let constant = self.constant(value).filter(|_| kind == Part::Value);
            let is_sent = need == Need::Constant;
            if let Some(constant) = &constant {
                constant.describe(&mut part, is_sent);
            }
            let extension = PropertyExtension {
                wire: Some(wire.clone()),
                optional: need == Need::Optional && part.get("type") == Some(&json!("object")),
                constant: constant.filter(|_| is_sent).map(|it| it.value),
                part: Some(kind),
                ..PropertyExtension::default()
            };
            if need == Need::Required || (is_sent && extension.constant.is_none()) {
                required.push(rust.clone().into());
            }
            extension.write(&mut part);
            properties.insert(rust, plain(part));
        }
        (properties, required)
    }

    /// Checks that a part's header can have its name.
    fn part_name(&mut self, wire: &str, place: &str) {
        if wire.contains(|c: char| c == '"' || c == '\\' || c.is_control()) {
            self.problem(
                place,
                "the name of a part cannot contain quotes, backslashes or control characters; correct it in the overlay",
            );
        }
    }

    /// Lowers one part: a file, a list of files, or a value.
    fn part(
        &mut self,
        value: &Value,
        encoding: &Value,
        at: &str,
        hint: &str,
    ) -> (Map<String, Value>, Part) {
        let items = self.resolved(value).get("items");
        let is_list = items.is_some_and(|items| self.is_file(items));
        let is_file = is_list || self.is_file(value);
        let mut part = if is_list {
            object(json!({"type": "array", "items": self.file(at)}))
        } else if is_file {
            object(self.file(at))
        } else {
            object(self.schema(value, at, hint, REQUEST))
        };
        // A part is present or absent, but never null.
        part.shift_remove("nullable");
        let description = doc::of(value);
        if !description.is_empty() {
            part.insert("description".into(), description.into());
        }
        if value.get("deprecated") == Some(&json!(true)) {
            part.insert("deprecated".into(), true.into());
        }
        let stated = match string_at(encoding, "/contentType") {
            "" => string_at(value, "/contentMediaType"),
            stated => stated,
        };
        let kind = if is_file {
            // Of several, or of a pattern, the caller chooses.
            let is_one = !stated.is_empty() && !stated.contains([',', '*']);
            Part::File {
                content_type: is_one.then(|| stated.to_owned()),
            }
        } else if is_json(stated) {
            Part::Json
        } else {
            Part::Value
        };
        (part, kind)
    }

    /// A reference to the crate's file type.
    fn file(&mut self, at: &str) -> Value {
        let schema = SchemaExtension::File.on(json!({"type": "string"}));
        let name = self.component(None, "FilePart", at, schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// Whether a part or body is binary, in the notation of 3.0 or of 3.1.
    pub(crate) fn is_file(&self, schema: &Value) -> bool {
        let schema = self.resolved(schema);
        let is_media = schema
            .get("contentMediaType")
            .is_some_and(|kind| kind != "text/plain" && !kind.as_str().is_some_and(is_json));
        let is_media = is_media && schema.get("contentEncoding").is_none();
        match self.kind(schema) {
            Some("string") => is_media || string_at(schema, "/format") == "binary",
            kind => is_media && kind.is_none(),
        }
    }
}
