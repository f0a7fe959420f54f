//! Lowering request bodies: the media type that is sent, and what the caller gives for it.

use std::collections::BTreeMap;

use partner_api_codegen::contract::{Body, Encoding, Extension as _, SchemaExtension};
use serde_json::{Map, Value, json};

use crate::document::pointer;
use crate::pipeline::lower::context::{Lowering, string_at};
use crate::pipeline::lower::media_type::{BodyKind, essence, is_json, is_wildcard};
use crate::pipeline::lower::naming::names;
use crate::pipeline::lower::usage::REQUEST;

impl Lowering<'_> {
    /// Lowers a body, with what the finishing pass needs to know of it; null if there is no content.
    /// `None` if it cannot be sent.
    pub(crate) fn request_body(
        &mut self,
        body: &Value,
        at: &str,
        id: &str,
        method: &str,
    ) -> Option<(Value, Body)> {
        let content = body.get("content").and_then(Value::as_object);
        let Some(content) = content.filter(|content| !content.is_empty()) else {
            return Some((Value::Null, Body::default()));
        };
        let (published, media, kind) = self.preferred(content, at)?;
        if content.len() > 1 {
            let text =
                format!("the body is sent as {published}; the other media types are not used");
            self.note(at, &text);
        }
        let place = format!(
            "{}/schema",
            pointer::join(&format!("{at}/content"), published)
        );
        let hint = format!("{}Body", names::pascal(id));
        let schema = media.get("schema").cloned().unwrap_or_default();
        let mut form = BTreeMap::new();
        let schema = match kind {
            BodyKind::Json => self.schema(&schema, &place, &hint, REQUEST),
            BodyKind::Form => {
                form = self.form(media, at)?;
                let schema = match schema.is_null() {
                    true => json!({"type": "object"}),
                    false => schema,
                };
                self.schema(&schema, &place, &hint, REQUEST)
            }
            BodyKind::Multipart if self.has_no_parts(&schema, &place) => {
                self.note(at, "this multipart body has no parts, so no body is sent");
                return Some((Value::Null, Body::default()));
            }
            BodyKind::Multipart => self.multipart(media, &place, &hint)?,
            BodyKind::Text => json!({"type": "string"}),
            BodyKind::Bytes => {
                self.note_bytes(&schema, published, at);
                json!({"type": "string", "format": "binary"})
            }
        };
        let is_sent_by_default = essence(published) == kind.name() && !published.contains(';');
        let states = !is_sent_by_default
            && !is_wildcard(published)
            && !matches!(kind, BodyKind::Form | BodyKind::Multipart);
        let lowered = json!({
            "required": body.get("required") == Some(&json!(true)),
            "content": {kind.name(): {"schema": schema}},
        });
        let multipart = matches!(kind, BodyKind::Multipart);
        let extension = Body {
            optional: lowered["required"] != true,
            multipart,
            update: !multipart && method == "PATCH" && self.may_set_nothing(&lowered),
            content_type: states.then(|| published.to_owned()),
            form,
        };
        Some((lowered, extension))
    }

    /// The media type that is sent: JSON, if there is a choice.
    fn preferred<'c>(
        &mut self,
        content: &'c Map<String, Value>,
        at: &str,
    ) -> Option<(&'c str, &'c Value, BodyKind)> {
        let all = content.iter().filter_map(|(published, media)| {
            let schema = media.get("schema").unwrap_or(&Value::Null);
            let is_structured = matches!(self.kind_of(schema), Some("object" | "array"));
            let kind = BodyKind::of(published, is_structured)?;
            Some((published.as_str(), media, kind))
        });
        let preferred = all.min_by_key(|(published, _, kind)| {
            let is_usual = essence(published) == kind.name();
            (kind.rank(), !is_usual)
        });
        if preferred.is_none() {
            let kinds: Vec<_> = content.keys().map(String::as_str).collect();
            self.problem(at, format!("a request body of {} cannot be sent; expected a media type such as application/json, and of multipart only multipart/form-data; correct it in the overlay, or leave the operation out with --skip-unsupported", kinds.join(", ")));
        }
        preferred
    }

    /// Notes what the caller has to know of a body of bytes.
    fn note_bytes(&mut self, schema: &Value, published: &str, at: &str) {
        if is_wildcard(published) {
            let text =
                format!("the body may be {published}; it is sent as application/octet-stream");
            self.note(at, &text);
        } else if matches!(self.kind_of(schema), Some("object" | "array")) {
            let text = format!(
                "a body of {published} is sent as the bytes that the caller gives; its schema is not used"
            );
            self.note(at, &text);
        }
    }

    /// How the members of a form are written that state it; the others are written as `values/form.rs`
    /// of the crate documents. `None` if one cannot be written.
    fn form(&mut self, media: &Value, at: &str) -> Option<BTreeMap<String, Encoding>> {
        let schema = media.get("schema").cloned().unwrap_or_default();
        if let Some(kind @ ("array" | "string" | "number" | "boolean")) = self.kind_of(&schema) {
            self.problem(at, format!("a form is an object, but this schema is of the type `{kind}`; correct it in the overlay"));
            return None;
        }
        let parts = self.parts(&schema).into_iter();
        let properties = parts.filter_map(|part| part.get("properties")?.as_object());
        let properties: Vec<(String, Value)> = properties
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let before = self.problems.len();
        let mut form = BTreeMap::new();
        let mut as_json = Vec::new();
        for (name, schema) in properties {
            let stated = &media["encoding"][&name];
            let kind = self.kind_of(&schema);
            match self.form_style(&name, stated, kind, at) {
                Some(encoding) => {
                    form.insert(name, encoding);
                }
                None if kind == Some("object") || self.has_structured_items(&schema) => {
                    as_json.push(format!("`{name}`"));
                }
                None => {}
            }
        }
        if !as_json.is_empty() {
            let text = format!(
                "{}: objects in a form are sent as JSON; if the API expects another notation, set \
                 `encoding` in the overlay, such as `style: deepObject`",
                as_json.join(", ")
            );
            self.note(at, &text);
        }
        (self.problems.len() == before).then_some(form)
    }

    /// How a member of a form is written, if not in the common way.
    fn form_style(
        &mut self,
        name: &str,
        stated: &Value,
        kind: Option<&str>,
        at: &str,
    ) -> Option<Encoding> {
        if stated["allowReserved"] == true {
            let text = format!(
                "`{name}`: reserved characters are percent-encoded, although `allowReserved` is true"
            );
            self.note(at, &text);
        }
        let style = string_at(stated, "/style");
        if style.is_empty() && stated["explode"].is_null() {
            let content_type = string_at(stated, "/contentType");
            return (is_json(content_type) && !is_wildcard(content_type)).then_some(Encoding::Json);
        }
        let explode = stated["explode"].as_bool();
        let explode = explode.unwrap_or(matches!(style, "" | "form"));
        match (style, kind, explode) {
            ("deepObject", _, _) => Some(Encoding::Deep),
            (_, None | Some("string" | "number" | "boolean"), _) | (_, Some("array"), true) => None,
            ("" | "form", Some("array"), false) => Some(Encoding::Commas),
            ("spaceDelimited", Some("array"), false) => Some(Encoding::Spaces),
            ("pipeDelimited", Some("array"), false) => Some(Encoding::Pipes),
            _ => {
                let text = format!(
                    "`{name}` is an object with the style `{style}`, which loses its name in a form; expected `deepObject` or JSON; correct its `encoding` in the overlay"
                );
                self.problem(at, text);
                None
            }
        }
    }

    /// Whether a body is an object with properties, none of them required.
    fn may_set_nothing(&self, body: &Value) -> bool {
        self.body_component(body)
            .is_some_and(|schema| schema["properties"].is_object() && schema["required"].is_null())
    }

    /// The component that a lowered JSON body refers to.
    fn body_component(&self, body: &Value) -> Option<&Value> {
        let schema = &body["content"]["application/json"]["schema"];
        let reference = schema
            .get("$ref")
            .or_else(|| schema.pointer("/allOf/0/$ref"))?;
        let component = self
            .schemas
            .get(pointer::schema_name(reference.as_str()?)?)?;
        (SchemaExtension::of(component) != Some(SchemaExtension::Multipart)).then_some(component)
    }
}
