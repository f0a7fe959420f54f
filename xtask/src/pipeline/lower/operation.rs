//! Lowering operations: their parameters, bodies and responses.

use std::collections::BTreeMap;

use partner_api_codegen::contract::{Body, Extension as _, OperationExtension, SchemaExtension};
use serde_json::{Map, Value, json};

use super::context::{Lowering, string_at};
use super::distinct::{Named, Wanted};
use super::media_type::{is_json, is_multipart};
use super::usage::REQUEST;
use super::{doc, names, usage};
use crate::document::pointer::{self, inlined};
use crate::pipeline::server;

impl Lowering<'_> {
    /// Lowers every operation; the second result is the pointer of each by its Rust name.
    pub(super) fn paths(&mut self) -> (Value, BTreeMap<String, String>) {
        let mut paths = Map::new();
        let mut places: BTreeMap<String, String> = BTreeMap::new();
        let ids = self.operation_names();
        for ((at, name, operation), id) in usage::operations(self.document).zip(ids) {
            let before = self.problems.len();
            let Some((method, path)) = name.split_once(' ') else {
                continue;
            };
            self.lookalike(path, &at);
            self.lookalike(
                string_at(operation, "/operationId"),
                &format!("{at}/operationId"),
            );
            self.other_server(operation, &at);
            let lowered = self.operation(operation, method, path, &at, &id);
            if self.leaves_out(before, &at, &name) {
                continue;
            }
            let Some((path, lowered)) = lowered else {
                continue;
            };
            let item = paths.entry(path).or_insert_with(|| json!({}));
            item[method.to_lowercase()] = lowered;
            places.insert(id, at);
        }
        (paths.into(), places)
    }

    /// The Rust name of every operation.
    fn operation_names(&mut self) -> Vec<String> {
        let mut wanted = Vec::new();
        for (at, name, operation) in usage::operations(self.document) {
            let published = match string_at(operation, "/operationId") {
                "" => &name,
                id => id,
            };
            let (rust, is_changed) = names::operation(published);
            if is_changed {
                self.renamed(&at, published, &rust, Named::Operation);
            }
            wanted.push(Wanted {
                at,
                published: published.to_owned(),
                rust,
                is_chosen: false,
            });
        }
        self.distinct(Named::Operation, &wanted)
    }

    /// Notes an operation that is published for another server: a client has one base URL.
    fn other_server(&mut self, operation: &Value, at: &str) {
        let address = |of: &Value| server::address(&of["servers"]);
        let base = address(self.document).and_then(Result::ok);
        let Some(own) = address(operation) else {
            return;
        };
        if own.as_ref().ok() != base.as_ref() {
            let own = own
                .as_deref()
                .unwrap_or(string_at(operation, "/servers/0/url"));
            let base = base.as_deref();
            let text = format!(
                "this operation is published for {own}, but the client sends every request to {}; \
                 if that is wrong, correct `servers` in the overlay",
                base.unwrap_or("the base URL that a program sets"),
            );
            self.note(&format!("{at}/servers"), &text);
        }
    }

    fn operation(
        &mut self,
        operation: &Value,
        method: &str,
        path: &str,
        at: &str,
        id: &str,
    ) -> Option<(String, Value)> {
        if let Some(problem) = route_problem(method, path) {
            self.problem(at, problem);
            return None;
        }
        let mut wire = BTreeMap::new();
        let (path, mut parameters) = self.parameters(operation, path, at, id, &mut wire)?;
        let paged = Self::paged(&mut parameters);
        self.sort(&mut parameters, at);
        self.numbers(&mut parameters, at);
        let mut lowered = described(operation, id);
        let idempotent = operation.get("x-idempotent").and_then(Value::as_bool);
        let mut extension = OperationExtension {
            idempotent: idempotent.unwrap_or(method != "POST" && method != "PATCH"),
            wire,
            paged,
            deprecated: operation.get("deprecated") == Some(&json!(true)),
            ..OperationExtension::default()
        };
        match string_at(operation, "/externalDocs/url") {
            "" => {}
            url if doc::is_address(url) => extension.docs = Some(url.to_owned()),
            _ => self.note(
                &format!("{at}/externalDocs/url"),
                "this is not the URL of a web page, so it is not linked",
            ),
        }
        lowered["parameters"] = parameters.into();
        if let Some(body) = operation.get("requestBody") {
            let body = inlined(self.document, body);
            let body = self.request_body(body, &format!("{at}/requestBody"), id)?;
            if !body.is_null() {
                extension.body = Some(self.body_extension(&body, method));
                lowered["requestBody"] = body;
            }
        }
        lowered["responses"] = self.responses(operation, at, id)?;
        Some((path, extension.on(lowered)))
    }

    /// What the finishing pass needs to know of a lowered body.
    fn body_extension(&self, body: &Value, method: &str) -> Body {
        let multipart = self.is_multipart_body(body);
        Body {
            optional: body["required"] != true,
            multipart,
            update: !multipart && method == "PATCH" && self.may_set_nothing(body),
        }
    }

    fn request_body(&mut self, body: &Value, at: &str, id: &str) -> Option<Value> {
        let Some(content) = body
            .get("content")
            .and_then(Value::as_object)
            .filter(|content| !content.is_empty())
        else {
            return Some(Value::Null);
        };
        let of = |wanted: &dyn Fn(&str) -> bool| content.iter().find(|(kind, _)| wanted(kind));
        let json = of(&is_json);
        let form = of(&|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let binary = of(&|kind| kind.starts_with("application/octet-stream"));
        let plain = of(&|kind| kind.starts_with("text/plain"));
        let multipart = of(&is_multipart);
        let Some((kind, media)) = json.or(form).or(multipart).or(binary).or(plain) else {
            let kinds: Vec<_> = content.keys().map(String::as_str).collect();
            self.problem(at, format!("a request body of {} cannot be sent; expected JSON, a form, multipart/form-data, text/plain or application/octet-stream; remove the operation in the overlay, or leave it out with --skip-unsupported", kinds.join(", ")));
            return None;
        };
        if content.len() > 1 {
            self.note(
                at,
                &format!("the body is sent as {kind}; the other media types are not used"),
            );
        }
        let place = format!("{}/schema", pointer::join(&format!("{at}/content"), kind));
        let hint = format!("{}Body", names::pascal(id));
        let (kind, schema) = if binary.is_some_and(|(binary, _)| binary == kind) {
            (
                "application/octet-stream",
                json!({"type": "string", "format": "binary"}),
            )
        } else if plain.is_some_and(|(plain, _)| plain == kind) {
            ("text/plain", json!({"type": "string"}))
        } else if is_multipart(kind) {
            // progenitor sends it as JSON; the finishing pass changes that.
            ("application/json", self.multipart(media, &place, &hint)?)
        } else {
            let kind = if is_json(kind) {
                "application/json"
            } else {
                "application/x-www-form-urlencoded"
            };
            let schema = media.get("schema").cloned().unwrap_or_default();
            if kind == "application/x-www-form-urlencoded" {
                self.plain_form(&schema, at);
            }
            (kind, self.schema(&schema, &place, &hint, REQUEST))
        };
        Some(
            json!({"required": body.get("required") == Some(&json!(true)), "content": {kind: {"schema": schema}}}),
        )
    }

    /// Whether a body is an object with properties, none of them required.
    fn may_set_nothing(&self, body: &Value) -> bool {
        self.body_component(body)
            .is_some_and(|schema| schema["properties"].is_object() && schema["required"].is_null())
    }

    fn is_multipart_body(&self, body: &Value) -> bool {
        self.body_component(body)
            .and_then(SchemaExtension::of)
            .is_some_and(|extension| extension == SchemaExtension::Multipart)
    }

    /// The component that a lowered JSON body refers to.
    fn body_component(&self, body: &Value) -> Option<&Value> {
        let schema = &body["content"]["application/json"]["schema"];
        let reference = schema
            .get("$ref")
            .or_else(|| schema.pointer("/allOf/0/$ref"))?;
        self.schemas.get(pointer::schema_name(reference.as_str()?)?)
    }

    /// Notes members that a form cannot express.
    fn plain_form(&mut self, schema: &Value, at: &str) {
        let properties = self
            .resolved(schema)
            .get("properties")
            .and_then(Value::as_object);
        let nested: Vec<_> = properties
            .into_iter()
            .flatten()
            .filter(|(_, value)| matches!(self.kind(value), Some("object" | "array")))
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        if !nested.is_empty() {
            let text = format!(
                "{}: a form has no objects or arrays, so a call that sets these fails",
                nested.join(", ")
            );
            self.note(at, &text);
        }
    }
}

/// Why a request with this method and path cannot be sent, if it cannot.
fn route_problem(method: &str, path: &str) -> Option<String> {
    let is_unsafe = |c: char| c.is_control() || c.is_whitespace() || "\"<>\\^`|?#".contains(c);
    if ["OPTIONS", "TRACE"].contains(&method) {
        return Some(format!(
            "progenitor cannot send {method} requests; remove the operation in the overlay"
        ));
    }
    if !path.starts_with('/') {
        return Some(format!(
            "the path `{path}` does not begin with `/`; correct it in the overlay"
        ));
    }
    if let Some(c) = path.chars().find(|c| is_unsafe(*c)) {
        return Some(format!(
            "{c:?} is not allowed in a path; correct it in the overlay"
        ));
    }
    let segment = unstable_segment(path)?;
    Some(format!(
        "the path `{path}` has the segment `{segment}`, which URL normalisation removes; correct it in the overlay"
    ))
}

/// An operation with its ID, summary and description.
fn described(operation: &Value, id: &str) -> Value {
    let summary = doc::line(string_at(operation, "/summary"));
    let description = doc::for_rustdoc(string_at(operation, "/description"));
    let mut described = json!({"operationId": id});
    if !summary.is_empty() {
        described["summary"] = summary.clone().into();
    }
    if !description.is_empty() && description != summary {
        described["description"] = description.into();
    }
    described
}

/// A segment of a path that URL normalisation or a proxy may remove: `..`, `.`, or an empty one before
/// the end.
fn unstable_segment(path: &str) -> Option<&str> {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        let is_inner = segments.peek().is_some();
        if dots == "." || dots == ".." || (segment.is_empty() && is_inner) {
            return Some(segment);
        }
    }
    None
}
